import type { QueryResult } from '../../src/query/query.js';

/** A row of queries: who was asked last, and how it went. */
export class Load {
  /** Codes or reasons of those that failed. */
  readonly failures: unknown[] = [];
  /** The longest that any took, in milliseconds of the clock. */
  slowest = 0;
  answered = 0;
  readonly #now: () => number;
  readonly #recent: boolean[] = [];
  readonly #window: number;
  #begun = 0;

  /**
   * @param now - reads the clock
   * @param window - how many of the latest answers count for {@link Load.encryptedShare}
   */
  constructor(now: () => number, window = 300) {
    this.#now = now;
    this.#window = window;
  }

  /** How many are under way. */
  get open(): number {
    return this.#begun - this.answered - this.failures.length;
  }

  /** The part of the latest queries, in the order of their beginning, that was encrypted; those under way are not. */
  get encryptedShare(): number {
    return this.#recent.filter(Boolean).length / this.#recent.length;
  }

  /** Begins a query, whose end nobody has to wait for. */
  begin(asked: Promise<QueryResult>): void {
    const at = this.#now();
    const index = this.#begun++;
    const slot = index % this.#window;
    this.#recent[slot] = false;
    asked.then(
      ({ encrypted }) => {
        this.answered++;
        this.slowest = Math.max(this.slowest, this.#now() - at);
        // A later query may have its place already.
        if (this.#begun - index <= this.#window) this.#recent[slot] = encrypted;
      },
      (error) => this.failures.push(error),
    );
  }
}
