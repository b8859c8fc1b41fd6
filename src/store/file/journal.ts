import { crc32 } from 'node:zlib';
import { lineOf, MAX_LINE, verdictOf } from '../lines.js';
import type { StoredVerdict } from '../verdict.js';

/** The version of the format; files of a later one are not read. */
export const VERSION = 1;

/** The first line of every journal. */
export const HEADER: string = `${JSON.stringify({ dotscout: 'verdicts', version: VERSION })}\n`;

const CRC = ',"crc":"';
/** The length of a record's end: the checksum of all octets before it, as eight hexadecimal digits. */
const TAIL = CRC.length + 8 + '"}'.length;

/**
 * A verdict as a line of a journal: a JSON object whose last member is the CRC-32 of all before it, so that each record is
 * checked by itself.
 */
export function recordOf(verdict: StoredVerdict): string {
  const body = lineOf(verdict).slice(0, -1);
  return `${body}${CRC}${crc32(body).toString(16).padStart(8, '0')}"}\n`;
}

/** What a file's first line says of it. */
export type Head =
  | { readonly kind: 'ours' }
  | { readonly kind: 'newer'; readonly version: number }
  | { readonly kind: 'foreign' };

/** Reads a first line, without its newline. */
export function headOf(line: string): Head {
  try {
    const { dotscout, version } = Object(JSON.parse(line.slice(0, MAX_LINE))) as Partial<Record<string, unknown>>;
    if (dotscout !== 'verdicts' || typeof version !== 'number') return { kind: 'foreign' };
    return version === VERSION ? { kind: 'ours' } : { kind: 'newer', version };
  } catch {
    return { kind: 'foreign' };
  }
}

/** Reads a record, without its newline; `undefined` if it is damaged. */
export function readRecord(line: string): StoredVerdict | undefined {
  const tail = line.length - TAIL;
  if (tail <= 0 || line.length > MAX_LINE || !line.startsWith(CRC, tail)) return undefined;
  const sum = Number.parseInt(line.slice(tail + CRC.length, -2), 16);
  return sum === crc32(line.slice(0, tail)) ? verdictOf(line) : undefined;
}
