import { randomBytes } from 'node:crypto';
import { type FileHandle, open, readlink, rename, rm } from 'node:fs/promises';
import { dirname, isAbsolute } from 'node:path';

/** Links that are followed one after the other; the system's own bound. */
const MAX_LINKS = 40;

/** What stands between a file's name and the random end of the temporary file that is to take its place. */
export const TEMPORARY = '.tmp-';

/**
 * Where a name leads in the end. Links are followed by hand, because the file that the last one names need not be there yet.
 *
 * @param path - a file, or a link to one
 */
export async function followLinks(path: string): Promise<string> {
  let at = path;
  for (let links = 0; links < MAX_LINKS; links++) {
    const target = await readlink(at).catch(() => undefined);
    if (target === undefined) return at;
    // Not normalized: `..` behind a link to a directory is that directory's parent.
    at = isAbsolute(target) ? target : `${dirname(at)}/${target}`;
  }
  return at;
}

/**
 * Writes a file beside another and puts it in that one's place once it is on disk: a kill leaves the old one or the new one.
 *
 * @param path - the file, no link
 * @param mode - who may read and write it
 * @param pieces - what it holds; made while the pieces before are written
 * @returns the new file, open to append to
 */
export async function replaceFile(path: string, mode: number, pieces: AsyncIterable<string>): Promise<FileHandle> {
  const temporary = `${path}${TEMPORARY}${randomBytes(6).toString('hex')}`;
  const file = await open(temporary, 'ax', mode);
  try {
    for await (const piece of pieces) await file.writeFile(piece);
    await file.datasync();
    await rename(temporary, path);
  } catch (error) {
    await file.close().catch(() => undefined);
    await rm(temporary, { force: true }).catch(() => undefined);
    throw error;
  }
  await syncDirectory(dirname(path)).catch(async (error: unknown) => {
    await file.close().catch(() => undefined);
    throw error;
  });
  return file;
}

/** A name in a directory is on disk once the directory is. */
async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}
