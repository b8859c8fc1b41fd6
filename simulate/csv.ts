import type { SimulationSample } from '../src/testing/simulation/result.js';
import type { Run } from './run.js';
import { sumOf } from './summary.js';

/** Columns that every sample has, in the order in which they are written. */
const COLUMNS = [
  'hour',
  'queries',
  'toCapable',
  'encrypted',
  'oracle',
  'hedges',
  'probes',
  'failedQueries',
  'hopeless',
  'wrongAnswers',
  'good',
  'bad',
  'unknown',
] as const satisfies readonly (keyof SimulationSample)[];

/**
 * What happened over time as CSV (RFC 4180 but for its line ends, which are plain): a head, then a line a sample and
 * policy. Behind the sum of clear queries to Good endpoints stands a column a reason.
 */
export function csvOf(runs: readonly Run[]): string {
  const samples = runs.flatMap((run) => run.result.samples.map((sample) => ({ run, sample })));
  const reasons = [...new Set(samples.flatMap(({ sample }) => Object.keys(sample.clearToGood)))].sort();
  const head = ['policy', 'fleet', ...COLUMNS, 'clearToGood', ...reasons.map((reason) => `clearToGood ${reason}`)];
  const lines = samples.map(({ run, sample }) => [
    run.policy,
    run.setting.fleet,
    ...COLUMNS.map((column) => sample[column]),
    sumOf(sample.clearToGood),
    ...reasons.map((reason) => sample.clearToGood[reason] ?? 0),
  ]);
  return [head, ...lines].map((cells) => `${cells.map(cellOf).join(',')}\n`).join('');
}

function cellOf(value: string | number): string {
  const text = String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
