import { popularityOf } from '../state/popularity.js';
import type { Candidate } from './candidate.js';

/** How long those that were found are taken to be the least popular, in milliseconds. */
const STALE_MS = 1_000;
/** Popularity counts minutes: within one it falls for nobody. */
const MINUTE_MS = 60_000;
/** Those of an hour. */
const MOST_MINUTES = 60;

/** A candidate in its line. */
interface InLine {
  readonly candidate: Candidate;
  /** Its number among those that came. */
  readonly number: number;
}

/**
 * Finds the least popular of a full list, and of several the one that has waited longest. In a flood every newcomer asks for
 * it, so those that wait stand in lines, one for each popularity, which are made anew each minute. Whoever has become more
 * popular meanwhile moves up when it would have to leave.
 */
export class LeastPopular {
  readonly #waiting: ReadonlyMap<string, Candidate>;
  /** By popularity; the last of a line is the first to leave. Some in them wait no more. */
  readonly #lines: InLine[][] = Array.from({ length: MOST_MINUTES + 1 }, () => []);
  /** The minute for which the lines are right. */
  #minute = Number.NaN;
  /** How many came in that minute. */
  #count = 0;
  /** The lowest line with anybody in it, when it was looked for. */
  #level = 0;
  #foundAt = Number.NEGATIVE_INFINITY;
  #hasJoined = false;

  /** @param waiting - the list, which others change */
  constructor(waiting: ReadonlyMap<string, Candidate>) {
    this.#waiting = waiting;
  }

  /** A candidate was put on the list, at its end. */
  add(candidate: Candidate, now: number): void {
    // Lines of an earlier minute are made anew before they are looked at.
    if (minuteOf(now) === this.#minute) this.#enter({ candidate, number: this.#count++ }, now);
  }

  /** There was room for one more: it may be as unpopular as the lowest, or more so. */
  joined(): void {
    this.#hasJoined = true;
  }

  /** One of the least popular, the one that has waited longest; `undefined` if none waits. */
  find(now: number): { readonly candidate: Candidate; readonly popularity: number } | undefined {
    if (this.#waiting.size === 0) return undefined;
    if (this.#hasJoined || now - this.#foundAt >= STALE_MS) this.#look(now);
    for (;;) {
      const first = this.#lines[this.#level]?.at(-1);
      if (first === undefined) {
        this.#look(now);
        continue;
      }
      const { candidate } = first;
      const { endpoint, popularity } = candidate.record;
      const isWaiting = this.#waiting.get(endpoint.key) === candidate;
      if (isWaiting && popularityOf(popularity, now) <= this.#level) return { candidate, popularity: this.#level };
      this.#lines[this.#level]?.pop();
      if (isWaiting) this.#enter(first, now);
    }
  }

  /** Finds the lowest line; in a new minute all stand in line anew. */
  #look(now: number): void {
    if (minuteOf(now) !== this.#minute) {
      for (const line of this.#lines) line.length = 0;
      this.#count = 0;
      this.#minute = minuteOf(now);
      for (const candidate of this.#waiting.values()) this.#enter({ candidate, number: this.#count++ }, now);
    }
    this.#level = this.#lines.findIndex(({ length }) => length > 0);
    this.#foundAt = now;
    this.#hasJoined = false;
  }

  /** Puts one behind those that came before it. */
  #enter(one: InLine, now: number): void {
    const line = this.#lines[popularityOf(one.candidate.record.popularity, now)] as InLine[];
    let [low, high] = [0, line.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((line[middle] as InLine).number > one.number) low = middle + 1;
      else high = middle;
    }
    line.splice(low, 0, one);
  }
}

function minuteOf(time: number): number {
  return Math.floor(time / MINUTE_MS);
}
