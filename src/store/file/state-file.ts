import type { StoreCode } from '../store.js';
import type { StoredVerdict } from '../verdict.js';
import { readJournal } from './read-journal.js';

/** What a state file holds, for whoever looks at it from outside. */
export interface StateFile {
  /** The latest of each endpoint, in the order in which they were first written. */
  readonly verdicts: readonly StoredVerdict[];
  /** Records in it, older ones of the same endpoint among them. */
  readonly records: number;
  /** What is wrong with it. */
  readonly problems: readonly { readonly code: StoreCode | 'absent' | 'empty'; readonly detail: string }[];
}

/**
 * Reads a state file without a lock and without writing anything; it may be in use. Never throws.
 *
 * @param path - the file
 */
export async function readStateFile(path: string): Promise<StateFile> {
  const { verdicts, records, broken, isCut, trouble, detail } = await readJournal(path);
  const problems: { code: StoreCode | 'absent' | 'empty'; detail: string }[] = [];
  if (trouble !== undefined) problems.push({ code: trouble, detail });
  if (broken > 0) problems.push({ code: 'broken-records', detail: `${broken} records are damaged` });
  if (isCut && trouble === undefined) problems.push({ code: 'cut-short', detail: 'the last record is not whole' });
  return { verdicts: [...verdicts.values()], records, problems };
}
