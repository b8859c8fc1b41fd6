import { closeSync, fstatSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import { CommandError, EXIT, fileError } from '../exit.js';
import type { ProbeRecord } from '../look/record.js';
import { type Format, HEADS, lineOf } from './format.js';
import type { Sink } from './scan.js';

/**
 * A file of results, which is also the journal that a scan resumes by: a line is written before the next probe takes its
 * place, and all of it or nothing, so that a kill at any moment loses no more than the probes in flight.
 */
export class FileSink implements Sink {
  readonly #file: number;
  readonly #path: string;
  readonly #format: Format;
  #length: number;

  /**
   * @param path - where
   * @param format - how
   * @param resumes - whether it goes on with a file that is there; otherwise there must be none
   * @throws {@link CommandError}
   */
  constructor(path: string, format: Format, resumes: boolean) {
    this.#path = path;
    this.#format = format;
    this.#file = open(path, resumes);
    this.#length = fstatSync(this.#file).size;
    if (this.#length === 0) this.#append(HEADS[format]);
  }

  /** {@inheritDoc Sink.write} */
  write(records: readonly ProbeRecord[], line: number): undefined {
    this.#append(records.map((record) => lineOf(this.#format, record, line)).join(''));
  }

  /** Ends it. */
  close(): void {
    closeSync(this.#file);
  }

  #append(text: string): void {
    const octets = Buffer.from(text);
    try {
      for (let at = 0; at < octets.length; ) at += writeSync(this.#file, octets, at, octets.length - at, null);
      this.#length += octets.length;
    } catch (error) {
      this.#cut();
      throw fileError(this.#path, error);
    }
  }

  /** Half a line's records would pass for all of them. */
  #cut(): void {
    try {
      ftruncateSync(this.#file, this.#length);
    } catch {
      // A pipe or a device.
    }
  }
}

function open(path: string, resumes: boolean): number {
  try {
    return openSync(path, resumes ? 'a' : 'ax');
  } catch (error) {
    const exists = (error as NodeJS.ErrnoException).code === 'EEXIST';
    if (exists) throw new CommandError(`${path}: is there already; --resume goes on with it`, EXIT.usage);
    throw fileError(path, error);
  }
}
