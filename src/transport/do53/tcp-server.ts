import { BoundedMap } from '../../common/bounded-map.js';
import type { Clock } from '../../common/clock.js';
import { type DotscoutError, TransportError } from '../../common/errors.js';
import type { Endpoint } from '../../state/model.js';
import { classifyError } from '../failure.js';
import { Do53Pool } from './pool.js';
import type { PooledServer, PoolHouse } from './pooled.js';
import type { TcpQuery, TcpRoad } from './tcp-query.js';
import { type TcpOwner, TcpSession } from './tcp-session.js';

/** TCP sessions open at once. */
const MAX_SESSIONS = 256;

/** TCP sessions open to one server, where it closes them after a few answers; else one. */
const MAX_SESSIONS_OF_ONE = 8;

/** Queries that wait for a TCP session. */
const MAX_WAITING = 4_096;

/** Servers whose appetite is remembered. */
const MAX_APPETITES = 4_096;

/** For how long, in milliseconds. */
const APPETITE_MS = 600_000;

/** How many queries a server answers before it closes a session, and until when we go by that. */
interface Appetite {
  readonly queries: number;
  readonly until: number;
}

/** The TCP sessions of an exchange, and how many queries on one the servers have an appetite for. */
export class TcpPool extends Do53Pool<TcpQuery, TcpServer> {
  /** @param clock - where it reads time */
  constructor(clock: Clock) {
    const appetites = new BoundedMap<string, Appetite>(MAX_APPETITES);
    super({
      clock,
      maxOpen: MAX_SESSIONS,
      maxWaiting: MAX_WAITING,
      create: (endpoint, house) => new TcpServer(endpoint, house, appetites),
    });
  }
}

/** One server's TCP sessions, and the queries that wait for one. */
export class TcpServer implements PooledServer<TcpQuery>, TcpOwner, TcpRoad {
  readonly endpoint: Endpoint;
  readonly clock: Clock;
  readonly line: Set<TcpQuery> = new Set<TcpQuery>();
  readonly #house: PoolHouse<TcpQuery, TcpServer>;
  readonly #appetites: BoundedMap<string, Appetite>;
  readonly #sessions = new Set<TcpSession>();

  /**
   * @param endpoint - the server
   * @param house - what it needs of the others
   * @param appetites - of all servers, by endpoint
   */
  constructor(endpoint: Endpoint, house: PoolHouse<TcpQuery, TcpServer>, appetites: BoundedMap<string, Appetite>) {
    this.endpoint = endpoint;
    this.clock = house.clock;
    this.#house = house;
    this.#appetites = appetites;
  }

  /** {@inheritDoc PooledServer.isIdle} */
  get isIdle(): boolean {
    return this.#sessions.size === 0 && this.line.size === 0;
  }

  /** {@inheritDoc PooledServer.mayOpen} */
  get mayOpen(): boolean {
    const hasRoom = this.#sessions.size < MAX_SESSIONS_OF_ONE || this.#idleSession() !== undefined;
    return hasRoom && this.#house.mayOpen();
  }

  /** Gives a query to the session that is open and has appetite for it, or to a new one. */
  place(query: TcpQuery, now: number): boolean {
    const session = this.#openSession(query, now) ?? this.#newSession();
    if (session === undefined) return false;
    // What was lost once gets a session for itself.
    session.sent += query.retried ? Number.POSITIVE_INFINITY : 1;
    session.wanted++;
    this.#house.used(session);
    query.placed(this, session);
    try {
      session.send(query);
    } catch (error) {
      query.settle({ error: new TransportError(classifyError(error, 'connect'), { cause: error }) });
    }
    return true;
  }

  /** {@inheritDoc PooledServer.waits} */
  waits(query: TcpQuery): void {
    query.waits(this);
  }

  /** {@inheritDoc TcpRoad.leave} */
  leave(query: TcpQuery): void {
    this.#house.leave(this, query);
  }

  /** {@inheritDoc PooledServer.retire} */
  retire(): void {
    for (const session of [...this.#sessions]) session.retire();
  }

  /** {@inheritDoc PooledServer.close} */
  close(error: () => DotscoutError): void {
    for (const session of [...this.#sessions]) session.close(error());
  }

  /** {@inheritDoc TcpOwner.changed} */
  changed(session: TcpSession): void {
    this.#house.used(session);
    if (session.closed) {
      this.#sessions.delete(session);
      this.#house.closed(this);
    } else if (!session.busy) {
      if (session.sent < this.#appetite(this.clock.now())) this.#house.idled(session);
      else session.retire();
    }
  }

  /** {@inheritDoc TcpRoad.left} A session on which nobody waits is as good as idle, whatever it is still owed. */
  left(session: TcpSession): void {
    session.wanted--;
    if (session.wanted === 0 && session.busy && !session.closed) this.#house.idled(session);
  }

  /** {@inheritDoc TcpRoad.lost} */
  lost(session: TcpSession, now: number): void {
    this.#appetites.set(this.endpoint.key, { queries: Math.max(1, session.answered), until: now + APPETITE_MS });
  }

  /** {@inheritDoc TcpRoad.again} */
  again(query: TcpQuery, now: number): void {
    this.#house.send(this.endpoint, query, now);
  }

  #appetite(now: number): number {
    const appetite = this.#appetites.get(this.endpoint.key);
    return appetite === undefined || appetite.until <= now ? Number.POSITIVE_INFINITY : appetite.queries;
  }

  #openSession(query: TcpQuery, now: number): TcpSession | undefined {
    if (query.retried) return undefined;
    const appetite = this.#appetite(now);
    for (const session of this.#sessions) if (session.accepts && session.sent < appetite) return session;
    return undefined;
  }

  #newSession(): TcpSession | undefined {
    if (!this.mayOpen) return undefined;
    if (this.#sessions.size >= MAX_SESSIONS_OF_ONE) this.#idleSession()?.close();
    this.#house.opening();
    const session = new TcpSession(this);
    this.#sessions.add(session);
    return session;
  }

  #idleSession(): TcpSession | undefined {
    for (const session of this.#sessions) if (session.wanted === 0) return session;
    return undefined;
  }
}
