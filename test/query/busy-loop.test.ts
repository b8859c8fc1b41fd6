import { expect, it } from 'vitest';
import type { Clock, Timer } from '../../src/common/clock.js';
import { type Exchange, TransportSelector } from '../../src/index.js';
import { answered } from '../support/answers.js';
import { query } from '../transport/support.js';

const A = '192.0.2.1';
const NEVER: Exchange = { exchange: () => new Promise(() => undefined), close: () => Promise.resolve() };

/** An event loop as Node's: timers that are due, then what waits for a turn; and work takes time. */
class Loop implements Clock {
  #now = 0;
  #timers: { readonly due: number; readonly run: () => void }[] = [];
  #turns: (() => void)[] = [];

  now(): number {
    return this.#now;
  }

  wall(): number {
    return this.#now;
  }

  after(ms: number, run: () => void): Timer {
    const timer = { due: this.#now + ms, run };
    this.#timers.push(timer);
    const cancel = (): void => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
    return { cancel };
  }

  turn(run: () => void): void {
    this.#turns.push(run);
  }

  /** Our own loop is busy for so long, in milliseconds. */
  work(ms: number): void {
    this.#now += ms;
  }

  async runUntil(end: number): Promise<void> {
    while (this.#now < end) {
      const due = this.#timers.filter((timer) => timer.due <= this.#now).sort((one, other) => one.due - other.due);
      this.#timers = this.#timers.filter((timer) => !due.includes(timer));
      for (const { run } of due) run();
      for (const run of this.#turns.splice(0)) run();
      await new Promise(setImmediate);
      if (due.length === 0 && this.#turns.length === 0)
        this.#now = Math.max(this.#now, Math.min(end, ...this.#timers.map((timer) => timer.due)));
    }
  }
}

it('Q36 hedges that are still to begin when their callers’ time is over, for our loop is busy: Do53 is asked and awaited', async () => {
  const loop = new Loop();
  const do53: Exchange = {
    async exchange(_, message) {
      loop.work(6);
      await new Promise<void>((resolve) => void loop.after(10, resolve));
      return answered(message);
    },
    close: () => Promise.resolve(),
  };
  const guard = { admits: () => true };
  const selector = new TransportSelector({ clock: loop, guard, dot: NEVER, do53 });
  selector.report(selector.decide(A), { transport: 'dot', ok: true, rcode: 0 });
  // To begin them takes 360 ms from the 100th on.
  const asked = Array.from({ length: 60 }, () => selector.query(A, query('a.example.org'), { timeoutMs: 300 }));
  const settled = Promise.allSettled(asked);
  await loop.runUntil(2_000);
  const failed = (await settled).flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
  expect(failed).toEqual([]);
  const closed = selector.close();
  await loop.runUntil(4_000);
  await closed;
});
