import { describe, expect, it } from 'vitest';
import { lamePairs } from '../../src/observe/names.js';
import { type Appraisal, isWorse, WORTHS, wordOf } from '../../src/wire/worth.js';

const KINDS = [
  ...(['answer', 'referral', 'nxdomain', 'nodata', 'no-aa', 'nxdomain-no-aa', 'upward', 'empty'] as const),
  ...(['truncated', 'servfail', 'refused', 'rcode'] as const),
];
const SOUND: readonly string[] = KINDS.slice(0, 4);
const CODES: readonly string[] = KINDS.slice(-3);
const BARE: readonly string[] = KINDS.slice(-4);

/** Every appraisal that there can be. */
function appraisals(): Appraisal[] {
  const flags = [false, true];
  return KINDS.flatMap((kind) =>
    flags.flatMap((lacksOpt) =>
      flags.flatMap((lacksRrsig) => {
        if (BARE.includes(kind) && (lacksOpt || lacksRrsig)) return [];
        const doubtful: Appraisal = { kind, lacksOpt, lacksRrsig, worth: CODES.includes(kind) ? 'rcode' : 'doubtful' };
        return SOUND.includes(kind) ? [doubtful, { ...doubtful, worth: 'sound' as const }] : [doubtful];
      }),
    ),
  );
}

describe('names of what is counted', () => {
  it('every pair of answers of which DoT’s can be the worse one is known', () => {
    const all = appraisals();
    const pairs = all.flatMap((dot) =>
      all
        .filter((clear) => {
          // As a query compares, and as a probe does.
          const isProbes = clear.kind !== 'truncated' && WORTHS.indexOf(clear.worth) < WORTHS.indexOf(dot.worth);
          return dot.worth !== 'sound' && (isWorse(dot, clear) || isProbes);
        })
        .map((clear) => `${wordOf(dot)} ${wordOf(clear)}`),
    );
    const known = new Set(lamePairs());
    expect(new Set(pairs).size).toBeGreaterThan(100);
    expect([...new Set(pairs)].filter((pair) => !known.has(pair))).toEqual([]);
  });
});
