import type { Clock, Timer } from '../../common/clock.js';
import { deadline } from '../../common/late-timers.js';
import { smoothMean } from '../../state/smoothing.js';

/** How many times its smoothed answer time a server may be silent. */
const TIMES = 3;

/** The least and the most of that, in milliseconds. */
const LEAST_MS = 200;
const MOST_MS = 1_000;

/** A timer this late, in milliseconds, says that our event loop stood still. */
const LATE_MS = 50;

/**
 * Notices that a session which has answered has fallen silent: octets are owed, and none at all has come for a time that
 * is long for this server. What stays unanswered while others are answered is no silence.
 */
export class SilenceWatch {
  readonly #clock: Clock;
  readonly #silent: () => void;
  /** Its smoothed answer time, in milliseconds. */
  #meanMs: number | undefined;
  /** Since when something is owed and nothing has come, on the monotonic clock. */
  #since: number | undefined;
  #timer: Timer | undefined;
  #stalled = false;

  /**
   * @param clock - where it reads time
   * @param silent - called when it has been silent for long
   */
  constructor(clock: Clock, silent: () => void) {
    this.#clock = clock;
    this.#silent = silent;
  }

  /** After how long silence is long, in milliseconds; infinite while nothing is known of its times. */
  get limitMs(): number {
    const mean = this.#meanMs;
    return mean === undefined ? Number.POSITIVE_INFINITY : Math.min(Math.max(TIMES * mean, LEAST_MS), MOST_MS);
  }

  /** Whether our own event loop stood still while it was silent. */
  get stalled(): boolean {
    return this.#stalled;
  }

  /** Queries are being written. */
  asked(now: number): void {
    if (this.#since !== undefined) return;
    this.#stalled = false;
    this.#since = now;
    this.#arm(this.limitMs);
  }

  /** A query was answered, this many milliseconds after it was written. */
  answered(answerMs: number): void {
    this.#meanMs = smoothMean(this.#meanMs, answerMs);
  }

  /** Octets came. */
  heard(now: number): void {
    if (this.#since === undefined) return;
    this.#since = now;
    this.#arm(this.limitMs);
  }

  /** Nothing is owed any more. A timer that is set fires for nothing, which is cheaper than a new one a query. */
  rest(): void {
    this.#since = undefined;
  }

  /** Takes the timer back. */
  cancel(): void {
    this.#since = undefined;
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #arm(ms: number): void {
    if (this.#timer !== undefined || ms === Number.POSITIVE_INFINITY) return;
    const due = this.#clock.now() + ms;
    this.#timer = deadline(this.#clock, ms, () => {
      this.#timer = undefined;
      this.#look(due);
    });
  }

  #look(due: number): void {
    if (this.#since === undefined) return;
    const now = this.#clock.now();
    // What was written while the loop stood still has not had its time.
    if (now - due > LATE_MS) {
      this.#since = now;
      this.#stalled = true;
    }
    const left = this.#since + this.limitMs - now;
    if (left > 0) this.#arm(left);
    else this.#silent();
  }
}
