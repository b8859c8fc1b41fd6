import { BoundedMap } from '../../common/bounded-map.js';
import type { Clock } from '../../common/clock.js';
import { type DotscoutError, TransportError } from '../../common/errors.js';
import type { Endpoint } from '../../state/model.js';
import { type Smoothed, smooth } from '../../state/smoothing.js';
import { classifyError } from '../failure.js';
import { type Carrier, Do53Pool, type PoolDeps, type PooledServer } from './pool.js';
import { RandomNumbers, type UdpQuery } from './sent-queries.js';
import { Outbox, UdpSocket, type UdpSocketDeps } from './udp-socket.js';

/** UDP sockets open at once. */
const MAX_SOCKETS = 1_024;

/** UDP sockets open to one server. */
const MAX_SOCKETS_OF_ONE = 256;

/**
 * Queries that wait for a UDP socket. They wait where servers are silent, for up to their limit of 5 s: so many are as much as
 * one silent server keeps on its 256 sockets, and cost 8 MB, 1 KB each.
 */
const MAX_WAITING = 8_192;

/** Sockets with room that a server's queries are spread over: while there are fewer, each query gets a fresh one. */
const SPREAD = 8;

/** Servers whose times are remembered while nothing is open to them. */
const MAX_TIMES = 4_096;

/** A query is sent again no sooner than this, in milliseconds. */
const LEAST_RETRANSMIT_MS = 400;

/** The UDP sockets of an exchange, and the times of the servers that they were open to. */
export class UdpPool extends Do53Pool<UdpQuery, UdpServer> {
  readonly #times: BoundedMap<string, Smoothed>;

  /** @param clock - where it reads time */
  constructor(clock: Clock) {
    const shared = { random: new RandomNumbers(), outbox: new Outbox() };
    const times = new BoundedMap<string, Smoothed>(MAX_TIMES);
    super({
      clock,
      maxOpen: MAX_SOCKETS,
      maxWaiting: MAX_WAITING,
      create: (endpoint, deps) => new UdpServer(endpoint, deps, shared, times.get(endpoint.key)),
      forget({ endpoint, time }) {
        if (time !== undefined) times.set(endpoint.key, time);
      },
    });
    this.#times = times;
  }

  /** {@inheritDoc Do53Pool.reset} */
  override reset(): void {
    this.#times.clear();
    super.reset();
  }
}

/** One server's UDP sockets, and the queries that wait for one. */
export class UdpServer implements PooledServer<UdpQuery>, UdpSocketDeps, Carrier<UdpQuery> {
  readonly endpoint: Endpoint;
  readonly clock: Clock;
  readonly random: RandomNumbers;
  readonly outbox: Outbox;
  readonly line: Set<UdpQuery> = new Set<UdpQuery>();
  readonly #deps: PoolDeps<UdpQuery, UdpServer>;
  readonly #sockets = new Set<UdpSocket>();
  /** Those that may have room. */
  #roomy: UdpSocket[] = [];
  #time: Smoothed | undefined;

  /**
   * @param endpoint - the server
   * @param deps - what it needs of the others
   * @param shared - random numbers for ids and choices, and where datagrams leave together
   * @param time - how long its answers take, as far as that is known
   */
  constructor(
    endpoint: Endpoint,
    deps: PoolDeps<UdpQuery, UdpServer>,
    { random, outbox }: { readonly random: RandomNumbers; readonly outbox: Outbox },
    time: Smoothed | undefined,
  ) {
    this.endpoint = endpoint;
    this.clock = deps.clock;
    this.random = random;
    this.outbox = outbox;
    this.#deps = deps;
    this.#time = time;
  }

  /** How long its answers take; `undefined` if it has given none. */
  get time(): Smoothed | undefined {
    return this.#time;
  }

  /** {@inheritDoc PooledServer.isIdle} */
  get isIdle(): boolean {
    return this.#sockets.size === 0 && this.line.size === 0;
  }

  /** {@inheritDoc PooledServer.mayOpen} */
  get mayOpen(): boolean {
    return this.#sockets.size < MAX_SOCKETS_OF_ONE && this.#deps.mayOpen();
  }

  /** Gives a query to a socket: a fresh one while few have room, else one of those at random. */
  place(query: UdpQuery, now: number): boolean {
    const roomy = this.#roomy;
    for (let at = roomy.length - 1; at >= 0; at--) if (roomy[at]?.accepts(now) !== true) roomy.splice(at, 1);
    const mayOpen = this.mayOpen;
    if ((roomy.length >= SPREAD || !mayOpen) && this.#share(query, now)) return true;
    if (mayOpen) this.#open(query, now);
    return mayOpen;
  }

  /** {@inheritDoc PooledServer.waits} */
  waits(query: UdpQuery): void {
    query.carrier = this;
  }

  /** {@inheritDoc PooledServer.retire} */
  retire(): void {
    this.#roomy = [];
    this.#time = undefined;
  }

  /** {@inheritDoc PooledServer.close} */
  close(error: () => DotscoutError): void {
    for (const socket of [...this.#sockets]) socket.close(() => ({ error: error() }));
  }

  /** {@inheritDoc Carrier.withdraw} */
  withdraw(query: UdpQuery): boolean {
    return this.#deps.leave(this, query);
  }

  /** {@inheritDoc Carrier.drop} */
  drop(query: UdpQuery): void {
    this.#deps.leave(this, query);
  }

  /** {@inheritDoc UdpSocketDeps.retransmitMs} */
  retransmitMs(): number {
    return Math.max(LEAST_RETRANSMIT_MS, 2 * (this.#time?.mean ?? 0));
  }

  /** {@inheritDoc UdpSocketDeps.measured} */
  measured(answerMs: number): void {
    this.#time = smooth(this.#time, answerMs);
  }

  /** {@inheritDoc UdpSocketDeps.closed} */
  closed(socket: UdpSocket): void {
    this.#sockets.delete(socket);
    const at = this.#roomy.indexOf(socket);
    if (at >= 0) this.#roomy.splice(at, 1);
    this.#deps.closed(this);
  }

  /** {@inheritDoc UdpSocketDeps.unopened} */
  unopened(queries: readonly UdpQuery[], error: TransportError): void {
    const now = this.clock.now();
    for (const query of queries) if (!this.#share(query, now)) query.settle({ error });
  }

  /** Gives a query to one of the sockets that have room, at random, where its id is free. */
  #share(query: UdpQuery, now: number): boolean {
    const roomy = this.#roomy;
    const first = this.random.below(roomy.length);
    for (let step = 0; step < roomy.length; step++) {
      const socket = roomy[(first + step) % roomy.length];
      if (socket?.accepts(now) === true && socket.hasIdFor(query)) {
        socket.add(query, now);
        return true;
      }
    }
    return false;
  }

  #open(query: UdpQuery, now: number): void {
    let socket: UdpSocket;
    try {
      socket = new UdpSocket(this, now);
    } catch (error) {
      this.unopened([query], new TransportError(classifyError(error, 'connect'), { cause: error }));
      return;
    }
    this.#deps.opening();
    this.#sockets.add(socket);
    this.#roomy.push(socket);
    socket.add(query, now);
    // Last: an error of the system may close it at once.
    socket.open();
  }
}
