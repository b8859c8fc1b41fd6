import { createReadStream, statSync, truncateSync } from 'node:fs';
import { CommandError, fileError } from '../exit.js';
import { type Line, numberedLines } from '../input/lines.js';
import { isOfTarget, parseTarget, withoutComment } from '../input/target.js';
import { type Format, HEADS, parseLine, type WrittenRecord } from './format.js';

/** The highest number of a line that is remembered: a bit each, so 125 MB at most. */
const MAX_LINES = 1_000_000_000;
/** So many records are compared with the input, in case that is another one. */
const MAX_COMPARED = 1_000;

/** What an interrupted scan was through with: a bit a line. */
export class DoneLines {
  #bits = new Uint8Array(1_024);
  readonly #compared = new Map<number, string>();

  /**
   * @param line - its number
   * @param target - what stood there; `undefined` if that is not known
   */
  add(line: number, target: string | undefined): void {
    const at = line >>> 3;
    if (at >= this.#bits.length) {
      const longer = new Uint8Array(Math.max(at + 1, this.#bits.length * 2));
      longer.set(this.#bits);
      this.#bits = longer;
    }
    this.#bits[at] = (this.#bits[at] ?? 0) | (1 << (line & 7));
    if (target !== undefined && this.#compared.size < MAX_COMPARED) this.#compared.set(line, target);
  }

  /**
   * Whether a line is done.
   *
   * @throws {@link CommandError} where something else stood there
   */
  has({ number, text = '' }: Line): boolean {
    if (((this.#bits[number >>> 3] ?? 0) & (1 << (number & 7))) === 0) return false;
    const known = this.#compared.get(number);
    if (known !== undefined && !isOfTarget(parseTarget(withoutComment(text)), known))
      throw new CommandError(
        `the results to go on with are of another input: line ${number} was ${known}, now ${text}`,
      );
    return true;
  }
}

/**
 * Reads what an interrupted scan has written. Half a line at its end goes, with the records of the line before it, which
 * may lack some.
 *
 * @param path - the results; no file is the same as an empty one
 * @param format - how they are written
 * @param found - is told of every record
 * @throws {@link CommandError} where it is no file of ours
 */
export async function readDone(
  path: string,
  format: Format,
  found: (record: WrittenRecord) => void,
): Promise<DoneLines> {
  const done = new DoneLines();
  const size = sizeOf(path);
  if (size === 0) return done;
  // The records of one line, which stand together.
  let group: WrittenRecord[] = [];
  const settle = (): void => {
    for (const record of group) {
      done.add(record.line, record.name ?? record.address ?? undefined);
      found(record);
    }
  };
  let at = 0;
  let groupAt = 0;
  for await (const lines of numberedLines(createReadStream(path))) {
    for (const { number, text = '', octets } of lines) {
      const isHead = number === 1 && HEADS[format] === `${text}\n`;
      const record = isHead ? undefined : parseLine(format, text);
      const isWhole = at + octets < size || endsLine(octets, text);
      if (!isHead && (record === undefined || record.line > MAX_LINES || !isWhole)) {
        if (at + octets < size) throw foreign(path, number);
        truncateSync(path, groupAt);
        return done;
      }
      if (record !== undefined && record.line !== group[0]?.line) {
        settle();
        group = [];
        groupAt = at;
      }
      if (record !== undefined) group.push(record);
      at += octets;
    }
  }
  settle();
  return done;
}

/** The last line of a file may lack its end. */
function endsLine(octets: number, text: string): boolean {
  return octets > Buffer.byteLength(text, 'latin1');
}

function sizeOf(path: string): number {
  try {
    const facts = statSync(path);
    if (!facts.isFile()) throw new CommandError(`${path}: is no file; only a file can be resumed`);
    return facts.size;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0;
    throw error instanceof CommandError ? error : fileError(path, error);
  }
}

function foreign(path: string, number: number): CommandError {
  return new CommandError(`${path}, line ${number} is no result of a scan: nothing to go on with`);
}
