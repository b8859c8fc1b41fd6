import { randomInt } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { TransportError } from '../errors.js';
import type { Endpoint, Failure, Phase } from '../state/model.js';
import { classifyError } from './failure.js';
import { Framing, frame } from './framing.js';
import { matchAnswer } from './message.js';
import { MAX_MESSAGE, u16 } from './wire.js';

/** How a TCP query ended. */
export type TcpOutcome = { readonly answer: Uint8Array } | { readonly error: TransportError };

/** Messages that match nothing, after which the server makes no sense. */
const MAX_MISMATCHES = 3;

/** One query over plain TCP, on a connection of its own (RFC 7766). */
export class TcpQuery {
  readonly #socket: Socket;
  readonly #done: (outcome: TcpOutcome) => void;
  readonly #framed: Uint8Array;
  readonly #framing = new Framing(MAX_MESSAGE);
  #phase: Phase = 'connect';
  #mismatches = 0;
  #closed = false;

  /**
   * Connects and sends it.
   *
   * @param endpoint - where to
   * @param message - in wire format; not changed
   * @param keepId - whether the id must stay, because a signature covers it
   * @param done - is called once
   */
  constructor(endpoint: Endpoint, message: Uint8Array, keepId: boolean, done: (outcome: TcpOutcome) => void) {
    this.#done = done;
    this.#framed = frame(message, keepId ? u16(message, 0) : randomInt(65_536));
    const { address: host, port, localAddress } = endpoint;
    this.#socket = connect({ host, port, ...(localAddress === undefined ? {} : { localAddress }) });
    this.#socket.setNoDelay(true);
    this.#socket.unref();
    this.#socket.on('connect', () => {
      this.#phase = 'answer';
      this.#socket.write(this.#framed);
    });
    this.#socket.on('data', (chunk: Buffer) => this.#read(chunk));
    this.#socket.on('error', (error) => this.#fail(classifyError(error, this.#phase), error));
    this.#socket.on('close', () => this.#fail({ phase: this.#phase, kind: 'closed', detail: 'the server closed it' }));
  }

  /** In which phase it is. */
  get phase(): Phase {
    return this.#phase;
  }

  /** Gives it up; nothing is told. */
  cancel(): void {
    this.#closed = true;
    this.#socket.destroy();
  }

  #read(chunk: Buffer): void {
    const wrong = this.#framing.push(chunk, (message) => {
      this.#take(message);
      return !this.#closed;
    });
    if (wrong !== undefined) this.#fail({ phase: 'answer', kind: 'malformed', detail: wrong });
  }

  #take(message: Uint8Array): void {
    const match = matchAnswer(this.#framed.subarray(2), message);
    if (match === 'match') this.#end({ answer: message });
    else if (match === 'malformed' || ++this.#mismatches >= MAX_MISMATCHES)
      this.#fail({ phase: 'answer', kind: 'malformed', detail: 'no answer to the query' });
  }

  #fail(failure: Failure, cause?: unknown): void {
    this.#end({ error: new TransportError(failure, { cause }) });
  }

  #end(outcome: TcpOutcome): void {
    if (this.#closed) return;
    this.cancel();
    this.#done(outcome);
  }
}
