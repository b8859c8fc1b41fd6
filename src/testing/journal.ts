/** How many queries and sessions a fault server remembers; the oldest go first. */
const REMEMBERED = 1000;

/** What a fault server has counted since it was started. */
export interface FaultCounters {
  /** TCP connections accepted on the DoT port. */
  readonly connections: number;
  /** Connections to the DoT port that are open now. */
  readonly open: number;
  /** TLS handshakes completed, resumed ones included. */
  readonly handshakes: number;
  /** TLS handshakes that resumed a session. */
  readonly resumed: number;
  /** Queries received over DoT. */
  readonly dotQueries: number;
  /** Answers sent over DoT, wrong ones among them: those of which the last octet was handed to the connection. */
  readonly dotAnswers: number;
  /** Messages of floods sent over DoT, which answer nothing; records, where a flood is made of those. */
  readonly unasked: number;
  /** Queries received in clear text over UDP. */
  readonly udpQueries: number;
  /** Queries received in clear text over TCP. */
  readonly tcpQueries: number;
}

/** A query that a fault server received. */
export interface ReceivedQuery {
  /** How it came. */
  readonly transport: 'dot' | 'udp' | 'tcp';
  /** The message as it came, without length octets. */
  readonly message: Uint8Array;
  /** When, by `performance.now()`. */
  readonly at: number;
  /** The {@link DotConnection.id} over which it came, for DoT. */
  readonly connection?: number | undefined;
}

/** One connection to a fault server's DoT port. */
export interface DotConnection {
  /** Counts from 1. */
  readonly id: number;
  /** When it was accepted, by `performance.now()`. */
  readonly at: number;
  /** The first octets that came: all of a ClientHello, which `parseClientHello` reads. */
  readonly firstBytes: Uint8Array;
  /** What the handshake brought, once it is complete. */
  readonly handshake?: Handshake | undefined;
  /** Why there was no handshake: Node's error code. */
  readonly handshakeError?: string | undefined;
  /** Queries received. */
  readonly queries: number;
  /** Answers sent, as {@link FaultCounters.dotAnswers} counts them. */
  readonly answers: number;
  /** Messages or records of floods sent. */
  readonly unasked: number;
  /** How often the client was asked for a new handshake. */
  readonly renegotiations: number;
  /** The side that closed or reset it first, once it has ended. */
  readonly closedBy?: 'client' | 'server' | undefined;
}

/** A completed handshake. */
export interface Handshake {
  /** For instance `TLSv1.3`. */
  readonly protocol: string;
  /** The protocol agreed on, `false` for none. */
  readonly alpn: string | false;
  /** The SNI that the client sent, `false` for none. */
  readonly serverName: string | false;
  /** Whether a session was resumed. */
  readonly resumed: boolean;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** A connection's record while it is being written. */
export type OpenRecord = Mutable<DotConnection>;

interface Waiter {
  readonly condition: (counters: FaultCounters) => boolean;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** Everything that a fault server has counted and seen. */
export class Journal {
  /** What was counted; always current. */
  readonly counters: Mutable<FaultCounters> = {
    connections: 0,
    open: 0,
    handshakes: 0,
    resumed: 0,
    dotQueries: 0,
    dotAnswers: 0,
    unasked: 0,
    udpQueries: 0,
    tcpQueries: 0,
  };
  /** The latest queries, oldest first. */
  readonly queries: ReceivedQuery[] = [];
  /** The latest connections, oldest first. */
  readonly connections: OpenRecord[] = [];
  #waiters: Waiter[] = [];

  /** A connection came; the code that serves it keeps the record current. */
  connected(): OpenRecord {
    this.counters.connections += 1;
    this.counters.open += 1;
    const record: OpenRecord = {
      id: this.counters.connections,
      at: performance.now(),
      firstBytes: new Uint8Array(0),
      queries: 0,
      answers: 0,
      unasked: 0,
      renegotiations: 0,
    };
    keep(this.connections, record);
    this.#changed();
    return record;
  }

  /** A handshake is complete. */
  shookHands(record: OpenRecord, handshake: Handshake): void {
    record.handshake = handshake;
    this.counters.handshakes += 1;
    if (handshake.resumed) this.counters.resumed += 1;
    this.#changed();
  }

  /** A message came. */
  received(transport: 'dot' | 'udp' | 'tcp', message: Uint8Array, record?: OpenRecord): void {
    keep(this.queries, { transport, message, at: performance.now(), connection: record?.id });
    this.counters[`${transport}Queries`] += 1;
    if (record !== undefined) record.queries += 1;
    this.#changed();
  }

  /** An answer, or a message of a flood, was sent. */
  sent(record: OpenRecord, what: 'answer' | 'unasked'): void {
    if (what === 'answer') {
      record.answers += 1;
      this.counters.dotAnswers += 1;
    } else {
      record.unasked += 1;
      this.counters.unasked += 1;
    }
    this.#changed();
  }

  /** A connection has ended. */
  disconnected(record: OpenRecord): void {
    record.closedBy ??= 'client';
    this.counters.open -= 1;
    this.#changed();
  }

  /** Resolves when the counters meet a condition. */
  until(condition: (counters: FaultCounters) => boolean): Promise<void> {
    if (condition(this.counters)) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.#waiters.push({ condition, resolve, reject });
    });
  }

  /** Nothing more will come. */
  end(): void {
    for (const waiter of this.#waiters) waiter.reject(new Error('the fault server was closed'));
    this.#waiters = [];
  }

  #changed(): void {
    if (this.#waiters.length === 0) return;
    const met = this.#waiters.filter((waiter) => waiter.condition(this.counters));
    this.#waiters = this.#waiters.filter((waiter) => !met.includes(waiter));
    for (const waiter of met) waiter.resolve();
  }
}

function keep<T>(list: T[], item: T): void {
  list.push(item);
  if (list.length > REMEMBERED) list.shift();
}
