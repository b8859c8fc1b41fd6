import type { Clock } from '../clock.js';
import { TransportError } from '../errors.js';
import type { Endpoint, Times } from '../state/model.js';
import { type Deferred, deferred } from './deferred.js';
import type { DotSession } from './dot-session.js';
import type { Attempt, Reply } from './exchange.js';
import { classifyError } from './failure.js';
import { checkQuery, type QueryInfo, rcodeOf } from './message.js';
import { dress, type Shape, undress } from './opt.js';
import type { SessionOutcome, SessionQuery } from './session-query.js';
import { nextShape, type Shapes } from './shapes.js';

/** What an attempt needs of its exchange. */
export interface AttemptContext {
  readonly clock: Clock;
  readonly shapes: Shapes;
  /**
   * A session that takes queries.
   *
   * @throws `TransportError` where there is no room for one
   */
  sessionFor(endpoint: Endpoint): DotSession;
}

/**
 * One query over DoT until its answer or its limit, on as many sessions and in as many shapes as that takes: again on a
 * fresh session, once, where a server that had answered closed the old one; again without what we had added, where the
 * server says FORMERR.
 */
export class DotAttempt implements Attempt, SessionQuery {
  /** {@inheritDoc SessionQuery.keepId} */
  readonly keepId: boolean;
  /** {@inheritDoc SessionQuery.limitAt} */
  readonly limitAt: number;
  /** {@inheritDoc SessionQuery.message} */
  message: Uint8Array;
  readonly #endpoint: Endpoint;
  readonly #context: AttemptContext;
  readonly #original: Uint8Array;
  readonly #info: QueryInfo;
  readonly #startedAt: number;
  readonly #done: Deferred<Reply> = deferred();
  #shape: Shape;
  #reshaped = false;
  #retried = false;
  #session: DotSession | undefined;

  /**
   * @param endpoint - where to
   * @param message - the host's query
   * @param timeoutMs - its limit, in milliseconds
   * @param context - the exchange
   * @throws `InvalidInputError` as {@link checkQuery}
   */
  constructor(endpoint: Endpoint, message: Uint8Array, timeoutMs: number, context: AttemptContext) {
    this.#info = checkQuery(message);
    // The host may use its buffer again before this is written.
    this.#original = new Uint8Array(message);
    this.#endpoint = endpoint;
    this.#context = context;
    this.#startedAt = context.clock.now();
    this.limitAt = this.#startedAt + timeoutMs;
    this.keepId = this.#info.signed;
    this.#shape = context.shapes.of(endpoint.key, this.#startedAt);
    this.message = dress(this.#original, this.#shape, this.#info);
  }

  /** {@inheritDoc Attempt.done} */
  get done(): Promise<Reply> {
    return this.#done.promise;
  }

  /** Sends it, or sends it again. */
  send(): void {
    try {
      this.#session = this.#context.sessionFor(this.#endpoint);
      this.#session.send(this);
    } catch (error) {
      this.#done.reject(error instanceof TransportError ? error : new TransportError(classifyError(error, 'connect')));
    }
  }

  /** {@inheritDoc Attempt.withdraw} */
  withdraw(): boolean {
    return this.#session?.withdraw(this) ?? false;
  }

  /** {@inheritDoc SessionQuery.settle} */
  settle(outcome: SessionOutcome): void {
    const now = this.#context.clock.now();
    if ('error' in outcome) {
      const again = outcome.retry === 'free' || (outcome.retry === 'once' && !this.#retried);
      if (outcome.retry === 'once') this.#retried = true;
      if (again && now < this.limitAt) this.send();
      else this.#done.reject(outcome.error);
      return;
    }
    const rcode = rcodeOf(outcome.answer);
    const next = nextShape(this.#shape, rcode, this.#info);
    if (next !== undefined && now < this.limitAt) {
      this.#shape = next;
      this.#reshaped = true;
      this.message = dress(this.#original, next, this.#info);
      this.send();
      return;
    }
    // FORMERR in every shape is about the question, not about the shape.
    if (this.#reshaped && nextShape('padded', rcode, this.#info) === undefined)
      this.#context.shapes.learn(this.#endpoint.key, this.#shape, now);
    this.#done.resolve({
      message: undress(outcome.answer, this.#info),
      times: this.#times(outcome, now),
      authenticated: false,
    });
  }

  #times(outcome: Extract<SessionOutcome, { answer: unknown }>, now: number): Times {
    const { connectMs, handshakeMs, answerMs } = outcome;
    const opening = connectMs === undefined ? {} : { connect: connectMs, handshake: handshakeMs };
    return { ...opening, answer: answerMs, total: now - this.#startedAt };
  }
}
