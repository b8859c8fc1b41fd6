/** An entry is a number plus one in its low bits, and above them some of its hash, so that others are seldom looked at. */
const NUMBER_BITS = 21;
const NUMBER_MASK = 2 ** NUMBER_BITS - 1;

/** How many numbers an index may hold. */
export const MAX_NUMBERS: number = NUMBER_MASK - 1;

/** Nothing stands there, and nothing behind it has the hash. */
export const END = -1;
/** What stands there has another hash. */
export const OTHER = -2;

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
    let at = this.first(hash);
    while (slots[at] !== 0) at = this.next(at);
    slots[at] = tagOf(hash) | (number + 1);
    const filter = this.#filter;
    const word = wordOf(hash) & (filter.length - 1);
    filter[word] = (filter[word] as number) | (1 << (hash & 31));
  }

  /** Whether there may be a number with a hash; if not, there is none. */
  mayHave(hash: number): boolean {
    const filter = this.#filter;
    return ((filter[wordOf(hash) & (filter.length - 1)] as number) & (1 << (hash & 31))) !== 0;
  }

  /** Where to begin to look for a hash. */
  first(hash: number): number {
    return hash & (this.#slots.length - 1);
  }

  /** Where to look next. */
  next(at: number): number {
    return (at + 1) & (this.#slots.length - 1);
  }

  /** The number there if it may have that hash, or {@link END} or {@link OTHER}. */
  read(at: number, hash: number): number {
    const entry = this.#slots[at] as number;
    if (entry === 0) return END;
    return ((entry ^ tagOf(hash)) & ~NUMBER_MASK) === 0 ? (entry & NUMBER_MASK) - 1 : OTHER;
  }
}

function powerOfTwo(least: number): number {
  return 2 ** Math.ceil(Math.log2(least));
}

function tagOf(hash: number): number {
  return hash & ~NUMBER_MASK;
}

/** Bits of the hash beyond those that choose the bit in the word. */
function wordOf(hash: number): number {
  return hash >>> 5;
}
