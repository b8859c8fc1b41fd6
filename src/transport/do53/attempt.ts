import { TellingAttempt } from '../telling-attempt.js';
import type { Do53Listener, Do53Query } from './query.js';

/** A query over Do53 whose caller may leave. */
export class Do53Attempt extends TellingAttempt implements Do53Listener {
  readonly #query: Do53Query;

  /** @param make - makes the query, which tells this attempt how it ends; it is begun here */
  constructor(make: (listener: Do53Listener) => Do53Query) {
    super();
    this.#query = make(this);
    this.#query.start();
  }

  /** {@inheritDoc Attempt.withdraw} */
  withdraw(): boolean {
    return this.#query.withdraw();
  }

  /** {@inheritDoc Do53Listener.answered} */
  answered(message: Uint8Array, rcode: number, total: number): void {
    this.succeed({ message, rcode, times: { answer: total, total }, authenticated: false });
  }
}
