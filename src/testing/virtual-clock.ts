import type { Clock, Timer } from '../common/clock.js';
import { InvalidInputError } from '../state/invalid-input.js';
import { type Names, requireNames } from '../state/known-names.js';
import { TimerQueue } from './timer-queue.js';

/** Where a {@link VirtualClock} begins. */
export interface VirtualClockOptions {
  /** The monotonic clock's first reading, in milliseconds; default 1,000. */
  readonly now?: number | undefined;
  /** The wall clock's first reading, in milliseconds since 1970; default 2026-01-01T00:00:00Z. */
  readonly wall?: number | undefined;
}

const NAMES: Names<VirtualClockOptions> = { now: true, wall: true };
const DEFAULT_WALL = Date.UTC(2026, 0, 1);

/**
 * A clock that stands still until it is told to go on, so that a test drives days in a moment.
 *
 * @example
 * ```ts
 * const clock = new VirtualClock();
 * clock.after(86_400_000, () => console.log('a day later'));
 * await clock.advance(86_400_000);
 * ```
 */
export class VirtualClock implements Clock {
  readonly #timers = new TimerQueue();
  #turns: (() => void)[] = [];
  #now: number;
  #wall: number;
  #running = false;

  /**
   * @param options - where it begins
   * @throws `InvalidInputError` `INVALID_OPTION`
   */
  constructor(options: VirtualClockOptions = {}) {
    requireNames('INVALID_OPTION', options, NAMES);
    const { now = 1000, wall = DEFAULT_WALL } = options;
    // A clock that reads NaN would run no timer, and no test would say why.
    for (const [name, value] of Object.entries({ now, wall })) {
      if (!Number.isFinite(value)) throw new InvalidInputError('INVALID_OPTION', value, `${name}: milliseconds`);
    }
    this.#now = now;
    this.#wall = wall;
  }

  /** The monotonic time, in milliseconds. */
  now(): number {
    return this.#now;
  }

  /** The time of day, in milliseconds since 1970. */
  wall(): number {
    return this.#wall;
  }

  /** Runs a function when the clock has been moved that far. */
  after(ms: number, run: () => void): Timer {
    return this.#timers.add(this.#now + Math.max(0, ms), run);
  }

  /** Runs a function after a turn of the real event loop. */
  turn(run: () => void): void {
    this.#turns.push(run);
  }

  /** How many timers are set. */
  get pending(): number {
    return this.#timers.size;
  }

  /**
   * Lets time pass: runs the timers that fall due, in the order of their times and then of their setting, and lets all
   * promise chains end after each. Real input and output is given two turns of the event loop after each, no more.
   *
   * @param ms - how much, in milliseconds; 0 runs what is due now
   */
  async advance(ms: number): Promise<void> {
    await this.advanceTo(this.#now + ms);
  }

  /**
   * Lets time pass until a moment; see {@link VirtualClock.advance}.
   *
   * @param moment - on the monotonic clock, not before now
   */
  async advanceTo(moment: number): Promise<void> {
    if (!(moment >= this.#now)) throw new RangeError(`the clock is at ${this.#now} and cannot go to ${moment}`);
    if (this.#running) throw new Error('the clock is being advanced already: await the other call first');
    this.#running = true;
    try {
      await this.#settle();
      for (let run = this.#timers.take(moment); run !== undefined; run = this.#timers.take(moment)) {
        // A timer that came due during a stall runs late.
        if (run.due > this.#now) this.#pass(run.due - this.#now);
        run.run();
        await this.#settle();
      }
      this.#pass(moment - this.#now);
    } finally {
      this.#running = false;
    }
  }

  /**
   * The event loop stalls: time passes, and the timers that fell due meanwhile run late, all at its end.
   *
   * @param ms - how long, in milliseconds
   * @throws `RangeError` where time would go back
   */
  async stall(ms: number): Promise<void> {
    if (!(ms >= 0)) throw new RangeError(`a loop cannot stall for ${ms} ms`);
    this.#pass(ms);
    await this.advance(0);
  }

  /**
   * Sets the wall clock, as an operator or NTP does; the monotonic clock does not notice.
   *
   * @param ms - how far, in milliseconds; negative sets it back
   * @throws `RangeError` where that is no moment
   */
  stepWall(ms: number): void {
    if (!Number.isFinite(ms)) throw new RangeError(`a clock cannot be set by ${ms} ms`);
    this.#wall += ms;
  }

  /**
   * The machine sleeps: the wall clock goes on, the monotonic clock and its timers do not.
   *
   * @param ms - how long, in milliseconds
   */
  sleep(ms: number): void {
    if (!(ms >= 0)) throw new RangeError(`a machine cannot sleep for ${ms} ms`);
    this.#wall += ms;
  }

  #pass(ms: number): void {
    this.#now += ms;
    this.#wall += ms;
  }

  /** Lets promise chains end, and those that wait for a turn of the loop. */
  async #settle(): Promise<void> {
    await loopTurns();
    while (this.#turns.length > 0) {
      const turns = this.#turns;
      this.#turns = [];
      for (const run of turns) run();
      await loopTurns();
    }
  }
}

/** Two turns of the event loop: what a promise chain asks of the loop by `setImmediate` happens in the second. */
function loopTurns(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(() => setImmediate(resolve));
  });
}
