import { Duplex } from 'node:stream';
import { createSecureContext, TLSSocket } from 'node:tls';
import { testCertificates, type VirtualClock } from '../../src/testing/index.js';
import type { Connect } from '../../src/transport/tls/tls.js';

const QR = 0x80;
const FLAGS = 2;
const LENGTH_OCTETS = 2;

/** How often streams get a turn of the event loop at each moment of the virtual clock. */
const TURNS = 12;

/** One connection to a {@link NagleServer}. */
export interface NagleConnection {
  /** When its queries came to the server, on the virtual clock. */
  readonly queries: number[];
  /** Whether it answers; as it ends a connection that does not. */
  answers: 'all' | 'none' | 'close';
  /** Whether it is open, as the client sees it. */
  isOpen: boolean;
}

/**
 * A DoT server behind a path with a round trip, on a virtual clock and without a kernel, whose Nagle's algorithm holds
 * octets back while others are unacknowledged. Acknowledgements are sent at once.
 */
export class NagleServer {
  readonly connections: NagleConnection[] = [];
  /** Whether Nagle's algorithm is on; default: it is. */
  holds = true;
  /** What becomes of the next connections; default `all`. */
  answers: NagleConnection['answers'] | 'never opens' | 'ends at once' = 'all';
  readonly #clock: VirtualClock;
  readonly #oneWayMs: number;
  readonly #context = createSecureContext({ key: testCertificates.good.key, cert: testCertificates.good.cert });

  /**
   * @param clock - its time
   * @param roundTripMs - how far it is away, in milliseconds
   */
  constructor(clock: VirtualClock, roundTripMs: number) {
    this.#clock = clock;
    this.#oneWayMs = roundTripMs / 2;
  }

  /** How many connections are open. */
  get open(): number {
    return this.connections.filter(({ isOpen }) => isOpen).length;
  }

  /** Opens a connection to it. */
  readonly connect: Connect = () => {
    const connection: NagleConnection = {
      queries: [],
      answers: this.answers === 'never opens' || this.answers === 'ends at once' ? 'none' : this.answers,
      isOpen: true,
    };
    this.connections.push(connection);
    const isMute = this.answers === 'never opens';
    const upward = new Direction(this.#clock, this.#oneWayMs, () => false);
    const downward = new Direction(this.#clock, this.#oneWayMs, () => this.holds);
    const near = endOf(upward, downward);
    near.once('close', () => {
      connection.isOpen = false;
    });
    const far = endOf(downward, upward);
    if (isMute) return near;
    const socket = new TLSSocket(far, { isServer: true, secureContext: this.#context });
    if (this.answers === 'ends at once') socket.once('secure', () => socket.end());
    this.#serve(socket, connection);
    return near;
  };

  #serve(socket: TLSSocket, connection: NagleConnection): void {
    let octets = Buffer.alloc(0);
    socket.on('error', () => {});
    socket.on('data', (chunk: Buffer) => {
      octets = Buffer.concat([octets, chunk]);
      while (octets.length >= LENGTH_OCTETS && octets.length >= LENGTH_OCTETS + octets.readUInt16BE(0)) {
        const end = LENGTH_OCTETS + octets.readUInt16BE(0);
        const answer = Buffer.from(octets.subarray(0, end));
        octets = octets.subarray(end);
        connection.queries.push(this.#clock.now());
        answer[LENGTH_OCTETS + FLAGS] = QR | (answer[LENGTH_OCTETS + FLAGS] ?? 0);
        if (connection.answers === 'all') socket.write(answer);
        if (connection.answers === 'close') socket.destroy();
      }
    });
  }

  /** Lets virtual time pass, a millisecond at a time. */
  async pass(ms: number): Promise<void> {
    for (let left = ms; left > 0; left--) {
      await this.settle();
      await this.#clock.advance(Math.min(1, left));
    }
    await this.settle();
  }

  /** Lets the streams do what they can do now. */
  async settle(): Promise<void> {
    for (let turn = 0; turn < TURNS; turn++) await this.#clock.advance(0);
  }
}

/** One direction of a connection: octets are under way for a time, and held back while others are unacknowledged. */
class Direction {
  arrive: (octets: Buffer | null) => void = () => {};
  readonly #clock: VirtualClock;
  readonly #oneWayMs: number;
  readonly #holds: () => boolean;
  #acknowledgedAt = 0;
  #held: Buffer[] = [];

  constructor(clock: VirtualClock, oneWayMs: number, holds: () => boolean) {
    this.#clock = clock;
    this.#oneWayMs = oneWayMs;
    this.#holds = holds;
  }

  write(octets: Buffer): void {
    const now = this.#clock.now();
    if (this.#held.length > 0) this.#held.push(octets);
    else if (this.#holds() && now < this.#acknowledgedAt) {
      this.#held.push(octets);
      this.#clock.after(this.#acknowledgedAt - now, () => this.#send(Buffer.concat(this.#held.splice(0))));
    } else this.#send(octets);
  }

  /** A FIN is not held back. */
  end(): void {
    this.#clock.after(this.#oneWayMs, () => this.arrive(null));
  }

  #send(octets: Buffer): void {
    this.#acknowledgedAt = this.#clock.now() + 2 * this.#oneWayMs;
    this.#clock.after(this.#oneWayMs, () => this.arrive(octets));
  }
}

function endOf(out: Direction, into: Direction): Duplex {
  const end = new Duplex({
    allowHalfOpen: false,
    read() {},
    write(chunk: Buffer, _, done) {
      out.write(Buffer.from(chunk));
      done();
    },
    final(done) {
      out.end();
      done();
    },
    destroy(error, done) {
      out.end();
      done(error);
    },
  });
  into.arrive = (octets) => {
    if (!end.destroyed && !end.readableEnded) end.push(octets);
  };
  return end;
}
