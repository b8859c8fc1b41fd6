import type { Clock, Timer } from '../../src/common/clock.js';
import { VirtualClock } from '../../src/testing/index.js';

/** A clock that goes from timer to timer, so that what waits on real sockets can be left as much real time as it needs. */
export class SteppedClock implements Clock {
  readonly #clock = new VirtualClock({ now: 0 });
  readonly #due = new Set<{ readonly at: number }>();

  now(): number {
    return this.#clock.now();
  }

  wall(): number {
    return this.#clock.wall();
  }

  after(ms: number, run: () => void): Timer {
    const entry = { at: this.now() + Math.max(0, ms) };
    this.#due.add(entry);
    const timer = this.#clock.after(ms, () => {
      this.#due.delete(entry);
      run();
    });
    return {
      cancel: () => {
        this.#due.delete(entry);
        timer.cancel();
      },
    };
  }

  turn(run: () => void): void {
    this.#clock.turn(run);
  }

  /** Goes on to the next timer, or to a moment before it. */
  step(latest: number = Number.POSITIVE_INFINITY): Promise<void> {
    const next = [...this.#due].reduce((earliest, { at }) => Math.min(earliest, at), latest);
    if (next === Number.POSITIVE_INFINITY) throw new Error('nothing is waited for, and nothing happens');
    return this.#clock.advanceTo(Math.max(next, this.now()));
  }

  /** The event loop stands still; what fell due meanwhile runs at its end. */
  stall(ms: number): Promise<void> {
    return this.#clock.stall(ms);
  }

  /** Lets time pass. */
  advance(ms: number): Promise<void> {
    return this.#clock.advance(ms);
  }
}
