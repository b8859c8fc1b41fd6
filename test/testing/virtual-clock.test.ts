import fc from 'fast-check';
import { expect, test } from 'vitest';
import { deadline } from '../../src/common/late-timers.js';
import { VirtualClock } from '../../src/testing/index.js';

test('timers run in the order of their times, then of their setting', async () => {
  const clock = new VirtualClock({ now: 0 });
  const ran: string[] = [];
  clock.after(20, () => ran.push('b'));
  clock.after(10, () => ran.push('a'));
  clock.after(20, () => ran.push('c'));
  clock.after(21, () => ran.push('d'));
  expect(clock.pending).toBe(4);
  await clock.advance(20);
  expect(ran).toEqual(['a', 'b', 'c']);
  expect([clock.now(), clock.pending]).toEqual([20, 1]);
  await clock.advanceTo(21);
  expect(ran).toEqual(['a', 'b', 'c', 'd']);
});

test('any timers, some cancelled, run as a sorted list says', async () => {
  const timers = fc.array(fc.record({ ms: fc.nat(50), cancelled: fc.boolean() }), { maxLength: 60 });
  await fc.assert(
    fc.asyncProperty(timers, fc.nat(60), async (list, until) => {
      const clock = new VirtualClock({ now: 0 });
      const ran: number[] = [];
      const set = list.map(({ ms }, index) => clock.after(ms, () => ran.push(index)));
      for (const [index, { cancelled }] of list.entries()) if (cancelled) set[index]?.cancel();
      await clock.advance(until);
      const expected = list
        .map(({ ms, cancelled }, index) => ({ ms, cancelled, index }))
        .filter(({ ms, cancelled }) => !cancelled && ms <= until)
        .sort((a, b) => a.ms - b.ms)
        .map(({ index }) => index);
      expect(ran).toEqual(expected);
      expect(clock.pending).toBe(list.filter(({ ms, cancelled }) => !cancelled && ms > until).length);
    }),
    { numRuns: 100 },
  );
});

test('a timer set by a timer or by a promise runs in the same advance, at its own time', async () => {
  const clock = new VirtualClock({ now: 0 });
  const seen: number[] = [];
  const sleep = (ms: number) => new Promise<void>((resolve) => clock.after(ms, resolve));
  const task = async (): Promise<void> => {
    for (let i = 0; i < 5; i += 1) {
      await sleep(10);
      await Promise.resolve();
      await new Promise((resolve) => clock.turn(() => resolve(undefined)));
      seen.push(clock.now());
    }
  };
  const done = task();
  await clock.advance(100);
  await done;
  expect(seen).toEqual([10, 20, 30, 40, 50]);
});

test('promise chains and real turns of the loop end between timers', async () => {
  const clock = new VirtualClock({ now: 0 });
  const order: string[] = [];
  clock.after(1, async () => {
    await Promise.resolve().then(() => {});
    order.push('chain');
    setImmediate(() => order.push('turn'));
  });
  clock.after(2, () => order.push('second'));
  await clock.advance(5);
  expect(order).toEqual(['chain', 'turn', 'second']);
});

test('the wall clock goes with the monotonic one, steps, and goes on in sleep', async () => {
  const clock = new VirtualClock({ now: 0, wall: 1_000_000 });
  await clock.advance(500);
  expect([clock.now(), clock.wall()]).toEqual([500, 1_000_500]);
  clock.stepWall(-3_600_000);
  expect([clock.now(), clock.wall()]).toEqual([500, -2_599_500]);
  clock.sleep(4_000_000);
  expect([clock.now(), clock.wall()]).toEqual([500, 1_400_500]);
  expect(() => clock.sleep(-1)).toThrow(RangeError);
});

test('a stall makes timers late, and deadline() gives the loop its turn first', async () => {
  const clock = new VirtualClock({ now: 0 });
  const ran: string[] = [];
  clock.after(10, () => ran.push(`timer at ${clock.now()}`));
  deadline(clock, 10, () => ran.push('late deadline'));
  clock.turn(() => ran.push('read'));
  await clock.stall(500);
  expect(ran).toEqual(['read', 'timer at 500', 'late deadline']);
  expect(clock.now()).toBe(500);
});

test('it refuses to go back, and to be advanced twice at once', async () => {
  const clock = new VirtualClock({ now: 100 });
  await expect(clock.advanceTo(99)).rejects.toThrow(RangeError);
  await expect(clock.advance(Number.NaN)).rejects.toThrow(RangeError);
  const first = clock.advance(1);
  await expect(clock.advance(1)).rejects.toThrow('already');
  await first;
  expect(clock.now()).toBe(101);
});

test('what a timer throws comes out of advance, which can be called again', async () => {
  const clock = new VirtualClock({ now: 0 });
  clock.after(1, () => {
    throw new Error('from a timer');
  });
  await expect(clock.advance(2)).rejects.toThrow('from a timer');
  expect(clock.now()).toBe(1);
  await clock.advance(2);
  expect(clock.now()).toBe(3);
});

test('cancelling twice, or after running, changes nothing', async () => {
  const clock = new VirtualClock();
  const timer = clock.after(1, () => {});
  clock.after(2, () => {});
  await clock.advance(1);
  timer.cancel();
  timer.cancel();
  expect(clock.pending).toBe(1);
});

test('thirty days with a timer a minute', async () => {
  const clock = new VirtualClock();
  let minutes = 0;
  const tick = (): void => {
    minutes += 1;
    clock.after(60_000, tick);
  };
  clock.after(60_000, tick);
  await clock.advance(30 * 86_400_000);
  expect(minutes).toBe(43_200);
});

test('what is no time is refused, and changes nothing', async () => {
  for (const options of [{ now: Number.NaN }, { now: Number.POSITIVE_INFINITY }, { wall: Number.NaN }])
    expect(() => new VirtualClock(options)).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }));
  const clock = new VirtualClock({ now: 100, wall: 5 });
  for (const ms of [-1, Number.NaN]) await expect(clock.stall(ms)).rejects.toThrow(RangeError);
  expect(() => clock.stepWall(Number.NaN)).toThrow(RangeError);
  expect([clock.now(), clock.wall()]).toEqual([100, 5]);
});
