import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { differences } from '../../simulate/agreement.js';
import { replay } from '../../simulate/replay.js';
import type { LoggedWay, LogLine } from '../../src/testing/simulation/log-writer.js';
import { resultOf } from './lives.js';

const capable = (endpoint: number, is = true): LogLine => ({ type: 'capable', at: 0, endpoint, capable: is });
const verdict = (endpoint: number, held: 'unknown' | 'good' | 'bad'): LogLine => {
  return { type: 'verdict', at: 0, endpoint, verdict: held };
};
const queries = (endpoint: number, count: number, way: LoggedWay, why = ''): LogLine => {
  return { type: 'queries', at: 0, endpoint, count, way, why };
};
const NOTHING = {
  queries: 0,
  toCapable: 0,
  encrypted: 0,
  clearToGood: {},
  probes: 0,
  probeSocketSeconds: 0,
  unanswered: 0,
};

it('counts nothing of no lines', () => {
  expect(replay([])).toEqual(NOTHING);
});

it('holds for capable what the latest line before says, of that endpoint', () => {
  const lines = [queries(1, 1, 'do53'), capable(1), queries(1, 20, 'do53'), queries(2, 300, 'do53')];
  expect(replay([...lines, capable(1, false), queries(1, 4_000, 'do53')])).toEqual({
    ...NOTHING,
    queries: 4_321,
    toCapable: 20,
  });
});

it('counts as encrypted what went over DoT alone', () => {
  const lines = [
    capable(1),
    queries(1, 1, 'dot'),
    queries(1, 20, 'both'),
    queries(1, 300, 'do53'),
    queries(1, 4_000, 'none'),
  ];
  expect(replay(lines)).toEqual({ ...NOTHING, queries: 4_321, toCapable: 4_321, encrypted: 1, unanswered: 4_000 });
});

it('counts as clear to Good, by reason, what Do53 saw while the endpoint was Good', () => {
  const lines = [queries(1, 1, 'do53', 'unknown'), verdict(1, 'good'), queries(1, 2, 'dot', 'good')];
  const more = [queries(1, 3, 'both', 'hedge'), queries(1, 4, 'do53', 'lame-zone'), queries(1, 5, 'both', 'hedge')];
  const last = [
    queries(1, 6, 'none', 'hedge'),
    queries(2, 7, 'do53', 'unknown'),
    verdict(1, 'bad'),
    queries(1, 8, 'do53', 'bad'),
  ];
  expect(replay([...lines, ...more, ...last])).toEqual({
    ...NOTHING,
    queries: 36,
    encrypted: 2,
    clearToGood: { hedge: 8, 'lame-zone': 4 },
    unanswered: 6,
  });
});

it('forgets with a verdict of unknown', () => {
  const lines = [verdict(1, 'good'), verdict(1, 'unknown'), queries(1, 1, 'do53', 'unknown')];
  expect(replay(lines).clearToGood).toEqual({});
});

it('counts probes and how long they held a socket', () => {
  const lines = [500, 1_250].map((ms): LogLine => ({ type: 'probe', at: 0, endpoint: 1, ms }));
  expect(replay(lines)).toEqual({ ...NOTHING, probes: 2, probeSocketSeconds: 1.75 });
});

it('has under 100 lines and shares no code with the simulator', () => {
  const source = readFileSync('simulate/replay.ts', 'utf8');
  expect(source.split('\n').length).toBeLessThan(100);
  expect(source.match(/^import .*/gm)).toEqual([
    "import type { LogLine } from '../src/testing/simulation/log-writer.js';",
  ]);
});

const counted = replay([capable(1), verdict(1, 'good'), queries(1, 9, 'dot'), queries(1, 2, 'both', 'hedge')]);
const total = { queries: 11, toCapable: 11, encrypted: 9, clearToGood: { hedge: 2 } };

it('agrees with the simulator where every count is the same', () => {
  expect(differences(resultOf({ total }), counted)).toEqual([]);
});

it.each([
  [{ queries: 12 }, 'queries: the simulator counted 12, its log has 11'],
  [{ toCapable: 10 }, 'toCapable: the simulator counted 10, its log has 11'],
  [{ encrypted: 8 }, 'encrypted: the simulator counted 8, its log has 9'],
  [{ clearToGood: {} }, 'clearToGood, hedge: the simulator counted 0, its log has 2'],
  [{ clearToGood: { hedge: 2, churn: 1 } }, 'clearToGood, churn: the simulator counted 1, its log has 0'],
  [{ probes: 1 }, 'probes: the simulator counted 1, its log has 0'],
  [{ failedQueries: 1, hopeless: 2 }, 'failedQueries and hopeless: the simulator counted 3, its log has 0'],
])('says that %j differs', (changed, difference) => {
  expect(differences(resultOf({ total: { ...total, ...changed } }), counted)).toEqual([difference]);
});

it('bears with what adding fractions in another order does to seconds, and with no more', () => {
  const probed = { ...counted, probeSocketSeconds: 1_000.000_000_1 };
  expect(differences(resultOf({ total, probeSocketSeconds: 1_000 }), probed)).toEqual([]);
  expect(differences(resultOf({ total, probeSocketSeconds: 999.999 }), probed)).toHaveLength(1);
  expect(differences(resultOf({ total, probeSocketSeconds: Number.NaN }), probed)).toHaveLength(1);
});
