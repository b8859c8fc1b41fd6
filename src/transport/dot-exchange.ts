import { type Clock, systemClock } from '../clock.js';
import { DotscoutError, TransportError } from '../errors.js';
import { createGuard, type Guard } from '../guard.js';
import type { Endpoint, Failure, Times } from '../state/model.js';
import { onAbort } from './abort.js';
import { Appetites } from './appetite.js';
import { Backlog, EXCHANGE_BOUNDS } from './backlog.js';
import { checkOptions, checkTimeout } from './check-options.js';
import { Churn } from './churn.js';
import { deferred } from './deferred.js';
import { type AnswerTimes, type AttemptContext, type AttemptListener, DotAttempt } from './dot-attempt.js';
import { DotSession, type SessionOwner } from './dot-session.js';
import type {
  AdoptingExchange,
  Attempt,
  AttemptingExchange,
  ExchangeOptions,
  FaultTelling,
  Reply,
  WarmSession,
} from './exchange.js';
import { KeepAlive } from './keep-alive.js';
import { Nudgeless } from './nudge.js';
import { SessionPool } from './pool.js';
import type { SessionShare } from './session-options.js';
import { Shapes } from './shapes.js';
import { Tickets } from './tickets.js';
import type { Connect } from './tls.js';

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
}

/** What a {@link DotExchange} has opened so far. */
export interface SessionCounts {
  /** Handshakes that succeeded, those that resumed among them; a probe's session that was taken over is none. */
  readonly opened: number;
  /** Sessions open at the moment or being opened. */
  readonly open: number;
  /** Handshakes that resumed an earlier session. */
  readonly resumed: number;
}

const TIMEOUT_MS = 4_000;

/**
 * DNS over TLS (RFC 7858) for a resolver's own queries to authoritative servers: one session an endpoint, shared and
 * pipelined, padded (RFC 8467), resumed where the server allows it, any certificate accepted (RFC 9539 section 4.6.3.4).
 *
 * **Bounds.** 1,024 sessions, 512 of them idle, those idle longest closed first; two new ones a second an endpoint, after
 * eight at once (beyond, `local` with detail `churn`). A session holds at most 1,024 queries or 1 MB in flight, 4,096 or
 * 1 MB that wait, 64 KB of an unfinished answer and one write of 16 KB (or of one longer query); all sessions together
 * 65,536 queries or 64 MB that wait (beyond, `local` with detail `budget`). So much a server costs that reads nothing, or
 * sends octet by octet.
 *
 * @example
 * ```ts
 * await using exchange = new DotExchange();
 * const answer = await exchange.exchange(endpoint, query, { signal: AbortSignal.timeout(5_000) });
 * ```
 */
export class DotExchange implements AttemptingExchange, AdoptingExchange, FaultTelling {
  readonly #clock: Clock;
  readonly #guard: Guard;
  readonly #timeoutMs: number;
  readonly #connect: Connect | undefined;
  readonly #context: AttemptContext;
  readonly #owner: SessionOwner;
  readonly #keepAlive: KeepAlive;
  readonly #pool = new SessionPool<DotSession>();
  readonly #tickets = new Tickets();
  readonly #shapes = new Shapes();
  readonly #nudgeless = new Nudgeless();
  readonly #churn = new Churn();
  readonly #share: SessionShare = { appetites: new Appetites(), backlog: new Backlog(EXCHANGE_BOUNDS) };
  readonly #faultListeners = new Set<(endpoint: Endpoint, failure: Failure) => void>();
  /** The session that takes an endpoint's queries; others of it may still be finishing. */
  readonly #current = new Map<string, DotSession>();
  #opened = 0;
  #resumed = 0;
  #closed = false;

  /**
   * @param options - how it works
   * @throws `InvalidInputError` `INVALID_OPTION`
   */
  constructor(options: DotExchangeOptions = {}) {
    checkOptions(options);
    this.#clock = options.clock ?? systemClock;
    this.#guard = options.guard ?? createGuard();
    this.#timeoutMs = options.timeoutMs ?? TIMEOUT_MS;
    this.#connect = options.connect;
    this.#keepAlive = new KeepAlive(this.#clock);
    this.#context = {
      clock: this.#clock,
      shapes: this.#shapes,
      sessionFor: (endpoint) => this.#sessionFor(endpoint),
    };
    this.#owner = {
      opened: (session) => {
        this.#opened++;
        if (session.up?.resumed === true) this.#resumed++;
      },
      changed: (session) => this.#changed(session),
      ticket: (session, ticket) => {
        const { key } = session.endpoint;
        // A session that was let go may be of another network, or of an endpoint that is to be forgotten.
        if (this.#current.get(key) === session) this.#tickets.add(key, ticket, this.#clock.now());
      },
      nudgeHarmed: ({ endpoint }) => this.#nudgeless.add(endpoint.key, this.#clock.now()),
      faulted: ({ endpoint }, failure) => {
        for (const listener of [...this.#faultListeners]) {
          try {
            listener(endpoint, failure);
          } catch {
            // A host's own trouble; others are told all the same.
          }
        }
      },
    };
  }

  /** What it has opened, for metrics. */
  get sessions(): SessionCounts {
    return { opened: this.#opened, open: this.#pool.size, resumed: this.#resumed };
  }

  /**
   * {@inheritDoc Exchange.exchange}
   *
   * @throws `InvalidInputError` for a message that cannot be sent; `TransportError`; `DotscoutError` `REFUSED_BY_GUARD`
   *   or `CLOSED`; `signal.reason`
   */
  exchange(endpoint: Endpoint, message: Uint8Array, { signal }: ExchangeOptions): Promise<Uint8Array> {
    // What this throws, rejects.
    return new Promise((resolve, reject) => {
      signal.throwIfAborted();
      const over = (): void => {
        forget();
        this.#keepAlive.release();
      };
      const attempt = this.#begin(endpoint, message, this.#timeoutMs, {
        answered(answer) {
          over();
          resolve(answer);
        },
        failed(error) {
          over();
          reject(error);
        },
      });
      this.#keepAlive.hold();
      const forget = onAbort(signal, () => {
        over();
        reject(signal.reason);
        attempt.withdraw();
      });
      attempt.send();
    });
  }

  /**
   * Begins an exchange that its caller may leave without cutting it short. It does not keep the process alive; who
   * awaits it does.
   *
   * @throws `InvalidInputError` for a message or limit that cannot be used; `DotscoutError` `CLOSED`
   */
  attempt(endpoint: Endpoint, message: Uint8Array, timeoutMs: number): Attempt {
    const { promise, resolve, reject } = deferred<Reply>();
    const attempt = this.#begin(endpoint, message, timeoutMs, {
      answered: (answer, times, total) =>
        resolve({ message: answer, times: timesOf(times, total), authenticated: false }),
      failed: reject,
    });
    attempt.send();
    return { done: promise, withdraw: () => attempt.withdraw() };
  }

  /** {@inheritDoc AttemptingExchange.isOpen} */
  isOpen(endpoint: Endpoint): boolean {
    const session = this.#current.get(endpoint.key);
    return session?.accepts === true && session.up !== undefined;
  }

  /** {@inheritDoc AdoptingExchange.adopt} */
  adopt(endpoint: Endpoint, session: WarmSession): boolean {
    if (this.#closed || !(session instanceof DotSession) || !session.accepts || session.busy) return false;
    if (session.endpoint.key !== endpoint.key || this.#current.get(endpoint.key)?.accepts === true) return false;
    if (!this.#pool.makeRoom()) return false;
    session.unused = true;
    this.#current.set(endpoint.key, session);
    if (session.shape !== undefined) this.#shapes.learn(endpoint.key, session.shape, this.#clock.now());
    if (!session.bearsNudges) this.#nudgeless.add(endpoint.key, this.#clock.now());
    for (const ticket of session.tickets.splice(0)) this.#owner.ticket(session, ticket);
    session.handOver(this.#owner, this.#share);
    this.#pool.update(session);
    return true;
  }

  /** {@inheritDoc FaultTelling.onFault} */
  onFault(listener: (endpoint: Endpoint, failure: Failure) => void): () => void {
    this.#faultListeners.add(listener);
    return () => void this.#faultListeners.delete(listener);
  }

  /**
   * Forgets an endpoint's tickets and lets its session end: at once if it is idle, else when its queries are answered.
   *
   * @param key - the endpoint's key
   */
  closeEndpoint(key: string): void {
    this.#tickets.delete(key);
    const session = this.#current.get(key);
    this.#current.delete(key);
    session?.retire();
  }

  /** Does the same for all endpoints: the host is on another network (RFC 9250 section 5.5.3 for tickets). */
  reset(): void {
    this.#tickets.clear();
    this.#current.clear();
    for (const session of this.#pool.list()) session.retire();
  }

  /** {@inheritDoc Exchange.close} */
  async close(): Promise<void> {
    this.#closed = true;
    for (const session of this.#pool.list()) session.close(closedError());
  }

  /** The same as {@link DotExchange.close}. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #begin(endpoint: Endpoint, message: Uint8Array, timeoutMs: number, listener: AttemptListener): DotAttempt {
    checkTimeout(timeoutMs);
    if (this.#closed) throw closedError();
    return new DotAttempt(endpoint, message, timeoutMs, this.#context, listener);
  }

  #sessionFor(endpoint: Endpoint): DotSession {
    const current = this.#current.get(endpoint.key);
    if (current?.accepts === true) return current;
    const { key } = endpoint;
    const now = this.#clock.now();
    if (!this.#pool.makeRoom()) throw new TransportError({ phase: 'connect', kind: 'local', detail: 'budget' });
    if (!this.#churn.admits(key, now)) throw new TransportError({ phase: 'connect', kind: 'local', detail: 'churn' });
    const session = new DotSession(endpoint, {
      clock: this.#clock,
      guard: this.#guard,
      connect: this.#connect,
      timeoutMs: this.#timeoutMs,
      ticket: this.#tickets.take(key, now),
      owner: this.#owner,
      share: this.#share,
      nudges: !this.#nudgeless.has(key, now),
    });
    this.#current.set(key, session);
    this.#pool.update(session);
    return session;
  }

  #changed(session: DotSession): void {
    this.#pool.update(session);
    if (session.closed && this.#current.get(session.endpoint.key) === session)
      this.#current.delete(session.endpoint.key);
  }
}

function timesOf({ connectMs, handshakeMs, answerMs }: AnswerTimes, total: number): Times {
  if (connectMs === undefined) return { answer: answerMs, total };
  return { connect: connectMs, handshake: handshakeMs, answer: answerMs, total };
}

function closedError(): DotscoutError {
  return new DotscoutError('CLOSED', 'the exchange is closed');
}
