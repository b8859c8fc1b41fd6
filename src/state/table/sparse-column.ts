/** Rows of one page, fewer than a slab's: a value that comes or goes moves those behind it. */
const PAGE_BITS = 10;
const PAGE_MASK = 2 ** PAGE_BITS - 1;
const FIRST_SIZE = 8;
const GROWTH = 1.5;

/** Of a page: the rows that have a value, in order, and their values. */
interface Page<T> {
  places: Uint16Array;
  readonly values: T[];
}

/** One value a row, for what only some rows have: ten bytes for each of these, none for the others. */
export class SparseColumn<T> {
  readonly #pages: Page<T>[] = [];

  /** The value of a row. */
  get(row: number): T | undefined {
    const page = this.#pages[row >>> PAGE_BITS];
    const at = page === undefined ? -1 : indexOf(page, row & PAGE_MASK);
    return at < 0 ? undefined : page?.values[at];
  }

  /** Sets the value of a row, or takes it away. */
  set(row: number, value: T | undefined): void {
    this.#pages[row >>> PAGE_BITS] ??= { places: new Uint16Array(FIRST_SIZE), values: [] };
    const page = this.#pages[row >>> PAGE_BITS] as Page<T>;
    const { places, values } = page;
    const found = indexOf(page, row & PAGE_MASK);
    if (value === undefined) {
      if (found < 0) return;
      places.copyWithin(found, found + 1, values.length);
      values.splice(found, 1);
    } else if (found >= 0) {
      values[found] = value;
    } else {
      if (values.length === places.length) {
        page.places = new Uint16Array(places.length * GROWTH);
        page.places.set(places);
      }
      page.places.copyWithin(~found + 1, ~found, values.length);
      page.places[~found] = row & PAGE_MASK;
      // At the end, as rows are filled in turn, nothing moves.
      if (~found === values.length) values.push(value);
      else values.splice(~found, 0, value);
    }
  }
}

/** Where a place is in a page; less than 0 if it is not there, and then the complement of where it would be. */
function indexOf({ places, values }: Page<unknown>, place: number): number {
  let to = values.length;
  // As rows are filled in turn.
  if (to === 0 || (places[to - 1] as number) < place) return ~to;
  let from = 0;
  while (from < to) {
    const middle = (from + to) >>> 1;
    if ((places[middle] as number) < place) from = middle + 1;
    else to = middle;
  }
  return places[from] === place ? from : ~from;
}
