import type { DotscoutError } from '../errors.js';
import type { Do53Listener, Do53Query } from './do53-query.js';
import type { Attempt, AttemptListener, Reply } from './exchange.js';

/** How an attempt ended. */
type Outcome = { readonly reply: Reply } | { readonly error: DotscoutError };

/** A query over Do53 whose caller may leave; a promise is only made for who asks for one. */
export class Do53Attempt implements Attempt, Do53Listener {
  readonly #query: Do53Query;
  #listener: AttemptListener | undefined;
  #outcome: Outcome | undefined;
  #done: Promise<Reply> | undefined;

  /** @param make - makes the query, which tells this attempt how it ends; it is begun here */
  constructor(make: (listener: Do53Listener) => Do53Query) {
    this.#query = make(this);
    this.#query.start();
  }

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
    if (this.#outcome !== undefined) queueMicrotask(() => this.#tell());
  }

  /** {@inheritDoc Attempt.withdraw} */
  withdraw(): boolean {
    return this.#query.withdraw();
  }

  /** {@inheritDoc Do53Listener.answered} */
  answered(message: Uint8Array, rcode: number, total: number): void {
    this.#end({ reply: { message, rcode, times: { answer: total, total }, authenticated: false } });
  }

  /** {@inheritDoc Do53Listener.failed} */
  failed(error: DotscoutError): void {
    this.#end({ error });
  }

  #end(outcome: Outcome): void {
    this.#outcome = outcome;
    if (this.#listener !== undefined) this.#tell();
  }

  #tell(): void {
    const outcome = this.#outcome;
    const listener = this.#listener;
    if (outcome === undefined || listener === undefined) return;
    if ('reply' in outcome) listener.answered(outcome.reply);
    else listener.failed(outcome.error);
  }
}
