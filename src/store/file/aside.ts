import { copyFile, link, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { TEMPORARY } from './replace-file.js';

/** How many broken files are kept. */
const MOST = 4;

/**
 * Sets a file aside, under its name and the time of day, so that nothing in it is lost. At most four are kept; the oldest
 * go.
 *
 * @param path - the file, no link
 * @param how - whether it is moved, or also stays where it is
 * @param wall - the time of day, in milliseconds since 1970
 * @returns where it is now
 */
export async function setAside(path: string, how: 'move' | 'copy', wall: number): Promise<string> {
  const stamp = new Date(wall).toISOString().replaceAll(/[-:.]/g, '');
  const aside = `${path}.broken-${stamp}`;
  // What is a mount of its own can be neither moved nor linked; it is written over afterwards.
  const set = how === 'move' ? rename(path, aside) : link(path, aside);
  await set.catch(() => copyFile(path, aside));
  await prune(path, '.broken-', MOST);
  return aside;
}

/** Removes temporary files that a kill left while the file was being written anew. */
export async function sweepTemporary(path: string): Promise<void> {
  await prune(path, TEMPORARY, 0);
}

async function prune(path: string, infix: string, most: number): Promise<void> {
  const directory = dirname(path);
  const names = (await readdir(directory)).filter((name) => name.startsWith(`${basename(path)}${infix}`)).sort();
  for (const name of names.slice(0, Math.max(0, names.length - most))) await rm(join(directory, name), { force: true });
}
