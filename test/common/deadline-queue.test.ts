import { describe, expect, it } from 'vitest';
import { DeadlineQueue } from '../../src/common/deadline-queue.js';
import { VirtualClock } from '../../src/testing/index.js';

/** Notes when it is woken and what for. */
function sleeper(clock: VirtualClock): { woken: [at: number, what: string][]; wake(what: string): void } {
  const woken: [number, string][] = [];
  return { woken, wake: (what) => woken.push([clock.now(), what]) };
}

describe('alarms', () => {
  it('wake each at its time, whatever their lengths, on one timer a length', async () => {
    const clock = new VirtualClock({ now: 0 });
    const alarms = new DeadlineQueue<string>(clock);
    const one = sleeper(clock);
    for (const at of [0, 10, 20]) {
      await clock.advanceTo(at);
      alarms.set(100, one, `long ${at}`);
      alarms.set(30, one, `short ${at}`);
    }
    expect(clock.pending).toBe(2);
    await clock.advance(1_000);
    expect(one.woken).toEqual([
      ...[30, 40, 50].map((at) => [at, `short ${at - 30}`]),
      ...[100, 110, 120].map((at) => [at, `long ${at - 100}`]),
    ]);
    expect(clock.pending).toBe(0);
  });

  it('Q37 that are due at once and take long are called in slices, between which the loop reads its sockets', async () => {
    const clock = new VirtualClock({ now: 0 });
    let now = 0;
    const turns: (() => void)[] = [];
    const real = { ...clock, now: () => now, wall: () => now, turn: (run: () => void) => void turns.push(run) };
    const alarms = new DeadlineQueue<number>({ ...real, after: clock.after.bind(clock) });
    const woken: number[] = [];
    // Each takes 4 ms of our loop.
    const slow = {
      wake: (what: number) => {
        woken.push(what);
        now += 4;
      },
    };
    for (let i = 0; i < 7; i++) alarms.set(10, slow, i);
    now = 10;
    await clock.advance(10);
    const counts: number[] = [];
    for (let turn = turns.shift(); turn !== undefined; turn = turns.shift()) {
      turn();
      counts.push(woken.length);
    }
    expect([counts, woken]).toEqual([
      [3, 6, 7],
      [0, 1, 2, 3, 4, 5, 6],
    ]);
  });

  it('that are set anew as short as can be wake once a millisecond, and hold up no turn of the loop', async () => {
    const clock = new VirtualClock({ now: 0 });
    const alarms = new DeadlineQueue<number>(clock);
    const woken: number[] = [];
    const again = {
      wake(ms: number) {
        woken.push(clock.now());
        // Not without end, where time stands still.
        if (woken.length < 100) alarms.set(ms, again, ms);
      },
    };
    for (const ms of [0, 0.5, 1]) {
      woken.length = 0;
      const began = clock.now();
      alarms.set(ms, again, ms);
      await clock.advance(5);
      expect(woken.length).toBeLessThanOrEqual(6);
      expect(woken.at(-1)).toBe(began + 5);
      alarms.close();
    }
  });

  it('do not wake those that were taken back, from any place, twice as well as once', async () => {
    const clock = new VirtualClock({ now: 0 });
    const alarms = new DeadlineQueue<string>(clock);
    const one = sleeper(clock);
    const all = ['a', 'b', 'c', 'd', 'e'].map((what) => alarms.set(10, one, what));
    for (const index of [0, 2, 4, 2]) all[index]?.cancel();
    await clock.advance(10);
    expect(one.woken.map(([, what]) => what)).toEqual(['b', 'd']);
    for (const alarm of all) alarm.cancel();
    alarms.set(10, one, 'f');
    await clock.advance(10);
    expect(one.woken.at(-1)).toEqual([20, 'f']);
  });

  it('count in whole milliseconds, and never wake too early', async () => {
    const clock = new VirtualClock({ now: 0.25 });
    const alarms = new DeadlineQueue<string>(clock);
    const one = sleeper(clock);
    alarms.set(10.5, one, 'a');
    alarms.set(-1, one, 'b');
    await clock.advance(10.75);
    expect(one.woken).toEqual([[0.25, 'b']]);
    await clock.advance(1);
    expect(one.woken.at(-1)).toEqual([11.25, 'a']);
  });

  it('let the loop read first what has come: what is taken back by it does not ring', async () => {
    const clock = new VirtualClock({ now: 0 });
    const alarms = new DeadlineQueue<string>(clock);
    const one = sleeper(clock);
    const answered = alarms.set(10, one, 'answered');
    alarms.set(10, one, 'silent');
    clock.turn(() => answered.cancel());
    await clock.stall(400);
    expect(one.woken).toEqual([[400, 'silent']]);
  });

  it('may be set by who is woken', async () => {
    const clock = new VirtualClock({ now: 0 });
    const alarms = new DeadlineQueue<string>(clock);
    const one = sleeper(clock);
    alarms.set(10, { wake: () => alarms.set(10, one, 'again') }, '');
    await clock.advance(30);
    expect(one.woken).toEqual([[20, 'again']]);
  });

  it('are gone when closed', async () => {
    const clock = new VirtualClock({ now: 0 });
    const alarms = new DeadlineQueue<string>(clock);
    const one = sleeper(clock);
    alarms.set(10, one, 'a').cancel();
    alarms.set(20, one, 'b');
    alarms.close();
    expect(clock.pending).toBe(0);
    await clock.advance(100);
    expect(one.woken).toEqual([]);
  });
});
