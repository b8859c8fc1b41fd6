import { closeSync, createReadStream, openSync, writeSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { LogLine } from '../src/testing/simulation/log-writer.js';

/** The simulator does not wait for a disk, so that lines are written where they arise, some thousand at once. */
const BATCH = 4_096;

/** Writes a log: JSON Lines, a line each. What it holds in memory is bounded. */
export class LogWriter {
  readonly #file: number;
  #lines: string[] = [];

  /** @param path - the file, which is written anew */
  constructor(path: string) {
    this.#file = openSync(path, 'w');
  }

  /** Adds a line. */
  write(line: LogLine): void {
    if (this.#lines.push(`${JSON.stringify(line)}\n`) >= BATCH) this.#flush();
  }

  /** Writes what is left, and closes the file. */
  close(): void {
    this.#flush();
    closeSync(this.#file);
  }

  #flush(): void {
    let rest = Buffer.from(this.#lines.join(''));
    this.#lines = [];
    while (rest.length > 0) rest = rest.subarray(writeSync(this.#file, rest));
  }
}

/**
 * Reads a log, line by line.
 *
 * @param path - the file
 * @throws an error that names the line that is none of a log's
 */
export async function* readLog(path: string): AsyncGenerator<LogLine> {
  let number = 0;
  for await (const text of createInterface({ input: createReadStream(path), crlfDelay: Number.POSITIVE_INFINITY })) {
    number++;
    const line = parsed(text);
    if (!isLogLine(line)) throw new Error(`${path}, line ${number} is no line of a log: ${text.slice(0, 80)}`);
    yield line;
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const VERDICTS: readonly unknown[] = ['unknown', 'good', 'bad'];
const WAYS: readonly unknown[] = ['dot', 'do53', 'both', 'none'];

/** Whether a value is a line of a log, down to what a count rests on. */
function isLogLine(value: unknown): value is LogLine {
  if (typeof value !== 'object' || value === null) return false;
  const line = value as Readonly<Record<string, unknown>>;
  // Addresses that are none of the fleet's, an attacker's, have a number below 0.
  if (!isAmount(line.at) || !Number.isSafeInteger(line.endpoint)) return false;
  switch (line.type) {
    case 'capable':
      return typeof line.capable === 'boolean';
    case 'verdict':
      return VERDICTS.includes(line.verdict);
    case 'probe':
      return isAmount(line.ms);
    case 'queries':
      return isWhole(line.count) && WAYS.includes(line.way) && typeof line.why === 'string';
    default:
      return false;
  }
}

function isAmount(value: unknown): boolean {
  return typeof value === 'number' && value >= 0;
}

function isWhole(value: unknown): boolean {
  return Number.isSafeInteger(value) && isAmount(value);
}
