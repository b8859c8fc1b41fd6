import { describe, expect, it } from 'vitest';
import type { Decision } from '../../src/contact/decision.js';
import { clearLimitMs, HedgePlan } from '../../src/query/hedge-plan.js';

function planOf(hedgeAfterMs: number, timeoutMs: number, now = 1_000): HedgePlan {
  return new HedgePlan({ hedgeAfterMs, timeoutMs: 4_000 } as Decision, timeoutMs, now);
}

describe('our event loop stood still', () => {
  it('more than 50 ms late it did, at 50 it was busy', () => {
    expect(planOf(500, 5_000).beginsAnew(1_550)).toBe(false);
    expect(planOf(500, 5_000).beginsAnew(1_551)).toBe(true);
  });

  it('once, whatever comes then', () => {
    const plan = planOf(500, 5_000);
    expect([1_800, 2_300, 3_000].map((now) => plan.beginsAnew(now))).toEqual([true, false, false]);
  });

  it('not where the same time again would be all that the caller has left', () => {
    expect(planOf(500, 2_000).beginsAnew(2_499)).toBe(true);
    expect(planOf(500, 2_000).beginsAnew(2_500)).toBe(false);
  });
});

describe('when Do53 joins', () => {
  it.each([
    // Hedged: at half of the caller’s time at the latest.
    [500, 5_000, true, 500],
    [500, 600, true, 300],
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
