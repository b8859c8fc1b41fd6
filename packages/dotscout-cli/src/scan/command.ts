import { closeSync, createReadStream, fstatSync, openSync } from 'node:fs';
import { systemClock } from 'dotscout';
import { CommandError, EXIT, messageOf } from '../exit.js';
import { numberedLines } from '../input/lines.js';
import { makeNames } from '../input/names.js';
import { Looker } from '../look/look.js';
import { lookOptionsOf, type TargetOptions } from '../options.js';
import { count } from '../text.js';
import { BadLines } from './bad-lines.js';
import { FileSink } from './file-sink.js';
import type { Format } from './format.js';
import { Pace } from './pace.js';
import { ScanProgress } from './progress.js';
import { DoneLines, readDone } from './resume.js';
import { type Candidate, Scan, type ScanListener } from './scan.js';
import { StreamSink } from './stream-sink.js';
import { Tally } from './tally.js';

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
const SIGNALS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

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
  const looker = new Looker(lookOptionsOf(options));
  const names = makeNames(options.resolver);
  const source = openInput(input);
  const tally = new Tally();
  const done =
    resume && output !== undefined ? await readDone(output, format, (one) => tally.add(one)) : new DoneLines();
  const before = tally.records;
  const sink = output === undefined ? new StreamSink(process.stdout, format) : new FileSink(output, format, resume);
  const badLines = new BadLines(input === '-' ? 'stdin' : input, (text) => process.stderr.write(`${text}\n`));
  const standing = { octets: 0, skippedOctets: 0, probed: 0, inFlight: 0 };
  const listener: ScanListener = {
    done: (line, records) => {
      standing.octets += line.octets;
      if (records.length === 0) standing.skippedOctets += line.octets;
      standing.probed += records.length;
      for (const record of records) tally.add(record);
    },
    bad: (line) => {
      standing.octets += line.octets;
      tally.addBadLine();
      badLines.tell(line);
    },
  };
  const stop = new Stop();
  const run = new Scan({
    lines: numberedLines(source.chunks),
    skips: (line) => done.has(line),
    looker,
    names,
    pace: new Pace<Candidate>(options, systemClock.now()),
    sink,
    listener,
    clock: systemClock,
    concurrency: options.concurrency,
    signal: stop.signal,
  });
  // On one terminal the results would run into the bar.
  const shows = output !== undefined || process.stdout.isTTY !== true;
  const progress = shows ? new ScanProgress(process.stderr, source.octets, systemClock) : undefined;
  const shown = setInterval(() => progress?.show({ ...standing, inFlight: run.inFlight }), SHOW_MS);
  const startedAt = systemClock.now();
  try {
    await run.run();
  } finally {
    clearInterval(shown);
    progress?.end();
    stop.end();
    source.close();
    if (sink instanceof FileSink) sink.close();
  }
  badLines.end();
  const say = output === undefined ? process.stderr : process.stdout;
  const seconds = (systemClock.now() - startedAt) / 1_000;
  const rate = count(Math.round(standing.probed / Math.max(seconds, 0.001)));
  const earlier = before === 0 ? '' : `, ${count(before)} before`;
  const head = `${count(standing.probed)} addresses in ${seconds.toFixed(1)} s, ${rate} a second${earlier}`;
  say.write(`${[...tally.table(), '', head].join('\n')}\n`);
  if (stop.status === undefined) return tally.badLines > 0 ? EXIT.no : EXIT.done;
  const goesOn = output === undefined ? '' : `; the same command with --resume goes on with ${output}`;
  process.stderr.write(`dotscout: interrupted${goesOn}\n`);
  return stop.status;
}

/** Ends a scan in good order when a signal comes; the second one ends the process. */
class Stop {
  /** What the exit status has to be, once a signal has come. */
  status: number | undefined;
  readonly #controller = new AbortController();
  readonly #listeners = Object.entries(SIGNALS).map(([name, status]) => ({
    name,
    listen: (): void => {
      if (this.status !== undefined) process.exit(status);
      this.status = status;
      this.#controller.abort();
    },
  }));

  constructor() {
    for (const { name, listen } of this.#listeners) process.on(name, listen);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  end(): void {
    for (const { name, listen } of this.#listeners) process.off(name, listen);
  }
}

/** An input that is open. */
interface Input {
  readonly chunks: AsyncIterable<Uint8Array>;
  /** Its length, where that is known. */
  readonly octets: number | undefined;
  close(): void;
}

function openInput(input: string): Input {
  if (input === '-') {
    const { stdin } = process;
    return { chunks: stdin, octets: undefined, close: () => void stdin.destroy() };
  }
  try {
    const file = openSync(input, 'r');
    const facts = fstatSync(file);
    if (facts.isDirectory()) {
      closeSync(file);
      throw new CommandError(`${input} is a directory`);
    }
    const stream = createReadStream('', { fd: file });
    return { chunks: stream, octets: facts.isFile() ? facts.size : undefined, close: () => void stream.destroy() };
  } catch (error) {
    throw error instanceof CommandError ? error : new CommandError(messageOf(error), EXIT.failed, { cause: error });
  }
}
