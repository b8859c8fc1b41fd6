import { describe, expect, it } from 'vitest';
import type { Decision } from '../../src/contact/decision.js';
import { clearLimitMs, Hedge } from '../../src/query/hedge.js';

function planOf(hedgeAfterMs: number, timeoutMs: number, now = 1_000): Hedge {
  return new Hedge({ hedgeAfterMs, timeoutMs: 4_000 } as Decision, timeoutMs, now);
}

describe('our event loop stood still', () => {
  it('Q36 more than 50 ms late it did, at 50 it was busy', () => {
    expect(planOf(500, 5_000).moreMs(1_550, 0)).toBe(0);
    expect(planOf(500, 5_000).moreMs(1_551, 0)).toBe(500);
  });

  it('Q36 once, whatever comes then', () => {
    const plan = planOf(500, 5_000);
    expect([1_800, 2_300, 3_000].map((now) => plan.moreMs(now, 0))).toEqual([500, 0, 0]);
  });

  it('Q36 Do53 keeps half of what the query has left, half a second at least, and some of what was stolen', () => {
    const long = planOf(500, 4_000);
    expect(long.moreMs(4_000, 0)).toBe(500);
    expect(planOf(500, 4_000).moreMs(4_400, 0)).toBe(100);
    const plan = planOf(500, 2_000);
    expect([plan.moreMs(2_600, 0), plan.graceMs]).toEqual([0, 1_000]);
    const over = planOf(500, 900);
    expect([over.moreMs(2_600, 0), over.graceMs]).toEqual([0, 600]);
    const other = planOf(Number.POSITIVE_INFINITY, 5_000);
    expect([other.late(5_050, 5_000), other.late(5_151, 5_000), other.graceMs]).toEqual([false, true, 151]);
  });
});

it('Q36 DoT has failed, and Do53 was to join before: it has some of what was stolen', () => {
  const plan = planOf(500, 900);
  expect([plan.late(1_350, 5_000), plan.late(1_351, 5_000), plan.graceMs]).toEqual([false, true, 51]);
});

describe('DoT asks on a fresh session', () => {
  it('Q36 and our loop stood still: Do53 has some of what was stolen', () => {
    const plan = planOf(500, 900);
    expect([plan.moreMs(2_600, 9_000), plan.graceMs]).toEqual([0, 600]);
  });

  it('Q31 it has the time that this takes, and Do53 half of what is left, half a second at least', () => {
    const plan = planOf(500, 2_000);
    expect([1_500, 1_699.5, 1_700].map((now) => plan.moreMs(now, 1_700))).toEqual([200, 0, 0]);
    expect(planOf(500, 2_000).moreMs(1_500, 9_000)).toBe(750);
    expect(planOf(500, 1_400).moreMs(1_500, 9_000)).toBe(400);
  });
});

describe('when Do53 joins', () => {
  it.each([
    // Hedged: at a third of the caller’s time at the latest.
    [500, 5_000, true, 500],
    [500, 600, true, 200],
    // Not hedged: the last chance where DoT’s own limit leaves Do53 less than a second.
    [Number.POSITIVE_INFINITY, 4_999, false, (4_999 * 2) / 3],
    [Number.POSITIVE_INFINITY, 5_000, false, Number.POSITIVE_INFINITY],
  ])('hedge after %d ms, %i ms in all: a hedge %s, after %d', (hedge, timeout, isHedge, afterMs) => {
    const plan = planOf(hedge, timeout);
    expect([plan.isHedge, plan.afterMs]).toEqual([isHedge, afterMs]);
  });
});

describe('how long Do53 may take', () => {
  it.each([
    [5_000, 4_950],
    [1_000, 950],
    [400, 380],
    [1, 1],
    [-5, 1],
  ])('%i ms are left: %i', (left, limit) => {
    expect(clearLimitMs(left)).toBe(limit);
  });
});
