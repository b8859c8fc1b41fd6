import type { HostErrors } from '../observe/host-errors.js';
import type { Endpoint, Failure, HostPart } from '../state/model.js';
import {
  type AdoptingExchange,
  type Exchange,
  type FaultTelling,
  forgetEndpoint,
  type HandshakeTelling,
  isAttempting,
  type KeyTelling,
  resetExchange,
  type WarmSession,
} from '../transport/exchange.js';

/** Who is told what servers do on their sessions while no query carries the news. */
export interface SessionsListener {
  /** A server has done on a session without a query what no server does. */
  faulty(endpoint: Endpoint, failure: Failure): void;
  /** A server has shown a key: the Base64 of the SHA-256 of its SubjectPublicKeyInfo. */
  keyShown(endpoint: Endpoint, spki: string): void;
  /** A handshake has succeeded, in so many milliseconds. */
  handshaken(ms: number): void;
}

/** What sessions need. */
export interface SessionsDeps {
  /** Ours or a host's own. */
  readonly dot: Exchange;
  /** The same for Do53, of which nothing is asked but that it forgets. */
  readonly do53: Exchange;
  /** Hears what they throw. */
  readonly hostErrors: HostErrors;
}

/** What an exchange may offer beside; a host's own need have none of it. */
type Offers = Partial<AdoptingExchange & FaultTelling & KeyTelling & HandshakeTelling>;

/**
 * The sessions of the exchanges that carry queries, as far as they have any and tell of them. An exchange may be a host's
 * own: what it throws here harms nobody.
 */
export class Sessions {
  readonly #dot: Exchange;
  readonly #do53: Exchange;
  readonly #hostErrors: HostErrors;

  /** @param deps - what it needs */
  constructor({ dot, do53, hostErrors }: SessionsDeps) {
    this.#dot = dot;
    this.#do53 = do53;
    this.#hostErrors = hostErrors;
  }

  /** How many are open; `undefined` where the exchange does not tell. */
  get open(): number | undefined {
    return this.#call(() => {
      const { open } = Object((this.#dot as { sessions?: unknown }).sessions) as { open?: unknown };
      return typeof open === 'number' ? open : undefined;
    });
  }

  /** Whether a session is open there, so that no handshake lies before the answer. */
  isOpen(endpoint: Endpoint): boolean {
    const dot = this.#dot;
    return this.#call(() => isAttempting(dot) && dot.isOpen?.(endpoint)) === true;
  }

  /** Hands over a probe's open session; returns whether it was taken. */
  adopt(endpoint: Endpoint, session: WarmSession): boolean {
    const dot: Offers = this.#dot;
    return this.#call(() => dot.adopt?.(endpoint, session)) === true;
  }

  /** Drops what is held for one endpoint. */
  forget({ key }: Endpoint): void {
    this.#call(() => forgetEndpoint(this.#dot, key));
  }

  /** Drops all sessions and tickets: the host is on another network. */
  reset(): void {
    this.#call(() => resetExchange(this.#dot));
    this.#call(() => resetExchange(this.#do53), 'do53');
  }

  /**
   * Listens to all servers.
   *
   * @param listener - who is told
   * @returns takes the listener back
   */
  listen(listener: SessionsListener): () => void {
    const dot: Offers = this.#dot;
    const stops = [
      this.#call(() => dot.onFault?.((...fault) => listener.faulty(...fault))),
      this.#call(() => dot.onKey?.((...shown) => listener.keyShown(...shown))),
      this.#call(() => dot.onHandshake?.((_, ms) => listener.handshaken(ms))),
    ];
    return () => {
      for (const stop of stops) this.#call(() => stop?.());
    };
  }

  #call<T>(run: () => T, part: HostPart = 'dot'): T | undefined {
    return this.#hostErrors.call(part, run);
  }
}
