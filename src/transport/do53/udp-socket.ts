import { createSocket, type Socket } from 'node:dgram';
import type { Clock, Timer } from '../../common/clock.js';
import { TransportError } from '../../common/errors.js';
import { deadline, EarliestTimeout } from '../../common/late-timers.js';
import type { Endpoint } from '../../state/model.js';
import { readAnswer } from '../../wire/answer.js';
import { u16 } from '../../wire/octets.js';
import { classifyError, forbidden, silence } from '../failure.js';
import type { Carrier } from './pool.js';
import {
  MAX_DATAGRAM,
  type RandomNumbers,
  SentQueries,
  type SentQuery,
  type UdpOutcome,
  type UdpQuery,
} from './sent-queries.js';

/** Times a query is sent over UDP; then TCP may bring the answer too (RFC 9520 section 3.1 allows three a transport). */
const SENDS = 3;

/** Datagrams that answer something else, after which somebody seems to guess and TCP is safer. */
const MAX_MISMATCHES = 3;

/** Queries a socket carries in its life. */
const MAX_QUERIES = 32;

/** How long after its birth a socket takes queries, in milliseconds. */
const LIFE_MS = 1_000;

/**
 * Retransmissions leave one after the other, this far apart in milliseconds: queries that were sent at one instant, and
 * overflowed the server's buffer, would do so once more.
 */
const PACE_MS = 4;

/** What a socket needs of its server. */
export interface UdpSocketDeps {
  readonly clock: Clock;
  readonly random: RandomNumbers;
  readonly outbox: Outbox;
  readonly endpoint: Endpoint;
  /** After how long a query is sent again for the first time, in milliseconds. */
  retransmitMs(): number;
  /** The server has answered the only send of a query, this many milliseconds after it. */
  measured(answerMs: number): void;
  /** An answer of the server's says how many octets it takes in a datagram. */
  announced(octets: number): void;
  /** It is closed. */
  closed(socket: UdpSocket): void;
  /**
   * It could not be opened for want of something of ours, a descriptor perhaps.
   *
   * @param queries - which it had been given; they are to be sent otherwise, or told
   * @param error - what they are told
   */
  unopened(queries: readonly UdpQuery[], error: TransportError): void;
}

/**
 * A UDP socket for a few queries to one server. It is connected, so that datagrams from others never arrive and ICMP
 * errors do (RFC 5452 section 9); its port is the system's choice; it is closed when its last query is done, takes at
 * most 32 queries within a second of its birth, and gives itself up after three datagrams that match nothing.
 *
 * What a forger must guess who cannot see our datagrams: the port (28,232 of them in Linux's default range) and the id
 * (65,536), for the question he wants to answer, before the server does: one datagram in 1.85 thousand million hits. If
 * he finds out a port that is in use, he has three tries at an id on it, 1 in 21,845, before its queries go over TCP.
 */
export class UdpSocket implements Carrier<UdpQuery> {
  readonly #deps: UdpSocketDeps;
  readonly #socket: Socket;
  readonly #bornAt: number;
  readonly #sentQueries: SentQueries;
  readonly #limit: EarliestTimeout;
  #again: Timer | undefined;
  /** For when that is set. */
  #againAt = 0;
  #state: 'opening' | 'open' | 'closed' = 'opening';
  #mismatches = 0;

  /**
   * @param deps - its server; says where to
   * @param now - on the monotonic clock
   */
  constructor(deps: UdpSocketDeps, now: number) {
    this.#deps = deps;
    this.#bornAt = now;
    this.#sentQueries = new SentQueries(deps.random);
    this.#limit = new EarliestTimeout(deps.clock, (stalled) => this.#expire(stalled));
    const { address } = deps.endpoint;
    this.#socket = createSocket({
      type: address.includes(':') ? 'udp6' : 'udp4',
      lookup,
    });
    this.#socket.unref();
    this.#socket.on('error', (error) => this.#fail(error));
    this.#socket.on('connect', () => this.#opened());
    this.#socket.on('message', (message) => this.#received(message));
  }

  /** Opens it and sends what was added meanwhile. An error settles that, and may do so before this returns. */
  open(): void {
    const { address, port, localAddress } = this.#deps.endpoint;
    const connect = (): void => {
      if (this.#state === 'opening') this.#socket.connect(port, address);
    };
    try {
      // The system chooses the port either way. Exclusive: workers of a cluster would share it otherwise.
      if (localAddress === undefined) connect();
      else this.#socket.bind({ port: 0, address: localAddress, exclusive: true }, connect);
    } catch (error) {
      this.#fail(error);
    }
  }

  /**
   * Whether it takes queries.
   *
   * @param now - on the monotonic clock
   */
  accepts(now: number): boolean {
    return this.#state !== 'closed' && this.#sentQueries.total < MAX_QUERIES && now - this.#bornAt < LIFE_MS;
  }

  /** Whether a query's id is free on it. */
  hasIdFor(query: UdpQuery): boolean {
    return this.#sentQueries.hasIdFor(query);
  }

  /**
   * Sends a query, or keeps it until the socket is open. Nothing is settled from inside this.
   *
   * @param query - while {@link UdpSocket.accepts} and {@link UdpSocket.hasIdFor}
   * @param now - on the monotonic clock
   */
  add(query: UdpQuery, now: number): void {
    query.carrier = this;
    const sent = this.#sentQueries.add(query, now);
    this.#limit.watch(query.limitAt);
    if (this.#state === 'open') this.#send(sent, now, true);
  }

  /** {@inheritDoc Carrier.withdraw} */
  withdraw(query: UdpQuery): boolean {
    if (this.#sentQueries.get(u16(query.message, 0))?.sends !== 0) return false;
    this.drop(query);
    return true;
  }

  /** {@inheritDoc Carrier.drop} */
  drop(query: UdpQuery): void {
    this.#sentQueries.done(query);
    this.#rest();
  }

  /**
   * Closes it; its queries are told.
   *
   * @param error - what they are told, one by one
   */
  close(error: () => UdpOutcome): void {
    for (const query of this.#shut()) query.settle(error());
  }

  /** Closes it, and gives back what somebody still waits for. */
  #shut(): readonly UdpQuery[] {
    if (this.#state === 'closed') return [];
    this.#state = 'closed';
    this.#limit.cancel();
    this.#again?.cancel();
    this.#socket.close();
    const queries = this.#sentQueries.list().map(({ query }) => query);
    for (const query of queries) this.#sentQueries.done(query);
    this.#deps.closed(this);
    return queries;
  }

  #opened(): void {
    if (this.#state !== 'opening') return;
    this.#state = 'open';
    const now = this.#deps.clock.now();
    for (const sent of this.#sentQueries.list()) this.#send(sent, now);
  }

  /**
   * @param quietly - do not ask how the sending went, which costs more than all else here: for queries that join others
   *   on a socket that has sent before. Where the system refused it, sending it again will tell
   */
  #send(sent: SentQuery, now: number, quietly = false): void {
    if (sent.query.mayBeSent?.() === false) {
      this.#settle(sent, { error: forbidden() });
      return;
    }
    sent.sends++;
    sent.sentAt = now;
    const afterMs = this.#deps.retransmitMs();
    sent.againAt = now + (sent.sends === 1 ? afterMs : 2 * afterMs) + sent.place * PACE_MS;
    this.#armAgain(sent.againAt, now);
    if (quietly && sent.query.message.length <= MAX_DATAGRAM) this.#deps.outbox.put(this, sent);
    else
      this.#socket.send(sent.query.message, (error) => {
        if (error !== null) this.#notSent(sent, error);
      });
  }

  /** Sends a query at the end of the turn in which it came; it may have been given up since, or forbidden. */
  sendNow(sent: SentQuery): void {
    if (sent.query.carrier !== this) return;
    if (sent.query.mayBeSent?.() === false) this.#settle(sent, { error: forbidden() });
    else this.#socket.send(sent.query.message);
  }

  /** A word about the server is for all; trouble of our own is this query's. */
  #notSent(sent: SentQuery, error: Error & { readonly code?: unknown }): void {
    if (error.code === 'EMSGSIZE') {
      this.#settle(sent, { tooLong: true });
      return;
    }
    const failure = classifyError(error, 'answer');
    if (failure.kind !== 'local') this.#fail(error);
    else this.#settle(sent, { error: new TransportError(failure, { cause: error }) });
  }

  #armAgain(at: number, now: number): void {
    if (at === Number.POSITIVE_INFINITY || (this.#again !== undefined && this.#againAt <= at)) return;
    this.#again?.cancel();
    this.#againAt = at;
    this.#again = deadline(this.#deps.clock, at - now, () => this.#sendAgain());
  }

  /** A query that was answered meanwhile made the timer fire for nothing, which is cheaper than a timer a query. */
  #sendAgain(): void {
    this.#again = undefined;
    const now = this.#deps.clock.now();
    let next = Number.POSITIVE_INFINITY;
    for (const sent of this.#sentQueries.list()) {
      if (sent.againAt <= now) {
        if (sent.sends < SENDS) this.#send(sent, now);
        else {
          sent.againAt = Number.POSITIVE_INFINITY;
          sent.query.unanswered();
        }
      }
      next = Math.min(next, sent.againAt);
    }
    if (this.#state !== 'closed') this.#armAgain(next, now);
  }

  #received(answer: Buffer): void {
    const id = answer.length < 2 ? -1 : u16(answer, 0);
    const sent = this.#sentQueries.get(id);
    if (sent !== undefined) {
      const read = readAnswer(sent.query.message, sent.query.questionEnd, answer);
      if (typeof read !== 'string') {
        const now = this.#deps.clock.now();
        if (sent.sends === 1) this.#deps.measured(now - sent.sentAt);
        // The class of an OPT (RFC 6891 section 6.1.2).
        if (read.opt !== undefined) this.#deps.announced(u16(answer, read.opt.rdata - 8));
        this.#settle(sent, { answer, rcode: read.rcode, now });
        return;
      }
      // It is the server that knows our id on a connected socket; it has nothing better to say over UDP.
      if (read === 'malformed') this.#settle(sent, { distrusted: true });
    } else if (this.#sentQueries.knows(id)) return;
    if (++this.#mismatches >= MAX_MISMATCHES) this.close(() => ({ distrusted: true }));
  }

  #expire(stalled: boolean): void {
    const now = this.#deps.clock.now();
    let next = Number.POSITIVE_INFINITY;
    for (const sent of this.#sentQueries.list()) {
      sent.stalled ||= stalled;
      if (sent.query.limitAt <= now) this.#settle(sent, { error: silent(sent) });
      else next = Math.min(next, sent.query.limitAt);
    }
    if (this.#state !== 'closed') this.#limit.watch(next);
  }

  #settle(sent: SentQuery, outcome: UdpOutcome): void {
    if (!this.#sentQueries.done(sent.query)) return;
    // First, so that what follows from the outcome finds it closed.
    this.#rest();
    sent.query.settle(outcome);
  }

  /** A port is open no longer than somebody waits on it. */
  #rest(): void {
    if (this.#sentQueries.live === 0) this.close(() => ({ distrusted: true }));
  }

  #fail(cause: unknown): void {
    const isOpening = this.#state === 'opening';
    const failure = classifyError(cause, isOpening ? 'connect' : 'answer');
    if (isOpening && failure.kind === 'local') {
      this.#deps.unopened(this.#shut(), new TransportError(failure, { cause }));
      return;
    }
    let repeated = false;
    this.close(() => {
      const error = new TransportError(failure, { cause, repeated });
      repeated = true;
      return { error };
    });
  }
}

/** The address is one: nothing is ever looked up. */
function lookup(host: string, _options: unknown, found: (error: null, address: string, family: number) => void): void {
  found(null, host, host.includes(':') ? 6 : 4);
}

function silent({ stalled }: SentQuery): TransportError {
  return new TransportError(silence('answer', stalled, 'no answer within the limit'));
}

/**
 * Datagrams that leave together at the end of a turn of the event loop, when all that had arrived has been read: sent one
 * by one between the readings, each would wake the server anew, which costs about as much as the sending.
 */
export class Outbox {
  #sockets: UdpSocket[] = [];
  #queries: SentQuery[] = [];

  /**
   * Sends a datagram before the loop waits again. Whether the system takes it, nobody is told.
   *
   * @param socket - a connected one
   * @param sent - what to send
   */
  put(socket: UdpSocket, sent: SentQuery): void {
    if (this.#sockets.length === 0) setImmediate(this.#empty);
    this.#sockets.push(socket);
    this.#queries.push(sent);
  }

  readonly #empty = (): void => {
    const sockets = this.#sockets;
    const queries = this.#queries;
    this.#sockets = [];
    this.#queries = [];
    for (const [index, sent] of queries.entries()) {
      try {
        sockets[index]?.sendNow(sent);
      } catch {
        // It was closed meanwhile, and its queries were told.
      }
    }
  };
}
