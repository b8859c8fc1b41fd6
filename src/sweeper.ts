import type { Clock, Timer } from './clock.js';

/** What a sweeper acts on. */
export interface Swept {
  /** How many rows there are. */
  size(): number;
  /** Lets time act on the next rows. */
  sweep(rows: number): void;
  /** The machine slept, or its wall clock was set ahead. */
  slept(): void;
}

/** In so much time every row is looked at once, in milliseconds. */
const ROUND_MS = 60_000;
/** So many rows are looked at before the loop goes on: about 5 ms. */
const ROWS = 20_000;
/** The wall clock this far ahead of ours within a round means sleep, or a step that is treated alike. */
const SLEEP_MS = 5 * 60_000;

/** Time's own hand: goes over all rows once a minute, in parts, and notices when the machine has slept. */
export class Sweeper {
  readonly #clock: Clock;
  readonly #swept: Swept;
  #ahead: number;
  #timer: Timer | undefined;
  #closed = false;

  /**
   * @param clock - where it reads time
   * @param swept - what it acts on
   */
  constructor(clock: Clock, swept: Swept) {
    this.#clock = clock;
    this.#swept = swept;
    this.#ahead = clock.wall() - clock.now();
    this.#schedule();
  }

  /** It acts no more. */
  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
  }

  #schedule(): void {
    // What a sweep brought about may have closed it.
    if (this.#closed) return;
    const parts = Math.max(1, Math.ceil(this.#swept.size() / ROWS));
    this.#timer = this.#clock.after(ROUND_MS / parts, () => {
      this.#noticeSleep();
      this.#swept.sweep(ROWS);
      this.#schedule();
    });
  }

  /** Monotonic time stands still in sleep on most systems; the wall clock does not. A step back is ignored. */
  #noticeSleep(): void {
    const ahead = this.#clock.wall() - this.#clock.now();
    const slept = ahead - this.#ahead > SLEEP_MS;
    this.#ahead = ahead;
    if (slept) this.#swept.slept();
  }
}
