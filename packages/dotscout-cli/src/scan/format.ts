import type { ProbeRecord } from '../look/record.js';

/** How results are written. */
export type Format = 'jsonl' | 'csv';

/** The columns of CSV; the number of the input's line comes last. */
const COLUMNS = [
  'address',
  'port',
  'verdict',
  'kind',
  'tls',
  'alpn',
  'authorized',
  'spki',
  'connectMs',
  'handshakeMs',
  'answerMs',
  'phase',
  'controlled',
  'rcode',
  'name',
] as const satisfies readonly (keyof ProbeRecord)[];

/** What of a written record a resumed scan needs: the rest is for people. */
export interface WrittenRecord extends Pick<ProbeRecord, 'address' | 'verdict' | 'kind' | 'phase' | 'name' | 'tls'> {
  readonly line: number;
}

/** What stands at the top of a file. */
export const HEADS: Readonly<Record<Format, string>> = { jsonl: '', csv: `${[...COLUMNS, 'line'].join(',')}\n` };

/**
 * One record as a line. No value that we write holds a comma, a quote or an end of line, so that CSV (RFC 4180, but for
 * its line ends, which are plain) needs no quotes.
 */
export function lineOf(format: Format, record: ProbeRecord, line: number): string {
  if (format === 'jsonl') return `${JSON.stringify({ ...record, line })}\n`;
  return `${COLUMNS.map((column) => record[column] ?? '').join(',')},${line}\n`;
}

/**
 * Reads a line that {@link lineOf} may have written.
 *
 * @param format - how
 * @param text - without its end
 * @returns `undefined` where it is none
 */
export function parseLine(format: Format, text: string): WrittenRecord | undefined {
  const fields = format === 'jsonl' ? jsonFields(text) : csvFields(text);
  if (fields === undefined) return undefined;
  const { address, verdict, kind, phase, name, tls, line } = fields;
  const isOurs = isText(address) && isText(kind) && isText(phase) && isText(name) && isText(tls) && isVerdict(verdict);
  if (!isOurs || typeof line !== 'number' || !Number.isSafeInteger(line) || line < 1) return undefined;
  return { address, verdict, kind, phase, name, tls, line };
}

function jsonFields(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

function csvFields(text: string): Record<string, unknown> | undefined {
  const cells = text.split(',');
  if (cells.length !== COLUMNS.length + 1) return undefined;
  const named = COLUMNS.map((column, index) => [column, cells[index] === '' ? null : cells[index]]);
  return { ...Object.fromEntries(named), line: Number(cells.at(-1)) };
}

function isText(value: unknown): value is string | null {
  return value === null || typeof value === 'string';
}

function isVerdict(value: unknown): value is ProbeRecord['verdict'] {
  return value === 'good' || value === 'bad' || value === 'unknown';
}
