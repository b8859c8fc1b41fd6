import type { Duplex } from 'node:stream';
import { frame } from './answers.js';
import { type Fault, type FaultSettings, isStill } from './faults.js';
import { FrameReader } from './framing.js';
import type { Journal, OpenRecord } from './journal.js';
import { type ParsedQuery, parseQuery } from './query.js';
import type { Responder } from './responder.js';

/** What a session needs of its server. */
export interface FaultSessionDeps {
  /** The fault of this session at this moment. */
  readonly fault: () => Fault;
  readonly settings: () => FaultSettings;
  readonly random: () => number;
  readonly responder: Responder;
  readonly journal: Journal;
  readonly record: OpenRecord;
  /** What the fault makes of a query. */
  readonly behave: (session: DotSession, query: ParsedQuery) => void;
  /** Lets a fault that needs no query show itself. */
  readonly showsAtOnce: (session: DotSession) => void;
  /** Lets a fault of the flow show itself, when octets have come. */
  readonly hasRead: (session: DotSession) => void;
  /** Resets the TCP connection. */
  readonly reset: () => void;
  /** Asks the client for a new handshake. */
  readonly renegotiate: () => void;
  /** Sends records without data, without end; `undefined` where the connection cannot. */
  readonly floodWithRecords: (() => void) | undefined;
}

/** One TLS session of a fault server, after its handshake. */
export class DotSession {
  readonly context: FaultSessionDeps;
  /** Queries that `reverse` has collected. */
  readonly waiting: ParsedQuery[] = [];
  readonly #stream: Duplex;
  readonly #reader = new FrameReader();
  readonly #timers = new Set<NodeJS.Timeout | NodeJS.Immediate>();
  /** Actions that came due while the server stood still. */
  #undone: (() => void)[] = [];
  /** Frames that are sent octet by octet; some octets of the first are already sent. */
  readonly #trickle: Buffer[] = [];
  #trickled = 0;
  #stopTrickle: () => void = () => {};
  /** Takes back the closing that an incomplete message is to bring. */
  #forgetHalf: (() => void) | undefined;
  #ended = false;

  constructor(stream: Duplex, context: FaultSessionDeps) {
    this.#stream = stream;
    this.context = context;
    stream.on('data', (chunk: Buffer) => this.#read(chunk));
    stream.on('error', () => stream.destroy());
    stream.on('close', () => this.#stop());
    this.faultChanged();
  }

  /** Whether it takes and gives no more. */
  get ended(): boolean {
    return this.#ended;
  }

  /** Stands still, or does what was left undone; lets a fault that needs no query show itself. */
  faultChanged(): void {
    if (isStill(this.context.fault())) {
      this.pause();
      return;
    }
    this.#stream.resume();
    for (const run of this.#undone.splice(0)) this.#run(run);
    if (!this.#ended) this.context.showsAtOnce(this);
  }

  /** Reads no more for now: what the client sends stays where it is. */
  pause(): void {
    this.#stream.pause();
  }

  /** Reads on, unless the server stands still. */
  resume(): void {
    if (!isStill(this.context.fault())) this.#stream.resume();
  }

  /** Sends a message with its length octets, after the delays that the settings ask for. */
  send(message: Uint8Array): void {
    this.#delayed(() => this.#answer(frame(message)));
  }

  /** Does something after the delays that the settings ask for, and so behind what was sent before. */
  behindAnswers(run: () => void): void {
    this.#delayed(() => {
      if (!this.#ended) run();
    });
  }

  /** Sends octets as they are, after the delays that the settings ask for. */
  sendRaw(bytes: Uint8Array): void {
    this.#delayed(() => this.write(bytes));
  }

  /** Sends a message, after the delays that the settings ask for, and closes cleanly. */
  finish(message: Uint8Array): void {
    this.#delayed(() => {
      this.#answer(frame(message));
      this.end();
    });
  }

  /**
   * Sends a message octet by octet, behind those that are being sent so. What is written meanwhile by other means does not
   * get between them: it lets all the rest go at once.
   */
  trickle(message: Uint8Array): void {
    this.#trickle.push(frame(message));
    if (this.#trickle.length === 1) this.#drip();
  }

  /** Writes at once; tells whether the stream wants more before it has drained. */
  write(bytes: Uint8Array): boolean {
    if (this.#ended) return false;
    this.#stopTrickle();
    for (let first = this.#trickle[0]; first !== undefined; first = this.#trickle[0]) this.#pour(first.length);
    return this.#stream.write(bytes);
  }

  /** Notes a message of a flood. */
  sentUnasked(): void {
    if (!this.#ended) this.context.journal.sent(this.context.record, 'unasked');
  }

  /** Calls back once when the stream has drained. */
  drained(run: () => void): void {
    this.#stream.once('drain', () => this.#run(run));
  }

  /**
   * Runs something later, unless the session has ended by then.
   *
   * @param ms - how much later; 0 is the next turn of the event loop
   * @param run - what to run
   * @returns takes it back
   */
  later(ms: number, run: () => void): () => void {
    const fire = (): void => {
      this.#timers.delete(timer);
      this.#run(run);
    };
    const timer = ms === 0 ? setImmediate(fire) : setTimeout(fire, ms);
    this.#timers.add(timer);
    return () => this.#cancel(timer);
  }

  /** Closes cleanly after a time in which the message that has begun does not end. */
  expectRest(ms: number): void {
    if (this.#reader.pending > 0) this.#forgetHalf ??= this.later(ms, () => this.end());
  }

  /** Closes cleanly, after what was written. */
  end(): void {
    if (this.#ended) return;
    this.#stop();
    this.context.record.closedBy ??= 'server';
    this.#stream.end();
  }

  /** Resets the connection. */
  reset(): void {
    if (this.#ended) return;
    this.#stop();
    this.context.record.closedBy ??= 'server';
    this.context.reset();
  }

  #answer(framed: Uint8Array): void {
    if (this.#ended) return;
    this.write(framed);
    this.#sentAnswer();
  }

  #sentAnswer(): void {
    this.context.journal.sent(this.context.record, 'answer');
  }

  #drip(): void {
    this.#pour(1);
    const { byteMs = 100 } = this.context.settings();
    if (this.#trickle.length > 0) this.#stopTrickle = this.later(byteMs, () => this.#drip());
  }

  /** Writes this many octets of the first frame that trickles, or what is left of it. */
  #pour(octets: number): void {
    const first = this.#trickle[0];
    if (first === undefined || this.#ended) return;
    this.#stream.write(first.subarray(this.#trickled, this.#trickled + octets));
    this.#trickled += octets;
    if (this.#trickled < first.length) return;
    this.#trickle.shift();
    this.#trickled = 0;
    this.#sentAnswer();
  }

  #delayed(run: () => void): void {
    const { delayMs = 0, rttMs = 0 } = this.context.settings();
    if (delayMs + rttMs === 0) run();
    else this.later(delayMs + rttMs, run);
  }

  #run(run: () => void): void {
    if (this.#ended) return;
    if (isStill(this.context.fault())) this.#undone.push(run);
    else run();
  }

  #read(chunk: Buffer): void {
    const { journal, record } = this.context;
    const messages = this.#reader.push(chunk);
    if (messages.length > 0) {
      this.#forgetHalf?.();
      this.#forgetHalf = undefined;
    }
    for (const message of messages) {
      journal.received('dot', message, record);
      const query = parseQuery(message);
      if (query !== undefined && !this.#ended) this.context.behave(this, query);
    }
    if (!this.#ended) this.context.hasRead(this);
  }

  #cancel(timer: NodeJS.Timeout | NodeJS.Immediate): void {
    this.#timers.delete(timer);
    clearTimeout(timer as NodeJS.Timeout);
    clearImmediate(timer as NodeJS.Immediate);
  }

  #stop(): void {
    this.#ended = true;
    for (const timer of this.#timers) this.#cancel(timer);
  }
}
