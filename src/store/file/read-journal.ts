import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { ignoreRejection } from '../../common/errors.js';
import { ipv4Word } from '../../state/address/words.js';
import type { StoreCode } from '../store.js';
import { keyOfStored, type StoredVerdict } from '../verdict.js';
import { headOf, readRecord } from './journal.js';

/** The content of a journal, and what is wrong with it. */
export interface Journal {
  /** The latest of each endpoint that is not forgotten. */
  readonly verdicts: ReadonlyMap<string | number, StoredVerdict>;
  /** Sound records, with older ones of the same endpoint. */
  readonly records: number;
  /** Records that are damaged and were dropped. */
  readonly broken: number;
  /** Whether it ends in the midst of a record, as after a kill. */
  readonly isCut: boolean;
  /** Why nothing in it could be used; `absent` where there is no file, `empty` where there is nothing in it. */
  readonly trouble: 'absent' | 'empty' | Extract<StoreCode, 'foreign' | 'newer' | 'unreadable'> | undefined;
  /** What is wrong, for people. */
  readonly detail: string;
}

/** How many octets are read at once: a few milliseconds' work. */
const CHUNK = 512 * 1_024;
/** Endpoints taken in from one file. */
const MAX_VERDICTS = 4_000_000;
const NEWLINE = 10;

/**
 * Reads a journal, in pieces, so that the event loop goes on meanwhile. Never throws.
 *
 * @param path - the file
 */
export async function readJournal(path: string): Promise<Journal> {
  const reader = new Reader();
  let file: FileHandle | undefined;
  try {
    // Never waits for the other end of a pipe.
    file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    if (!(await file.stat()).isFile())
      return reader.journal('unreadable', 'it is no file, but a directory, a pipe or a device');
    let [chunk, other] = [Buffer.allocUnsafe(CHUNK), Buffer.allocUnsafe(CHUNK)];
    for (let reading = file.read(chunk, 0, CHUNK, null); ; ) {
      const { bytesRead } = await reading;
      if (bytesRead === 0) return reader.end();
      // The next piece comes while this one is looked at, and the loop goes on before that is looked at.
      reading = file.read(other, 0, CHUNK, null);
      ignoreRejection(reading);
      if (!reader.take(chunk.subarray(0, bytesRead))) return reader.end();
      [chunk, other] = [other, chunk];
    }
  } catch (error) {
    const { code = 'unknown', message } = error as NodeJS.ErrnoException;
    return reader.journal(code === 'ENOENT' ? 'absent' : 'unreadable', message);
  } finally {
    await file?.close().catch(() => undefined);
  }
}

/** Cuts the octets into lines, and reads them. */
class Reader {
  readonly #verdicts = new Map<string | number, StoredVerdict>();
  #rest: Buffer = Buffer.alloc(0);
  #isHead = true;
  #records = 0;
  #broken = 0;
  #trouble: Journal['trouble'];
  #detail = '';

  /** Takes the octets that were read; returns whether more are wanted. */
  take(chunk: Buffer): boolean {
    const all = Buffer.concat([this.#rest, chunk]);
    // All lines are made a text at once, and cut: each by itself takes twice as long. No other octet of UTF-8 is a newline.
    const end = all.lastIndexOf(NEWLINE);
    if (end >= 0) for (const line of all.toString('utf8', 0, end).split('\n')) if (!this.#line(line)) return false;
    this.#rest = Buffer.from(all.subarray(end + 1));
    // A longer line without an end is not ours.
    if (this.#rest.length <= CHUNK) return true;
    this.#rest = Buffer.alloc(0);
    if (this.#isHead) this.#trouble = 'foreign';
    else this.#broken++;
    return this.#trouble === undefined;
  }

  end(): Journal {
    if (this.#trouble !== undefined) return this.journal(this.#trouble, this.#detail);
    if (!this.#isHead) return this.journal(undefined, '');
    // The header was not written whole, so that nothing can come after it.
    return this.#rest.length === 0
      ? this.journal('empty', 'the file is empty')
      : this.journal('foreign', 'it has no header');
  }

  /** What was read, and why nothing more could be. */
  journal(trouble: Journal['trouble'], detail: string): Journal {
    const isCut = this.#rest.length > 0;
    return { verdicts: this.#verdicts, records: this.#records, broken: this.#broken, isCut, trouble, detail };
  }

  #line(line: string): boolean {
    if (this.#isHead) return this.#head(line);
    // An empty line ends a record that was cut short.
    if (line === '') return true;
    const verdict = readRecord(line);
    if (verdict === undefined) this.#broken++;
    else this.#keep(verdict);
    return true;
  }

  #head(line: string): boolean {
    const head = headOf(line);
    this.#isHead = false;
    if (head.kind === 'ours') return true;
    this.#trouble = head.kind;
    this.#detail = head.kind === 'newer' ? `it is of version ${head.version}` : 'it is no journal of ours';
    return false;
  }

  #keep(verdict: StoredVerdict): void {
    this.#records++;
    const key = keyOf(verdict);
    if (verdict.verdict === 'absent') this.#verdicts.delete(key);
    else if (this.#verdicts.size < MAX_VERDICTS || this.#verdicts.has(key)) this.#verdicts.set(key, verdict);
  }
}

/**
 * The key of nearly all is a number: it is compared where it stands, and a text would be fetched from memory. The others'
 * is a text that is there already, or has a bar in it, so that no two endpoints have the same.
 */
function keyOf(verdict: StoredVerdict): string | number {
  const { address, port, transport, localAddress } = verdict;
  if (port !== 853 || transport !== 'dot' || localAddress !== undefined) return keyOfStored(verdict);
  const word = ipv4Word(address, 0, address.length);
  // Signed, because a greater number would be fetched from memory as well.
  return word < 0 ? address : word | 0;
}

/** The content of a state file, for tools that look at it from outside. */
export interface StateFile {
  /** The latest of each endpoint, in the order in which they were first written. */
  readonly verdicts: readonly StoredVerdict[];
  /** Records in it, with older ones of the same endpoint. */
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
