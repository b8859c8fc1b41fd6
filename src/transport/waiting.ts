import type { Backlog } from './backlog.js';
import type { SessionQuery } from './session-query.js';

/** The queries of one session that have not been written, in the order in which they came. */
export class Waiting {
  /** The value says whether the query came while the session was being opened. */
  readonly #queries = new Map<SessionQuery, boolean>();
  /** Taken back while the session was being opened: not written any more, but told how the opening ends. */
  readonly #withdrawn = new Set<SessionQuery>();
  readonly #backlog: Backlog;

  /** @param backlog - counts what waits */
  constructor(backlog: Backlog) {
    this.#backlog = backlog;
  }

  /** How many are to be written. */
  get size(): number {
    return this.#queries.size;
  }

  /** Whether any was taken back that is not told yet. */
  get hasWithdrawn(): boolean {
    return this.#withdrawn.size > 0;
  }

  /** Those that are to be written, in order; {@link Waiting.remove} may be called while going through them. */
  entries(): IterableIterator<readonly [query: SessionQuery, opening: boolean]> {
    return this.#queries.entries();
  }

  /**
   * @param query - comes last
   * @param opening - whether the session is being opened
   */
  add(query: SessionQuery, opening: boolean): void {
    this.#queries.set(query, opening);
    this.#backlog.add(query.message.length);
  }

  /**
   * Takes one out.
   *
   * @returns whether it was waiting
   */
  remove(query: SessionQuery): boolean {
    if (!this.#queries.delete(query)) return false;
    this.#backlog.remove(query.message.length);
    return true;
  }

  /**
   * Keeps a query from being written.
   *
   * @returns whether it was waiting
   */
  withdraw(query: SessionQuery): boolean {
    if (!this.remove(query)) return false;
    this.#withdrawn.add(query);
    return true;
  }

  /** Takes out all that are to be written. Settling one query may bring another: that is not among them. */
  drain(): SessionQuery[] {
    const all = [...this.#queries.keys()];
    for (const query of all) this.remove(query);
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
    for (const query of over) if (!this.remove(query)) this.#withdrawn.delete(query);
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
