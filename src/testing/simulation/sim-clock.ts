import type { Clock, Timer } from '../../common/clock.js';
import { TimerQueue } from '../timer-queue.js';

const WALL = Date.UTC(2026, 0, 1);
/** Once in so many waits for promises the event loop has its turn, so that a program can do other things meanwhile. */
const LOOP_EVERY = 1_024;

/**
 * A clock for many millions of moments: set to the time of whatever comes next, and its promises are only waited for
 * where some may be pending. It begins at 0.
 */
export class SimulationClock implements Clock {
  readonly #timers = new TimerQueue();
  #turns: (() => void)[] = [];
  #now = 0;
  #isUneasy = false;
  #waits = 0;
  #settled: () => void = () => {};

  /** Whether promises may be waiting to go on. */
  get isUneasy(): boolean {
    return this.#isUneasy;
  }

  /** The monotonic time, in milliseconds. */
  now(): number {
    return this.#now;
  }

  /** The time of day, in milliseconds since 1970. */
  wall(): number {
    return WALL + this.#now;
  }

  /** Runs a function when the clock has come that far. */
  after(ms: number, run: () => void): Timer {
    return this.#timers.add(this.#now + Math.max(0, ms), run);
  }

  /** Runs a function after a turn of the real event loop. */
  turn(run: () => void): void {
    this.#turns.push(run);
    this.#isUneasy = true;
  }

  /** When the next timer is due. */
  get nextAt(): number {
    return this.#timers.firstAt;
  }

  /** Something was begun that may go on in promises. */
  stir(): void {
    this.#isUneasy = true;
  }

  /** Sets the clock to a moment, at which no timer is overdue, and runs the first that is due, if any is. */
  runAt(moment: number): boolean {
    this.set(moment);
    const timer = this.#timers.take(this.#now);
    if (timer === undefined) return false;
    timer.run();
    this.#isUneasy = true;
    return true;
  }

  /** The same for all that are due. */
  async goTo(moment: number): Promise<void> {
    while (this.runAt(moment)) await this.settle();
  }

  /** Lets time pass, in which nothing happens but what timers bring. */
  async goOn(ms: number): Promise<void> {
    const end = this.#now + ms;
    while (this.nextAt <= end) await this.goTo(this.nextAt);
    await this.goTo(end);
  }

  /** Sets the clock to a moment up to which no timer is due. */
  set(moment: number): void {
    this.#now = Math.max(this.#now, moment);
  }

  /** Lets promises go on, if there may be any: Node calls the next tick when all that were pending have gone on. */
  settle(): Promise<void> | undefined {
    return this.#isUneasy ? new Promise(this.#wait) : undefined;
  }

  // Made once, as the next: for millions of waits, functions and promises for each would be most of their time.
  readonly #wait = (resolve: () => void): void => {
    this.#settled = resolve;
    this.#waitOnce();
  };

  /** Called from where promises go on: a next tick of a next tick comes before them. */
  #waitOnce(): void {
    this.#isUneasy = false;
    this.#waits = (this.#waits + 1) % LOOP_EVERY;
    if (this.#waits === 0) setImmediate(this.#ended);
    else process.nextTick(this.#ended);
  }

  readonly #ended = (): void => {
    const turns = this.#turns;
    if (turns.length > 0) {
      this.#turns = [];
      for (const run of turns) run();
      this.#isUneasy = true;
    }
    if (this.#isUneasy) queueMicrotask(() => this.#waitOnce());
    else this.#settled();
  };
}
