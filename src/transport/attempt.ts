import { onAbort } from '../common/abort.js';
import { type Clock, deadline, type Timer } from '../common/clock.js';
import { type DotscoutError, TransportError } from '../common/errors.js';
import type { KeepAlive } from '../common/keep-alive.js';
import type { Authentication } from '../contact/authentication.js';
import type { Endpoint } from '../state/model.js';
import { matchAnswer } from '../wire/message.js';
import {
  type Attempt,
  type AttemptListener,
  type Exchange,
  type ExchangeOptions,
  isAttempting,
  type Reply,
} from './exchange.js';
import { classifyError } from './failure.js';

/**
 * Begins an attempt on any exchange, ours or a host's own. A host's exchange is given its limit by a signal; what it
 * throws that is no `TransportError` is `local`: a host's bug demotes nobody.
 *
 * @param exchange - ours or a host's own
 * @param endpoint - where to
 * @param message - a checked query
 * @param timeoutMs - how long the attempt may live, in milliseconds
 * @param clock - where to set the limit
 * @param authentication - how the server has to prove who it is; only for an exchange that authenticates
 */
export function beginAttempt(
  exchange: Exchange,
  endpoint: Endpoint,
  message: Uint8Array,
  timeoutMs: number,
  clock: Clock,
  authentication?: Authentication,
): Attempt {
  try {
    if (isAttempting(exchange)) return exchange.attempt(endpoint, message, timeoutMs, authentication);
  } catch (error) {
    return { done: Promise.reject(error), withdraw: () => false };
  }
  return { done: foreignReply(exchange, endpoint, message, timeoutMs, clock, authentication), withdraw: () => false };
}

async function foreignReply(
  exchange: Exchange,
  endpoint: Endpoint,
  message: Uint8Array,
  timeoutMs: number,
  clock: Clock,
  authentication: Authentication | undefined,
): Promise<Reply> {
  const controller = new AbortController();
  const { signal } = controller;
  const startedAt = clock.now();
  let timer: Timer | undefined;
  const limit = new Promise<never>((_, reject) => {
    // An exchange that ignores its signal must not keep us waiting either.
    timer = deadline(clock, timeoutMs, () => {
      reject(new TransportError({ phase: 'answer', kind: 'silent' }));
      controller.abort();
    });
  });
  try {
    const answer = await Promise.race([exchange.exchange(endpoint, message, { signal, authentication }), limit]);
    const total = clock.now() - startedAt;
    return {
      message: checkAnswer(message, answer),
      times: { answer: total, total },
      authenticated: authentication !== undefined,
    };
  } catch (error) {
    throw error instanceof TransportError ? error : new TransportError(classifyForeign(error), { cause: error });
  } finally {
    timer?.cancel();
  }
}

/** Node's own errors tell phase and kind whoever lets them through; all else is the host's. */
function classifyForeign(error: unknown): TransportError['failure'] {
  return { ...classifyError(error, 'connect'), kind: 'local' };
}

function checkAnswer(query: Uint8Array, answer: unknown): Uint8Array {
  if (!(answer instanceof Uint8Array)) {
    throw new TransportError({ phase: 'answer', kind: 'local', detail: 'the exchange gave no Uint8Array' });
  }
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
      // Whoever left it will not hear of its failure.
      this.#done.catch(() => undefined);
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

/** Who is told how a query ended; one of the two is called, once. */
export interface Told {
  /** The answer, with the caller's id. */
  answered(message: Uint8Array): void;
  failed(error: DotscoutError): void;
}

/** A query that somebody awaits. */
export interface Asked {
  /** Begins it; it may end from inside this. */
  start(): void;
  /** Nobody waits any more. */
  leave(): void;
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
  make: (told: Told) => Asked,
): Promise<Uint8Array> {
  // What this throws, rejects.
  return new Promise((resolve, reject) => {
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
