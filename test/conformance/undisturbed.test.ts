import { expect, test } from 'vitest';
import { Waited } from '../../packages/dot-conformance/src/run/processor-watch.js';
import { type Judged, undisturbed } from '../../packages/dot-conformance/src/run/undisturbed.js';
import { observed } from './support.js';

const FAIL = (disturbedMs: number): Judged => {
  return { judgement: { verdict: 'fail', measured: [] }, observation: observed([]), disturbedMs };
};
const PASS = (disturbedMs: number): Judged => ({
  ...FAIL(disturbedMs),
  judgement: { verdict: 'pass', measured: [] },
});

test.each([
  ['a fail on a quiet machine counts at once', [FAIL(300)], 0, []],
  ['a pass counts at once, however busy the machine', [PASS(2_000)], 0, []],
  ['a fail on a busy machine is tried again', [FAIL(301), PASS(900)], 1, [301]],
  ['it counts once the machine is quiet', [FAIL(400), FAIL(20)], 1, [400]],
  ['of three disturbed ones the least disturbed counts', [FAIL(900), FAIL(500), FAIL(700)], 1, [900, 500]],
] as const)('%s', async (_, tries, counts, told) => {
  const heard: number[] = [];
  let made = 0;
  const attempt = async (): Promise<Judged> => {
    const judged = tries[made];
    made += 1;
    if (judged === undefined) throw new Error('one try too many');
    return judged;
  };
  expect(await undisturbed(attempt, (ms) => heard.push(ms))).toBe(tries[counts]);
  expect(made).toBe(tries.length);
  expect(heard).toEqual(told);
});

test('how long a resolver waited for a processor in its worst second; a restart begins anew', () => {
  const waited = new Waited();
  const looks = (pid: number, from: number, everyLookMs: number, count: number): number => {
    for (let look = 0; look < count; look++) waited.add(pid, from + look * everyLookMs);
    return from + count * everyLookMs;
  };
  const then = looks(7, 5_000, 2, 40);
  expect(waited.mostMs).toBe(20);
  looks(7, then + 60, 0, 20);
  expect(waited.mostMs).toBe(80);
  looks(8, 9_000, 1, 20);
  expect(waited.mostMs).toBe(80);
});
