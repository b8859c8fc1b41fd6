const PAGE_BITS = 8;
const PAGE_SIZE = 1 << PAGE_BITS;
const IDS = 65_536;

/** Values of neighbouring ids. */
interface Page<T> {
  readonly values: (T | undefined)[];
  count: number;
}

/**
 * Values by the ids of DNS messages, 0 to 65,535: in pages, which come and go as ids are given out one after the other.
 * Not a `Map`: where each query adds and removes an entry, that makes a new table again and again, and old tables, each
 * with a link to the next, keep all that were ever in them until the collector's rare full round.
 */
export class IdTable<T> {
  readonly #pages: (Page<T> | undefined)[] = [];
  /** The page that was emptied last, for the next that is needed. */
  #spare: Page<T> | undefined;
  #size = 0;

  /** How many ids have a value. */
  get size(): number {
    return this.#size;
  }

  /** Whether every id has a value. */
  get full(): boolean {
    return this.#size === IDS;
  }

  /** What an id has. */
  get(id: number): T | undefined {
    return this.#pages[id >> PAGE_BITS]?.values[id & (PAGE_SIZE - 1)];
  }

  /**
   * @param id - 0 to 65,535
   * @param value - takes the place of what it had
   */
  set(id: number, value: T): void {
    const page = this.#pages[id >> PAGE_BITS] ?? this.#begin(id >> PAGE_BITS);
    if (page.values[id & (PAGE_SIZE - 1)] === undefined) {
      page.count++;
      this.#size++;
    }
    page.values[id & (PAGE_SIZE - 1)] = value;
  }

  /**
   * Takes out what an id has.
   *
   * @returns whether it had anything
   */
  delete(id: number): boolean {
    const page = this.#pages[id >> PAGE_BITS];
    if (page?.values[id & (PAGE_SIZE - 1)] === undefined) return false;
    page.values[id & (PAGE_SIZE - 1)] = undefined;
    page.count--;
    this.#size--;
    if (page.count === 0) {
      this.#pages[id >> PAGE_BITS] = undefined;
      this.#spare = page;
    }
    return true;
  }

  /**
   * Goes through all, in the order of their ids. Values may be set meanwhile for ids that have one.
   *
   * @param visit - is given each
   * @param first - the id to begin with; those below it come last
   */
  forEach(visit: (value: T, id: number) => void, first: number = 0): void {
    for (let id = first, left = IDS; left > 0; ) {
      const page = this.#pages[id >> PAGE_BITS];
      const step = page === undefined ? Math.min(PAGE_SIZE - (id & (PAGE_SIZE - 1)), left) : 1;
      const value = page?.values[id & (PAGE_SIZE - 1)];
      if (value !== undefined) visit(value, id);
      left -= step;
      id = (id + step) & (IDS - 1);
    }
  }

  /** Takes out all. */
  clear(): void {
    this.#pages.length = 0;
    this.#size = 0;
  }

  #begin(number: number): Page<T> {
    const page = this.#spare ?? { values: new Array<T | undefined>(PAGE_SIZE).fill(undefined), count: 0 };
    this.#spare = undefined;
    // Dense from the start: an array with far places set first would become a dictionary.
    while (this.#pages.length <= number) this.#pages.push(undefined);
    this.#pages[number] = page;
    return page;
  }
}
