// npm run bench: measures dotscout beside its baselines. See arguments.ts.
import { ArgumentError } from '../tools/arguments.js';
import { type BenchArguments, readArguments, USAGE } from './arguments.js';
import { barsOf } from './bars.js';
import type { Measurement } from './bench.js';
import type { BenchOrder } from './bench-process.js';
import { startChild } from './child.js';
import { within } from './load.js';
import { exitStatus, judge, type Result } from './result.js';
import { writeBenches } from './results-file.js';
import { tableOf } from './text.js';

const USAGE_ERROR = 2;
const FAILURE = 1;
/** A bench that has not ended by then never will. */
const LIMIT_MS = { quick: 180_000, full: 1_200_000 } as const;
const SIGNALS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

// Servers and other children of ours end when this process does.
for (const [signal, code] of Object.entries(SIGNALS)) process.once(signal, () => process.exit(code));

try {
  const args = readArguments(process.argv.slice(2));
  if (args.help) process.stdout.write(USAGE);
  else process.exitCode = await bench(args);
} catch (error) {
  process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n`);
  if (error instanceof ArgumentError) process.stderr.write(`\n${USAGE}`);
  process.exitCode = error instanceof ArgumentError ? USAGE_ERROR : FAILURE;
}

async function bench({ effort, only, json, results: writes }: BenchArguments): Promise<number> {
  const startedAt = performance.now();
  const results: Result[] = [];
  for (const name of only) {
    process.stderr.write(`${seconds(startedAt)} s  ${name}\n`);
    const found = judge(barsOf([name], effort), await measure({ bench: name, effort }));
    if (json) for (const result of found) process.stdout.write(`${JSON.stringify(result)}\n`);
    results.push(...found);
  }
  process.stderr.write(`${seconds(startedAt)} s  done\n\n`);
  (json ? process.stderr : process.stdout).write(`${tableOf(results).join('\n')}\n`);
  if (writes) await writeBenches(results);
  return exitStatus(results);
}

/** A bench that fails has measured nothing, which misses its bars; the others run all the same. */
async function measure(order: BenchOrder): Promise<readonly Measurement[]> {
  await using child = startChild('bench-process');
  try {
    return await within(LIMIT_MS[order.effort], child.ask<readonly Measurement[]>(order));
  } catch (error) {
    process.stderr.write(`bench ${order.bench}: ${error instanceof Error ? error.message : error}\n`);
    return [];
  }
}

function seconds(since: number): string {
  return ((performance.now() - since) / 1_000).toFixed(0).padStart(4);
}
