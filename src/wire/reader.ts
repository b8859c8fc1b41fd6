import { textOfWords } from '../state/address/words.js';
import { readName } from './names.js';
import { skipName } from './octets.js';

/** Reads a block of octets in order. Past its end every read gives `undefined`; nothing throws. */
export class BlockReader {
  readonly #octets: Uint8Array;
  #at = 0;

  /** @param octets - from the wire */
  constructor(octets: Uint8Array) {
    this.#octets = octets;
  }

  /** Whether all octets were read. */
  get isAtEnd(): boolean {
    return this.#at >= this.#octets.length;
  }

  /** One octet. */
  u8(): number | undefined {
    return this.#octets[this.#at++];
  }

  /** Two octets in network order. */
  u16(): number | undefined {
    const high = this.u8();
    const low = this.u8();
    return high === undefined || low === undefined ? undefined : high * 0x100 + low;
  }

  /** The next octets, this many; `undefined` where fewer are left. */
  block(length: number | undefined): Uint8Array | undefined {
    if (length === undefined || this.#at + length > this.#octets.length) return undefined;
    this.#at += length;
    return this.#octets.subarray(this.#at - length, this.#at);
  }

  /** A name without compression (RFC 9460 section 2.2), lower-cased, with a final dot. */
  name(): string | undefined {
    const end = skipName(this.#octets, this.#at, false);
    if (end < 0) return undefined;
    const name = readName(this.#octets, this.#at);
    this.#at = end;
    return name;
  }

  /** An address in its canonical text; the caller has checked that its octets are there. */
  address(length: 4 | 16): string {
    const octets = this.block(length) ?? new Uint8Array(length);
    const view = new DataView(octets.buffer, octets.byteOffset, length);
    if (length === 4) return Array.from(octets).join('.');
    return textOfWords(view.getUint32(0), view.getUint32(4), view.getUint32(8), view.getUint32(12));
  }
}
