import { HEADER_LENGTH } from './octets.js';

/** Memory that an unfinished message gets at first, in octets: most are no longer, and an announced length costs no more. */
const FIRST_PIECE = 1_024;

/**
 * Cuts a stream into DNS messages by their two length octets (RFC 1035 section 4.2.2, RFC 7766 section 8). It holds at
 * most one unfinished message, in one piece of memory that grows with what has come of it, not with what was announced.
 */
export class Framing {
  /** The longest message accepted, in octets; may be raised later. */
  maxLength: number;
  #high: number | undefined;
  #partial: Uint8Array | undefined;
  #filled = 0;
  /** The announced length of the unfinished message. */
  #length = 0;

  /** @param maxLength - the longest message accepted, in octets, at most 65,535 */
  constructor(maxLength: number) {
    this.maxLength = maxLength;
  }

  /**
   * Takes what was read.
   *
   * @param chunk - octets from the stream
   * @param message - is given each whole message, on memory that is valid during the call; returns whether to go on
   * @returns what is wrong with the stream, or `undefined`
   */
  push(chunk: Uint8Array, message: (message: Uint8Array) => boolean): string | undefined {
    let at = 0;
    while (at < chunk.length) {
      if (this.#partial !== undefined) {
        const part = chunk.subarray(at, at + this.#length - this.#filled);
        const whole = this.#roomFor(this.#filled + part.length, this.#partial);
        whole.set(part, this.#filled);
        this.#filled += part.length;
        at += part.length;
        this.#partial = this.#filled < this.#length ? whole : undefined;
        if (this.#partial !== undefined) return undefined;
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
      if (length < HEADER_LENGTH || length > this.maxLength)
        return `a message of ${length} octets, ${HEADER_LENGTH} to ${this.maxLength} allowed`;
      if (at + length <= chunk.length) {
        at += length;
        if (!message(chunk.subarray(at - length, at))) return undefined;
      } else {
        this.#length = length;
        this.#partial = new Uint8Array(Math.min(length, FIRST_PIECE));
        this.#filled = 0;
      }
    }
    return undefined;
  }

  /** Doubles the memory where it does not suffice, so that octets that come one by one are not copied each time. */
  #roomFor(octets: number, partial: Uint8Array): Uint8Array {
    if (octets <= partial.length) return partial;
    const larger = new Uint8Array(Math.min(this.#length, Math.max(octets, 2 * partial.length)));
    larger.set(partial);
    return larger;
  }
}
