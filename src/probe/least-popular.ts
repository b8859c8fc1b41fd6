import { popularityOf } from '../state/popularity.js';
import type { Candidate } from './candidate.js';

/** So long the popularity of those that wait is taken to be what it was; it is counted in minutes. */
const STALE_MS = 1_000;

/**
 * Who of a full list is least popular. In a flood every newcomer asks, so that all who stand on the lowest level are
 * found in one walk, and leave one after the other: who is let in stands above them.
 */
export class LeastPopular {
  readonly #waiting: ReadonlyMap<string, Candidate>;
  /** The last is the first to leave. */
  #lowest: Candidate[] = [];
  #level = 0;
  #foundAt = Number.NEGATIVE_INFINITY;

  /** @param waiting - the list, which others change */
  constructor(waiting: ReadonlyMap<string, Candidate>) {
    this.#waiting = waiting;
  }

  /** Somebody was let in who need not stand above the lowest. */
  changed(): void {
    this.#lowest = [];
  }

  /** One of the least popular, the one that has waited longest; `undefined` if nobody waits. */
  find(now: number): { readonly candidate: Candidate; readonly popularity: number } | undefined {
    if (now - this.#foundAt >= STALE_MS) this.#lowest = [];
    for (;;) {
      const candidate = this.#lowest.at(-1);
      if (candidate === undefined) {
        if (this.#waiting.size === 0) return undefined;
        this.#walk(now);
      } else if (this.#isStill(candidate, now)) {
        return { candidate, popularity: this.#level };
      } else {
        this.#lowest.pop();
      }
    }
  }

  #isStill(candidate: Candidate, now: number): boolean {
    const { endpoint, popularity } = candidate.record;
    return this.#waiting.get(endpoint.key) === candidate && popularityOf(popularity, now) <= this.#level;
  }

  #walk(now: number): void {
    this.#level = Number.POSITIVE_INFINITY;
    this.#foundAt = now;
    for (const candidate of this.#waiting.values()) {
      const popularity = popularityOf(candidate.record.popularity, now);
      if (popularity > this.#level) continue;
      if (popularity < this.#level) this.#lowest = [];
      this.#level = popularity;
      this.#lowest.push(candidate);
    }
    this.#lowest.reverse();
  }
}
