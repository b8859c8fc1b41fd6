import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Counts } from '../../src/observe/metrics.js';
import type { SimulationCounts, SimulationResult, SimulationSample } from '../../src/testing/simulation/result.js';
import type { Run } from '../run.js';
import type { Summary } from '../summary.js';

/**
 * Reads what `npm run simulate -- --json --csv` has written of a fleet.
 *
 * @param folder - where `NAME.json` and `NAME.csv` are
 * @param fleet - their name
 * @throws `Error` where the two are not of the same lives
 */
export function readRuns(folder: string, fleet: string): Run[] {
  const samples = samplesOf(readFileSync(join(folder, `${fleet}.csv`), 'utf8'));
  const lines = readFileSync(join(folder, `${fleet}.json`), 'utf8')
    .trimEnd()
    .split('\n');
  return lines.map((line) => {
    const summary = JSON.parse(line) as Summary;
    return runOf(summary, samples.get(summary.policy) ?? []);
  });
}

/** What ends after the last sample was taken counts in the summary alone: as many as may be on their way at one moment. */
const ON_THEIR_WAY = 100;

function runOf(summary: Summary, samples: readonly SimulationSample[]): Run {
  const { policy, fleet, servers, qps, hours, seed, wallSeconds } = summary;
  const { endpoints, capableEndpoints, probeSocketSeconds, heldAnswers, livedQueries } = summary;
  const sampled = samples.reduce(added, NOTHING);
  if (Math.abs(summary.queries - sampled.queries) > ON_THEIR_WAY) {
    throw new Error(`${fleet}.csv and ${fleet}.json differ in what policy ${policy} came to`);
  }
  const { queries, clearToGood, hedges, probes, failedQueries, hopeless, wrongAnswers = 0 } = summary;
  const settled = hours > 1 ? samples.filter(({ hour }) => hour > 1) : samples;
  const result: SimulationResult = {
    total: { ...sampled, queries, clearToGood, hedges, probes, failedQueries, hopeless, wrongAnswers },
    afterFirstHour: settled.reduce(added, NOTHING),
    samples,
    endpoints,
    capableEndpoints,
    probeSocketSeconds,
    timeToGoodP50: summary.timeToGoodP50 ?? Number.NaN,
    timeToGoodP90: summary.timeToGoodP90 ?? Number.NaN,
    addedLatencyP99Ms: summary.addedLatencyP99Ms ?? Number.NaN,
    heldAnswers,
    livedQueries,
    transitions: {},
  };
  return { policy, setting: { fleet, servers, queriesPerSecond: qps, hours, seed }, result, wallSeconds };
}

const REASON = 'clearToGood ';

/** The samples of each policy. No name of a built-in fleet or policy needs quotes. */
function samplesOf(csv: string): Map<string, SimulationSample[]> {
  const [head = [], ...lines] = csv
    .trimEnd()
    .split('\n')
    .map((line) => line.split(','));
  const samples = new Map<string, SimulationSample[]>();
  for (const cells of lines) {
    const policy = cells[head.indexOf('policy')] ?? '';
    const of = samples.get(policy) ?? [];
    of.push(sampleOf(new Map(head.map((column, at) => [column, cells[at] ?? '']))));
    samples.set(policy, of);
  }
  return samples;
}

function sampleOf(cells: ReadonlyMap<string, string>): SimulationSample {
  const number = (column: string) => Number(cells.get(column) ?? 0);
  const reasons = [...cells]
    .filter(([column, cell]) => column.startsWith(REASON) && cell !== '0')
    .map(([column, cell]) => [column.slice(REASON.length), Number(cell)] as const);
  return {
    hour: number('hour'),
    queries: number('queries'),
    toCapable: number('toCapable'),
    encrypted: number('encrypted'),
    oracle: number('oracle'),
    clearToGood: Object.fromEntries(reasons),
    hedges: number('hedges'),
    probes: number('probes'),
    failedQueries: number('failedQueries'),
    hopeless: number('hopeless'),
    wrongAnswers: number('wrongAnswers'),
    good: number('good'),
    bad: number('bad'),
    unknown: number('unknown'),
  };
}

const NOTHING: SimulationCounts = {
  queries: 0,
  toCapable: 0,
  encrypted: 0,
  oracle: 0,
  clearToGood: {},
  hedges: 0,
  probes: 0,
  failedQueries: 0,
  hopeless: 0,
  wrongAnswers: 0,
};

function added(a: SimulationCounts, b: SimulationCounts): SimulationCounts {
  return {
    queries: a.queries + b.queries,
    toCapable: a.toCapable + b.toCapable,
    encrypted: a.encrypted + b.encrypted,
    oracle: a.oracle + b.oracle,
    clearToGood: addedCounts(a.clearToGood, b.clearToGood),
    hedges: a.hedges + b.hedges,
    probes: a.probes + b.probes,
    failedQueries: a.failedQueries + b.failedQueries,
    hopeless: a.hopeless + b.hopeless,
    wrongAnswers: a.wrongAnswers + b.wrongAnswers,
  };
}

function addedCounts(a: Counts, b: Counts): Counts {
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  return Object.fromEntries([...names].map((name) => [name, (a[name] ?? 0) + (b[name] ?? 0)]));
}
