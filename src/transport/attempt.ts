import { onAbort } from '../common/abort.js';
import type { Clock } from '../common/clock.js';
import { type DotscoutError, ignoreRejection, TransportError } from '../common/errors.js';
import type { KeepAlive } from '../common/keep-alive.js';
import { deadline, stallAwareTimeout } from '../common/late-timers.js';
import type { Authentication } from '../contact/authentication.js';
import type { Endpoint, Failure, HostPart, Times } from '../state/model.js';
import { matchAnswer } from '../wire/message.js';
import { checkExchangeOptions } from './check-options.js';
import {
  type Attempt,
  type AttemptListener,
  type AttemptOptions,
  type Exchange,
  type ExchangeOptions,
  isAttempting,
  type Reply,
} from './exchange.js';
import { brokenPart, silence, wrongShape } from './failure.js';

/** What is asked of whom, how long, and under which demand. */
export interface AttemptRequest {
  /** Ours or a host's own. */
  readonly exchange: Exchange;
  readonly endpoint: Endpoint;
  /** A checked query. */
  readonly message: Uint8Array;
  /** How long it may live, in milliseconds. */
  readonly timeoutMs: number;
  /** Where to set the limit. */
  readonly clock: Clock;
  /** How the server has to prove who it is; only for an exchange that authenticates. */
  readonly authentication?: Authentication | undefined;
  /** How it is to run. */
  readonly options?: AttemptOptions | undefined;
}

/**
 * Begins an attempt on any exchange, ours or a host's own. A host's exchange is given its limit by a signal; what it
 * throws that is no `TransportError` is `local`: a host's bug demotes nobody.
 *
 * @param request - what is asked
 */
export function beginAttempt(request: AttemptRequest): Attempt {
  const { exchange, endpoint, message, timeoutMs, authentication, options } = request;
  try {
    if (isAttempting(exchange)) return exchange.attempt(endpoint, message, timeoutMs, authentication, options);
  } catch (error) {
    return { done: Promise.reject(error), withdraw: () => false };
  }
  return { done: foreignReply(request), withdraw: () => false };
}

/**
 * Asks an exchange that may be a host's own, and may throw, reject, or never settle whatever its signal says.
 *
 * @param request - what is asked
 * @param signal - ends it before its limit
 * @returns what came, which need not be an answer; rejects as {@link settleWithin}
 */
export function exchangeWithin(request: AttemptRequest, signal?: AbortSignal): Promise<unknown> {
  const { exchange, endpoint, message, timeoutMs, clock, authentication, options } = request;
  const mayBeSent = options?.mayBeSent;
  const ask = (own: AbortSignal) => exchange.exchange(endpoint, message, { signal: own, authentication, mayBeSent });
  return settleWithin<unknown>(ask, { clock, timeoutMs, part: endpoint.transport, signal });
}

/** How a task of the host's own is run. */
export interface SettleOptions {
  readonly clock: Clock;
  /** How long it may take, in milliseconds. */
  readonly timeoutMs: number;
  /** Of which part of the host's own it is. */
  readonly part: HostPart;
  /** Ends it before its limit. */
  readonly signal?: AbortSignal | undefined;
}

/** How long a task may take to settle once its signal has aborted at its limit, in milliseconds. */
const SETTLE_MS = 100;

/**
 * Runs a task of the host's own, whose signal aborts at its limit. A task that fails then has met a silent server, unless our
 * own event loop has used up the time. One that does not settle then either is broken, which says nothing of the server.
 *
 * @param task - may throw, reject, or never settle
 * @param options - how long
 * @returns what it resolves with; rejects as `silent`, as `local` where our loop stood still or it does not settle, with
 *   `signal.reason`, or with what it threw
 */
export function settleWithin<T>(
  task: (signal: AbortSignal) => Promise<T> | T,
  { clock, timeoutMs, part, signal }: SettleOptions,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const controller = new AbortController();
    const end = (settle: () => void): void => {
      limit.cancel();
      forget?.();
      settle();
    };
    let late: Failure | undefined;
    let limit = stallAwareTimeout(clock, timeoutMs, (stalled) => {
      late = silence('answer', stalled, 'no answer within the limit');
      limit = deadline(clock, SETTLE_MS, () => end(() => reject(unsettled(part))));
      controller.abort(new TransportError(late));
    });
    const leave = (reason: unknown): void => {
      end(() => reject(reason));
      controller.abort(reason);
    };
    const forget = signal === undefined ? undefined : onAbort(signal, () => leave(signal.reason));
    const fail = (error: unknown): void => {
      if (late === undefined || error instanceof TransportError) reject(error);
      else reject(new TransportError(late, { cause: error }));
    };
    const run = async (): Promise<T> => task(controller.signal);
    run().then(
      (value) => end(() => resolve(value)),
      (error) => end(() => fail(error)),
    );
  });
}

function unsettled(part: HostPart): TransportError {
  const detail = 'it has not settled although its signal has aborted';
  return new TransportError({ phase: 'answer', kind: 'local', detail, part }, { cause: new Error(detail) });
}

async function foreignReply(request: AttemptRequest): Promise<Reply> {
  const { clock, endpoint, message, authentication } = request;
  const startedAt = clock.now();
  try {
    // Ours make a copy as they begin; a host's own may write into what it gets, and keep it. Its answer is to what was asked.
    const answer = await exchangeWithin({ ...request, message: new Uint8Array(message) });
    const total = clock.now() - startedAt;
    return {
      message: checkAnswer(message, answer, endpoint),
      times: { answer: total, total },
      authenticated: authentication !== undefined,
    };
  } catch (error) {
    throw error instanceof TransportError ? error : brokenPart(error, endpoint.transport);
  }
}

function checkAnswer(query: Uint8Array, answer: unknown, { transport: part }: Endpoint): Uint8Array {
  if (!(answer instanceof Uint8Array))
    throw wrongShape(answer, { phase: 'answer', kind: 'local', detail: 'the exchange gave no Uint8Array', part });
  if (matchAnswer(query, answer) === 'match') return answer;
  throw new TransportError({ phase: 'answer', kind: 'malformed', detail: 'the answer is not one to this query' });
}

/** An attempt of an exchange of ours; a promise is only made for who asks for one. */
export abstract class TellingAttempt implements Attempt {
  #listener: AttemptListener | undefined;
  /** Settles the promise, where there is one. */
  #settles: AttemptListener | undefined;
  #reply: Reply | undefined;
  #error: DotscoutError | undefined;
  #done: Promise<Reply> | undefined;

  /** {@inheritDoc Attempt.withdraw} */
  abstract withdraw(): boolean;

  /** {@inheritDoc Attempt.done} */
  get done(): Promise<Reply> {
    if (this.#done === undefined) {
      this.#done = new Promise((resolve, reject) => {
        this.#settles = { answered: resolve, failed: reject };
      });
      // A caller who has left will not hear of its failure.
      ignoreRejection(this.#done);
      this.#tell(this.#settles);
    }
    return this.#done;
  }

  /** {@inheritDoc Attempt.listen} */
  listen(listener: AttemptListener): void {
    this.#listener = listener;
    // What could not be sent has failed already.
    if (this.#reply !== undefined || this.#error !== undefined) queueMicrotask(() => this.#tell(listener));
  }

  /** It has brought an answer. */
  protected succeed(reply: Reply): void {
    this.#reply = reply;
    this.#tellAll();
  }

  /** {@inheritDoc AttemptListener.failed} */
  failed(error: DotscoutError): void {
    this.#error = error;
    this.#tellAll();
  }

  #tellAll(): void {
    this.#tell(this.#listener);
    this.#tell(this.#settles);
  }

  #tell(listener: AttemptListener | undefined): void {
    if (this.#reply !== undefined) listener?.answered(this.#reply);
    else if (this.#error !== undefined) listener?.failed(this.#error);
  }
}

/** How long an answer took, in milliseconds; the first two are absent where the session stood when the query came. */
export interface AnswerTimes {
  readonly connectMs?: number | undefined;
  readonly handshakeMs?: number | undefined;
  /** From the query's writing to the answer. */
  readonly answerMs: number;
}

/** Who waits for a query; exactly one of the two is called, once. */
export interface QueryListener {
  /**
   * The answer as the host's own query would have got it, with the caller's id.
   *
   * @param message - on memory that nobody else has
   * @param rcode - its response code
   * @param totalMs - how long all took together, in milliseconds
   * @param times - the parts of that, where it has any
   */
  answered(message: Uint8Array, rcode: number, totalMs: number, times?: AnswerTimes): void;
  failed(error: DotscoutError): void;
}

/** A query of an exchange of ours. */
export interface OwnQuery {
  /** {@inheritDoc Attempt.freshUntil} */
  readonly freshUntil?: number;
  /** Begins it; it may end from inside this. */
  start(): void;
  /** {@inheritDoc Attempt.withdraw} */
  withdraw(): boolean;
  /** Nobody waits any more. */
  leave(): void;
}

/** Makes a query of an exchange of ours, which tells the listener how it ends. */
export type MakeQuery<Request> = (request: Request, listener: QueryListener) => OwnQuery;

/** A query of an exchange of ours whose caller may leave. */
export class QueryAttempt<Request> extends TellingAttempt implements QueryListener {
  readonly #query: OwnQuery;
  readonly #authenticated: boolean;

  /**
   * @param make - the exchange's own; a function for each query would be garbage
   * @param request - what is asked; the query is begun here
   * @param authenticated - whether only a server that has proven who it is gets it
   */
  constructor(make: MakeQuery<Request>, request: Request, authenticated: boolean = false) {
    super();
    this.#authenticated = authenticated;
    this.#query = make(request, this);
    this.#query.start();
  }

  /** {@inheritDoc Attempt.freshUntil} */
  get freshUntil(): number | undefined {
    return this.#query.freshUntil;
  }

  /** {@inheritDoc Attempt.withdraw} */
  withdraw(): boolean {
    return this.#query.withdraw();
  }

  /** {@inheritDoc QueryListener.answered} */
  answered(message: Uint8Array, rcode: number, total: number, times?: AnswerTimes): void {
    this.succeed({ message, rcode, times: timesOf(total, times), authenticated: this.#authenticated });
  }
}

function timesOf(total: number, parts: AnswerTimes | undefined): Times {
  const answer = parts?.answerMs ?? total;
  if (parts?.connectMs === undefined) return { answer, total };
  return { connect: parts.connectMs, handshake: parts.handshakeMs, answer, total };
}

/**
 * The promise of a query's answer, for which the process stays alive; rejects with the signal's reason when that aborts.
 *
 * @param keepAlive - of the exchange
 * @param options - its signal; when that aborts, the query is left
 * @param make - makes the query; what this throws, rejects
 */
export function awaited(
  keepAlive: KeepAlive,
  options: ExchangeOptions,
  make: (listener: QueryListener) => OwnQuery,
): Promise<Uint8Array> {
  // What this throws, rejects.
  return new Promise((resolve, reject) => {
    checkExchangeOptions(options);
    const { signal } = options;
    signal.throwIfAborted();
    let held = true;
    // A query that was left may tell of its end all the same.
    const over = (): void => {
      if (!held) return;
      held = false;
      forget();
      keepAlive.release();
    };
    const query = make({
      answered(message) {
        over();
        resolve(message);
      },
      failed(error) {
        over();
        reject(error);
      },
    });
    keepAlive.hold();
    const forget = onAbort(signal, () => {
      over();
      reject(signal.reason);
      query.leave();
    });
    query.start();
  });
}
