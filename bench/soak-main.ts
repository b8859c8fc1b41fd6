// npm run soak: many queries for a long time, and whether anything is lost or left behind. See soak.ts.
import { parseArgs } from 'node:util';
import { exitStatus, judge } from './result.js';
import { writeSoak } from './results-file.js';
import { SOAK_BARS, soak } from './soak.js';
import { tableOf } from './text.js';

const USAGE = `Usage: npm run soak -- [options]

Half the maximum rate, on NSD and on servers that close at random. Exit status 1 if a query fails, or memory or file
descriptors grow.

  --seconds N  how long; default 30
  --json       one JSON object a line, a figure each; progress goes to stderr
  --results    writes the soak's part of bench/RESULTS.md
`;
const USAGE_ERROR = 2;
const FAILURE = 1;
const SIGNALS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;
const MIN_SECONDS = 5;
const MAX_SECONDS = 86_400;

// Servers of ours end when this process does.
for (const [signal, code] of Object.entries(SIGNALS)) process.once(signal, () => process.exit(code));

const given = read();
if (given === undefined) {
  process.stderr.write(USAGE);
  process.exitCode = USAGE_ERROR;
} else {
  try {
    process.exitCode = await run(given.seconds, given.json, given.results);
  } catch (error) {
    process.stderr.write(`soak: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = FAILURE;
  }
}

async function run(seconds: number, json: boolean, writes: boolean): Promise<number> {
  const results = judge(SOAK_BARS, await soak(seconds));
  if (json) for (const result of results) process.stdout.write(`${JSON.stringify(result)}\n`);
  (json ? process.stderr : process.stdout).write(`${tableOf(results).join('\n')}\n`);
  if (writes) await writeSoak(results, seconds);
  return exitStatus(results);
}

function read(): { seconds: number; json: boolean; results: boolean } | undefined {
  try {
    const { values } = parseArgs({
      options: {
        seconds: { type: 'string', default: '30' },
        json: { type: 'boolean', default: false },
        results: { type: 'boolean', default: false },
      },
    });
    const seconds = /^\d{1,5}$/.test(values.seconds) ? Number(values.seconds) : Number.NaN;
    return seconds >= MIN_SECONDS && seconds <= MAX_SECONDS ? { ...values, seconds } : undefined;
  } catch {
    return undefined;
  }
}
