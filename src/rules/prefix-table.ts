import { type Address, maskWords, wordsOf } from '../state/address/address.js';
import { hashAddress, hashTables } from '../state/address/hash.js';
import { isIpv4 } from '../state/address/words.js';
import { END, StaticIndex } from './static-index.js';

/** A prefix and what it stands for. */
export interface PrefixEntry<T> {
  readonly address: Address;
  readonly bits: number;
  readonly value: T;
}

/** Of a prefix: its four words. */
const WORDS_EACH = 4;
/** IPv4 addresses are looked up as their IPv4-mapped ones, which 96 bits make. */
const MAPPED_BITS = 96;
/** Spreads lengths over the hash. */
const LENGTH_SALT = 0x9e37_79b1;

/**
 * The longest prefix of an address, among many: a look-up for each length that there is, in words and without garbage. An
 * IPv6 prefix covers no IPv4 address, however short it is.
 */
export class PrefixTable<T> {
  readonly #hashes: Uint32Array = hashTables();
  readonly #index: StaticIndex;
  readonly #words: Uint32Array;
  readonly #lengths: Uint8Array;
  readonly #values: readonly T[];
  /** The lengths that there are, longest first, with their masks: five words each. */
  readonly #masks: Uint32Array;

  /** @param entries - no two of one prefix */
  constructor(entries: readonly PrefixEntry<T>[]) {
    const bitsOf = ({ address, bits }: PrefixEntry<T>) => (address.family === 4 ? bits + MAPPED_BITS : bits);
    const lengths = [...new Set(entries.map(bitsOf))].sort((a, b) => b - a);
    this.#masks = Uint32Array.from(lengths.flatMap((bits) => [bits, ...masks(bits)]));
    this.#index = new StaticIndex(entries.length);
    this.#words = new Uint32Array(entries.length * WORDS_EACH);
    this.#lengths = Uint8Array.from(entries, bitsOf);
    this.#values = entries.map(({ value }) => value);
    for (const [number, { address, bits }] of entries.entries()) {
      const mask = maskWords(address, bits);
      const words = wordsOf(address).map((word, index) => (word & (mask[index] ?? 0)) >>> 0);
      this.#words.set(words, number * WORDS_EACH);
      const [w0 = 0, w1 = 0, w2 = 0, w3 = 0] = words;
      this.#index.add(number, this.#hash(w0, w1, w2, w3, this.#lengths[number] as number));
    }
  }

  /** What the longest prefix of an address stands for. */
  find(w0: number, w1: number, w2: number, w3: number): T | undefined {
    const masks = this.#masks;
    const least = isIpv4(w0, w1, w2) ? MAPPED_BITS : 0;
    for (let at = 0; at < masks.length; at += 1 + WORDS_EACH) {
      const bits = masks[at] as number;
      if (bits < least) return undefined;
      const found = this.#findExact(
        w0 & (masks[at + 1] as number),
        w1 & (masks[at + 2] as number),
        w2 & (masks[at + 3] as number),
        w3 & (masks[at + 4] as number),
        bits,
      );
      if (found !== undefined) return found;
    }
    return undefined;
  }

  #findExact(w0: number, w1: number, w2: number, w3: number, bits: number): T | undefined {
    const hash = this.#hash(w0, w1, w2, w3, bits);
    for (let at = this.#index.first(hash); ; at = this.#index.next(at)) {
      const number = this.#index.read(at, hash);
      if (number === END) return undefined;
      if (number >= 0 && this.#fits(number, w0, w1, w2, w3, bits)) return this.#values[number];
    }
  }

  #fits(number: number, w0: number, w1: number, w2: number, w3: number, bits: number): boolean {
    const words = this.#words;
    const at = number * WORDS_EACH;
    const difference =
      (w0 ^ (words[at] as number)) |
      (w1 ^ (words[at + 1] as number)) |
      (w2 ^ (words[at + 2] as number)) |
      (w3 ^ (words[at + 3] as number));
    return difference === 0 && this.#lengths[number] === bits;
  }

  #hash(w0: number, w1: number, w2: number, w3: number, bits: number): number {
    return hashAddress(this.#hashes, w0, w1, w2, w3) ^ Math.imul(bits, LENGTH_SALT);
  }
}

function masks(bits: number): number[] {
  return [0, 1, 2, 3].map((index) => {
    const covered = bits - 32 * index;
    return covered <= 0 ? 0 : (0xffff_ffff << Math.max(0, 32 - covered)) >>> 0;
  });
}
