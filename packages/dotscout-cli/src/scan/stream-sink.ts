import { once } from 'node:events';
import type { Writable } from 'node:stream';
import type { ProbeRecord } from '../look/record.js';
import { type Format, HEADS, lineOf } from './format.js';
import type { Sink } from './scan.js';

/** Results to whoever reads them, at the reader's own speed: while it lags, probes keep their slots. */
export class StreamSink implements Sink {
  readonly #stream: Writable;
  readonly #format: Format;
  /** While the reader lags. */
  #lag: Promise<void> | undefined;

  /**
   * @param stream - where
   * @param format - how
   */
  constructor(stream: Writable, format: Format) {
    this.#stream = stream;
    this.#format = format;
    if (HEADS[format] !== '') stream.write(HEADS[format]);
  }

  /** {@inheritDoc Sink.write} */
  write(records: readonly ProbeRecord[], line: number): Promise<void> | undefined {
    const text = records.map((record) => lineOf(this.#format, record, line)).join('');
    if (!this.#stream.write(text)) this.#lag ??= this.#drained();
    return this.#lag;
  }

  async #drained(): Promise<void> {
    await once(this.#stream, 'drain');
    this.#lag = undefined;
  }
}
