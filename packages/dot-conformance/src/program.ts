import { readFileSync } from 'node:fs';
import { ArgumentError } from '../../../tools/arguments.js';
import { Place } from '../../../tools/place.js';
import type { Arguments } from './arguments.js';
import { feelTableOf } from './report/feel.js';
import { differences, readResults, writeResults } from './report/files.js';
import type { ScenarioResult, Sheet } from './report/result.js';
import { reasonsOf, tableOf } from './report/table.js';
import type { Adapter } from './resolvers/adapter.js';
import { anyCommand } from './resolvers/command.js';
import { dnsdist } from './resolvers/dnsdist.js';
import { dotscout, neverFallsBack } from './resolvers/dotscout.js';
import { powerdns, powerdnsNext } from './resolvers/powerdns.js';
import { Run } from './run/run.js';
import { CATALOGUE } from './sheet/catalogue.js';
import type { Scenario } from './sheet/scenario.js';
import { World } from './world/world.js';

/** The user's resolver in results. */
const COMMAND = 'command';

/** What is to be run. */
export interface Assignment {
  readonly adapters: readonly Adapter[];
  readonly scenarios: readonly Scenario[];
}

/**
 * Finds out what is meant.
 *
 * @throws `ArgumentError`
 */
export function assignmentOf({ resolvers, root, command, config, only, quick, bars }: Arguments): Assignment {
  const there = root === undefined ? undefined : placeAt(root);
  const known: readonly Adapter[] = [dotscout, powerdns, powerdnsNext(there), dnsdist(there), neverFallsBack];
  const named = resolvers.map((name) => {
    const adapter = known.find((one) => one.name === name);
    if (adapter === undefined) {
      throw new ArgumentError(`--resolver ${name}: expected one of ${known.map((one) => one.name).join(', ')}`);
    }
    return adapter;
  });
  const own = command === undefined ? [] : [anyCommand({ name: COMMAND, command, configuration: textOf(config) })];
  const adapters = [...named, ...own];
  const scenarios = CATALOGUE.filter((scenario) => isMeant(scenario, only, quick));
  if (scenarios.length === 0) throw new ArgumentError(`--only ${only.join(', ')}: there is no such scenario`);
  for (const name of bars.keys()) {
    if (!adapters.some((one) => one.name === name)) throw new ArgumentError(`--bar ${name}: it is not under test`);
  }
  return { adapters, scenarios };
}

/**
 * Runs the scenarios, in the servers' namespace, and prints what comes of it.
 *
 * @param args - the command line
 * @param namespace - the resolvers' namespace
 * @returns whether all is at the bar, and as it was
 */
export async function runHere(args: Arguments, namespace: string): Promise<boolean> {
  const { adapters, scenarios } = assignmentOf(args);
  const { jobs, clientFeel: isFelt } = args;
  const before = args.sameAs === undefined ? undefined : readResults(args.sameAs);
  await using world = await World.open(args.rttMs);
  const sheets: Sheet[] = [];
  for (const adapter of adapters) {
    let done = 0;
    const onResult = (resolver: string, result: ScenarioResult): void => {
      done += 1;
      const head = `${resolver}, ${done} of ${scenarios.length}: ${result.id} ${result.verdict}`;
      process.stderr.write(`${[head, ...reasonsOf(result)].join('\n    ')}\n`);
    };
    const onDisturbed = (id: string, ms: number): void => {
      process.stderr.write(`${adapter.name}: ${id} once more, the machine stood still for ${ms} ms\n`);
    };
    const sheet = await new Run({ world, namespace, scenarios, jobs, isFelt, onResult, onDisturbed }).sheetOf(adapter);
    sheets.push(sheet);
    if (args.json) process.stdout.write(`${JSON.stringify(sheet)}\n`);
  }
  if (!args.json) process.stdout.write(`${[...tableOf(scenarios, sheets), ...feelTableOf(sheets)].join('\n')}\n`);
  if (args.write !== undefined) writeResults(args.write, scenarios, sheets);
  const changed = before === undefined ? [] : differences(before, sheets);
  for (const difference of changed) process.stderr.write(`${difference}\n`);
  return changed.length === 0 && sheets.every((sheet) => isAtBar(sheet, args.bars));
}

/** What the scenarios are, for `--list`. */
export function listed(): string {
  return CATALOGUE.map(({ id, text, source }) => `${id.padEnd(6)}${text}\n      ${source}\n`).join('');
}

/** Whether few enough scenarios do not pass. Without any bar, a fail is below it, and what is not run is not. */
export function isAtBar({ resolver, results }: Sheet, bars: ReadonlyMap<string, number>): boolean {
  if (bars.size === 0) return results.every(({ verdict }) => verdict !== 'fail');
  const bar = bars.get(resolver);
  return (
    bar === undefined || results.filter(({ verdict }) => verdict === 'fail' || verdict === 'not run').length <= bar
  );
}

function isMeant({ id, quick = false }: Scenario, only: readonly string[], isQuick: boolean): boolean {
  return (quick || !isQuick) && (only.length === 0 || only.some((beginning) => id.startsWith(beginning)));
}

function placeAt(root: string): Place {
  try {
    return new Place(root);
  } catch (error) {
    throw new ArgumentError(`--root: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function textOf(file: string | undefined): string {
  if (file === undefined) return '';
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new ArgumentError(`--config: ${error instanceof Error ? error.message : String(error)}`);
  }
}
