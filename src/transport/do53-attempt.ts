import type { Clock, Timer } from '../clock.js';
import { type DotscoutError, TransportError } from '../errors.js';
import type { Endpoint } from '../state/model.js';
import { type Deferred, deferred } from './deferred.js';
import { TcpQuery } from './do53-tcp.js';
import { UdpQuery } from './do53-udp.js';
import type { Attempt, Reply } from './exchange.js';
import { classifyError } from './failure.js';
import { isTruncated, type QueryInfo } from './message.js';
import { patience } from './patience.js';
import { putU16 } from './wire.js';

/** What an attempt needs of its exchange. */
export interface Do53Context {
  readonly clock: Clock;
  /** After how long a query to a server is sent again, in milliseconds. */
  retransmitMs(endpoint: Endpoint): number;
  /** A server has answered the only send of a query, so many milliseconds after it. */
  measured(endpoint: Endpoint, answerMs: number): void;
  /** An attempt is over. */
  ended(attempt: Do53Attempt): void;
}

/** One query over UDP, and over TCP where the answer is truncated or broken, or somebody seems to guess. */
export class Do53Attempt implements Attempt {
  readonly #endpoint: Endpoint;
  readonly #message: Uint8Array;
  readonly #info: QueryInfo;
  readonly #context: Do53Context;
  readonly #done: Deferred<Reply> = deferred();
  readonly #startedAt: number;
  readonly #timeoutMs: number;
  #limit: Timer | undefined;
  #udp: UdpQuery | undefined;
  #tcp: TcpQuery | undefined;
  #truncated: Uint8Array | undefined;
  #settled = false;

  /**
   * @param endpoint - where to
   * @param message - the host's query; not changed
   * @param info - what `checkQuery` said of it
   * @param timeoutMs - its limit, in milliseconds
   * @param context - the exchange
   */
  constructor(endpoint: Endpoint, message: Uint8Array, info: QueryInfo, timeoutMs: number, context: Do53Context) {
    this.#endpoint = endpoint;
    this.#message = new Uint8Array(message);
    this.#info = info;
    this.#context = context;
    this.#startedAt = context.clock.now();
    this.#timeoutMs = timeoutMs;
  }

  /** {@inheritDoc Attempt.done} */
  get done(): Promise<Reply> {
    return this.#done.promise;
  }

  /** {@inheritDoc Attempt.withdraw} */
  withdraw(): boolean {
    if (this.#settled || this.#udp?.sent !== false) return false;
    this.#fail(new TransportError({ phase: 'connect', kind: 'local', detail: 'withdrawn before it was sent' }));
    return true;
  }

  /**
   * Ends it wherever it is.
   *
   * @param error - what its caller is told
   */
  cancel(error: DotscoutError): void {
    this.#fail(error);
  }

  /** Begins it. */
  start(): void {
    this.#limit = patience(this.#context.clock, this.#timeoutMs, (stalled) => this.#over(stalled));
    this.#sendUdp();
  }

  #sendUdp(): void {
    try {
      this.#udp = new UdpQuery(this.#endpoint, this.#message, {
        clock: this.#context.clock,
        keepId: this.#info.signed,
        retransmitMs: this.#context.retransmitMs(this.#endpoint),
        done: (outcome) => {
          if ('error' in outcome) this.#fail(outcome.error);
          else if ('distrusted' in outcome) this.#sendTcp();
          else this.#answeredOverUdp(outcome.answer, outcome.answerMs);
        },
      });
    } catch (error) {
      this.#fail(new TransportError(classifyError(error, 'connect'), { cause: error }));
    }
  }

  #answeredOverUdp(answer: Uint8Array, answerMs: number | undefined): void {
    if (answerMs !== undefined) this.#context.measured(this.#endpoint, answerMs);
    if (isTruncated(answer)) {
      this.#truncated = answer;
      this.#sendTcp();
    } else this.#succeed(answer);
  }

  #sendTcp(): void {
    try {
      this.#tcp = new TcpQuery(this.#endpoint, this.#message, this.#info.signed, (outcome) => {
        if ('answer' in outcome) this.#succeed(outcome.answer);
        else this.#giveUp(outcome.error);
      });
    } catch (error) {
      this.#giveUp(new TransportError(classifyError(error, 'connect'), { cause: error }));
    }
  }

  #over(stalled: boolean): void {
    const phase = this.#tcp?.phase ?? 'answer';
    this.#giveUp(
      new TransportError(
        stalled
          ? { phase, kind: 'local', detail: 'our event loop stood still' }
          : { phase, kind: 'silent', detail: 'no answer within the limit' },
      ),
    );
  }

  /** A truncated answer is better than none: it says what the rcode is, and TC tells the host the rest. */
  #giveUp(error: TransportError): void {
    if (this.#truncated !== undefined) this.#succeed(this.#truncated);
    else this.#fail(error);
  }

  #succeed(answer: Uint8Array): void {
    if (!this.#settle()) return;
    const message = new Uint8Array(answer);
    putU16(message, 0, this.#info.id);
    const total = this.#context.clock.now() - this.#startedAt;
    this.#done.resolve({ message, times: { answer: total, total }, authenticated: false });
  }

  #fail(error: DotscoutError): void {
    if (this.#settle()) this.#done.reject(error);
  }

  #settle(): boolean {
    if (this.#settled) return false;
    this.#settled = true;
    this.#limit?.cancel();
    this.#udp?.cancel();
    this.#tcp?.cancel();
    this.#context.ended(this);
    return true;
  }
}
