// npm run model: visits every state that can be reached and holds it against the design. See arguments.ts.
import { ArgumentError } from '../tools/arguments.js';
import { type ModelArguments, readArguments, USAGE } from './arguments.js';
import { check } from './check.js';
import { readSources } from './compiled-state.js';
import type { Exploration } from './explore.js';
import { type Mutant, mutants } from './mutants.js';
import { exitStatus, summarize } from './summary.js';
import { mutantLines, tableOf, violationLines, witnessLines } from './text.js';

const USAGE_ERROR = 2;
const FAILURE = 1;

try {
  const args = readArguments(process.argv.slice(2));
  if (args.help) process.stdout.write(USAGE);
  else process.exitCode = await run(args);
} catch (error) {
  process.stderr.write(`model: ${error instanceof Error ? error.message : String(error)}\n`);
  if (error instanceof ArgumentError) process.stderr.write(`\n${USAGE}`);
  process.exitCode = error instanceof ArgumentError ? USAGE_ERROR : FAILURE;
}

async function run({ json, mutations }: ModelArguments): Promise<number> {
  const startedAt = performance.now();
  const explorations: Exploration[] = [];
  const progress = (states: number, depth: number) => show(`${states} states, depth ${depth}`);
  for (const exploration of check({ progress })) {
    explorations.push(exploration);
    for (const violation of exploration.violations) print(process.stderr, violationLines(exploration.name, violation));
  }
  const found: Mutant[] = [];
  if (mutations) {
    for await (const mutant of mutants(await readSources())) {
      found.push(mutant);
      show(`fault ${found.length}: ${mutant.mutation.what}`);
    }
  }
  show('');
  const summary = summarize(explorations, found);
  print(json ? process.stderr : process.stdout, [
    ...tableOf(explorations),
    '',
    ...(mutations ? [...mutantLines(found), ...witnessLines(found), ''] : []),
    `${((performance.now() - startedAt) / 1_000).toFixed(1)} s`,
  ]);
  if (json) process.stdout.write(`${JSON.stringify(summary)}\n`);
  return exitStatus(summary);
}

function print(to: NodeJS.WriteStream, lines: readonly string[]): void {
  to.write(`${lines.join('\n')}\n`);
}

/** Progress, in one line of a terminal. */
function show(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[2K${text}`);
}
