import { type Clock, systemClock } from '../../common/clock.js';
import { KeepAlive } from '../../common/keep-alive.js';
import type { Authentication } from '../../contact/authentication.js';
import { createGuard, type Guard } from '../../contact/guard.js';
import type { Names } from '../../state/known-names.js';
import type { Endpoint, Failure } from '../../state/model.js';
import { awaited, QueryAttempt, type QueryListener } from '../attempt.js';
import { checkEndpoint, checkOptions, checkTimeout } from '../check-options.js';
import type {
  AdoptingExchange,
  Attempt,
  AttemptingExchange,
  AttemptOptions,
  ExchangeOptions,
  FaultTelling,
  HandshakeTelling,
  KeyTelling,
  WarmSession,
} from '../exchange.js';
import { exchangeClosed } from '../failure.js';
import { type Authenticator, authenticatorOf } from '../tls/authenticator.js';
import type { Connect } from '../tls/tls.js';
import { contextOf } from '../tls/tls-context.js';
import { DotQuery, type DotRequest } from './query.js';
import { DotSession } from './session.js';
import { DotSessions, type SessionCounts } from './sessions.js';

export type { SessionCounts } from './sessions.js';

/** How a {@link DotExchange} works. */
export interface DotExchangeOptions {
  /** Where it reads time; default the system's clock. */
  readonly clock?: Clock | undefined;
  /** Where it may connect; default `createGuard()`. */
  readonly guard?: Guard | undefined;
  /**
   * For each attempt of {@link DotExchange.exchange}, and for opening a session, in milliseconds; default 4,000
   * (`timeout` of RFC 9539 section 4.3), above 0, at most an hour.
   */
  readonly timeoutMs?: number | undefined;
  /** Gives the host's own sockets: a proxy, another routing domain; default TCP from `node:net`. */
  readonly connect?: Connect | undefined;
  /** Certificates in PEM to trust in the place of the system's, where authentication is demanded. */
  readonly trustAnchors?: readonly string[] | undefined;
}

const TIMEOUT_MS = 4_000;
const NAMES: Names<DotExchangeOptions> = {
  clock: true,
  guard: true,
  timeoutMs: true,
  connect: true,
  trustAnchors: true,
};

/**
 * DNS over TLS (RFC 7858) for a resolver's own queries to authoritative servers: one session an endpoint, shared and
 * pipelined, and up to four where its answers wait for our acknowledgement of the one before (Nagle’s algorithm there, and a
 * round trip of 5 ms or more); padded (RFC 8467), resumed where the server allows it; any certificate accepted (RFC 9539 section 4.6.3.4), or
 * none but what is demanded: those who demand different proofs share no session and no ticket.
 *
 * **Bounds.** 1,024 sessions, 512 of them idle, those idle longest closed first; two new ones a second an endpoint, after
 * eight at once (beyond, `local` with detail `churn`). A session holds at most 5,120 queries or 2 MB, 1,024 or 1 MB of
 * them in flight; what has come of an unfinished answer, 64 KB; and one write of 16 KB, or of one longer query. All
 * sessions together hold 65,536 queries or 64 MB, and the first 64 of each session or 16 KB (beyond, `local` with detail
 * `budget`), each with a copy of what the host gave. So much servers cost that read nothing, or send octet by octet: all
 * 1,024 of them 350 MB at the very most, and 1 KB each where they but announce long answers.
 *
 * @example
 * ```ts
 * await using exchange = new DotExchange();
 * const answer = await exchange.exchange(endpoint, query, { signal: AbortSignal.timeout(5_000) });
 * ```
 */
export class DotExchange implements AttemptingExchange, AdoptingExchange, FaultTelling, KeyTelling, HandshakeTelling {
  /** {@inheritDoc Exchange.authenticates} */
  readonly authenticates = true;
  readonly #timeoutMs: number;
  readonly #sessions: DotSessions;
  readonly #keepAlive: KeepAlive;
  #closed = false;

  /**
   * @param options - how it works
   * @throws `InvalidInputError` `INVALID_OPTION`
   */
  constructor(options: DotExchangeOptions = {}) {
    checkOptions(options, NAMES);
    const { clock = systemClock, guard = createGuard(), timeoutMs = TIMEOUT_MS, connect } = options;
    const context = contextOf(options.trustAnchors);
    this.#timeoutMs = timeoutMs;
    this.#keepAlive = new KeepAlive(clock);
    this.#sessions = new DotSessions({ clock, guard, connect, timeoutMs, context });
  }

  /** What it has opened, for metrics. */
  get sessions(): SessionCounts {
    return this.#sessions.counts;
  }

  /**
   * {@inheritDoc Exchange.exchange}
   *
   * @throws `InvalidInputError` for a message that cannot be sent, an endpoint without key, or no signal; `TransportError`;
   *   `DotscoutError` `REFUSED_BY_GUARD` or `CLOSED`; `signal.reason`
   */
  exchange(endpoint: Endpoint, message: Uint8Array, options: ExchangeOptions): Promise<Uint8Array> {
    return awaited(this.#keepAlive, options, (listener) => {
      const authenticator = authenticatorFor(options.authentication);
      const { mayBeSent } = options;
      return this.#query({ endpoint, message, timeoutMs: this.#timeoutMs, authenticator, mayBeSent }, listener);
    });
  }

  /**
   * Begins an exchange that its caller may leave without cutting it short. It does not keep the process alive; who
   * awaits it does.
   *
   * @throws `InvalidInputError` for a message, limit or authentication that cannot be used; `DotscoutError` `CLOSED`
   */
  attempt(
    endpoint: Endpoint,
    message: Uint8Array,
    timeoutMs: number,
    authentication?: Authentication,
    options?: AttemptOptions,
  ): Attempt {
    const authenticator = authenticatorFor(authentication);
    const { mayBeSent, openingMs } = options ?? {};
    const request = { endpoint, message, timeoutMs, authenticator, openingMs, mayBeSent };
    return new QueryAttempt(this.#query, request, authenticator !== undefined);
  }

  /** {@inheritDoc AttemptingExchange.isOpen} */
  isOpen(endpoint: Endpoint): boolean {
    return this.#sessions.isOpen(endpoint);
  }

  /** {@inheritDoc AdoptingExchange.adopt} */
  adopt(endpoint: Endpoint, session: WarmSession): boolean {
    return !this.#closed && session instanceof DotSession && this.#sessions.adopt(endpoint, session);
  }

  /** {@inheritDoc FaultTelling.onFault} */
  onFault(listener: (endpoint: Endpoint, failure: Failure) => void): () => void {
    return this.#sessions.faults.add(listener);
  }

  /** {@inheritDoc KeyTelling.onKey} */
  onKey(listener: (endpoint: Endpoint, spki: string) => void): () => void {
    return this.#sessions.keys.add(listener);
  }

  /** {@inheritDoc HandshakeTelling.onHandshake} */
  onHandshake(listener: (endpoint: Endpoint, ms: number) => void): () => void {
    return this.#sessions.handshakes.add(listener);
  }

  /**
   * Forgets an endpoint's tickets and lets its session end: at once if it is idle, else when its queries are answered.
   *
   * @param key - the endpoint's key
   */
  closeEndpoint(key: string): void {
    this.#sessions.forget(key);
  }

  /** Does the same for all endpoints: the host is on another network (RFC 9250 section 5.5.3 for tickets). */
  reset(): void {
    this.#sessions.forgetAll();
  }

  /** {@inheritDoc Exchange.close} */
  async close(): Promise<void> {
    this.#closed = true;
    this.#sessions.close(exchangeClosed);
  }

  /** The same as {@link DotExchange.close}. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  readonly #query = (request: DotRequest, listener: QueryListener): DotQuery => {
    checkEndpoint(request.endpoint);
    checkTimeout(request.timeoutMs);
    if (this.#closed) throw exchangeClosed();
    return new DotQuery(this.#sessions, request, listener);
  };
}

function authenticatorFor(authentication: Authentication | undefined): Authenticator | undefined {
  return authentication === undefined ? undefined : authenticatorOf(authentication);
}
