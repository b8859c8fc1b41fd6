import type { Clock } from '../../common/clock.js';
import { type DotscoutError, TransportError } from '../../common/errors.js';
import type { Endpoint } from '../../state/model.js';
import { checkQuery, type QueryInfo } from '../../wire/message.js';
import { addEdns, type Shape, stripEdns } from '../../wire/opt.js';
import { classifyError, forbidden } from '../failure.js';
import type { SessionOutcome, SessionQuery } from '../session/session-query.js';
import type { Authenticator } from '../tls/authenticator.js';
import { nextShape, type QueryShapes } from './query-shapes.js';
import type { DotSession } from './session.js';

/** What a query needs of its exchange. */
export interface DotQueryDeps {
  readonly clock: Clock;
  readonly shapes: QueryShapes;
  /**
   * A session that takes queries.
   *
   * @throws `TransportError` where there is no room for one
   */
  sessionFor(endpoint: Endpoint, authenticator: Authenticator | undefined): DotSession;
}

/** What is asked of whom. */
export interface DotRequest {
  readonly endpoint: Endpoint;
  /** The host's query. */
  readonly message: Uint8Array;
  /** Its limit, in milliseconds. */
  readonly timeoutMs: number;
  /** What the server has to prove before it is sent; absent: nothing. */
  readonly authenticator: Authenticator | undefined;
  /** Whether it may still be sent; asked each time before it is. Absent: it may. */
  readonly mayBeSent?: (() => boolean) | undefined;
}

/** How often a query is sent again that was lost with its session. */
const MAX_RETRIES = 3;

/** How long an answer took, in milliseconds; the first two are absent where the session stood when the query came. */
export interface AnswerTimes {
  readonly connectMs?: number | undefined;
  readonly handshakeMs?: number | undefined;
  /** From the query's writing to the answer. */
  readonly answerMs: number;
}

/** Who waits for a query; exactly one of the two is called, once. */
export interface DotListener {
  /**
   * The answer as the host's own query would have got it, its response code, and how long all took together, in
   * milliseconds.
   */
  answered(message: Uint8Array, rcode: number, times: AnswerTimes, totalMs: number): void;
  /** A `TransportError`, or what closed the exchange. */
  failed(error: DotscoutError): void;
}

/**
 * One query over DoT until its answer or its limit, on as many sessions and in as many shapes as that takes: again on a
 * fresh session, a few times, where a server that had answered closed the old one; again without what we had added, where the
 * server says FORMERR.
 */
export class DotQuery implements SessionQuery {
  /** {@inheritDoc SessionQuery.keepId} */
  readonly keepId: boolean;
  /** {@inheritDoc SessionQuery.questionEnd} */
  readonly questionEnd: number;
  /** {@inheritDoc SessionQuery.limitAt} */
  readonly limitAt: number;
  /** {@inheritDoc SessionQuery.mayBeSent} */
  readonly mayBeSent: (() => boolean) | undefined;
  /** {@inheritDoc SessionQuery.message} */
  message: Uint8Array;
  /** {@inheritDoc SessionQuery.place} */
  place = -1;
  readonly #endpoint: Endpoint;
  readonly #context: DotQueryDeps;
  readonly #original: Uint8Array;
  readonly #info: QueryInfo;
  readonly #startedAt: number;
  readonly #listener: DotListener;
  readonly #authenticator: Authenticator | undefined;
  #shape: Shape;
  #reshaped = false;
  #retries = 0;
  #left = false;
  #session: DotSession | undefined;

  /**
   * @param context - the exchange
   * @param request - what is asked
   * @param listener - who waits for it
   * @throws `InvalidInputError` as {@link checkQuery}
   */
  constructor(context: DotQueryDeps, request: DotRequest, listener: DotListener) {
    const { endpoint, message, timeoutMs, authenticator, mayBeSent } = request;
    this.mayBeSent = mayBeSent;
    this.#info = checkQuery(message);
    // The host may use its buffer again before this is written.
    this.#original = new Uint8Array(message);
    this.#endpoint = endpoint;
    this.#context = context;
    this.#listener = listener;
    this.#authenticator = authenticator;
    this.#startedAt = context.clock.now();
    this.limitAt = this.#startedAt + timeoutMs;
    this.keepId = this.#info.signed;
    this.questionEnd = this.#info.questionEnd;
    this.#shape = context.shapes.of(endpoint.key, this.#startedAt);
    this.message = addEdns(this.#original, this.#shape, this.#info);
  }

  /** Begins it; it may settle from inside this. */
  start(): void {
    this.#send();
  }

  #send(): void {
    if (this.mayBeSent?.() === false) {
      this.#listener.failed(forbidden());
      return;
    }
    try {
      this.#session = this.#context.sessionFor(this.#endpoint, this.#authenticator);
      // A host's own `connect` may have made its caller leave.
      if (!this.#left) this.#session.send(this);
    } catch (error) {
      this.#listener.failed(
        error instanceof TransportError ? error : new TransportError(classifyError(error, 'connect')),
      );
    }
  }

  /** Takes it back where it has not been written; see `Attempt.withdraw`. */
  withdraw(): boolean {
    return this.#session?.withdraw(this) ?? false;
  }

  /** Nobody waits for it: it is not sent any more, nor again. */
  leave(): void {
    this.#left = true;
    this.withdraw();
  }

  /** {@inheritDoc SessionQuery.settle} */
  settle(outcome: SessionOutcome): void {
    if ('error' in outcome) {
      const now = this.#context.clock.now();
      const again = outcome.retry === 'free' || (outcome.retry === 'once' && this.#retries < MAX_RETRIES);
      if (outcome.retry === 'once') this.#retries++;
      if (this.mayBeSent?.() === false) this.#listener.failed(forbidden());
      else if (again && !this.#left && now < this.limitAt) this.#send();
      else this.#listener.failed(outcome.error);
      return;
    }
    const { now } = outcome;
    const { rcode } = outcome.info;
    const next = nextShape(this.#shape, rcode, this.#info);
    if (next !== undefined && !this.#left && now < this.limitAt) {
      this.#shape = next;
      this.#reshaped = true;
      this.message = addEdns(this.#original, next, this.#info);
      this.#send();
      return;
    }
    // FORMERR in every shape is about the question, not about the shape.
    if (this.#reshaped && nextShape('padded', rcode, this.#info) === undefined)
      this.#context.shapes.learn(this.#endpoint.key, this.#shape, now);
    const answer = stripEdns(outcome.answer, this.#info, outcome.info);
    this.#listener.answered(answer, rcode, outcome, now - this.#startedAt);
  }
}
