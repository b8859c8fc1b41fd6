import type { DotscoutError } from '../common/errors.js';
import type { Attempt, AttemptListener, Reply } from './exchange.js';

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
