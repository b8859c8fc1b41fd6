import type { Timer } from '../../common/clock.js';
import { InvalidInputError, textOf } from '../../common/errors.js';
import { type Names, requireNames } from '../../state/known-names.js';
import type { Store, StoreCode, StoreHost } from '../store.js';
import { keyOfStored, nameless, ReadVerdicts, type StoredVerdict } from '../verdict.js';
import { setAside, sweepTemporary } from './aside.js';
import { JournalFile } from './journal-file.js';
import { LOCK_BEAT_MS, Lock, type Taken } from './lock.js';
import { type Journal, readJournal } from './read-journal.js';
import { followLinks } from './replace-file.js';

/** How a {@link FileStore} works. */
export interface FileStoreOptions {
  /** The file; its directory must be there. Beside it stand `.lock`, and what was set aside as `.broken-…`. */
  readonly path: string;
  /** Whether the zone and the name server an endpoint was last asked for are stored: they tell where users went. Default false. */
  readonly names?: boolean | undefined;
}

const NAMES: Names<FileStoreOptions> = { path: true, names: true };
/** How long changes are gathered before they are written, in milliseconds; they are on disk within a second. */
const GATHER_MS = 200;
/** The time until the next try after a failure, in milliseconds; it doubles. */
const RETRY_MS = 1_000;
const MAX_RETRY_MS = 60_000;
/** Changes that wait while nothing can be written; beyond that, all is written anew once that is possible. */
const MAX_WAITING = 65_536;
/** The journal is written anew when it has this many records more than twice the endpoints that it had before. */
const SLACK = 1_000;

/**
 * Keeps verdicts in a file: a journal of changes in JSON Lines, each with a checksum of its own, written anew and short when
 * it has grown. On disk within a second; no query waits for it. Mode 0600.
 *
 * **Bounds.** One writer: a second process reads, is told so (`locked`), and takes over when the first has gone. 65,536
 * changes wait in memory while the disk cannot be written; 1,000,000 endpoints are written; four broken files are kept.
 *
 * @example
 * ```ts
 * const store = new FileStore({ path: '/var/lib/resolver/dot.jsonl' });
 * const selector = await TransportSelector.open({ store });
 * ```
 */
export class FileStore implements Store {
  readonly #path: string;
  readonly #names: boolean;
  readonly #lock: Lock;
  readonly #file: JournalFile;
  #host: StoreHost | undefined;
  /** The verdicts to be written, the latest of each endpoint. */
  #waiting = new Map<string, StoredVerdict>();
  /** All is to be written anew: more has changed than was kept, or the file's content must not stay. */
  #isStale = false;
  /** The file must not be overwritten: it is not read yet, or could not be. */
  #isBarred = true;
  #work: Promise<void> = Promise.resolve();
  #gathering: Timer | undefined;
  #beating: Timer | undefined;
  #retryMs = RETRY_MS;
  #trouble: StoreCode | undefined;
  #closed = false;

  /**
   * @param options - which file
   * @throws `InvalidInputError` `INVALID_OPTION`
   */
  constructor(options: FileStoreOptions) {
    requireNames('INVALID_OPTION', options, NAMES);
    const { path, names = false } = options;
    if (typeof path !== 'string' || path === '' || path.includes('\0'))
      throw new InvalidInputError('INVALID_OPTION', path, 'path: the name of a file');
    if (typeof names !== 'boolean') throw new InvalidInputError('INVALID_OPTION', names, 'names: true or false');
    this.#path = path;
    this.#names = names;
    this.#lock = new Lock(`${path}.lock`);
    this.#file = new JournalFile(path);
  }

  /** {@inheritDoc Store.open} */
  async open(host: StoreHost): Promise<Iterable<StoredVerdict>> {
    this.#host = host;
    const taken = await this.#lock.take();
    const journal = await readJournal(this.#path);
    if (taken === 'ours') await this.#begin(journal);
    else {
      this.#complainOf(taken);
      this.#tellOf(journal);
    }
    this.#beat();
    const read = new ReadVerdicts();
    // `from` takes four times as long.
    for (const verdict of journal.verdicts.values()) read.push(verdict);
    return read;
  }

  /** {@inheritDoc Store.append} */
  append(verdict: StoredVerdict): void {
    if (this.#closed) return;
    this.#waiting.set(keyOfStored(verdict), this.#names ? verdict : nameless(verdict));
    if (this.#waiting.size > MAX_WAITING) {
      this.#waiting.clear();
      this.#isStale = true;
    }
    if (this.#trouble === undefined) this.#gather(GATHER_MS);
  }

  /** {@inheritDoc Store.compact} */
  compact(): Promise<void> {
    this.#isStale = true;
    return this.flush();
  }

  /** {@inheritDoc Store.flush} */
  flush(): Promise<void> {
    const written = this.#work.then(() => this.#write());
    this.#work = written.catch(() => undefined);
    return written;
  }

  /** {@inheritDoc Store.close} */
  async close(): Promise<void> {
    this.#gathering?.cancel();
    this.#beating?.cancel();
    await this.flush().catch(() => undefined);
    this.#closed = true;
    await this.#file.close();
    await this.#lock.release();
  }

  // --- What is there ------------------------------------------------------------------------------------------------

  /** Begins to write: a broken file is set aside first, so that nothing of it is lost. */
  async #begin(journal: Journal): Promise<void> {
    const { trouble, broken, isCut, records, verdicts } = journal;
    this.#tellOf(journal);
    const wall = this.#host?.clock.wall() ?? 0;
    try {
      const path = await followLinks(this.#path);
      await sweepTemporary(path);
      if (trouble === 'foreign' || trouble === 'newer') await setAside(path, 'move', wall);
      else if (broken > 0) await setAside(path, 'copy', wall);
      await this.#file.found(records, verdicts.size, isCut);
      this.#isBarred = trouble === 'unreadable';
      // A file begins whole, with its header, or not at all.
      this.#isStale ||= broken > 0 || trouble !== undefined;
    } catch (error) {
      this.#isBarred = true;
      this.#complain('unwritable', `what is there could not be set aside: ${textOf(error)}`);
    }
    if (broken > 0) this.#gather(GATHER_MS);
  }

  /**
   * The file is not the one that we left: somebody has removed, moved, replaced or restored it, or cut it short. What it
   * holds now is hearsay, as others' knowledge is, and all that we hold is written anew.
   */
  async #lookAgain(): Promise<void> {
    const journal = await readJournal(this.#path);
    if (!this.#isBarred) {
      const isGone = journal.trouble === 'absent';
      const what = isGone ? 'was removed or moved away' : 'was replaced, written to or cut short';
      this.#host?.tell('replaced', `the file ${what}; all is written anew`);
    }
    await this.#begin(journal);
    for (const verdict of journal.verdicts.values()) this.#host?.hint(verdict);
    this.#isStale = true;
  }

  #tellOf({ trouble, detail, broken, isCut }: Journal): void {
    if (trouble === 'unreadable') this.#complain(trouble, detail);
    else if (trouble === 'foreign' || trouble === 'newer') this.#host?.tell(trouble, detail);
    if (broken > 0) this.#host?.tell('broken-records', `${broken} records are damaged; the others are kept`);
    if (isCut && trouble === undefined) this.#host?.tell('cut-short', 'the last record was not written whole');
  }

  // --- Writing ------------------------------------------------------------------------------------------------------

  #gather(ms: number): void {
    if (this.#gathering !== undefined || this.#closed) return;
    this.#gathering = this.#host?.clock.after(ms, () => {
      this.#gathering = undefined;
      this.flush().catch(() => undefined);
    });
  }

  async #write(): Promise<void> {
    if (this.#host === undefined) throw new Error('the store was not opened');
    if (!this.#lock.held) throw new Error('another process writes there, or the directory cannot be written');
    await this.#compare();
    if (this.#isBarred) throw new Error('what is there could be neither read nor set aside');
    if (this.#waiting.size === 0 && !this.#isStale) return;
    const batch = this.#waiting;
    this.#waiting = new Map();
    try {
      if (this.#isStale || this.#file.records > 2 * this.#file.live + SLACK) await this.#writeAnew();
      else await this.#file.append(batch.values());
      this.#recover();
    } catch (error) {
      for (const [key, verdict] of batch) if (!this.#waiting.has(key)) this.#waiting.set(key, verdict);
      this.#failed(error);
      throw error;
    }
  }

  #failed(error: unknown): void {
    this.#complain(codeOf(error), textOf(error));
    this.#gather(this.#retryMs);
    this.#retryMs = Math.min(2 * this.#retryMs, MAX_RETRY_MS);
  }

  async #compare(): Promise<void> {
    try {
      if (this.#isBarred || !(await this.#file.isAsLeft())) await this.#lookAgain();
    } catch (error) {
      this.#failed(error);
      throw error;
    }
  }

  async #writeAnew(): Promise<void> {
    this.#isStale = false;
    try {
      const isWhole = await this.#file.rewrite(() => this.#host?.verdicts() ?? [], this.#names);
      if (!isWhole) this.#host?.tell('too-many', 'not all that is known is stored');
    } catch (error) {
      this.#isStale = true;
      throw error;
    }
  }

  /** Tells the operator of trouble, once. */
  #complain(code: StoreCode, detail: string): void {
    if (this.#trouble === code) return;
    this.#trouble = code;
    this.#host?.tell(code, detail);
  }

  #recover(): void {
    this.#retryMs = RETRY_MS;
    if (this.#trouble === undefined) return;
    const over = this.#trouble;
    this.#trouble = undefined;
    this.#host?.tell('recovered', `no longer ${over}`);
  }

  // --- The lock -----------------------------------------------------------------------------------------------------

  /** Shows that we live; a store that is not the writer tries to become it. */
  #beat(): void {
    this.#beating = this.#host?.clock.after(LOCK_BEAT_MS, () => {
      const done = this.#lock.held ? this.#keep() : this.#takeOver();
      void done
        .catch(() => undefined)
        .then(() => {
          if (!this.#closed) this.#beat();
        });
    });
  }

  async #keep(): Promise<void> {
    const taken = await this.#lock.beat();
    // Compares the file with what was left there, though nothing may have changed for hours.
    if (taken === 'ours') await this.flush();
    else this.#complainOf(taken);
  }

  /** Tells why the lock is not ours. */
  #complainOf(taken: Exclude<Taken, 'ours'>): void {
    if (taken === 'theirs') this.#complain('locked', 'another process writes there');
    else this.#complain('unwritable', textOf(taken.error));
  }

  /** Becomes the writer: takes in the verdicts of the one before as hearsay, and then writes all anew. */
  async #takeOver(): Promise<void> {
    if ((await this.#lock.take()) !== 'ours') return;
    const journal = await readJournal(this.#path);
    await this.#begin(journal);
    for (const verdict of journal.verdicts.values()) this.#host?.hint(verdict);
    await this.compact();
  }
}

function codeOf(error: unknown): StoreCode {
  const { code } = Object(error) as { code?: unknown };
  return code === 'ENOSPC' || code === 'EDQUOT' || code === 'EFBIG' ? 'full' : 'unwritable';
}
