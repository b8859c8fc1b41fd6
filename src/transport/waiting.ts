import type { SessionQuery } from './session-query.js';

/** The queries of one session that have not been written, in the order in which they came. */
export class Waiting {
  /** The value says whether the query came while the session was being opened. */
  readonly #queries = new Map<SessionQuery, boolean>();
  /** Taken back while the session was being opened: not written any more, but told how the opening ends. */
  readonly #withdrawn = new Set<SessionQuery>();

  /** How many are to be written. */
  get size(): number {
    return this.#queries.size;
  }

  /**
   * @param query - comes last
   * @param opening - whether the session is being opened
   */
  add(query: SessionQuery, opening: boolean): void {
    this.#queries.set(query, opening);
  }

  /**
   * Keeps a query from being written.
   *
   * @returns whether it was waiting
   */
  withdraw(query: SessionQuery): boolean {
    if (!this.#queries.delete(query)) return false;
    this.#withdrawn.add(query);
    return true;
  }

  /** Takes out the one that came first, with whether it had waited for the session to be opened. */
  next(): readonly [query: SessionQuery, opened: boolean] | undefined {
    for (const entry of this.#queries) {
      this.#queries.delete(entry[0]);
      return entry;
    }
    return undefined;
  }

  /** Takes out all that are to be written. Settling one query may bring another: that is not among them. */
  drain(): SessionQuery[] {
    const all = [...this.#queries.keys()];
    this.#queries.clear();
    return all;
  }

  /** Takes out all that were taken back. */
  drainWithdrawn(): SessionQuery[] {
    const all = [...this.#withdrawn];
    this.#withdrawn.clear();
    return all;
  }

  /**
   * Takes out those whose time is over, of both kinds.
   *
   * @param now - on the monotonic clock
   */
  expire(now: number): SessionQuery[] {
    const over = [...this.#queries.keys(), ...this.#withdrawn].filter((query) => query.limitAt <= now);
    for (const query of over) if (!this.#queries.delete(query)) this.#withdrawn.delete(query);
    return over;
  }

  /** The earliest limit of all, of both kinds; infinite where there is none. */
  earliestLimit(): number {
    let earliest = Number.POSITIVE_INFINITY;
    for (const query of this.#queries.keys()) earliest = Math.min(earliest, query.limitAt);
    for (const query of this.#withdrawn) earliest = Math.min(earliest, query.limitAt);
    return earliest;
  }
}
