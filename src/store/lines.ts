import { nameless, readStored, type StoredVerdict } from './verdict.js';

/** The longest line that can be a record, in characters. */
export const MAX_LINE = 4_096;

/** A verdict as one line of JSON, without the newline. */
export function lineOf(verdict: StoredVerdict): string {
  return JSON.stringify(verdict);
}

/**
 * Reads one line of JSON.
 *
 * @param line - anything
 * @returns `undefined` if the line is no verdict
 */
export function verdictOf(line: unknown): StoredVerdict | undefined {
  if (typeof line !== 'string' || line.length > MAX_LINE) return undefined;
  try {
    return readStored(JSON.parse(line));
  } catch {
    return undefined;
  }
}

/**
 * Verdicts as JSON Lines, each with its newline.
 *
 * @param verdicts - for instance a selector's `export()`
 * @param names - whether to keep zones and name servers, which tell where users went; default false
 */
export function* verdictLines(verdicts: Iterable<StoredVerdict>, names = false): IterableIterator<string> {
  for (const verdict of verdicts) yield `${lineOf(names ? verdict : nameless(verdict))}\n`;
}

/**
 * The verdicts in JSON Lines, for a selector's `import()`; `undefined` for a line that is no verdict, so that it is counted.
 *
 * @param lines - with or without their newlines
 */
export async function* readVerdictLines(
  lines: Iterable<string> | AsyncIterable<string>,
): AsyncIterableIterator<StoredVerdict | undefined> {
  for await (const line of lines) yield verdictOf(line);
}
