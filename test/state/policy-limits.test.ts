import { expect, it } from 'vitest';
import { POLICY_LIMITS } from '../../src/state/policy-limits.js';

// Nothing else is imported here: a table of limits that is none keeps `policy.ts` from being loaded at all.

const ALL = Object.entries(POLICY_LIMITS);

it('every number has a default within its range, in the unit that its name tells', () => {
  expect(ALL.length).toBeGreaterThan(50);
  for (const [name, limit] of ALL) {
    expect(limit.min).toBeLessThanOrEqual(limit.default);
    expect(limit.default).toBeLessThanOrEqual(limit.max);
    expect([name, limit.unit]).toEqual([name, unitOf(name)]);
    if (limit.unit === 'share') expect(limit.max).toBeLessThanOrEqual(1);
    else expect([limit.default, limit.min, limit.max].every(Number.isInteger)).toBe(true);
  }
});

function unitOf(name: string): string {
  if (name.endsWith('Ms')) return 'ms';
  return name.endsWith('Share') || name.endsWith('Spread') ? 'share' : 'count';
}

it.each([
  ['goodMs', 'P3D', 3 * 24 * 60 * 60 * 1_000],
  ['badMs', 'P1D', 24 * 60 * 60 * 1_000],
  ['probeTimeoutMs', 'PT4S', 4_000],
  ['attemptMs', 'PT4S', 4_000],
] as const)('%s is RFC 9539’s suggestion, %s', (name, _, milliseconds) => {
  expect(POLICY_LIMITS[name].default).toBe(milliseconds);
});
