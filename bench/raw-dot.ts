import { once } from 'node:events';
import { connect, type TLSSocket } from 'node:tls';
import { within } from './load.js';
import { inTurn, paddedFrames } from './queries.js';

/** Where a raw client connects to. */
export interface Place {
  readonly address: string;
  /** The DoT port. */
  readonly dotPort: number;
}

const NAMES = 1_000;
const DRAIN_MS = 10_000;

/**
 * What any client over `node:tls` is measured by: writes the same bytes as ours, one record a query, each from the
 * callback of the one before, and counts answers by their length octets alone. It neither matches nor decodes, and gives
 * nobody a promise.
 */
export class RawDot {
  readonly #socket: TLSSocket;
  readonly #nextFrame = inTurn(paddedFrames(NAMES));
  #sent = 0;
  #answered = 0;
  #window = 0;
  /** How many may be sent in all; infinity under load. */
  #limit = 0;
  #isWriting = false;
  /** Octets until the present answer ends; below 0 its length is not known yet. */
  #missing = -2;
  #length = 0;
  #onAnswer: () => void = () => {};

  private constructor(socket: TLSSocket) {
    this.#socket = socket;
    socket.on('data', (chunk: Buffer) => this.#read(chunk));
  }

  /** Opens a session, as a program does that knows nothing better. */
  static async open({ address, dotPort }: Place): Promise<RawDot> {
    const socket = connect({ host: address, port: dotPort, rejectUnauthorized: false, ALPNProtocols: ['dot'] });
    await once(socket, 'secureConnect');
    socket.on('error', () => {});
    return new RawDot(socket);
  }

  /** Keeps so many queries in flight for a time; the number of answers, when the last has come. */
  async load(window: number, forMs: number): Promise<number> {
    const before = this.#answered;
    this.#limit = Number.POSITIVE_INFINITY;
    this.#window = window;
    const drained = this.#answers(() => this.#limit === 0 && this.#answered === this.#sent);
    const timer = setTimeout(() => {
      this.#limit = 0;
      this.#onAnswer();
    }, forMs);
    this.#write();
    try {
      await within(forMs + DRAIN_MS, drained);
    } finally {
      clearTimeout(timer);
    }
    return this.#answered - before;
  }

  /** Sends so many queries at once; how long it took until the last was answered, in milliseconds. */
  async burst(count: number): Promise<number> {
    this.#window = count;
    this.#limit = this.#sent + count;
    const done = this.#answers(() => this.#answered === this.#limit);
    const startedAt = performance.now();
    this.#write();
    await within(DRAIN_MS, done);
    return performance.now() - startedAt;
  }

  close(): void {
    this.#socket.destroy();
  }

  #answers(isDone: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      this.#onAnswer = () => {
        if (isDone()) resolve();
      };
    });
  }

  #write(): void {
    if (this.#isWriting || this.#sent >= this.#limit || this.#sent - this.#answered >= this.#window) return;
    this.#isWriting = true;
    this.#sent++;
    this.#socket.write(this.#nextFrame(), () => {
      this.#isWriting = false;
      this.#write();
    });
  }

  #read(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length) {
      if (this.#missing < 0) {
        this.#length = (this.#length << 8) | (chunk[at++] ?? 0);
        this.#missing++;
        if (this.#missing === 0) this.#missing = this.#length;
        continue;
      }
      const taken = Math.min(this.#missing, chunk.length - at);
      at += taken;
      this.#missing -= taken;
      if (this.#missing > 0) continue;
      this.#missing = -2;
      this.#length = 0;
      this.#answered++;
    }
    this.#onAnswer();
    this.#write();
  }
}
