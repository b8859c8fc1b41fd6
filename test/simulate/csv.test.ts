import { expect, it } from 'vitest';
import { csvOf } from '../../simulate/csv.js';
import { resultOf, runOf, sampleOf } from './lives.js';

const HEAD =
  'policy,fleet,hour,queries,toCapable,encrypted,oracle,hedges,probes,failedQueries,hopeless,wrongAnswers,good,bad,unknown';

it('is a line a sample and policy, with a column a reason', () => {
  const counted = { queries: 10, toCapable: 5, encrypted: 4, oracle: 5, hedges: 1, probes: 2 };
  const first = sampleOf({ hour: 0.5, ...counted, hopeless: 3, good: 7, bad: 8, unknown: 9 });
  const samples = [first, sampleOf({ hour: 1, clearToGood: { hedge: 2 } })];
  const other = [sampleOf({ hour: 1, failedQueries: 6, clearToGood: { churn: 3, hedge: 1 } })];
  expect(csvOf([runOf('default', resultOf({ samples })), runOf('eager', resultOf({ samples: other }))])).toBe(
    [
      `${HEAD},clearToGood,clearToGood churn,clearToGood hedge`,
      'default,2030,0.5,10,5,4,5,1,2,0,3,0,7,8,9,0,0,0',
      'default,2030,1,0,0,0,0,0,0,0,0,0,0,0,0,2,0,2',
      'eager,2030,1,0,0,0,0,0,0,6,0,0,0,0,0,4,3,1',
      '',
    ].join('\n'),
  );
});

it('quotes what would break a line apart', () => {
  const run = runOf('default', resultOf({ samples: [sampleOf({})] }), { fleet: 'mine, "new"\nfleet' });
  expect(csvOf([run])).toContain('default,"mine, ""new""\nfleet",1,');
});
