import type { Clock, Timer } from './clock.js';

/** How often the timer is set anew, in milliseconds; it only exists. */
const PERIOD_MS = 60_000;

/**
 * Keeps the process alive while a caller awaits a call. Our sockets and timers do not, so that idle ones never do; one
 * timer for all calls costs less than one for each.
 */
export class KeepAlive {
  readonly #clock: Clock;
  #held = 0;
  #timer: Timer | undefined;
  #easing = false;

  /** @param clock - where to set the timer */
  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Holds the process until the same number of {@link KeepAlive.release}. */
  hold(): void {
    this.#held++;
    if (this.#timer === undefined) this.#arm();
  }

  /** Ends one {@link KeepAlive.hold}. */
  release(): void {
    this.#held--;
    if (this.#held > 0 || this.#easing) return;
    // A caller with one query after the other holds again at once: the timer stays for a turn of the loop.
    this.#easing = true;
    setImmediate(this.#ease);
  }

  /**
   * Holds the process until a promise settles.
   *
   * @param promise - what a caller awaits
   * @returns the same promise
   */
  async during<T>(promise: Promise<T>): Promise<T> {
    this.hold();
    try {
      return await promise;
    } finally {
      this.release();
    }
  }

  readonly #ease = (): void => {
    this.#easing = false;
    if (this.#held > 0) return;
    this.#timer?.cancel();
    this.#timer = undefined;
  };

  #arm(): void {
    this.#timer = this.#clock.after(PERIOD_MS, () => this.#arm(), { keepAlive: true });
  }
}
