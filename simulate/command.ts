// What npm run simulate and dotscout simulate do: days of a resolver's life on a virtual clock, and what a policy made of
// them.
import { openSync, writeFileSync } from 'node:fs';
import { InvalidInputError } from '../src/common/errors.js';
import type { LogLine } from '../src/testing/simulation/log-writer.js';
import { ArgumentError } from '../tools/arguments.js';
import { differences } from './agreement.js';
import { readArguments, type SimulateArguments, usageOf } from './arguments.js';
import { csvOf } from './csv.js';
import { readFleet } from './fleet.js';
import { live } from './live.js';
import { loadPage } from './load-page.js';
import { LogWriter, readLog } from './log-file.js';
import { Progress } from './progress.js';
import { Replay, type ReplayCounts } from './replay.js';
import type { Run } from './run.js';
import { summarize } from './summary.js';
import { textOf } from './text.js';

const USAGE_ERROR = 2;
const FAILURE = 1;

/**
 * Runs a simulation, or counts what one has written. Ctrl-C needs nobody here: a simulation leaves the event loop no
 * turn, and there is nothing to close.
 *
 * @param argv - what stood behind the command
 * @param command - what people have called
 * @returns the exit status
 */
export async function runSimulate(argv: readonly string[], command: string): Promise<number> {
  try {
    const args = readArguments(argv);
    if (args.help) process.stdout.write(usageOf(command));
    else if (args.replay !== undefined) print(JSON.stringify(await count(args.replay)));
    else return await run(args);
    return 0;
  } catch (error) {
    const isUsage = error instanceof ArgumentError || error instanceof InvalidInputError;
    process.stderr.write(`${command}: ${error instanceof Error ? error.message : String(error)}\n`);
    if (isUsage) process.stderr.write(`\n${usageOf(command)}`);
    return isUsage ? USAGE_ERROR : FAILURE;
  }
}

async function run(args: SimulateArguments): Promise<number> {
  const { servers, queriesPerSecond, hours, seed, json } = args;
  const fleet = readFleet(args.fleet);
  // A file that cannot be written is to be known before an hour has gone into what belongs there.
  const page = args.html === undefined ? undefined : await loadPage();
  const [csv, html] = [fileAt(args.csv), fileAt(args.html)];
  const writer = args.log === undefined ? undefined : new LogWriter(args.log);
  const setting = { fleet: fleet.name, servers, queriesPerSecond, hours, seed };
  const runs: Run[] = [];
  for (const policy of args.policies) {
    const bar = new Progress(process.stderr, policy);
    const progress = (share: number) => bar.show(share);
    const log = writer && ((line: LogLine) => writer.write(line));
    const lived = await live({ policy, setting, fleet, progress, log }).finally(() => bar.end());
    runs.push(lived);
    if (json) print(JSON.stringify(summarize(lived)));
  }
  writer?.close();
  if (!json) print(textOf(runs).join('\n'));
  if (csv !== undefined) writeFileSync(csv, csvOf(runs));
  if (html !== undefined && page !== undefined) writeFileSync(html, page.pageOf(runs));
  return args.log === undefined ? 0 : await check(runs, args.log);
}

/** Counts the log again; both have to agree to the last query. */
async function check(runs: readonly Run[], log: string): Promise<number> {
  const counted = await count(log);
  const found = runs.flatMap(({ result }) => differences(result, counted));
  for (const difference of found) process.stderr.write(`simulate: ${difference}\n`);
  if (found.length > 0) return FAILURE;
  process.stderr.write(`simulate: ${log} counted again, agrees to the last query\n`);
  return 0;
}

async function count(log: string): Promise<ReplayCounts> {
  const replay = new Replay();
  for await (const line of readLog(log)) replay.take(line);
  return replay.counts;
}

function fileAt(path: string | undefined): number | undefined {
  return path === undefined ? undefined : openSync(path, 'w');
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
