import { BoundedMap } from '../../common/bounded-map.js';

/** How many tickets are kept of one endpoint: as many as OpenSSL's servers give after a full handshake. */
const PER_ENDPOINT = 2;

/** How many are kept at most while queries wait for sessions of their own, each of which uses one. */
const MOST_WAITED_FOR = 16;

/** A longer one is not kept, in octets; a ticket may hold the server's certificate chain. */
const MAX_TICKET = 4096;

/** Not used after this, in milliseconds, whatever the server says (RFC 8446 section 4.6.1). */
const MAX_AGE_MS = 7 * 24 * 3_600_000;

/** How long no ticket is shown to a server that breaks at them, in milliseconds. */
const REFUSED_MS = 24 * 3_600_000;

/**
 * How long none is shown where a resumed session was lost before any answer, in milliseconds: that the ticket was the cause is one
 * guess, for sessions end for other reasons too.
 */
const FIRST_DOUBT_MS = 5_000;

/** So many times as long after the next such loss, unless a resumed session has answered meanwhile. */
const DOUBT_GROWS = 4;

/** Endpoints that tickets are kept of. */
const MAX_ENDPOINTS = 4096;

/** What resumes a TLS session. */
export interface Ticket {
  /** What the `session` event brought. */
  readonly data: Buffer;
  /**
   * Until when its session has proven what was demanded of it, in milliseconds since 1970; `Infinity` where nothing was. A
   * session that it resumes has proven the same.
   */
  readonly until: number;
}

interface Held extends Ticket {
  readonly at: number;
}

/** No ticket is shown there. */
interface Refusal {
  readonly until: number;
  readonly forMs: number;
}

/**
 * What resumes TLS sessions: the newest few an endpoint and demand, each used once (RFC 8446 appendix C.4). A resumed session
 * shows no certificate, so a ticket serves only those who demand what its session has proven.
 */
export class Tickets {
  readonly #held = new BoundedMap<string, readonly Held[]>(MAX_ENDPOINTS);

  readonly #refusals = new BoundedMap<string, Refusal>(MAX_ENDPOINTS);

  /**
   * A server has broken at a ticket: none is shown there for a day.
   *
   * @param key - of whose sessions
   * @param now - on the monotonic clock
   */
  refused(key: string, now: number): void {
    this.#refuse(key, now, REFUSED_MS);
  }

  /**
   * A session that a ticket had resumed was lost before any answer: none is shown there for a while, which grows to a day.
   *
   * @param key - of whose sessions
   * @param now - on the monotonic clock
   */
  doubted(key: string, now: number): void {
    const before = this.#refusals.get(key);
    // Others of the same moment tell no more.
    if (before !== undefined && before.until > now) return;
    const forMs = before === undefined ? FIRST_DOUBT_MS : before.forMs * DOUBT_GROWS;
    this.#refuse(key, now, Math.min(forMs, REFUSED_MS));
  }

  /**
   * A session that a ticket had resumed has answered: whatever was thought of its server's tickets is void.
   *
   * @param key - of whose sessions
   */
  proven(key: string): void {
    this.#refusals.delete(key);
  }

  #refuse(key: string, now: number, forMs: number): void {
    this.#held.delete(key);
    this.#refusals.set(key, { until: now + forMs, forMs });
  }

  #isRefused(key: string, now: number): boolean {
    return (this.#refusals.get(key)?.until ?? 0) > now;
  }

  /**
   * Keeps a ticket.
   *
   * @param key - of whose sessions: an endpoint's key, or that with a demand's
   * @param ticket - what came, and until when it may be used
   * @param now - on the monotonic clock
   * @param waiting - how many queries wait for a session there
   */
  add(key: string, { data, until }: Ticket, now: number, waiting: number = 0): void {
    if (data.length > MAX_TICKET) return;
    const most = Math.min(Math.max(PER_ENDPOINT, waiting), MOST_WAITED_FOR);
    this.#held.set(key, [...(this.#held.get(key) ?? []), { data, until, at: now }].slice(-most));
  }

  /**
   * Whether {@link Tickets.take} would give one.
   *
   * @param key - of whose sessions
   * @param now - on the monotonic clock
   * @param wall - in milliseconds since 1970
   */
  has(key: string, now: number, wall: number): boolean {
    const newest = this.#held.get(key)?.at(-1);
    return newest !== undefined && isFresh(newest, now, wall) && !this.#isRefused(key, now);
  }

  /**
   * Takes the newest ticket out.
   *
   * @param key - of whose sessions
   * @param now - on the monotonic clock
   * @param wall - in milliseconds since 1970
   */
  take(key: string, now: number, wall: number): Ticket | undefined {
    const held = this.#held.get(key) ?? [];
    const newest = held.at(-1);
    if (newest === undefined || this.#isRefused(key, now)) return undefined;
    if (!isFresh(newest, now, wall)) {
      // The newest is too old: so are all.
      this.#held.delete(key);
      return undefined;
    }
    this.#held.set(key, held.slice(0, -1));
    return newest;
  }

  /** Forgets all: on another network they would tell who we are (RFC 9250 section 5.5.3 says so of QUIC). */
  clear(): void {
    this.#held.clear();
    this.#refusals.clear();
  }

  /** @param key - the key of the endpoint whose tickets are to be forgotten */
  delete(key: string): void {
    this.#held.delete(key);
  }
}

function isFresh({ at, until }: Held, now: number, wall: number): boolean {
  return now - at <= MAX_AGE_MS && wall < until;
}
