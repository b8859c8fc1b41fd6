import { describe, expect, it } from 'vitest';
import {
  InvalidInputError,
  inconclusiveDelay,
  POLICY_LIMITS,
  type Policy,
  type PolicyInput,
  type PolicyNumbers,
  policies,
  probeLifeMs,
  refreshDelay,
  resolvePolicy,
  retryDelay,
} from '../../src/state/index.js';
import { DAY, HOUR, MINUTE, SECOND } from './life.js';

const names = Object.keys(POLICY_LIMITS) as (keyof PolicyNumbers)[];
const limits = names.map((name) => [name, POLICY_LIMITS[name]] as const);

/** Numbers that must not exceed another one, which a test of the first has to raise. */
const BOUNDED_BY: Partial<Record<keyof PolicyNumbers, keyof PolicyNumbers>> = {
  warmHedgeMinMs: 'warmHedgeMaxMs',
  coldHedgeMinMs: 'coldHedgeMaxMs',
  inconclusiveRetryMs: 'maxInconclusiveRetryMs',
  lameZonesToConvict: 'lameZones',
  offlinePrefixes: 'offlineAttempts',
};
const BOUNDS: Partial<Record<keyof PolicyNumbers, keyof PolicyNumbers>> = Object.fromEntries(
  Object.entries(BOUNDED_BY).map(([less, more]) => [more, less]),
);

/** A policy with one number set, and what is bound to it out of its way. */
function withNumber(name: keyof PolicyNumbers, value: number): PolicyInput {
  const greater = BOUNDED_BY[name];
  const lesser = BOUNDS[name];
  return {
    ...(greater === undefined ? {} : { [greater]: POLICY_LIMITS[greater].max }),
    ...(lesser === undefined ? {} : { [lesser]: POLICY_LIMITS[lesser].min }),
    [name]: value,
  };
}

function codeOf(input: unknown): string {
  try {
    resolvePolicy(input as PolicyInput);
  } catch (error) {
    if (error instanceof InvalidInputError) return error.code;
    throw error;
  }
  return 'accepted';
}

describe('presets', () => {
  it('default holds each limit’s default', () => {
    for (const [name, limit] of limits) expect(policies.default[name]).toBe(limit.default);
    expect(policies.default).toMatchObject({ onlyAfterAnswer: true, hedge: 'always' });
  });

  it.each([undefined, 'default', {}] as const)('%j is the default', (input) => {
    expect(resolvePolicy(input)).toEqual(policies.default);
  });

  it('holds the numbers of the design', () => {
    expect(policies.default).toMatchObject({
      ...{ threshold: 2, hitWindowMs: DAY, goodMs: 3 * DAY, badMs: DAY, recheckMs: SECOND },
      ...{ refreshShare: 0.8, refreshSpread: 0.1, strikes: 2, silentStrikes: 3, strikeWindowMs: MINUTE },
      ...{ demotedRetryMs: MINUTE, unreachableRetryMs: HOUR, lameRetryMs: HOUR, uncontrolledRetryMs: MINUTE },
      ...{ maxRetryMs: DAY, levelHoldMs: 10 * MINUTE, keepUnknownMs: DAY, keepBadMs: 7 * DAY, keepExpiredMs: 7 * DAY },
      ...{ probeTimeoutMs: 4 * SECOND, comparisonMs: SECOND, probeGraceMs: 2 * SECOND, writeMs: HOUR },
      ...{ lameZoneMs: HOUR, lameZones: 8, lameZonesToConvict: 3, lameWindowMs: 10 * MINUTE },
      ...{ lameAnswersToConvict: 10, lameSpanMs: MINUTE, offlineAttempts: 20, offlinePrefixes: 10 },
      ...{ capacity: 100_000, unknownShare: 0.5, prefixShare: 1 / 64, candidates: 1_000, groupShare: 1 / 8 },
      ...{ probesAtOnce: 32, reservedShare: 0.25, probesPerSecond: 50, ipv4AtOnce: 16, ipv4Burst: 64 },
      ...{ ipv4PerMinute: 120, ipv6AtOnce: 4, ipv6Burst: 20, ipv6PerMinute: 60, rankBudgetMs: 50, exploreShare: 0.05 },
    });
    expect(POLICY_LIMITS.capacity.max).toBe(4_000_000);
  });

  it('powerdns: the first failure means bad for a day, no refresh', () => {
    expect(policies.powerdns).toMatchObject({ threshold: 2, strikes: 1, silentStrikes: 1, refreshShare: 1 });
    expect(policies.powerdns).toMatchObject({ refreshSpread: 0, onlyAfterAnswer: false, demotedRetryMs: DAY });
  });

  it('rfc9539: the first contact probes, a day of damping, no hedge', () => {
    expect(policies.rfc9539).toMatchObject({ threshold: 1, hedge: 'off', onlyAfterAnswer: false, goodMs: 3 * DAY });
    expect(policies.rfc9539).toMatchObject({ badMs: DAY, unreachableRetryMs: DAY, uncontrolledRetryMs: DAY });
  });

  it.each(Object.entries(policies))('%s is valid, frozen, and its own resolution', (name, policy) => {
    expect(Object.isFrozen(policy)).toBe(true);
    expect(resolvePolicy(policy)).toEqual(policy);
    expect(resolvePolicy(name as keyof typeof policies)).toBe(policy);
  });
});

describe('limits', () => {
  it.each(limits)('%s: both edges are accepted', (name, { min, max }) => {
    for (const edge of [min, max]) expect(resolvePolicy(withNumber(name, edge))[name]).toBe(edge);
  });

  it.each(limits)('%s: beyond both edges is refused', (name, { min, max, unit }) => {
    const step = unit === 'share' ? 1e-9 : 1;
    expect(codeOf(withNumber(name, min - step))).toBe('INVALID_POLICY');
    expect(codeOf(withNumber(name, max + step))).toBe('INVALID_POLICY');
  });

  it.each(limits)('%s: its default lies within, and what is no number is refused', (name, limit) => {
    expect(limit.default).toBeGreaterThanOrEqual(limit.min);
    expect(limit.default).toBeLessThanOrEqual(limit.max);
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, '5', null, true, {}, []]) {
      expect(codeOf({ [name]: value })).toBe('INVALID_POLICY');
    }
  });

  it.each(limits.filter(([, { unit }]) => unit === 'count'))('%s: a count is whole', (name, { min }) => {
    expect(codeOf(withNumber(name, min + 0.5))).toBe('INVALID_POLICY');
  });

  it('undefined stands for the default', () => {
    expect(resolvePolicy({ threshold: undefined, hedge: undefined })).toEqual(policies.default);
  });
});

describe('bad input', () => {
  it.each([
    ['an unknown preset', 'pdns'],
    ['a method’s name', 'toString'],
    ['null', null],
    ['a number', 5],
    ['true', true],
    ['an unknown name', { treshold: 2 }],
    ['an inherited name', { toString: 2 }],
    ['a wrong flag', { onlyAfterAnswer: 'yes' }],
    ['a wrong hedge', { hedge: 'never' }],
  ])('%s', (_, input) => {
    expect(codeOf(input)).toBe('INVALID_POLICY');
  });

  it.each(Object.entries(BOUNDED_BY))('%s above %s', (less, more) => {
    const least = POLICY_LIMITS[more].min;
    const lesser = Math.max(POLICY_LIMITS[less as keyof PolicyNumbers].min, least + 1);
    expect(codeOf({ [less]: lesser, [more]: least })).toBe('INVALID_POLICY');
  });

  it('says what was given and what is accepted', () => {
    expect(() => resolvePolicy({ threshold: 0 })).toThrow('{"threshold":0}, expected a whole number from 1 to 1000');
  });

  it('what comes out is frozen and apart from what went in', () => {
    const input = { threshold: 5 };
    const policy = resolvePolicy(input);
    input.threshold = 7;
    expect(policy.threshold).toBe(5);
    expect(Object.isFrozen(policy)).toBe(true);
  });
});

describe('times', () => {
  const policy: Policy = policies.default;
  const facts = { kind: 'refused', controlled: true, formerlyGood: false, level: 0 } as const;

  it('retryDelay: the start and its doubling', () => {
    expect(retryDelay(policy, facts)).toBe(DAY);
    expect(retryDelay(policy, { ...facts, level: 24 })).toBe(DAY);
    expect(retryDelay(policy, { ...facts, kind: 'unreachable', level: 2 })).toBe(4 * HOUR);
    expect(retryDelay(policy, { ...facts, kind: 'lame', level: 24 })).toBe(DAY);
    expect(retryDelay(policy, { ...facts, controlled: false, kind: 'unreachable' })).toBe(MINUTE);
    expect(retryDelay(policy, { ...facts, formerlyGood: true, controlled: false, level: 3 })).toBe(8 * MINUTE);
  });

  it('P19 retryDelay: TCP accepted, then silence or a close in place of TLS, waits as what is unreachable', () => {
    const full = { ...facts, phase: 'handshake', kind: 'silent' } as const;
    expect(retryDelay(policy, full)).toBe(HOUR);
    expect(retryDelay(policy, { ...full, kind: 'closed', level: 2 })).toBe(4 * HOUR);
    expect(retryDelay(policy, { ...full, level: 24 })).toBe(DAY);
    expect(retryDelay(policy, { ...full, controlled: false })).toBe(MINUTE);
    expect(retryDelay(policy, { ...full, formerlyGood: true })).toBe(MINUTE);
    for (const kind of ['alert', 'not-tls'] as const) expect(retryDelay(policy, { ...full, kind })).toBe(DAY);
    for (const phase of ['connect', 'answer'] as const) expect(retryDelay(policy, { ...full, phase })).toBe(DAY);
  });

  it('retryDelay: a start above the end of doubling stays', () => {
    const patient = resolvePolicy({ demotedRetryMs: 2 * DAY, badMs: 30 * DAY });
    expect(retryDelay(patient, { ...facts, formerlyGood: true, level: 5 })).toBe(2 * DAY);
    expect(retryDelay(patient, facts)).toBe(30 * DAY);
  });

  it('refreshDelay stays within the life', () => {
    const wide = resolvePolicy({ refreshShare: 1, refreshSpread: 0.5 });
    expect(refreshDelay(wide, 0.999)).toBe(3 * DAY);
    expect(refreshDelay(wide, 0)).toBe(1.5 * DAY);
    expect(refreshDelay(resolvePolicy({ refreshShare: 0.1, refreshSpread: 0.5 }), 0)).toBe(0);
  });

  it('inconclusiveDelay doubles to its end', () => {
    expect([1, 2, 3, 6, 7, 8, 1000].map((misses) => inconclusiveDelay(policy, misses) / SECOND)).toEqual([
      1, 2, 4, 32, 60, 60, 60,
    ]);
  });

  it('probeLifeMs: the prober’s two deadlines and the state’s own', () => {
    expect(probeLifeMs(policy)).toBe(7 * SECOND);
  });
});
