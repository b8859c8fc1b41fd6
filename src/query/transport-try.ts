import { DotscoutError, TransportError } from '../common/errors.js';
import { isTimes } from '../state/checks.js';
import type { Endpoint } from '../state/model.js';
import { type AttemptRequest, beginAttempt } from '../transport/attempt.js';
import type { Attempt, AttemptListener, Reply } from '../transport/exchange.js';
import { brokenPart, classifyError, wrongShape } from '../transport/failure.js';
import { HEADER_LENGTH } from '../wire/octets.js';

/** Who is told how a try ended; one of the two is called, once, and never from inside {@link TransportTry.begin}. */
export interface TransportTryListener {
  /** It has answered. */
  tryAnswered(one: TransportTry, reply: Reply): void;
  /** It has failed. */
  tryFailed(one: TransportTry, error: TransportError): void;
}

/** What a try has met. */
export interface FailedTry {
  /** Whom it asked. */
  readonly endpoint: Endpoint;
  readonly error: TransportError;
}

/** A query's try over one of its two transports: not started, under way, answered, or failed. */
export class TransportTry implements AttemptListener {
  readonly transport: 'dot' | 'do53';
  readonly #listener: TransportTryListener;
  #phase: 'idle' | 'running' | 'answered' | 'failed' = 'idle';
  #attempt: Attempt | undefined;
  #reply: Reply | undefined;

  /**
   * @param transport - what it runs over
   * @param listener - who is told
   */
  constructor(transport: 'dot' | 'do53', listener: TransportTryListener) {
    this.transport = transport;
    this.#listener = listener;
  }

  /** How far it is. */
  get phase(): 'idle' | 'running' | 'answered' | 'failed' {
    return this.#phase;
  }

  /** What it has brought. */
  get reply(): Reply | undefined {
    return this.#reply;
  }

  /** Until when it has to do with a fresh session, after it lost one, on the monotonic clock; 0 where it has not. */
  get freshUntil(): number {
    try {
      return this.#attempt?.freshUntil ?? 0;
    } catch (error) {
      this.#endWith(error);
      return 0;
    }
  }

  /**
   * Begins, while idle.
   *
   * @param request - what is asked of whom
   */
  begin(request: AttemptRequest): void {
    this.#phase = 'running';
    try {
      const attempt = beginAttempt(request);
      this.#attempt = attempt;
      if (attempt.listen !== undefined) attempt.listen(this);
      else {
        attempt.done.then(
          (reply) => this.answered(reply),
          (error) => this.failed(error),
        );
      }
    } catch (error) {
      // An exchange of a host's own may mean something else by `attempt`.
      this.#endWith(error);
    }
  }

  /**
   * Takes back what has not been written. What has been lives to its own limit and ends as evidence.
   *
   * @returns whether nothing had been written
   */
  withdraw(): boolean {
    if (this.#phase !== 'running') return false;
    try {
      return this.#attempt?.withdraw() === true;
    } catch (error) {
      this.#endWith(error);
      return false;
    }
  }

  /** An attempt of a host's own has thrown; the caller of today hears nothing from inside the call. */
  #endWith(error: unknown): void {
    queueMicrotask(() => this.failed(error));
  }

  /** {@inheritDoc AttemptListener.answered} */
  answered(reply: Reply): void {
    if (this.#phase !== 'running') return;
    if (!isReply(reply)) {
      const detail = 'the attempt brought no reply';
      this.failed(wrongShape(reply, { phase: 'answer', kind: 'local', detail, part: this.transport }));
      return;
    }
    this.#phase = 'answered';
    this.#attempt = undefined;
    this.#reply = reply;
    this.#listener.tryAnswered(this, reply);
  }

  /** {@inheritDoc AttemptListener.failed} */
  failed(error: unknown): void {
    if (this.#phase !== 'running') return;
    this.#phase = 'failed';
    this.#attempt = undefined;
    this.#listener.tryFailed(this, errorOf(error, this.transport));
  }
}

/** What another code of ours says (the guard refuses, the exchange is closed) is no fault of the exchange's. */
function errorOf(error: unknown, transport: 'dot' | 'do53'): TransportError {
  if (error instanceof TransportError) return error;
  if (!(error instanceof DotscoutError)) return brokenPart(error, transport);
  return new TransportError(classifyError(error, 'connect'), { cause: error });
}

/** Whether an attempt, which may be a host's own, has brought what it should. */
function isReply(reply: unknown): reply is Reply {
  try {
    const { message, times } = Object(reply) as Partial<Reply>;
    return message instanceof Uint8Array && message.length >= HEADER_LENGTH && isTimes(times);
  } catch {
    return false;
  }
}
