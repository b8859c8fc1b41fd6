import { describe, expect, it } from 'vitest';
import type { Scenario } from '../../packages/dot-conformance/src/sheet/scenario.js';
import {
  decideTries,
  inWords,
  type Judgement,
  judge,
  LEARNT,
} from '../../packages/dot-conformance/src/sheet/verdict.js';
import { asked, observed, seen } from './support.js';

const SCENARIO: Scenario = {
  ...{ id: 'Q1', text: 'All is well.', source: 'RFC 9539' },
  steps: [{ do: 'ask', phase: 'then', count: 2, everyMs: 0 }],
  expect: [
    { phase: 'then', figure: 'failed client queries', most: 0 },
    { phase: 'then', figure: 'share encrypted', least: 50, most: 100 },
  ],
};

describe('verdicts of dot-conformance', () => {
  it('pass where every figure is within its bounds, these included', () => {
    const { verdict, measured } = judge(SCENARIO, observed([asked('a.'), asked('b.')], [seen('a.')]));
    expect(verdict).toBe('pass');
    expect(measured.map((one) => one.seen)).toEqual([0, 50]);
  });

  it('fail where one is not, and say what was seen', () => {
    const { verdict, measured } = judge(SCENARIO, observed([asked('a.', { rcode: 2, records: 0 })], [seen('a.')]));
    expect(verdict).toBe('fail');
    const [broken, kept] = measured;
    expect([broken?.holds, kept?.holds]).toEqual([false, true]);
    expect(measured.map(inWords)).toEqual([
      'then: failed client queries 1, at most 0',
      'then: share encrypted 100 %, at least 50 % and at most 100 %',
    ]);
  });

  it('fail where a phase was not reached, as behind a server that was never encrypted', () => {
    const learning: Scenario = { ...SCENARIO, steps: [{ do: 'learn' }, ...SCENARIO.steps] };
    const phases = [{ name: LEARNT, from: 0, to: 100, asked: [asked('a.'), asked('b.')], control: [] }];
    const { verdict, measured } = judge(learning, { phases, queries: [], connections: [] });
    expect(verdict).toBe('fail');
    expect(measured.map(inWords)).toEqual([
      `${LEARNT}: encrypted client queries 0, at least 2`,
      'then: failed client queries not reached, at most 0',
      'then: share encrypted not reached, at least 50 % and at most 100 %',
    ]);
  });

  it('of several tries most decide, and a tie is a fail', () => {
    const pass: Judgement = { verdict: 'pass', measured: [] };
    const fail: Judgement = { verdict: 'fail', measured: [] };
    expect(decideTries([fail, pass, pass])).toBe(pass);
    expect(decideTries([fail, pass, fail])).toBe(fail);
    expect(decideTries([pass, fail])).toBe(fail);
    expect(() => decideTries([])).toThrow(RangeError);
  });
});
