import { type FileHandle, open } from 'node:fs/promises';
import { setImmediate as turn } from 'node:timers/promises';
import { nameless, type StoredVerdict } from '../verdict.js';
import { HEADER, recordOf } from './journal.js';
import { followLinks, replaceFile } from './replace-file.js';

/** Endpoints that are written; what comes after is not. */
const MAX_VERDICTS = 1_000_000;
/** So many records are made at once before the event loop goes on: a few milliseconds. */
const SLICE = 1_000;
const MODE = 0o600;

/** The file itself: what is added to it, and what takes its place. Its owner lets one thing happen at a time. */
export class JournalFile {
  readonly #path: string;
  #handle: FileHandle | undefined;
  /** Ends in the midst of a record. */
  #isCut = false;
  /** Records in it. */
  records = 0;
  /** Endpoints in it when it was read or written anew. */
  live = 0;

  /** @param path - where it is */
  constructor(path: string) {
    this.#path = path;
  }

  /** What was found in it. */
  found(records: number, live: number, isCut: boolean): void {
    this.records = records;
    this.live = live;
    this.#isCut = isCut;
  }

  /** Adds records, and returns when they are on disk. */
  async append(verdicts: Iterable<StoredVerdict>): Promise<void> {
    const lines = Array.from(verdicts, recordOf);
    const handle = await this.#opened();
    const start = this.#isCut ? '\n' : '';
    // Until it is known to be whole. A full disk takes a part of it and says nothing: the rest is written until it does.
    this.#isCut = true;
    await handle.writeFile(start + lines.join(''));
    await handle.datasync();
    this.#isCut = false;
    this.records += lines.length;
  }

  /**
   * Puts what is held now in place of all that was there: the old file stands until the new one is on disk.
   *
   * @returns whether all of it had room
   */
  async rewrite(verdicts: Iterable<StoredVerdict>, names: boolean): Promise<boolean> {
    await this.close();
    const written = { records: 0, isWhole: true };
    const path = await followLinks(this.#path);
    this.#handle = await replaceFile(path, MODE, linesOf(verdicts, names, written));
    this.found(written.records, written.records, false);
    return written.isWhole;
  }

  /** Lets go of the file. */
  async close(): Promise<void> {
    const handle = this.#handle;
    this.#handle = undefined;
    await handle?.close().catch(() => undefined);
  }

  async #opened(): Promise<FileHandle> {
    if (this.#handle !== undefined) return this.#handle;
    const handle = await open(this.#path, 'a', MODE);
    this.#handle = handle;
    // An older file may have been anybody's to read.
    await handle.chmod(MODE);
    return handle;
  }
}

async function* linesOf(
  verdicts: Iterable<StoredVerdict>,
  names: boolean,
  written: { records: number; isWhole: boolean },
): AsyncIterableIterator<string> {
  yield HEADER;
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
