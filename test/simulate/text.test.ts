import { expect, it } from 'vitest';
import { textOf } from '../../simulate/text.js';
import { resultOf, runOf } from './lives.js';

const total = { queries: 8_640_000, toCapable: 1_000_000, encrypted: 990_000, oracle: 1_000_000 };

it('is a column a policy, aligned, with units', () => {
  const runs = [
    runOf('default', resultOf({ total: { ...total, clearToGood: { hedge: 1_234 }, probes: 12 }, timeToGoodP50: 31.2 })),
    runOf('powerdns', resultOf({ total: { ...total, clearToGood: { churn: 5, hedge: 1 } }, addedLatencyP99Ms: 1.5 })),
  ];
  expect(textOf(runs)).toEqual([
    'Fleet 2030: 1,000 servers, 100 queries a second, 24 hours, seed 1.',
    'Of 2,000 endpoints, 600 speak DoT at some time.',
    '',
    '                                              default   powerdns',
    'queries                                     8,640,000  8,640,000',
    'encrypted, of all queries                     11.46 %    11.46 %',
    'encrypted, of those to capable endpoints      99.00 %    99.00 %',
    '  the oracle’s share of them                    100 %      100 %',
    '  after the first hour                        99.00 %    99.00 %',
    '  after the first hour, of the oracle’s       99.00 %    99.00 %',
    'in clear to Good endpoints                      1,234          6',
    '  churn                                             0          5',
    '  hedge                                         1,234          1',
    '  after the first hour, of queries to them     0.12 %  0.00061 %',
    'hedges                                              0          0',
    'probes                                             12          0',
    '  after the first hour, of queries          0.00014 %        0 %',
    '  sockets held by them, together                  0 s        0 s',
    'from first query to Good, half within          31.2 s          –',
    '  9 in 10 within                                    –          –',
    'failed queries                                      0          0',
    '  server or uplink down: hopeless                   0          0',
    'worse answers than Do53 had                         0          0',
    'added latency, 99 in 100 at most                 0 ms     1.5 ms',
    'answers held until our acknowledgement              0          0',
    'the simulation took                            12.3 s     12.3 s',
  ]);
});

it('speaks of one server and one query in the singular', () => {
  const [setting] = textOf([runOf('default', resultOf({}), { servers: 1, queriesPerSecond: 1, hours: 1 })]);
  expect(setting).toBe('Fleet 2030: 1 server, 1 query a second, 1 hour, seed 1.');
});
