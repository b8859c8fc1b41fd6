import { BoundedMap } from '../common/bounded-map.js';
import type { Clock } from '../common/clock.js';

/** Endpoints of which it is remembered. */
const CAPACITY = 10_000;
/** A refusal that was not repeated for so many times the patience belongs to another story. */
const FORGOTTEN = 10;

/**
 * Since when others say that they probe an endpoint. Whoever says so and does nothing must not keep us from finding out
 * for ever.
 */
export class Refusals {
  readonly #clock: Clock;
  readonly #since = new BoundedMap<string, number>(CAPACITY);

  /** @param clock - where to read time */
  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * We are refused once more.
   *
   * @param key - the endpoint's
   * @param patienceMs - how long we put up with it, in milliseconds
   * @returns whether it has been so for longer; then it begins anew
   */
  isOverdue(key: string, patienceMs: number): boolean {
    const now = this.#clock.now();
    const since = this.#since.get(key);
    if (since === undefined || now - since > FORGOTTEN * patienceMs) {
      this.#since.set(key, now);
      return false;
    }
    if (now - since <= patienceMs) return false;
    this.#since.delete(key);
    return true;
  }

  /** The endpoint was ours to probe. */
  forget(key: string): void {
    this.#since.delete(key);
  }
}
