import type { Clock } from '../../common/clock.js';
import { EarliestTimeout } from '../../common/earliest-timeout.js';
import { type DotscoutError, TransportError } from '../../common/errors.js';
import type { Endpoint, Failure } from '../../state/model.js';
import type { IdleSocket, PooledQuery, PooledServer, PoolDeps } from './pooled.js';

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

const BUDGET: Failure = { phase: 'connect', kind: 'local', detail: 'budget' };

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
      query.settle({ error: new TransportError(BUDGET) });
    }
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
    if (this.leave(server, query)) query.settle({ error: new TransportError(BUDGET) });
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
