import { randomInt } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { type Clock, deadline, type Timer } from '../clock.js';
import { TransportError } from '../errors.js';
import type { Endpoint } from '../state/model.js';
import { classifyError } from './failure.js';
import { matchAnswer } from './message.js';
import { putU16, u16 } from './wire.js';

/** Times a query is sent over UDP; TCP may be a third (RFC 9520 section 3.1 allows three in all). */
const SENDS = 2;

/** Datagrams that answer something else, after which somebody seems to guess and TCP is safer. */
const MAX_MISMATCHES = 3;

/** How a UDP query ended. Times are in milliseconds. */
export type UdpOutcome =
  /** A well-formed answer; `answerMs` is absent where it may belong to either of two sends. */
  | { readonly answer: Uint8Array; readonly answerMs: number | undefined }
  /** Too many datagrams that match nothing, or one with the query's id that is no answer: TCP is safer. */
  | { readonly distrusted: true }
  | { readonly error: TransportError };

/** What a UDP query needs to know. */
export interface UdpOptions {
  readonly clock: Clock;
  /** Whether the id must stay, because a signature covers it. */
  readonly keepId: boolean;
  /** After how long it is sent again, in milliseconds. */
  readonly retransmitMs: number;
  /** Is called once. */
  readonly done: (outcome: UdpOutcome) => void;
}

/**
 * One query over UDP on a socket of its own, so that each has a random port, connected, so that datagrams from others
 * never arrive and ICMP errors do (RFC 5452 section 9).
 */
export class UdpQuery {
  readonly #endpoint: Endpoint;
  readonly #options: UdpOptions;
  readonly #message: Uint8Array;
  readonly #socket: Socket;
  #timer: Timer | undefined;
  #sends = 0;
  #sentAt = 0;
  #mismatches = 0;
  #closed = false;

  /**
   * Sends it.
   *
   * @param endpoint - where to
   * @param message - in wire format; not changed
   * @param options - how
   */
  constructor(endpoint: Endpoint, message: Uint8Array, options: UdpOptions) {
    this.#endpoint = endpoint;
    this.#options = options;
    this.#message = new Uint8Array(message);
    if (!options.keepId) putU16(this.#message, 0, randomInt(65_536));
    this.#socket = createSocket(endpoint.address.includes(':') ? 'udp6' : 'udp4');
    this.#socket.unref();
    this.#socket.on('error', (error) => this.#fail(error));
    this.#socket.on('message', (answer) => this.#received(answer));
    this.#connect();
  }

  /** Whether anything has been sent. */
  get sent(): boolean {
    return this.#sends > 0;
  }

  /** Gives it up; nothing is told. */
  cancel(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#timer?.cancel();
    this.#socket.close();
  }

  #connect(): void {
    const { address, port, localAddress } = this.#endpoint;
    this.#socket.once('connect', () => this.#send());
    const connect = (): void => {
      if (!this.#closed) this.#socket.connect(port, address);
    };
    // The system chooses the port either way.
    if (localAddress === undefined) connect();
    else this.#socket.bind(0, localAddress, connect);
  }

  #send(): void {
    if (this.#closed) return;
    this.#sends++;
    this.#sentAt = this.#options.clock.now();
    this.#socket.send(this.#message, (error) => {
      if (error !== null) this.#fail(error);
    });
    if (this.#sends < SENDS)
      this.#timer = deadline(this.#options.clock, this.#options.retransmitMs, () => this.#send());
  }

  #received(answer: Buffer): void {
    const match = matchAnswer(this.#message, answer);
    if (match === 'match') {
      const answerMs = this.#sends === 1 ? this.#options.clock.now() - this.#sentAt : undefined;
      this.#end({ answer, answerMs });
      return;
    }
    // It is the server that knows our id on a connected socket; it has nothing better to say over UDP.
    const broken = match === 'malformed' && answer.length >= 2 && u16(answer, 0) === u16(this.#message, 0);
    this.#mismatches++;
    if (broken || this.#mismatches >= MAX_MISMATCHES) this.#end({ distrusted: true });
  }

  #fail(error: unknown): void {
    this.#end({ error: new TransportError(classifyError(error, this.sent ? 'answer' : 'connect'), { cause: error }) });
  }

  #end(outcome: UdpOutcome): void {
    if (this.#closed) return;
    this.cancel();
    this.#options.done(outcome);
  }
}
