import { describe, expect, it } from 'vitest';
import { FAILURE_KINDS, PHASES } from '../../../src/state/checks.js';
import {
  type BadState,
  type EndpointState,
  type GoodState,
  type ProbeState,
  resolvePolicy,
  type UnknownState,
} from '../../../src/state/index.js';
import { contactDue, needsExtras, pack, unpack } from '../../../src/state/table/pack-state.js';
import { Rows } from '../../../src/state/table/packed-rows.js';
import { RowExtras } from '../../../src/state/table/row-extras.js';
import * as FLAG from '../../../src/state/table/row-flags.js';
import * as WORD from '../../../src/state/table/row-words.js';

const IDLE: ProbeState = { phase: 'idle', misses: 0 };
const WANTED: ProbeState = { phase: 'wanted', purpose: 'retry', at: 7.5, misses: 31 };
const FLYING: ProbeState = {
  phase: 'in-flight',
  ...{ purpose: 'asked', token: 99, startedAt: 1.25, deadline: 8_000.5, misses: 3 },
};

const UNKNOWN: UnknownState = {
  verdict: 'unknown',
  ...{ since: 1.5, probe: IDLE, hits: 2, windowStart: 100.25, answered: false, formerlyGood: false, level: 0 },
  keepUntil: 90_000.75,
};
const GOOD: GoodState = {
  verdict: 'good',
  ...{ since: 10.5, probe: IDLE, until: 1_000_000.25, refreshAt: 800_000.5, lastSuccess: 20.5, usedAt: 30.25 },
  strikes: [],
  level: 0,
};
const BAD: BadState = {
  verdict: 'bad',
  ...{ since: 5.5, probe: IDLE, retryAt: 60_005.5, phase: 'connect', kind: 'refused', controlled: false },
  ...{ formerlyGood: false, level: 0 },
};

const STATES: readonly (readonly [string, EndpointState])[] = [
  ['Unknown', UNKNOWN],
  ['Unknown, answered', { ...UNKNOWN, answered: true }],
  ['Unknown, formerly Good', { ...UNKNOWN, formerlyGood: true, level: 31, hits: 0xffff }],
  ['Unknown, missed before', { ...UNKNOWN, probe: { phase: 'idle', misses: 1 } }],
  ['Unknown, missed as often as is counted', { ...UNKNOWN, probe: { phase: 'idle', misses: 31 }, hits: 0 }],
  ['Unknown, wanted', { ...UNKNOWN, probe: WANTED }],
  ['Unknown, in flight', { ...UNKNOWN, probe: FLYING }],
  ['Good', GOOD],
  ['Good, with strikes', { ...GOOD, strikes: [{ at: 40.5, silent: true }], level: 5 }],
  ['Good, missed before', { ...GOOD, probe: { phase: 'idle', misses: 5 } }],
  ['Good, wanted', { ...GOOD, probe: WANTED }],
  ['Good, in flight', { ...GOOD, probe: FLYING }],
  ['Bad', BAD],
  ['Bad, controlled', { ...BAD, controlled: true }],
  ['Bad, formerly Good', { ...BAD, formerlyGood: true, level: 17 }],
  ['Bad, missed before', { ...BAD, probe: { phase: 'idle', misses: 16 } }],
  ['Bad, wanted', { ...BAD, probe: WANTED }],
  ['Bad, in flight', { ...BAD, probe: FLYING }],
  ...PHASES.map((phase) => [`Bad by ${phase}`, { ...BAD, phase }] as const),
  ...FAILURE_KINDS.map((kind) => [`Bad by ${kind}`, { ...BAD, kind }] as const),
];

function newRow(): { rows: Rows; row: number } {
  const rows = new Rows();
  return { rows, row: rows.take() };
}

describe('a packed state', () => {
  it.each(STATES)('%s comes back as it was', (_, state) => {
    const { rows, row } = newRow();
    const side = needsExtras(state) ? new RowExtras() : undefined;
    pack(rows, row, state, side);
    expect(unpack(rows, row, side)).toEqual(state);
  });

  it('whatever state was there before', () => {
    const { rows, row } = newRow();
    const side = new RowExtras();
    for (const [, before] of STATES) {
      for (const [, state] of STATES) {
        pack(rows, row, before, side);
        pack(rows, row, state, side);
        expect(unpack(rows, row, side)).toEqual(state);
      }
    }
  });

  it('what it does not decide stays: the row’s other flags, and the port of its Do53', () => {
    const { rows, row } = newRow();
    const kept = (FLAG.implied | FLAG.used | FLAG.extras | FLAG.epoch) >>> 0;
    for (const [, state] of STATES) {
      for (const flags of [kept, FLAG.implied, FLAG.used, FLAG.extras, (1 << FLAG.epochShift) >>> 0, 0]) {
        rows.put(row, WORD.flags, flags);
        rows.put(row, WORD.hits, 0xabcd_1234);
        pack(rows, row, state, new RowExtras());
        expect((rows.get(row, WORD.flags) & kept) >>> 0).toBe(flags);
        expect(rows.get(row, WORD.hits) >>> 16).toBe(0xabcd);
      }
    }
  });

  it('what is Good, or has a probe, needs a place beside it', () => {
    expect(STATES.filter(([, state]) => needsExtras(state)).map(([name]) => name)).toEqual([
      ...['Unknown, wanted', 'Unknown, in flight', 'Good', 'Good, with strikes', 'Good, missed before', 'Good, wanted'],
      ...['Good, in flight', 'Bad, wanted', 'Bad, in flight'],
    ]);
    const { rows, row } = newRow();
    pack(rows, row, GOOD, undefined);
    expect(unpack(rows, row, undefined)).toEqual({ ...GOOD, lastSuccess: 10.5, usedAt: 10.5, strikes: [] });
  });
});

describe('until when a contact only counts', () => {
  const policy = resolvePolicy({ threshold: 2, hitWindowMs: 80_000, levelHoldMs: 1_000, onlyAfterAnswer: true });
  const eager = resolvePolicy({ ...policy, onlyAfterAnswer: false });
  const ripe: UnknownState = { ...UNKNOWN, keepUntil: 1e9 };
  const lasting: GoodState = { ...GOOD, until: 3_000, refreshAt: 2_000, since: 0 };

  it.each<[string, EndpointState, number]>([
    ['Unknown, below the threshold', { ...ripe, hits: 1 }, Number.NEGATIVE_INFINITY],
    ['Unknown, at the threshold, not answered: to the end of the window', ripe, 80_100.25],
    ['or to its own', { ...ripe, keepUntil: 70_000 }, 70_000],
    ['Unknown, answered: at once', { ...ripe, answered: true }, Number.NEGATIVE_INFINITY],
    ['Unknown, formerly Good: at once', { ...ripe, formerlyGood: true }, Number.NEGATIVE_INFINITY],
    ['Unknown, answered and wanted', { ...ripe, answered: true, probe: WANTED }, 80_100.25],
    ['Unknown, below the threshold and wanted', { ...ripe, hits: 1, probe: WANTED }, Number.NEGATIVE_INFINITY],
    ['Unknown, in flight: to the probe’s deadline', { ...ripe, probe: FLYING }, 8_000.5],
    ['Bad: to its retry', BAD, 60_005.5],
    ['Bad, wanted: to its end', { ...BAD, probe: WANTED }, 60_005.5 + policy.keepBadMs],
    ['Bad, in flight: to the probe’s deadline', { ...BAD, probe: FLYING }, 8_000.5],
    ['Good: to its refresh', lasting, 2_000],
    ['or to its end', { ...lasting, refreshAt: 4_000 }, 3_000],
    ['Good, wanted: to its end', { ...lasting, probe: WANTED }, 3_000],
    ['Good, in flight: to its end', { ...lasting, probe: FLYING }, 3_000],
    ['or to the probe’s deadline', { ...lasting, until: 9_000, probe: FLYING }, 8_000.5],
    ['Good, of a level: until that is forgotten', { ...lasting, since: 100, level: 0 }, 2_000],
    ['sooner', { ...lasting, since: -100, level: 1 }, 1_900],
    ['or later', { ...lasting, since: 100, level: 2 }, 2_000],
    ['by doubling', { ...lasting, since: -3_000, level: 2 }, 1_000],
  ])('%s', (_, state, due) => {
    expect(contactDue(state, policy)).toBe(due);
  });

  it('Unknown, where nothing must have answered: at once', () => {
    expect([contactDue(ripe, eager), contactDue({ ...ripe, probe: WANTED }, eager)]).toEqual([
      Number.NEGATIVE_INFINITY,
      80_100.25,
    ]);
  });
});
