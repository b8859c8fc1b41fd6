import type { Clock, Timer } from '../common/clock.js';

/** What a sweeper acts on. */
export interface Swept {
  /** How many rows there are. */
  size(): number;
  /** Lets time act on the next rows. */
  sweep(rows: number): void;
  /** The machine slept, or its wall clock was set ahead. */
  slept(): void;
  /** Tells the next rows what has happened to all of them; whether there are more. */
  catchUp(rows: number): boolean;
}

/** In so much time every row is looked at once, in milliseconds. */
const ROUND_MS = 60_000;
/** So many rows are looked at before the loop goes on: about 5 ms. */
const ROWS = 20_000;
/** So many rows are told at once of what has happened to all: about 2 ms. */
const TOLD_ROWS = 500;
/** So long the loop has for others until the next are told, in milliseconds. */
const TOLD_MS = 10;
/** The wall clock this far ahead of ours within a round means sleep, or a step that is treated alike. */
const SLEEP_MS = 5 * 60_000;

/** Time's own hand: goes over all rows once a minute, in parts, notices when the machine has slept, and tells news. */
export class Sweeper {
  readonly #clock: Clock;
  readonly #swept: Swept;
  #ahead: number;
  #timer: Timer | undefined;
  #telling: Timer | undefined;
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
    this.#telling?.cancel();
  }

  /** Something has happened to all rows: the first are told at once, the others a few at a time. */
  hurry(): void {
    this.#telling?.cancel();
    const isMore = !this.#closed && this.#swept.catchUp(TOLD_ROWS);
    // What one of them brought about may have closed it.
    if (isMore && !this.#closed) this.#telling = this.#clock.after(TOLD_MS, () => this.hurry());
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
    if (!slept) return;
    this.#swept.slept();
    this.hurry();
  }
}
