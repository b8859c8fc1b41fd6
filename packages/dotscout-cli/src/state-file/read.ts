import { readStateFile, type StateFile } from 'dotscout/store';
import { CommandError } from '../exit.js';
import { visible } from '../text.js';

/** Problems after which nothing of the file can be used. */
const FATAL: ReadonlySet<string> = new Set(['absent', 'foreign', 'newer', 'unreadable']);

/**
 * Reads a resolver's state file; it may be in use.
 *
 * @param path - the file
 * @throws {@link CommandError} where nothing in it can be used
 */
export async function readState(path: string): Promise<StateFile> {
  const file = await readStateFile(path);
  const fatal = file.problems.find(({ code }) => FATAL.has(code));
  if (fatal !== undefined) throw new CommandError(`${path}: ${fatal.code}, ${fatal.detail}`);
  return file;
}

/** The problems of a file that can be used anyway, in lines. */
export function problemsOf(path: string, { problems }: StateFile): readonly string[] {
  return problems.map(({ code, detail }) => visible(`dotscout: ${path}: ${code}, ${detail}`));
}
