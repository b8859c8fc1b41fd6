import type { Clock, Timer } from './clock.js';

/** How often the timer is set anew, in milliseconds; it does nothing but exist. */
const PERIOD_MS = 60_000;

/**
 * Keeps the process alive while somebody awaits a call. Our sockets and timers do not, so that what is idle never does;
 * one timer for all calls costs less than one each.
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

  /** One of those who hold the process does no longer. */
  release(): void {
    this.#held--;
    if (this.#held > 0 || this.#easing) return;
    // Who asks one thing after the other holds again at once; the timer need not be set anew each time.
    this.#easing = true;
    setImmediate(this.#ease);
  }

  /**
   * Holds the process until a promise settles.
   *
   * @param promise - what somebody awaits
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
