import { BoundedMap } from '../../common/bounded-map.js';
import { smoothMean } from '../../state/smoothing.js';

/** Endpoints whose times of opening are remembered. */
const MAX_TIMES = 4_096;

/** What a fresh session takes, in milliseconds. */
export interface FreshTime {
  /** Until TCP is established. */
  readonly connectMs: number;
  /** Until its first answer. */
  readonly answerMs: number;
}

/** What a fresh session is given where no opening was measured. */
const UNKNOWN: FreshTime = { connectMs: 67, answerMs: 200 };

/** How much longer than usual it may take, and the most that it is given, in milliseconds. */
const PATIENCE = 1.5;
const MAX_MS = 750;

/** How long openings took, and the first answers behind them, by endpoint. */
export class FreshTimes {
  readonly #known = new BoundedMap<string, FreshTime>(MAX_TIMES);

  /**
   * How long a fresh session is given.
   *
   * @param key - the endpoint's key
   */
  of(key: string): FreshTime {
    const known = this.#known.get(key);
    if (known === undefined) return UNKNOWN;
    return { connectMs: given(known.connectMs), answerMs: given(known.answerMs) };
  }

  /**
   * A session was opened.
   *
   * @param key - the endpoint's key
   * @param connectMs - how long TCP took: one round trip
   * @param handshakeMs - how long TLS took
   */
  opened(key: string, connectMs: number, handshakeMs: number): void {
    const known = this.#known.get(key);
    this.#known.set(key, {
      connectMs: smoothMean(known?.connectMs, connectMs),
      // The answer takes one round trip more.
      answerMs: smoothMean(known?.answerMs, connectMs + handshakeMs + connectMs),
    });
  }
}

function given(usualMs: number): number {
  return Math.min(PATIENCE * usualMs, MAX_MS);
}
