/** A bucket of tokens that fills with time, on the caller's clock; nothing in it runs by itself. */
export class TokenBucket {
  readonly #size: number;
  readonly #perMs: number;
  #level: number;
  #at: number;

  /**
   * @param size - how many tokens it holds; it begins full
   * @param perMs - how many it gains a millisecond
   * @param now - the monotonic time
   */
  constructor(size: number, perMs: number, now: number) {
    this.#size = size;
    this.#perMs = perMs;
    this.#level = size;
    this.#at = now;
  }

  /**
   * When a token will be there, at the earliest `now`.
   *
   * @param cost - how much of a token is wanted
   */
  readyAt(now: number, cost: number = 1): number {
    this.#fill(now);
    return this.#level >= cost ? now : now + (cost - this.#level) / this.#perMs;
  }

  /**
   * Takes a token; the caller has asked {@link readyAt} before, or owes it.
   *
   * @param cost - how much of a token
   */
  take(now: number, cost: number = 1): void {
    this.#fill(now);
    this.#level -= cost;
  }

  /** Gives a token back. */
  refund(now: number): void {
    this.#fill(now);
    this.#level = Math.min(this.#size, this.#level + 1);
  }

  /** Whether it is as a new one would be, so that it need not be kept. */
  isFull(now: number): boolean {
    this.#fill(now);
    return this.#level >= this.#size;
  }

  #fill(now: number): void {
    if (now <= this.#at) return;
    // Rounding must not leave a bucket a hair short of the token that a timer was set for.
    this.#level = Math.min(this.#size, this.#level + (now - this.#at) * this.#perMs + 1e-9);
    this.#at = now;
  }
}
