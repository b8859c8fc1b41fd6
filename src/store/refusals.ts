import { BoundedMap } from '../common/bounded-map.js';
import type { Clock } from '../common/clock.js';

/** Endpoints remembered. */
const CAPACITY = 10_000;
/** After this many times the patience without a refusal, the earlier ones do not count. */
const FORGOTTEN = 10;

/**
 * Since when another member says that it probes an endpoint. One that says so and does nothing must not keep us from
 * finding out for ever.
 */
export class Refusals {
  readonly #clock: Clock;
  readonly #since = new BoundedMap<string, number>(CAPACITY);

  /** @param clock - where to read time */
  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Notes that another member probes an endpoint.
   *
   * @param key - the endpoint's
   * @param patienceMs - how long we wait for it, in milliseconds
   * @returns whether that has been exceeded; then the count begins anew
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

  /** Forgets an endpoint: it was ours to probe. */
  forget(key: string): void {
    this.#since.delete(key);
  }
}
