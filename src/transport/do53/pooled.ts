import type { Clock } from '../../common/clock.js';
import type { DotscoutError } from '../../common/errors.js';
import type { Endpoint } from '../../state/model.js';

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
