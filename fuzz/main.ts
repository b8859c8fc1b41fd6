// npm run fuzz: see arguments.ts.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ArgumentError } from '../tools/arguments.js';
import { type FuzzArguments, readArguments, USAGE } from './arguments.js';
import { Corpus } from './corpus.js';
import { instrument } from './instrument.js';
import { CORPUS, CRASHES, SOURCES } from './places.js';
import type { TargetResult } from './result.js';
import { fuzzTarget } from './run.js';
import { tableOf, writeResults } from './text.js';

const USAGE_ERROR = 2;
const FAILURE = 1;

try {
  const args = readArguments(process.argv.slice(2));
  if (args.help) process.stdout.write(USAGE);
  else process.exitCode = await fuzzAll(args);
} catch (error) {
  process.stderr.write(`fuzz: ${error instanceof Error ? error.message : String(error)}\n`);
  if (error instanceof ArgumentError) process.stderr.write(`\n${USAGE}`);
  process.exitCode = error instanceof ArgumentError ? USAGE_ERROR : FAILURE;
}

async function fuzzAll({ seconds, targets, json, keep, results: writes }: FuzzArguments): Promise<number> {
  await instrument(SOURCES);
  const results: TargetResult[] = [];
  for (const target of targets) {
    const { result, reaching } = await fuzzTarget(target, seconds / targets.length);
    results.push(result);
    if (json) process.stdout.write(`${JSON.stringify(result)}\n`);
    else process.stderr.write(`${target}: ${result.crashes.length === 0 ? 'every promise kept' : 'BROKEN'}\n`);
    await reportCrashes(result);
    const inputs = reaching.map((hex) => Uint8Array.from(Buffer.from(hex, 'hex')));
    if (keep && result.crashes.length === 0) await new Corpus(CORPUS).keep(target, inputs);
  }
  (json ? process.stderr : process.stdout).write(`\n${tableOf(results).join('\n')}\n`);
  if (writes) await writeResults(results, seconds);
  return results.some(({ crashes }) => crashes.length > 0) ? FAILURE : 0;
}

/** Inputs that break a promise: printed, and written as a line that fuzz/corpus takes. */
async function reportCrashes({ target, crashes }: TargetResult): Promise<void> {
  for (const [index, { octets, why }] of crashes.entries()) {
    process.stderr.write(`\n${target} broke on ${octets === '' ? 'no octets' : octets}\n  ${why}\n`);
    await mkdir(CRASHES, { recursive: true });
    await writeFile(
      join(CRASHES, `${target}-${index}.hex`),
      `# ${why}\nbroke-${index} ${octets === '' ? '-' : octets}\n`,
    );
  }
}
