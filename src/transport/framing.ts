import { HEADER_LENGTH } from './wire.js';

/**
 * Cuts a stream into DNS messages by their two length octets (RFC 1035 section 4.2.2, RFC 7766 section 8). It holds at
 * most one unfinished message, in one piece of memory of its announced size.
 */
export class Framing {
  /** The longest message accepted, in octets; may be raised later. */
  maxLength: number;
  #high: number | undefined;
  #partial: Uint8Array | undefined;
  #filled = 0;

  /** @param maxLength - the longest message accepted, in octets, at most 65,535 */
  constructor(maxLength: number) {
    this.maxLength = maxLength;
  }

  /**
   * Takes what was read.
   *
   * @param chunk - octets from the stream
   * @param message - is given each whole message, on memory that is only lent; says whether to go on
   * @returns what is wrong with the stream, or `undefined`
   */
  push(chunk: Uint8Array, message: (message: Uint8Array) => boolean): string | undefined {
    let at = 0;
    while (at < chunk.length) {
      if (this.#partial !== undefined) {
        const part = chunk.subarray(at, at + this.#partial.length - this.#filled);
        this.#partial.set(part, this.#filled);
        this.#filled += part.length;
        at += part.length;
        if (this.#filled < this.#partial.length) return undefined;
        const whole = this.#partial;
        this.#partial = undefined;
        if (!message(whole)) return undefined;
        continue;
      }
      const octet = chunk[at++] ?? 0;
      if (this.#high === undefined) {
        this.#high = octet;
        continue;
      }
      const length = (this.#high << 8) | octet;
      this.#high = undefined;
      if (length < HEADER_LENGTH) return `a message of ${length} octets`;
      if (length > this.maxLength) return `a message of ${length} octets, ${this.maxLength} allowed`;
      if (at + length <= chunk.length) {
        at += length;
        if (!message(chunk.subarray(at - length, at))) return undefined;
      } else {
        this.#partial = new Uint8Array(length);
        this.#filled = 0;
      }
    }
    return undefined;
  }
}
