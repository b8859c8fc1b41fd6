import { readStored, type StoredVerdict } from './verdict.js';

/** A longer line is no record, in characters. */
export const MAX_LINE = 4_096;

/** What import has made of lines. */
export interface Imported {
  /** Lines that were verdicts. */
  readonly taken: number;
  /** Lines that were none, or of an address where we never connect. */
  readonly skipped: number;
}

/** A verdict as one line of JSON, without its end. */
export function lineOf(verdict: StoredVerdict): string {
  return JSON.stringify(verdict);
}

/**
 * Reads one line of JSON.
 *
 * @param line - anything
 * @returns `undefined` if it is no verdict
 */
export function verdictOf(line: unknown): StoredVerdict | undefined {
  if (typeof line !== 'string' || line.length > MAX_LINE) return undefined;
  try {
    return readStored(JSON.parse(line));
  } catch {
    return undefined;
  }
}
