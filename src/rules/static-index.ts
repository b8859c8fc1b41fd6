/** An entry is a number plus one in its low bits, and above them some of its hash, so that others are seldom looked at. */
const NUMBER_BITS = 21;
const NUMBER_MASK = 2 ** NUMBER_BITS - 1;

/** How many numbers an index may hold. */
export const MAX_NUMBERS: number = NUMBER_MASK - 1;

/** Nothing stands there, and nothing behind it has the hash. */
export const END = -1;
/** What stands there has another hash. */
export const OTHER = -2;

/**
 * Finds numbers by hash: open addressing in one array, filled once and then only read. `state/table/row-index.ts` also
 * grows and removes, for which it needs the hash of every number again and a second array to search; rules need neither.
 */
export class StaticIndex {
  readonly #slots: Uint32Array;

  /** @param capacity - how many numbers it is to hold */
  constructor(capacity: number) {
    this.#slots = new Uint32Array(2 ** Math.ceil(Math.log2(2 * capacity + 2)));
  }

  /** Adds a number from 0 on. */
  add(number: number, hash: number): void {
    const slots = this.#slots;
    let at = this.first(hash);
    while (slots[at] !== 0) at = this.next(at);
    slots[at] = tagOf(hash) | (number + 1);
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

function tagOf(hash: number): number {
  return hash & ~NUMBER_MASK;
}
