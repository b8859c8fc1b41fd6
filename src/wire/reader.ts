import { textOfWords } from '../state/address/words.js';
import { presentOctet } from './names.js';

/** 255 octets on the wire (RFC 1035 section 2.3.4). */
const MAX_NAME = 255;

/** Reads what stands in a block of octets, in order; what is not there is `undefined`, and nothing throws. */
export class BlockReader {
  readonly #octets: Uint8Array;
  #at = 0;

  /** @param octets - from the wire */
  constructor(octets: Uint8Array) {
    this.#octets = octets;
  }

  /** Whether all was read. */
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

  /** So many octets; `undefined` where there are fewer. */
  block(length: number | undefined): Uint8Array | undefined {
    if (length === undefined || this.#at + length > this.#octets.length) return undefined;
    this.#at += length;
    return this.#octets.subarray(this.#at - length, this.#at);
  }

  /** A name without compression (RFC 9460 section 2.2), lower-cased, with a final dot. */
  name(): string | undefined {
    const start = this.#at;
    let text = '';
    for (;;) {
      const length = this.u8();
      if (length === undefined || length > 63 || this.#at + length - start > MAX_NAME) return undefined;
      if (length === 0) return text === '' ? '.' : text;
      const label = this.block(length);
      if (label === undefined) return undefined;
      for (const octet of label) text += presentOctet(octet);
      text += '.';
    }
  }

  /** An address of 4 or 16 octets, in its canonical text; its octets are there, as the caller has seen. */
  address(length: 4 | 16): string {
    const octets = this.block(length) ?? new Uint8Array(length);
    const view = new DataView(octets.buffer, octets.byteOffset, length);
    if (length === 4) return Array.from(octets).join('.');
    return textOfWords(view.getUint32(0), view.getUint32(4), view.getUint32(8), view.getUint32(12));
  }
}
