import { BoundedMap } from './bounded-map.js';

/** How many tickets are kept of one endpoint: as many as OpenSSL's servers give after a full handshake. */
const PER_ENDPOINT = 2;

/** A longer one is not kept, in octets; a ticket may hold the server's certificate chain. */
const MAX_TICKET = 4096;

/** Not used after this, in milliseconds, whatever the server says (RFC 8446 section 4.6.1). */
const MAX_AGE_MS = 7 * 24 * 3_600_000;

/** Endpoints that tickets are kept of. */
const MAX_ENDPOINTS = 4096;

interface Ticket {
  readonly data: Buffer;
  readonly at: number;
}

/** What resumes TLS sessions: the newest few an endpoint, each used once (RFC 8446 appendix C.4). */
export class Tickets {
  readonly #held = new BoundedMap<string, readonly Ticket[]>(MAX_ENDPOINTS);

  /**
   * Keeps a ticket.
   *
   * @param key - the endpoint's key
   * @param data - what the `session` event brought
   * @param now - on the monotonic clock
   */
  add(key: string, data: Buffer, now: number): void {
    if (data.length > MAX_TICKET) return;
    this.#held.set(key, [...(this.#held.get(key) ?? []), { data, at: now }].slice(-PER_ENDPOINT));
  }

  /**
   * Takes the newest ticket out.
   *
   * @param key - the endpoint's key
   * @param now - on the monotonic clock
   */
  take(key: string, now: number): Buffer | undefined {
    const held = this.#held.get(key) ?? [];
    const newest = held.at(-1);
    // The newest is too old: so are all.
    if (newest === undefined || now - newest.at > MAX_AGE_MS) {
      this.#held.delete(key);
      return undefined;
    }
    this.#held.set(key, held.slice(0, -1));
    return newest.data;
  }

  /** Forgets all: on another network they would tell who we are (RFC 9250 section 5.5.3 says so of QUIC). */
  clear(): void {
    this.#held.clear();
  }

  /** @param key - the key of the endpoint whose tickets are to be forgotten */
  delete(key: string): void {
    this.#held.delete(key);
  }
}
