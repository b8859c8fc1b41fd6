import { BoundedMap } from '../../common/bounded-map.js';
import type { Clock } from '../../common/clock.js';
import { type DotscoutError, TransportError } from '../../common/errors.js';
import type { Endpoint } from '../../state/model.js';
import { type Smoothed, smooth } from '../../state/smoothing.js';
import { classifyError } from '../failure.js';
import { type Carrier, Do53Pool, type PoolDeps, type PooledServer } from './pool.js';
import { LEAST_DATAGRAM, MAX_DATAGRAM, RandomNumbers, type UdpQuery } from './sent-queries.js';
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

/** Servers that are remembered while nothing is open to them. */
const MAX_REMEMBERED = 4_096;

/** What a server's answers have shown of it. */
interface Shown {
  /** How long they take; `undefined` if it has given none. */
  readonly time: Smoothed | undefined;
  /** The longest query that it takes in a datagram, in octets. */
  readonly longest: number;
}

const NOTHING: Shown = { time: undefined, longest: MAX_DATAGRAM };

/** A query is sent again no sooner than this, in milliseconds. */
const LEAST_RETRANSMIT_MS = 400;

/** The UDP sockets of an exchange, and what the servers that they were open to have shown. */
export class UdpPool extends Do53Pool<UdpQuery, UdpServer> {
  readonly #remembered: BoundedMap<string, Shown>;

  /** @param clock - where it reads time */
  constructor(clock: Clock) {
    const shared = { random: new RandomNumbers(), outbox: new Outbox() };
    const remembered = new BoundedMap<string, Shown>(MAX_REMEMBERED);
    super({
      clock,
      maxOpen: MAX_SOCKETS,
      maxWaiting: MAX_WAITING,
      create: (endpoint, deps) => new UdpServer(endpoint, deps, shared, remembered.get(endpoint.key)),
      forget({ endpoint, time, longest }) {
        if (time !== undefined || longest < MAX_DATAGRAM) remembered.set(endpoint.key, { time, longest });
      },
    });
    this.#remembered = remembered;
  }

  /**
   * Whether a query is too long for a datagram to a server, as far as its answers have shown (RFC 6891 section 6.2.4).
   *
   * @param endpoint - the server
   * @param octets - how long the query is
   */
  isTooLong(endpoint: Endpoint, octets: number): boolean {
    if (octets <= LEAST_DATAGRAM) return false;
    const { longest } = this.serverOf(endpoint) ?? this.#remembered.get(endpoint.key) ?? NOTHING;
    return octets > longest;
  }

  /** {@inheritDoc Do53Pool.reset} */
  override reset(): void {
    this.#remembered.clear();
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
  #sockets: UdpSocket[] = [];
  /** Those that may have room. */
  #roomy: UdpSocket[] = [];
  #time: Smoothed | undefined;
  #longest: number;

  /**
   * @param endpoint - the server
   * @param deps - what it needs of the others
   * @param shared - random numbers for ids and choices, and where datagrams leave together
   * @param shown - what its answers have shown before
   */
  constructor(
    endpoint: Endpoint,
    deps: PoolDeps<UdpQuery, UdpServer>,
    { random, outbox }: { readonly random: RandomNumbers; readonly outbox: Outbox },
    shown: Shown = NOTHING,
  ) {
    this.endpoint = endpoint;
    this.clock = deps.clock;
    this.random = random;
    this.outbox = outbox;
    this.#deps = deps;
    this.#time = shown.time;
    this.#longest = shown.longest;
  }

  /** {@inheritDoc Shown.time} */
  get time(): Smoothed | undefined {
    return this.#time;
  }

  /** {@inheritDoc Shown.longest} */
  get longest(): number {
    return this.#longest;
  }

  /** {@inheritDoc PooledServer.isIdle} */
  get isIdle(): boolean {
    return this.#sockets.length === 0 && this.line.size === 0;
  }

  /** {@inheritDoc PooledServer.mayOpen} */
  get mayOpen(): boolean {
    return this.#sockets.length < MAX_SOCKETS_OF_ONE && this.#deps.mayOpen();
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
    this.#longest = MAX_DATAGRAM;
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

  /** {@inheritDoc UdpSocketDeps.announced} */
  announced(octets: number): void {
    this.#longest = Math.min(MAX_DATAGRAM, Math.max(LEAST_DATAGRAM, octets));
  }

  /** {@inheritDoc UdpSocketDeps.closed} */
  closed(socket: UdpSocket): void {
    this.#sockets = this.#sockets.filter((one) => one !== socket);
    this.#roomy = this.#roomy.filter((one) => one !== socket);
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
    this.#sockets.push(socket);
    this.#roomy.push(socket);
    socket.add(query, now);
    // Last: an error of the system may close it at once.
    socket.open();
  }
}
