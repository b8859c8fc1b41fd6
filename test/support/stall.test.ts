import { describe, expect, it } from 'vitest';
import { LoopBeat } from './loop-beat.js';
import { judgesTime, whyVoid } from './stall.js';

/** Lets this thread stand still, and computes nothing. */
function standStill(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

/** A beat on a clock of ours. */
function beat() {
  let [now, cpu] = [0, 0];
  const watched = new LoopBeat(
    () => now,
    () => cpu,
  );
  /** So long passes until the loop comes round, of which it computes a part. */
  const round = (ms: number, computed = 0): void => {
    now += ms;
    cpu += computed;
    watched.look();
  };
  return { watched, round };
}

describe('the beat', () => {
  it('sees a loop that stood still, once, and not one that computed', () => {
    const { watched, round } = beat();
    round(5);
    round(107, 20);
    round(100, 100);
    expect(watched.take()).toBe(80);
    expect(watched.take()).toBe(0);
  });

  it('sums up short ones that come close together', () => {
    const { watched, round } = beat();
    for (let each = 0; each < 9; each++) round(11);
    expect(watched.take()).toBe(9 * 4);
    for (let each = 0; each < 9; each++) round(7);
    expect(watched.take()).toBe(0);
  });

  it('takes a program’s for its own', () => {
    const { watched } = beat();
    watched.note(70);
    watched.note(30);
    expect(watched.take()).toBe(70);
  });
});

describe('a try', () => {
  it.each([
    ['a failure counts where the loop went on', true, 20, undefined],
    ['a failure is none where it stood still', true, 21, 'its own event loop stood still for 21 ms, 20 are allowed'],
    ['a pass counts up to what its test allows', false, 250, undefined],
    ['a pass is none beyond', false, 251, 'its own event loop stood still for 251 ms, 250 are allowed'],
  ])('%s', (_, failed, stoodMs, why) => {
    expect(whyVoid(failed, stoodMs, 250)).toBe(why);
  });

  it('runs again for that reason and for no other', ({ task }) => {
    const { condition } = task.retry as { readonly condition: RegExp };
    expect([whyVoid(true, 21, 250) ?? '', 'expected 1 to be 2'].map((why) => condition.test(why))).toEqual([
      true,
      false,
    ]);
  });

  let [failing, passing, hopeless] = [0, 0, 0];

  it('that failed in a stall runs again', () => {
    failing++;
    if (failing === 1) standStill(60);
    expect(failing).toBeGreaterThan(1);
  });

  it('that passed in a stall runs again where it judges time', () => {
    judgesTime(60);
    passing++;
    if (passing === 1) standStill(120);
    expect(passing).toBeGreaterThan(0);
  });

  it.fails('that fails in every stall fails', () => {
    hopeless++;
    standStill(60);
    expect(hopeless).toBe(0);
  });

  it('was repeated so often, in those before', () => {
    expect([failing > 1, passing > 1, hopeless]).toEqual([true, true, 5]);
  });
});
