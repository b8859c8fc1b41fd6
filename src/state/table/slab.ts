/** No record, or no row. */
export const NONE = 0xffff_ffff;
/** Records of one page. */
export const PAGE_BITS = 12;
/** The same as a number. */
export const PAGE_SIZE: number = 2 ** PAGE_BITS;
/** The bits of a number that tell the place in the page. */
export const PAGE_MASK: number = PAGE_SIZE - 1;

/** Numbered records of a few words each, in pages; it grows by a page at a time, so that nothing is copied. */
export class Slab {
  readonly #pages: Uint32Array[] = [];
  readonly #words: number;
  /** One more than the highest number that was ever in use; only the slab sets it. */
  extent = 0;
  #free = NONE;

  /** @param words - how many words a record has */
  constructor(words: number) {
    this.#words = words;
  }

  /** A record that is not in use, all words 0; of those that were released, the latest. */
  take(): number {
    const number = this.#free;
    if (number !== NONE) {
      this.#free = this.get(number, 0);
      this.put(number, 0, 0);
      return number;
    }
    if (this.extent === this.#pages.length * PAGE_SIZE) this.#pages.push(new Uint32Array(PAGE_SIZE * this.#words));
    return this.extent++;
  }

  /** Ends the use of a record. */
  release(number: number): void {
    const at = this.at(number);
    this.page(number).fill(0, at, at + this.#words);
    this.put(number, 0, this.#free);
    this.#free = number;
  }

  /** The page of a record. */
  page(number: number): Uint32Array {
    return this.#pages[number >>> PAGE_BITS] as Uint32Array;
  }

  /** Where in its page a record begins. */
  at(number: number): number {
    return (number & PAGE_MASK) * this.#words;
  }

  /** One word of a record. */
  get(number: number, word: number): number {
    return this.page(number)[this.at(number) + word] as number;
  }

  /** Sets one word of a record. */
  put(number: number, word: number, value: number): void {
    this.page(number)[this.at(number) + word] = value;
  }
}
