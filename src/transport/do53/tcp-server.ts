import type { Clock } from '../../common/clock.js';
import type { DotscoutError } from '../../common/errors.js';
import type { Endpoint } from '../../state/model.js';
import { errorOf } from '../failure.js';
import { AnswerLimits } from '../session/answer-limits.js';
import { Do53Pool, type PoolDeps, type PooledServer } from './pool.js';
import type { TcpQuery, TcpQueryDeps } from './tcp-query.js';
import { TcpSession, type TcpSessionDeps } from './tcp-session.js';

/** TCP sessions open at once. */
const MAX_SESSIONS = 256;

/** TCP sessions open to one server, where it closes them after a few answers; else one. */
const MAX_SESSIONS_OF_ONE = 8;

/** Queries that wait for a TCP session: half as many as for UDP, for few queries need TCP; 4 MB. */
const MAX_WAITING = 4_096;

/** The TCP sessions of an exchange, and how many answers the servers give on one. */
export class TcpPool extends Do53Pool<TcpQuery, TcpServer> {
  /** @param clock - where it reads time */
  constructor(clock: Clock) {
    const answerLimits = new AnswerLimits();
    super({
      clock,
      maxOpen: MAX_SESSIONS,
      maxWaiting: MAX_WAITING,
      create: (endpoint, deps) => new TcpServer(endpoint, deps, answerLimits),
    });
  }
}

/** One server's TCP sessions, and the queries that wait for one. */
export class TcpServer implements PooledServer<TcpQuery>, TcpSessionDeps, TcpQueryDeps {
  readonly endpoint: Endpoint;
  readonly clock: Clock;
  readonly line: Set<TcpQuery> = new Set<TcpQuery>();
  readonly #deps: PoolDeps<TcpQuery, TcpServer>;
  readonly #answerLimits: AnswerLimits;
  readonly #sessions = new Set<TcpSession>();

  /**
   * @param endpoint - the server
   * @param deps - what it needs of the others
   * @param answerLimits - of all servers
   */
  constructor(endpoint: Endpoint, deps: PoolDeps<TcpQuery, TcpServer>, answerLimits: AnswerLimits) {
    this.endpoint = endpoint;
    this.clock = deps.clock;
    this.#deps = deps;
    this.#answerLimits = answerLimits;
  }

  /** {@inheritDoc PooledServer.isIdle} */
  get isIdle(): boolean {
    return this.#sessions.size === 0 && this.line.size === 0;
  }

  /** {@inheritDoc PooledServer.mayOpen} */
  get mayOpen(): boolean {
    const hasRoom = this.#sessions.size < MAX_SESSIONS_OF_ONE || this.#idleSession() !== undefined;
    return hasRoom && this.#deps.mayOpen();
  }

  /** Gives a query to the session that is open and will answer one more, or to a new one. */
  place(query: TcpQuery, now: number): boolean {
    const session = this.#openSession(query, now) ?? this.#newSession();
    if (session === undefined) return false;
    // What was lost once gets a session for itself.
    session.sent += query.retried ? Number.POSITIVE_INFINITY : 1;
    session.wanted++;
    this.#deps.used(session);
    query.placed(this, session);
    try {
      session.send(query);
    } catch (error) {
      query.settle({ error: errorOf(error, 'connect') });
    }
    return true;
  }

  /** {@inheritDoc PooledServer.waits} */
  waits(query: TcpQuery): void {
    query.placed(this);
  }

  /** {@inheritDoc TcpQueryDeps.leave} */
  leave(query: TcpQuery): void {
    this.#deps.leave(this, query);
  }

  /** {@inheritDoc PooledServer.retire} */
  retire(): void {
    for (const session of [...this.#sessions]) session.retire();
  }

  /** {@inheritDoc PooledServer.close} */
  close(error: () => DotscoutError): void {
    for (const session of [...this.#sessions]) session.close(error());
  }

  /** {@inheritDoc TcpSessionDeps.changed} */
  changed(session: TcpSession): void {
    this.#deps.used(session);
    if (session.closed) {
      this.#sessions.delete(session);
      this.#deps.closed(this);
    } else if (!session.busy) {
      if (session.sent < this.#answerLimits.of(this.endpoint.key, this.clock.now())) this.#deps.idled(session);
      else session.retire();
    }
  }

  /** {@inheritDoc TcpQueryDeps.left} A session on which nobody waits is as good as idle, whatever it is still owed. */
  left(session: TcpSession): void {
    session.wanted--;
    if (session.wanted === 0 && session.busy && !session.closed) this.#deps.idled(session);
  }

  /** {@inheritDoc TcpQueryDeps.lost} */
  lost(session: TcpSession, now: number): void {
    this.#answerLimits.closedAfter(this.endpoint.key, session.answered, now);
  }

  /** {@inheritDoc TcpQueryDeps.again} */
  again(query: TcpQuery, now: number): void {
    this.#deps.send(this.endpoint, query, now);
  }

  #openSession(query: TcpQuery, now: number): TcpSession | undefined {
    if (query.retried) return undefined;
    const answerLimit = this.#answerLimits.of(this.endpoint.key, now);
    for (const session of this.#sessions) if (session.accepts && session.sent < answerLimit) return session;
    return undefined;
  }

  #newSession(): TcpSession | undefined {
    if (!this.mayOpen) return undefined;
    if (this.#sessions.size >= MAX_SESSIONS_OF_ONE) this.#idleSession()?.close();
    this.#deps.opening();
    const session = new TcpSession(this);
    this.#sessions.add(session);
    return session;
  }

  #idleSession(): TcpSession | undefined {
    for (const session of this.#sessions) if (session.wanted === 0) return session;
    return undefined;
  }
}
