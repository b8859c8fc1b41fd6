import type { DotscoutError } from '../errors.js';
import type { Attempt, AttemptListener, Reply } from './exchange.js';

/** An attempt of an exchange of ours; a promise is only made for who asks for one. */
export abstract class TellingAttempt implements Attempt {
  #listener: AttemptListener | undefined;
  #reply: Reply | undefined;
  #error: DotscoutError | undefined;
  #done: Promise<Reply> | undefined;

  /** {@inheritDoc Attempt.withdraw} */
  abstract withdraw(): boolean;

  /** {@inheritDoc Attempt.done} */
  get done(): Promise<Reply> {
    if (this.#done === undefined) {
      this.#done = new Promise((resolve, reject) => this.listen({ answered: resolve, failed: reject }));
      // Whoever left it will not hear of its failure.
      this.#done.catch(() => undefined);
    }
    return this.#done;
  }

  /** {@inheritDoc Attempt.listen} */
  listen(listener: AttemptListener): void {
    this.#listener = listener;
    // What could not be sent has failed already.
    if (this.#reply !== undefined || this.#error !== undefined) queueMicrotask(() => this.#tell());
  }

  /** It has brought an answer. */
  protected succeed(reply: Reply): void {
    this.#reply = reply;
    this.#tell();
  }

  /** {@inheritDoc AttemptListener.failed} */
  failed(error: DotscoutError): void {
    this.#error = error;
    this.#tell();
  }

  #tell(): void {
    if (this.#reply !== undefined) this.#listener?.answered(this.#reply);
    else if (this.#error !== undefined) this.#listener?.failed(this.#error);
  }
}
