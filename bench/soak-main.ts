// npm run soak: many queries for a long time, and whether anything is lost or left behind. See soak.ts.
import { ArgumentError, readOptions, wholeNumber } from '../tools/arguments.js';
import { exitStatus, judge } from './result.js';
import { writeSoak } from './results-file.js';
import { soak, soakBars } from './soak.js';
import { tableOf } from './text.js';

const USAGE = `Usage: npm run soak -- [options]

Half the maximum rate, on NSD and on servers that close at random. Exit status 1 if a query fails, memory or file
descriptors grow or stay, or the machine was so busy with others that this shows nothing (soak.waited).

  --seconds N  how long; default 30
  --json       one JSON object a line, a figure each; progress goes to stderr
  --results    writes the soak's part of bench/RESULTS.md
  --help       prints this
`;
const USAGE_ERROR = 2;
const FAILURE = 1;
const SIGNALS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;
const MIN_SECONDS = 5;
const MAX_SECONDS = 86_400;

// Servers of ours end when this process does.
for (const [signal, code] of Object.entries(SIGNALS)) process.once(signal, () => process.exit(code));

try {
  const { help, json, seconds, results } = readOptions(process.argv.slice(2), {
    help: { type: 'boolean', short: 'h', default: false },
    seconds: { type: 'string', default: '30' },
    json: { type: 'boolean', default: false },
    results: { type: 'boolean', default: false },
  });
  if (help) process.stdout.write(USAGE);
  else process.exitCode = await run(wholeNumber('--seconds', seconds, MIN_SECONDS, MAX_SECONDS), json, results);
} catch (error) {
  process.stderr.write(`soak: ${error instanceof Error ? error.message : String(error)}\n`);
  if (error instanceof ArgumentError) process.stderr.write(`\n${USAGE}`);
  process.exitCode = error instanceof ArgumentError ? USAGE_ERROR : FAILURE;
}

async function run(seconds: number, json: boolean, writes: boolean): Promise<number> {
  const found = await soak(seconds);
  const results = judge(soakBars(found), found);
  if (json) for (const result of results) process.stdout.write(`${JSON.stringify(result)}\n`);
  (json ? process.stderr : process.stdout).write(`${tableOf(results).join('\n')}\n`);
  if (writes) await writeSoak(results, seconds);
  return exitStatus(results);
}
