import type { Duplex } from 'node:stream';
import { frame } from './answers.js';
import type { Fault, FaultSettings } from './faults.js';
import { FrameReader } from './framing.js';
import type { Journal, OpenRecord } from './journal.js';
import { type ParsedQuery, parseQuery } from './query.js';
import type { Responder } from './responder.js';

/** What a session needs of its server. */
export interface SessionContext {
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
  /** Resets the TCP connection. */
  readonly reset: () => void;
  /** Asks the client for a new handshake. */
  readonly renegotiate: () => void;
}

/** One TLS session of a fault server, after its handshake. */
export class DotSession {
  readonly context: SessionContext;
  /** Queries that `reverse` has collected. */
  readonly waiting: ParsedQuery[] = [];
  readonly #stream: Duplex;
  readonly #reader = new FrameReader();
  readonly #timers = new Set<NodeJS.Timeout>();
  #ended = false;

  constructor(stream: Duplex, context: SessionContext) {
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

  /** Lets a fault that needs no query show itself. */
  faultChanged(): void {
    this.context.showsAtOnce(this);
  }

  /** Sends a message with its length octets, after the delay that the settings ask for. */
  send(message: Uint8Array): void {
    this.sendRaw(frame(message));
  }

  /** Sends octets as they are, after the delay that the settings ask for. */
  sendRaw(bytes: Uint8Array): void {
    const { delayMs = 0 } = this.context.settings();
    if (delayMs === 0) this.write(bytes);
    else this.later(delayMs, () => this.write(bytes));
  }

  /** Sends a message, after the delay that the settings ask for, and closes cleanly. */
  finish(message: Uint8Array): void {
    const { delayMs = 0 } = this.context.settings();
    const last = (): void => {
      this.write(frame(message));
      this.end();
    };
    if (delayMs === 0) last();
    else this.later(delayMs, last);
  }

  /** Writes at once; tells whether the stream wants more before it has drained. */
  write(bytes: Uint8Array): boolean {
    return !this.#ended && this.#stream.write(bytes);
  }

  /** Calls back once when the stream has drained. */
  drained(run: () => void): void {
    this.#stream.once('drain', run);
  }

  /** Runs something later, unless the session has ended by then. */
  later(ms: number, run: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      if (!this.#ended) run();
    }, ms);
    this.#timers.add(timer);
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

  #read(chunk: Buffer): void {
    const { journal, record } = this.context;
    for (const message of this.#reader.push(chunk)) {
      journal.received('dot', message, record);
      const query = parseQuery(message);
      if (query !== undefined && !this.#ended) this.context.behave(this, query);
    }
  }

  #stop(): void {
    this.#ended = true;
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }
}
