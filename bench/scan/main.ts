// npm run bench:scan: what dotscout scan is promised to bear, on a hundred thousand targets of all kinds.
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { ArgumentError, readOptions, wholeNumber } from '../../tools/arguments.js';
import { aligned } from '../../tools/tables.js';
import type { Measurement } from '../bench.js';
import type { BenchOrder } from '../bench-process.js';
import { startChild } from '../child.js';
import { mean } from '../statistics.js';
import type { Met } from './fleet-process.js';
import { addressOfTarget, CAPABLE, faultOfTarget, targetAt } from './mix.js';
import { runScan, type ScanRun } from './scan-run.js';

const USAGE = `Usage: npm run bench:scan -- [options]

Scans loopback targets of all kinds, one in a hundred silent; interrupts it by SIGINT and by SIGKILL, resumes it, and
compares its rate with the bench's rate of probes before, between and after. Exit status 1 if a bar is missed.

  --targets N  how many; default 100000
  --help       prints this
`;
const MAIN = resolve('packages/dotscout-cli/dist/main.js');
const CONCURRENCY = 32;
/** Probes that wait for silent servers come on top of those; see scan.ts of the command. */
const IN_FLIGHT = CONCURRENCY * 17;
const MOST_MB = 300;
const LEAST_OF_BENCH = 0.8;
const MIN_TARGETS = 1_000;
const MAX_TARGETS = 1_000_000;
/** About so long is a record, in octets: what tells how far a scan is. */
const RECORD = 320;
const SIGNALS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

// Servers of ours end when this process does.
for (const [signal, code] of Object.entries(SIGNALS)) process.once(signal, () => process.exit(code));

const folder = mkdtempSync(join(tmpdir(), 'dotscout-scan-'));
try {
  const { help, targets } = readOptions(process.argv.slice(2), {
    help: { type: 'boolean', short: 'h', default: false },
    targets: { type: 'string', default: '100000' },
  });
  if (help) process.stdout.write(USAGE);
  else process.exitCode = await run(wholeNumber('--targets', targets, MIN_TARGETS, MAX_TARGETS));
} catch (error) {
  process.stderr.write(`bench:scan: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = error instanceof ArgumentError ? 2 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function run(targets: number): Promise<number> {
  await using fleet = startChild('scan/fleet-process');
  const { port, dotPort } = await fleet.ask<Met>('start');
  const [list, output] = [join(folder, 'targets'), join(folder, 'results.jsonl')];
  writeFileSync(list, Array.from({ length: targets }, (_, index) => `${addressOfTarget(index)}\n`).join(''));
  const where = ['--allow', '127.0.0.0/8', '--port', `${dotPort}`, '--do53-port', `${port}`];
  const pace = ['--concurrency', `${CONCURRENCY}`, '--rate', '10000', '--prefix-rate', '1000000'];
  const args = [MAIN, 'scan', ...where, ...pace, '--resume', '-o', output, list];
  // What was open at the server when a run was ended is what may be probed twice.
  let open = 0;
  const lookAtOpen = async () => {
    open += (await fleet.ask<Met>('look')).open;
  };
  const past = (share: number) => () => existsSync(output) && statSync(output).size > share * targets * RECORD;
  const interrupts = [
    { signal: 'SIGINT', when: past(0.25), before: lookAtOpen },
    { signal: 'SIGKILL', when: past(0.5), before: lookAtOpen },
    undefined,
  ] as const;
  const runs: ScanRun[] = [];
  // The machine may be busier at one time than at another: the bench runs before, between and after.
  const rates = [await benchRate()];
  for (const interrupt of interrupts) {
    runs.push(await runScan(args, interrupt));
    rates.push(await benchRate());
  }
  return report({ targets, runs, met: await fleet.ask<Met>('look'), open, bench: mean(rates), output });
}

/** Probes a second by the bench of probes, at the same concurrency. */
async function benchRate(): Promise<number> {
  await using child = startChild('bench-process');
  const order: BenchOrder = { bench: 'probe', effort: 'quick' };
  const [probe] = await child.ask<readonly Measurement[]>(order);
  return probe?.value ?? Number.NaN;
}

interface Outcome {
  readonly targets: number;
  readonly runs: readonly ScanRun[];
  readonly met: Met;
  readonly open: number;
  readonly bench: number;
  readonly output: string;
}

function report({ targets, runs, met, open, bench, output }: Outcome): number {
  const records = readFileSync(output, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Found);
  const once = new Set(records.map(({ address }) => address)).size;
  const wrong = records.filter(({ address, verdict }) => (verdict === 'good') !== isCapable(address)).length;
  const answered = records.filter(({ kind }) => kind !== 'silent').length;
  const seconds = runs.reduce((sum, one) => sum + one.seconds, 0);
  const peak = Math.max(...runs.map(({ peakMb }) => peakMb));
  const rate = answered / seconds;
  const endings = runs.map(({ ended }) => ended).join(', ');
  const rows: readonly (readonly [string, string, boolean])[] = [
    [
      'targets in the results, once each',
      `${once} of ${targets}, ${records.length} lines`,
      once === targets && records.length === targets,
    ],
    ['wrong verdicts', `${wrong}`, wrong === 0],
    ['runs ended by', endings, endings === '130, SIGKILL, 0'],
    ['peak memory', `${peak.toFixed(0)} MB, at most ${MOST_MB}`, peak < MOST_MB],
    ['targets met', `${met.targets}`, met.targets === targets],
    [
      'probed twice',
      `${met.repeated}; open at the two ends ${open}; in flight at most ${2 * IN_FLIGHT}`,
      met.repeated <= 2 * IN_FLIGHT,
    ],
    ['seconds of the runs', runs.map((one) => one.seconds.toFixed(1)).join(' + '), true],
    [
      'answered targets a second',
      `${rate.toFixed(0)}; bench ${bench.toFixed(0)}, ratio ${(rate / bench).toFixed(2)}, at least ${LEAST_OF_BENCH}`,
      rate / bench >= LEAST_OF_BENCH,
    ],
  ];
  process.stdout.write(
    `${aligned(rows.map(([name, value, isMet]) => [`${isMet ? 'met   ' : 'MISSED'}  ${name}`, value])).join('\n')}\n`,
  );
  return rows.every(([, , isMet]) => isMet) ? 0 : 1;
}

/** What of a record is looked at. */
interface Found {
  readonly address: string;
  readonly verdict: string;
  readonly kind: string | null;
}

function isCapable(address: string): boolean {
  return CAPABLE.has(faultOfTarget(targetAt(address)));
}
