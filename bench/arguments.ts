import { ArgumentError, readOptions } from '../tools/arguments.js';
import { BENCH_NAMES, type BenchName } from './bars.js';
import type { Effort } from './bench.js';

/** What the benches were asked to do. */
export interface BenchArguments {
  readonly help: boolean;
  readonly json: boolean;
  readonly effort: Effort;
  readonly only: readonly BenchName[];
  /** Whether RESULTS.md is to be written. */
  readonly results: boolean;
}

export const USAGE: string = `Usage: npm run bench -- [options]

Measures dotscout beside its baselines, in turns, and says which bars it meets (bench/bars.ts). Needs nsd, named,
dnsperf and, for a path with a round trip, root, network namespaces and python3. Exit status 1 when a bar is missed.

  --quick        fewer and shorter rounds: some five minutes in all, where a full run takes far longer
  --only NAMES   these benches alone, with commas between: ${BENCH_NAMES.join(', ')}
  --json         one JSON object a line, a figure each; progress goes to stderr
  --results      writes what ran into bench/RESULTS.md; full runs only
  --help         prints this
`;

/**
 * Reads the command line.
 *
 * @throws `ArgumentError`
 */
export function readArguments(args: readonly string[]): BenchArguments {
  const { help, json, quick, only, results } = readOptions(args, {
    help: { type: 'boolean', short: 'h', default: false },
    json: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    only: { type: 'string' },
    results: { type: 'boolean', default: false },
  });
  const names = only === undefined ? BENCH_NAMES : only.split(',').map(benchName);
  if (results && quick) throw new ArgumentError('--results needs full runs, not --quick');
  return { help, json, effort: quick ? 'quick' : 'full', only: names, results };
}

function benchName(text: string): BenchName {
  const name = BENCH_NAMES.find((one) => one === text.trim());
  if (name === undefined) throw new ArgumentError(`--only has '${text}': expected ${BENCH_NAMES.join(', ')}`);
  return name;
}
