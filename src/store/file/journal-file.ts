import { constants } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { setImmediate as turn } from 'node:timers/promises';
import { nameless, type StoredVerdict } from '../verdict.js';
import { HEADER, recordOf } from './journal.js';
import { followLinks, replaceFile } from './replace-file.js';
import { rewriteInPlace } from './rewrite-in-place.js';

/** Endpoints that are written; what comes after is not. */
const MAX_VERDICTS = 1_000_000;
/** So many records are made at once before the event loop goes on: a few milliseconds. */
const SLICE = 1_000;
const MODE = 0o600;

/** Why a new file cannot take a name: it is a mount of its own (EBUSY, EXDEV), or its directory is not ours to write. */
const NAME_IS_FIXED: ReadonlySet<unknown> = new Set(['EBUSY', 'EXDEV', 'EACCES', 'EPERM', 'EROFS']);

/** Which file has the name. */
interface Identity {
  readonly dev: number;
  readonly ino: number;
  /** In octets; `undefined` while it is not known how much of a record was written. */
  readonly size: number | undefined;
}

/**
 * The file itself: what is added to it, and what takes its place. Its owner lets one thing happen at a time.
 *
 * The name is the truth, not the open handle: operators remove, rotate and restore files under a running process. The handle
 * stays open between writes, so that the system gives the number of our file to no other.
 */
export class JournalFile {
  readonly #path: string;
  #handle: FileHandle | undefined;
  /** What had the name when we last looked or wrote; `undefined` for nothing. */
  #left: Identity | undefined;
  /** Ends in the midst of a record. */
  #isCut = false;
  /** No other file can take its name. */
  #isFixed = false;
  /** Records in it. */
  records = 0;
  /** Endpoints in it when it was read or written anew. */
  live = 0;

  /** @param path - where it is */
  constructor(path: string) {
    this.#path = path;
  }

  /** Takes the file that has the name now, and what was read from it, as ours to add to. */
  async found(records: number, live: number, isCut: boolean): Promise<void> {
    await this.close();
    this.#isFixed = false;
    this.#count(records, live, isCut);
    this.#left = await identityAt(this.#path);
    if (this.#left !== undefined) this.#handle = await openToAppend(this.#path).catch(() => undefined);
  }

  /** Whether the name still has the file that we left there, as long as we left it. */
  async isAsLeft(): Promise<boolean> {
    const [left, there] = [this.#left, await identityAt(this.#path)];
    if (left === undefined || there === undefined) return left === there;
    return left.dev === there.dev && left.ino === there.ino && (left.size ?? there.size) === there.size;
  }

  /**
   * Adds records, and returns when they are on disk, in the file that has the name.
   *
   * @throws an error of the system's, or that the file was replaced meanwhile
   */
  async append(verdicts: Iterable<StoredVerdict>): Promise<void> {
    const lines = Array.from(verdicts, recordOf);
    this.#handle ??= await openToAppend(this.#path);
    const handle = this.#handle;
    const start = this.#isCut ? '\n' : '';
    // Until it is known to be whole. A full disk takes a part of it and says nothing: the rest is written until it does.
    this.#isCut = true;
    if (this.#left !== undefined) this.#left = { ...this.#left, size: undefined };
    await handle.writeFile(start + lines.join(''));
    await handle.datasync();
    this.#isCut = false;
    this.records += lines.length;
    this.#left = await handle.stat();
    if (!(await this.isAsLeft())) throw new Error('the file was replaced while it was written');
  }

  /**
   * Puts what is held now in place of all that was there: the old file stands until the new one is on disk. Where no other
   * file can take the name, the same is done within the file.
   *
   * @param verdicts - makes all that is held
   * @param names - whether names of zones are written
   * @returns whether all of it had room
   */
  async rewrite(verdicts: () => Iterable<StoredVerdict>, names: boolean): Promise<boolean> {
    await this.close();
    const path = await followLinks(this.#path);
    const written = { records: 0, isWhole: true };
    if (!this.#isFixed) {
      try {
        this.#handle = await replaceFile(path, MODE, withHeader(linesOf(verdicts(), names, written)));
      } catch (error) {
        if (!NAME_IS_FIXED.has((error as NodeJS.ErrnoException).code)) throw error;
        this.#isFixed = true;
      }
    }
    if (this.#isFixed) {
      written.records = 0;
      await rewriteInPlace(path, HEADER, linesOf(verdicts(), names, written));
      this.#handle = await openToAppend(path);
    }
    this.#left = await this.#handle?.stat();
    this.#count(written.records, written.records, false);
    return written.isWhole;
  }

  /** Lets go of the file. */
  async close(): Promise<void> {
    const handle = this.#handle;
    this.#handle = undefined;
    await handle?.close().catch(() => undefined);
  }

  #count(records: number, live: number, isCut: boolean): void {
    this.records = records;
    this.live = live;
    this.#isCut = isCut;
  }
}

/** Which file has a name, if any. */
async function identityAt(path: string): Promise<Identity | undefined> {
  try {
    return await stat(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Never makes a file, which begins whole or not at all, and never waits for the other end of a pipe. */
async function openToAppend(path: string): Promise<FileHandle> {
  const handle = await open(path, constants.O_WRONLY | constants.O_APPEND | (constants.O_NONBLOCK ?? 0));
  // An older file may have been anybody's to read. A file that was mounted may be another user's, whose mode stands.
  await handle.chmod(MODE).catch(() => undefined);
  return handle;
}

async function* withHeader(lines: AsyncIterable<string>): AsyncIterableIterator<string> {
  yield HEADER;
  yield* lines;
}

async function* linesOf(
  verdicts: Iterable<StoredVerdict>,
  names: boolean,
  written: { records: number; isWhole: boolean },
): AsyncIterableIterator<string> {
  let lines: string[] = [];
  for (const verdict of verdicts) {
    if (written.records === MAX_VERDICTS) {
      written.isWhole = false;
      break;
    }
    written.records++;
    if (lines.push(recordOf(names ? verdict : nameless(verdict))) < SLICE) continue;
    yield lines.join('');
    lines = [];
    await turn();
  }
  yield lines.join('');
}
