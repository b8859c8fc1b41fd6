import { type Clock, systemClock } from '../../common/clock.js';
import { DotscoutError } from '../../common/errors.js';
import { KeepAlive } from '../../common/keep-alive.js';
import type { Authentication } from '../../contact/authentication.js';
import { createGuard, type Guard } from '../../contact/guard.js';
import type { Names } from '../../state/known-names.js';
import type { Endpoint, Failure, Times } from '../../state/model.js';
import { awaited, TellingAttempt } from '../attempt.js';
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
import { type Authenticator, authenticatorOf } from '../tls/authenticator.js';
import type { Connect } from '../tls/tls.js';
import { contextOf } from '../tls/tls-context.js';
import { type AnswerTimes, type DotListener, DotQuery, type DotQueryDeps, type DotRequest } from './query.js';
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
  readonly #context: DotQueryDeps;
  readonly #sessions: DotSessions;
  readonly #keepAlive: KeepAlive;
  readonly #faultListeners = new Set<(endpoint: Endpoint, failure: Failure) => void>();
  readonly #keyListeners = new Set<(endpoint: Endpoint, spki: string) => void>();
  readonly #handshakeListeners = new Set<(endpoint: Endpoint, ms: number) => void>();
  #closed = false;

  /**
   * @param options - how it works
   * @throws `InvalidInputError` `INVALID_OPTION`
   */
  constructor(options: DotExchangeOptions = {}) {
    checkOptions(options, NAMES);
    const { clock = systemClock, guard = createGuard(), timeoutMs = TIMEOUT_MS, connect } = options;
    const context = contextOf(options.trustAnchors);
    const sessions = new DotSessions({
      clock,
      guard,
      connect,
      timeoutMs,
      context,
      faulted: (endpoint, failure) => tellAll(this.#faultListeners, endpoint, failure),
      keySeen: (endpoint, spki) => tellAll(this.#keyListeners, endpoint, spki),
      handshaken: (endpoint, ms) => tellAll(this.#handshakeListeners, endpoint, ms),
    });
    this.#timeoutMs = timeoutMs;
    this.#keepAlive = new KeepAlive(clock);
    this.#sessions = sessions;
    this.#context = {
      clock,
      shapes: sessions.shapes,
      place: (send) => sessions.place(send),
      unplace: (send) => sessions.unplace(send),
      freshMs: (endpoint) => sessions.freshMs(endpoint),
    };
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
    return awaited(this.#keepAlive, options, (told) => {
      const authenticator = authenticatorFor(options.authentication);
      const { mayBeSent } = options;
      return this.#query({ endpoint, message, timeoutMs: this.#timeoutMs, authenticator, mayBeSent }, told);
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
    const request = { endpoint, message, timeoutMs, authenticator, ...options };
    const make = (told: DotListener): DotQuery => this.#query(request, told);
    return new DotAttempt(make, authenticator !== undefined);
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
    this.#faultListeners.add(listener);
    return () => void this.#faultListeners.delete(listener);
  }

  /** {@inheritDoc KeyTelling.onKey} */
  onKey(listener: (endpoint: Endpoint, spki: string) => void): () => void {
    this.#keyListeners.add(listener);
    return () => void this.#keyListeners.delete(listener);
  }

  /** {@inheritDoc HandshakeTelling.onHandshake} */
  onHandshake(listener: (endpoint: Endpoint, ms: number) => void): () => void {
    this.#handshakeListeners.add(listener);
    return () => void this.#handshakeListeners.delete(listener);
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
    this.#sessions.close(closedError);
  }

  /** The same as {@link DotExchange.close}. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #query(request: DotRequest, listener: DotListener): DotQuery {
    checkEndpoint(request.endpoint);
    checkTimeout(request.timeoutMs);
    if (this.#closed) throw closedError();
    return new DotQuery(this.#context, request, listener);
  }
}

function authenticatorFor(authentication: Authentication | undefined): Authenticator | undefined {
  return authentication === undefined ? undefined : authenticatorOf(authentication);
}

function tellAll<T>(listeners: Iterable<(endpoint: Endpoint, what: T) => void>, endpoint: Endpoint, what: T): void {
  for (const listener of [...listeners]) {
    try {
      listener(endpoint, what);
    } catch {
      // A host's own trouble; others are told all the same.
    }
  }
}

function closedError(): DotscoutError {
  return new DotscoutError('CLOSED', 'the exchange is closed');
}

/** A query over DoT whose caller may leave. */
export class DotAttempt extends TellingAttempt implements DotListener {
  readonly #query: DotQuery;
  readonly #authenticated: boolean;

  /**
   * @param make - makes the query, which tells this attempt how it ends; it is begun here
   * @param authenticated - whether only a server that has proven who it is gets it
   */
  constructor(make: (listener: DotListener) => DotQuery, authenticated: boolean) {
    super();
    this.#authenticated = authenticated;
    this.#query = make(this);
    this.#query.start();
  }

  /** {@inheritDoc Attempt.freshUntil} */
  get freshUntil(): number {
    return this.#query.freshUntil;
  }

  /** {@inheritDoc Attempt.withdraw} */
  withdraw(): boolean {
    return this.#query.withdraw();
  }

  /** {@inheritDoc DotListener.answered} */
  answered(message: Uint8Array, rcode: number, times: AnswerTimes, total: number): void {
    this.succeed({ message, rcode, times: timesOf(times, total), authenticated: this.#authenticated });
  }
}

function timesOf({ connectMs, handshakeMs, answerMs }: AnswerTimes, total: number): Times {
  if (connectMs === undefined) return { answer: answerMs, total };
  return { connect: connectMs, handshake: handshakeMs, answer: answerMs, total };
}
