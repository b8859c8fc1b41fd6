// npm run matrix: whether it works everywhere, as a table. See arguments.ts.
import { ArgumentError } from '../tools/arguments.js';
import { type MatrixArguments, readArguments, USAGE } from './arguments.js';
import { consumerRows } from './consumers.js';
import { packageRows } from './package.js';
import { type Outcome, outcomeOf } from './row.js';
import { runtimeRows } from './runtimes.js';
import { serverRows } from './servers/rows.js';
import { tableOf } from './table.js';

const USAGE_ERROR = 2;
const FAILURE = 1;
const SIGNALS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

// Servers and other children of ours end when this process does.
for (const [signal, code] of Object.entries(SIGNALS)) process.once(signal, () => process.exit(code));

try {
  const args = readArguments(process.argv.slice(2));
  if (args.help) process.stdout.write(USAGE);
  else process.exitCode = await run(args);
} catch (error) {
  process.stderr.write(`matrix: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = error instanceof ArgumentError ? USAGE_ERROR : FAILURE;
}

async function run({ servers, root, json, quick, only }: MatrixArguments): Promise<number> {
  const all = servers ? await serverRows(root) : [...packageRows(), ...consumerRows(), ...runtimeRows()];
  const left = quick ? 'whole' : 'quick';
  const rows = all.filter(({ place, what, part }) => part !== left && isMeant(`${place} ${what}`, only));
  if (rows.length === 0) throw new ArgumentError(`--only ${only}: there is no such row`);
  const outcomes: Outcome[] = [];
  for (const [index, row] of rows.entries()) {
    process.stderr.write(`matrix: ${index + 1} of ${rows.length}: ${row.place}, ${row.what}\n`);
    const outcome = await outcomeOf(row);
    outcomes.push(outcome);
    if (json) process.stdout.write(`${JSON.stringify(outcome)}\n`);
    if (outcome.verdict === 'FAILS') process.stderr.write(`${outcome.detail}\n`);
  }
  if (!json) process.stdout.write(`${tableOf(outcomes).join('\n')}\n`);
  return outcomes.some(({ verdict }) => verdict === 'FAILS') ? FAILURE : 0;
}

function isMeant(name: string, only: string): boolean {
  return name.toLowerCase().includes(only.toLowerCase());
}
