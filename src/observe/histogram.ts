/** How often something took how long. */
export interface Histogram {
  /** Times that were counted. */
  readonly count: number;
  /** All of them together, in milliseconds. */
  readonly sum: number;
  /** Upper bounds of the buckets, inclusive, in milliseconds, ascending. */
  readonly bounds: readonly number[];
  /** Times in each bucket, and as one more those above the last bound: not cumulative. */
  readonly counts: readonly number[];
}

/**
 * From an answer on the same machine to the longest that a probe can take with its comparison (RFC 9539 section 4.3 gives
 * it 4 s, we one more). Where we act, a bucket ends: a hedge of a warm session comes after 250 ms to 1 s, of a cold one after
 * 500 ms or more, and RFC 9539's timeout of 4 s lies in the last bucket but one.
 */
const BOUNDS_MS: readonly number[] = Object.freeze([1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000]);

/** Counts times by how long they are, for as long as the selector lives: no object, and no sorting, for any of them. */
export class DurationHistogram {
  readonly #counts: Float64Array = new Float64Array(BOUNDS_MS.length + 1);
  #sum = 0;

  /**
   * Counts one.
   *
   * @param ms - how long it took, in milliseconds; what a host's own part or clock gives that is none is not counted
   */
  add(ms: number): void {
    if (!(ms >= 0 && ms < Number.POSITIVE_INFINITY)) return;
    let bucket = 0;
    while (bucket < BOUNDS_MS.length && ms > (BOUNDS_MS[bucket] as number)) bucket++;
    this.#counts[bucket] = (this.#counts[bucket] as number) + 1;
    this.#sum += ms;
  }

  /** All that were counted. */
  toObject(): Histogram {
    const counts = [...this.#counts];
    return { count: counts.reduce((sum, one) => sum + one, 0), sum: this.#sum, bounds: BOUNDS_MS, counts };
  }
}
