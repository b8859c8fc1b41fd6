/** An entry is a number plus one in its low bits, and above them some of its hash, so that others are seldom looked at. */
const NUMBER_BITS = 21;
const NUMBER_MASK = 2 ** NUMBER_BITS - 1;

/** How many numbers an index may hold. */
export const MAX_NUMBERS: number = NUMBER_MASK - 1;

/** No place has the hash. */
const NOWHERE = -1;

/** Bits of the filter an entry: one look-up in thirty finds a bit that another entry has set. */
const FILTER_BITS_EACH = 32;
/** The filter at most, in words: beyond 128 KB it would be no faster than the index itself. */
const MAX_FILTER_WORDS = 2 ** 15;

/**
 * Small numbers by hashes of what they stand for: open addressing in one array, filled once and then only read. Most look-ups
 * find nothing; a small array of bits before the large one says so without leaving the processor's cache.
 * `state/table/row-index.ts` also grows and removes, for which it needs the hash of every number again and a second array to
 * search; rules need neither.
 */
export class StaticIndex {
  readonly #slots: Uint32Array;
  readonly #filter: Uint32Array;

  /** @param capacity - how many numbers it is to hold */
  constructor(capacity: number) {
    this.#slots = new Uint32Array(powerOfTwo(2 * capacity + 2));
    this.#filter = new Uint32Array(Math.min(MAX_FILTER_WORDS, powerOfTwo((capacity * FILTER_BITS_EACH) / 32 + 1)));
  }

  /** Adds a number from 0 on. */
  add(number: number, hash: number): void {
    const slots = this.#slots;
    const mask = slots.length - 1;
    let at = hash & mask;
    while (slots[at] !== 0) at = (at + 1) & mask;
    slots[at] = (hash & ~NUMBER_MASK) | (number + 1);
    const filter = this.#filter;
    const word = wordOf(hash) & (filter.length - 1);
    filter[word] = (filter[word] as number) | (1 << (hash & 31));
  }

  /** The first place whose number may have a hash; -1 for none. */
  first(hash: number): number {
    const filter = this.#filter;
    const bits = filter[wordOf(hash) & (filter.length - 1)] as number;
    return (bits & (1 << (hash & 31))) === 0 ? NOWHERE : this.#seek(hash, hash);
  }

  /** The next one; -1 for none. */
  next(at: number, hash: number): number {
    return this.#seek(at + 1, hash);
  }

  /** The number at a place. */
  numberAt(at: number): number {
    return ((this.#slots[at] as number) & NUMBER_MASK) - 1;
  }

  #seek(from: number, hash: number): number {
    const slots = this.#slots;
    const mask = slots.length - 1;
    for (let at = from & mask; ; at = (at + 1) & mask) {
      const entry = slots[at] as number;
      if (entry === 0) return NOWHERE;
      if (((entry ^ hash) & ~NUMBER_MASK) === 0) return at;
    }
  }
}

function powerOfTwo(least: number): number {
  return 2 ** Math.ceil(Math.log2(least));
}

/** Bits of the hash beyond those that choose the bit in the word. */
function wordOf(hash: number): number {
  return hash >>> 5;
}
