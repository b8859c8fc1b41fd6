import { BoundedMap } from '../../common/bounded-map.js';
import { smoothMean } from '../../state/smoothing.js';

/** Endpoints whose times of opening are remembered. */
const MAX_TIMES = 4_096;

/** How long a fresh session is given where no opening was measured, and at most, in milliseconds. */
const UNKNOWN_FRESH_MS = 200;
const MAX_FRESH_MS = 750;

/** Openings take two round trips, and the answer a third; how much longer than usual all that may take. */
const FRESH_SHARE = 3 / 2;
const FRESH_PATIENCE = 1.5;

/** How long openings took, and the first answers behind them, by endpoint. */
export class FreshTimes {
  readonly #known = new BoundedMap<string, number>(MAX_TIMES);

  /**
   * How long a fresh session takes to its first answer, in milliseconds, with half as much to spare.
   *
   * @param key - the endpoint's key
   */
  of(key: string): number {
    const known = this.#known.get(key);
    return known === undefined ? UNKNOWN_FRESH_MS : Math.min(FRESH_PATIENCE * known, MAX_FRESH_MS);
  }

  /**
   * A session was opened.
   *
   * @param key - the endpoint's key
   * @param openingMs - how long connect and handshake took together, in milliseconds
   */
  opened(key: string, openingMs: number): void {
    // The answer takes one round trip more than the two or three of the opening.
    this.#known.set(key, smoothMean(this.#known.get(key), openingMs * FRESH_SHARE));
  }
}
