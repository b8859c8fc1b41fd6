import { systemClock } from 'dotscout';
import { CommandError, EXIT } from '../exit.js';
import { numberedLines } from '../input/lines.js';
import { makeNames } from '../input/names.js';
import { AddressProber } from '../look/probe-address.js';
import { lookOptionsOf, type TargetOptions } from '../options.js';
import { type Output, widthOf } from '../text.js';
import { FileSink } from './file-sink.js';
import type { Format } from './format.js';
import { openInput } from './open-input.js';
import { Pace } from './pace.js';
import { ScanProgress } from './progress.js';
import { ScanReport } from './report.js';
import { DoneLines, readDone } from './resume.js';
import { type Candidate, Scan } from './scan.js';
import { Stop } from './stop.js';
import { StreamSink } from './stream-sink.js';

/** What `dotscout scan` is asked. */
export interface ScanCommandOptions extends TargetOptions {
  /** A file; without one results go to stdout. */
  readonly output?: string;
  readonly format?: Format;
  readonly resume?: boolean;
  readonly concurrency: number;
  readonly rate: number;
  readonly prefixRate: number;
}

const SHOW_MS = 200;

/**
 * Runs `dotscout scan`.
 *
 * @param input - a file, or `-` for stdin
 * @param options - from the command line
 * @returns the exit status
 */
export async function scan(input: string, options: ScanCommandOptions): Promise<number> {
  const { output, resume = false } = options;
  if (resume && output === undefined) throw new CommandError('--resume goes on with a file: --output', EXIT.usage);
  const format = options.format ?? (output?.endsWith('.csv') === true ? 'csv' : 'jsonl');
  const looker = new AddressProber(lookOptionsOf(options));
  const names = makeNames(options.resolver);
  const source = openInput(input);
  const report = new ScanReport(source.name);
  const journal = resume ? output : undefined;
  const done = journal === undefined ? new DoneLines() : await readDone(journal, format, report.earlier);
  const sink = output === undefined ? new StreamSink(process.stdout, format) : new FileSink(output, format, resume);
  const stop = new Stop();
  const run = new Scan({
    lines: numberedLines(source.chunks),
    skips: (line) => done.has(line),
    looker,
    names,
    pace: new Pace<Candidate>(options, systemClock.now()),
    sink,
    listener: report,
    clock: systemClock,
    concurrency: options.concurrency,
    signal: stop.signal,
  });
  // On one terminal the results would run into the bar.
  const shows = output !== undefined || process.stdout.isTTY !== true;
  const progress = shows ? new ScanProgress(process.stderr, source.octets, systemClock) : undefined;
  const shown = setInterval(() => progress?.show(report.standing(run)), SHOW_MS);
  const startedAt = systemClock.now();
  try {
    await run.run();
  } finally {
    clearInterval(shown);
    progress?.end();
    stop.end();
    void names.close();
    source.close();
    if (sink instanceof FileSink) sink.close();
  }
  const [badLines, ownTrouble] = [report.badLines(), report.ownTrouble()];
  say(
    process.stderr,
    [...badLines, ...ownTrouble].map((text) => `dotscout: ${text}`),
  );
  const told = output === undefined ? process.stderr : process.stdout;
  say(told, report.summary(systemClock.now() - startedAt, run.brakes, widthOf(told)));
  if (stop.status === undefined) {
    if (ownTrouble.length > 0) return EXIT.failed;
    return badLines.length > 0 ? EXIT.no : EXIT.done;
  }
  const goesOn = output === undefined ? '' : `; the same command with --resume goes on with ${output}`;
  say(process.stderr, [`dotscout: interrupted${goesOn}`]);
  return stop.status;
}

function say(output: Output, lines: readonly string[]): void {
  if (lines.length > 0) output.write(`${lines.join('\n')}\n`);
}
