import { expect, it } from 'vitest';
import { summarize } from '../../simulate/summary.js';
import { resultOf, runOf, SETTING } from './lives.js';

const KEYS = [
  ...['policy', 'fleet', 'encryptedShareOfAll', 'encryptedShareOfCapable', 'oracleShareOfCapable', 'clearToGood'],
  ...['hedges', 'probes', 'probeSocketSeconds', 'timeToGoodP50', 'timeToGoodP90', 'failedQueries'],
  ...[
    'addedLatencyP99Ms',
    'heldAnswers',
    'wallSeconds',
    'servers',
    'endpoints',
    'capableEndpoints',
    'qps',
    'hours',
    'seed',
  ],
  ...['queries', 'hopeless', 'wrongAnswers', 'livedQueries', 'afterFirstHour'],
];

it('has all keys, in their order', () => {
  expect(Object.keys(summarize(runOf('default', resultOf({}))))).toEqual(KEYS);
});

it('counts shares of what they are shares of', () => {
  const total = { queries: 1_000, toCapable: 400, encrypted: 300, oracle: 320, clearToGood: { hedge: 4 }, probes: 9 };
  const { afterFirstHour } = resultOf({
    total: {
      queries: 500,
      toCapable: 200,
      encrypted: 190,
      oracle: 200,
      clearToGood: { hedge: 6, churn: 4 },
      probes: 1,
    },
  });
  const summary = summarize(runOf('eager', resultOf({ total, afterFirstHour, probeSocketSeconds: 1.23456 })));
  expect(summary).toMatchObject({
    ...{ policy: 'eager', fleet: '2030', qps: SETTING.queriesPerSecond, clearToGood: { hedge: 4 }, probes: 9 },
    ...{ encryptedShareOfAll: 0.3, encryptedShareOfCapable: 0.75, oracleShareOfCapable: 0.8 },
    ...{ probeSocketSeconds: 1.235, wallSeconds: 12.346 },
  });
  expect(summary.afterFirstHour).toEqual({
    ...{ encryptedShareOfCapable: 0.95, oracleShareOfCapable: 1, ofOracle: 0.95 },
    ...{ clearToGoodShare: 0.05, probesOfQueries: 0.002 },
  });
});

it('shows one query among a hundred million', () => {
  const total = { queries: 86_400_000, toCapable: 86_400_000, encrypted: 86_399_999 };
  expect(summarize(runOf('default', resultOf({ total }))).encryptedShareOfCapable).toBeLessThan(1);
});

it('is null where nothing was measured', () => {
  const summary = JSON.parse(JSON.stringify(summarize(runOf('default', resultOf({ addedLatencyP99Ms: Number.NaN })))));
  expect(summary).toMatchObject({
    ...{ encryptedShareOfAll: null, oracleShareOfCapable: null, timeToGoodP50: null, timeToGoodP90: null },
    ...{ addedLatencyP99Ms: null, afterFirstHour: { ofOracle: null, clearToGoodShare: null, probesOfQueries: null } },
  });
});
