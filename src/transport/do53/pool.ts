import type { Clock } from '../../common/clock.js';
import type { DotscoutError } from '../../common/errors.js';
import { EarliestTimeout } from '../../common/late-timers.js';
import type { Endpoint } from '../../state/model.js';
import { localError } from '../failure.js';

/** What a pool needs to know of a query. */
export interface PooledQuery {
  /** When its time is over, on the monotonic clock. */
  readonly limitAt: number;
  /** It will not be sent. */
  settle(outcome: { readonly error: DotscoutError }): void;
}

/** Where a query is until it is settled: in a server's line, or on a socket. */
export interface Carrier<Q> {
  /**
   * Takes back a query, unless it has been sent; nothing is told.
   *
   * @returns whether it was unsent
   */
  withdraw(query: Q): boolean;
  /** Gives a query up, sent or not; nothing is told, and what still answers it is ignored. */
  drop(query: Q): void;
}

/** One server's sockets, and the queries that wait for one. */
export interface PooledServer<Q extends PooledQuery> {
  readonly endpoint: Endpoint;
  /** Queries that found no room, in the order in which they came; the pool's to change. */
  readonly line: Set<Q>;
  /** Whether it has neither a socket nor a line. */
  readonly isIdle: boolean;
  /** Whether it may open one more socket. */
  readonly mayOpen: boolean;
  /**
   * Gives a query to a socket, a new one if need be.
   *
   * @param query - what is to be sent
   * @param now - on the monotonic clock
   * @returns whether there was room
   */
  place(query: Q, now: number): boolean;
  /** A query was put into the line. */
  waits(query: Q): void;
  /** Lets its sockets finish, and opens others for what comes. */
  retire(): void;
  /** Closes its sockets; their queries are told the error. */
  close(error: () => DotscoutError): void;
}

/** A socket on which nobody waits, and which may be closed to make room. */
export interface IdleSocket {
  /** Closes it, and so tells its server. */
  close(): void;
}

/** What a server needs of all of them. */
export interface PoolDeps<Q extends PooledQuery, S> {
  readonly clock: Clock;
  /** Sends a query, as if it had just come. */
  send(endpoint: Endpoint, query: Q, now: number): void;
  /** Whether one more socket may be opened to any server; that may cost an idle one. */
  mayOpen(): boolean;
  /** A socket is about to be opened. */
  opening(): void;
  /** A socket is idle, and kept. */
  idled(socket: IdleSocket): void;
  /** A socket is idle no more. */
  used(socket: IdleSocket): void;
  /** One is closed, and was {@link PoolDeps.used | counted out} of the idle ones. */
  closed(server: S): void;
  /**
   * Takes a query out of a server's line.
   *
   * @returns whether it stood there
   */
  leave(server: S, query: Q): boolean;
}

/** How a pool is. */
export interface PoolOptions<Q extends PooledQuery, S extends PooledServer<Q>> {
  readonly clock: Clock;
  /** Sockets open at once. */
  readonly maxOpen: number;
  /** Queries that wait for one, of all servers. */
  readonly maxWaiting: number;
  /** Makes a server that is not known at the moment. */
  create(endpoint: Endpoint, deps: PoolDeps<Q, S>): S;
  /** A server has neither sockets nor a line any more. */
  forget?(server: S): void;
}

/**
 * The bound on open sockets of one kind, UDP or TCP, to all servers. Queries that find none wait in line, each for as
 * long as it may live: a server's in the order in which they came, the servers in turn, so that one that is silent holds
 * up nobody else's. What finds no room in the line, or waits there to its end, fails as `local` with detail `budget`.
 */
export class Do53Pool<Q extends PooledQuery, S extends PooledServer<Q>> implements PoolDeps<Q, S> {
  readonly clock: Clock;
  readonly #options: PoolOptions<Q, S>;
  /** Those that have sockets or a line, by endpoint. */
  readonly #servers = new Map<string, S>();
  /** Those with a line, the one that was served longest ago first. */
  readonly #lines = new Set<S>();
  /** Longest idle first. */
  readonly #idle = new Set<IdleSocket>();
  readonly #limit: EarliestTimeout;
  #open = 0;
  #waiting = 0;
  #serving = false;

  /** @param options - how it is */
  constructor(options: PoolOptions<Q, S>) {
    this.#options = options;
    this.clock = options.clock;
    this.#limit = new EarliestTimeout(options.clock, () => this.#expire());
  }

  /**
   * Sends a query, at once or when there is room. It may settle from inside this, where it cannot be sent.
   *
   * @param endpoint - where to
   * @param query - what
   * @param now - on the monotonic clock
   */
  send(endpoint: Endpoint, query: Q, now: number): void {
    let server = this.#servers.get(endpoint.key);
    if (server === undefined) {
      server = this.#options.create(endpoint, this);
      this.#servers.set(endpoint.key, server);
    }
    // Not before those who wait.
    if (server.line.size === 0 && server.place(query, now)) return;
    if (this.#waiting < this.#options.maxWaiting) this.#wait(server, query);
    else {
      this.#forget(server);
      query.settle({ error: localError('budget') });
    }
  }

  /** The server of an endpoint, while it has sockets or a line. */
  protected serverOf({ key }: Endpoint): S | undefined {
    return this.#servers.get(key);
  }

  /**
   * Whether a query that has another way may be sent as well: it finds a socket of its server's, with nobody in line for
   * it, or leaves half of all sockets to those that have no other way.
   *
   * @param endpoint - where to
   */
  hasSpare(endpoint: Endpoint): boolean {
    const server = this.serverOf(endpoint);
    if (server !== undefined) return server.line.size === 0;
    return 2 * (this.#open - this.#idle.size) < this.#options.maxOpen;
  }

  /** The host is on another network: what is open finishes, and takes nothing more. */
  reset(): void {
    for (const server of [...this.#servers.values()]) server.retire();
  }

  /**
   * Closes all; what is under way or waits is told.
   *
   * @param error - what it is told
   */
  close(error: () => DotscoutError): void {
    const told = [...this.#lines].flatMap((server) => [...server.line].filter((query) => this.leave(server, query)));
    for (const server of [...this.#servers.values()]) server.close(error);
    this.#limit.cancel();
    for (const query of told) query.settle({ error: error() });
  }

  /** {@inheritDoc PoolDeps.mayOpen} */
  mayOpen(): boolean {
    return this.#open < this.#options.maxOpen || this.#idle.size > 0;
  }

  /** {@inheritDoc PoolDeps.opening} */
  opening(): void {
    this.#open++;
    if (this.#open <= this.#options.maxOpen) return;
    for (const socket of this.#idle) {
      socket.close();
      return;
    }
  }

  /** {@inheritDoc PoolDeps.idled} */
  idled(socket: IdleSocket): void {
    this.#idle.add(socket);
    if (this.#lines.size > 0) this.#serve();
  }

  /** {@inheritDoc PoolDeps.used} */
  used(socket: IdleSocket): void {
    this.#idle.delete(socket);
  }

  /** {@inheritDoc PoolDeps.closed} */
  closed(server: S): void {
    this.#open--;
    this.#forget(server);
    if (this.#lines.size > 0) this.#serve();
  }

  /** {@inheritDoc PoolDeps.leave} */
  leave(server: S, query: Q): boolean {
    if (!server.line.delete(query)) return false;
    this.#waiting--;
    if (server.line.size === 0) {
      this.#lines.delete(server);
      this.#forget(server);
    }
    return true;
  }

  #wait(server: S, query: Q): void {
    server.line.add(query);
    server.waits(query);
    this.#lines.add(server);
    this.#waiting++;
    this.#limit.watch(query.limitAt);
  }

  /** Serves the lines in turn. A socket that fails to open may be closed at once, which leads here again. */
  #serve(): void {
    if (this.#serving) return;
    this.#serving = true;
    const now = this.clock.now();
    for (let server = this.#next(); server !== undefined; server = this.#next()) {
      this.#lines.delete(server);
      this.#lines.add(server);
      for (const query of server.line) {
        if (query.limitAt <= now) this.#giveUp(server, query);
        else if (server.place(query, now)) this.leave(server, query);
        else break;
      }
    }
    this.#serving = false;
  }

  #next(): S | undefined {
    // Few are passed over: those that have all the sockets one server may have.
    if (this.mayOpen()) for (const server of this.#lines) if (server.mayOpen) return server;
    return undefined;
  }

  #giveUp(server: S, query: Q): void {
    if (this.leave(server, query)) query.settle({ error: localError('budget') });
  }

  #forget(server: S): void {
    if (!server.isIdle || this.#servers.get(server.endpoint.key) !== server) return;
    this.#servers.delete(server.endpoint.key);
    this.#options.forget?.(server);
  }

  #expire(): void {
    const now = this.clock.now();
    let next = Number.POSITIVE_INFINITY;
    for (const server of [...this.#lines])
      for (const query of server.line) {
        if (query.limitAt > now) next = Math.min(next, query.limitAt);
        else this.#giveUp(server, query);
      }
    this.#limit.watch(next);
  }
}
