/** From each endpoint's first query to its being Good: times by endpoint, in milliseconds. */
export class TimesToGood {
  readonly #askedAt: Float64Array;
  readonly #goodAt: Float64Array;

  /** @param count - how many endpoints there are */
  constructor(count: number) {
    this.#askedAt = new Float64Array(count).fill(Number.NaN);
    this.#goodAt = this.#askedAt.slice();
  }

  /** A query; only the first counts. */
  asked(endpoint: number, now: number): void {
    if (Number.isNaN(this.#askedAt[endpoint])) this.#askedAt[endpoint] = now;
  }

  /** It has become Good; only the first time counts. */
  good(endpoint: number, now: number): void {
    if (Number.isNaN(this.#goodAt[endpoint])) this.#goodAt[endpoint] = now;
  }

  /** The times of those that came so far. */
  get all(): Float64Array {
    return this.#goodAt.map((at, endpoint) => at - (this.#askedAt[endpoint] ?? at)).filter((ms) => ms >= 0);
  }
}
