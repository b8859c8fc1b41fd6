/**
 * Queries in a row that are asked one by one after a hedge: the hedge watch looks at their share in a minute, and must not
 * take the one lost query for all of them.
 */
const CALM_AFTER = 20;

/** By endpoint: how many queries in a row went over DoT alone since something was amiss. */
export class CalmQueries {
  readonly #inARow: Uint8Array;

  /** @param count - how many endpoints there are */
  constructor(count: number) {
    this.#inARow = new Uint8Array(count);
  }

  /** Whether they are enough for those that follow to be counted in place. */
  areEnough(endpoint: number): boolean {
    return (this.#inARow[endpoint] ?? 0) >= CALM_AFTER;
  }

  /** One more; or the row ends with it. */
  add(endpoint: number, isCalm: boolean): void {
    this.#inARow[endpoint] = isCalm ? Math.min(CALM_AFTER, (this.#inARow[endpoint] ?? 0) + 1) : 0;
  }

  /** Something is amiss. */
  end(endpoint: number): void {
    this.#inARow[endpoint] = 0;
  }
}
