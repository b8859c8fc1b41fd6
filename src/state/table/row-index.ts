/** An empty slot. */
const EMPTY = 0;
/** The low bits of a slot hold a number plus one: enough for 4,194,302 rows. */
const NUMBER_BITS = 22;
const NUMBER_MASK = 2 ** NUMBER_BITS - 1;
/** An old slot whose number was taken out: no number is as great. */
const GONE = NUMBER_MASK;
const FIRST_SIZE = 256;
/**
 * How many old slots each insertion moves: all are moved long before the next growth, for old and new ones take place. A search
 * may look into both until then, and a table that grows no more would stay so; each of these insertions takes some 10 us.
 */
const MOVED_AT_ONCE = 128;

/**
 * Finds numbers by hash: open addressing with linear probing. A slot holds a number and ten bits of its hash, so that
 * few rows are read for nothing. Their count is two or three times a power of two, so that it grows by a third or a half,
 * where doubling would leave more of them empty. It grows without a stall: the old slots are moved a few at a time, and
 * until then they are searched as well.
 *
 * `rules/static-index.ts` is the same without growth and removal. Rules are filled once and sized for it, and need
 * neither the callback for hashes nor a second array to search; rows need both at every insertion.
 */
export class RowIndex {
  /** The slots, which the index alone replaces; a search begins at the hash and ends at an empty slot. */
  slots: Uint32Array = new Uint32Array(FIRST_SIZE);
  /** The slots from before the latest growth, while some are not moved: a number may still be there alone. */
  old: Uint32Array | undefined;
  #moved = 0;
  #used = 0;
  readonly #hashOf: (number: number) => number;

  /** @param hashOf - the hash of a number that is in it */
  constructor(hashOf: (number: number) => number) {
    this.#hashOf = hashOf;
  }

  /**
   * Finds a number.
   *
   * @param hash - its hash
   * @param fits - whether a number is the one
   * @returns -1 if none is
   */
  find(hash: number, fits: (number: number) => boolean): number {
    const found = findIn(this.slots, hash, fits);
    return found >= 0 || this.old === undefined ? found : findIn(this.old, hash, fits);
  }

  /**
   * Makes room for so many more, where there is none yet, by a half or a third of the slots at a time. Before many come it
   * is called once, for else each of them is moved two or three times. All old slots are moved before the next growth, for a
   * fifth of their number comes in between, unless more room is made for at once.
   */
  reserve(count: number): void {
    const { length } = this.slots;
    let grown = length;
    while ((this.#used + count) * 5 > grown * 4) grown += 0x4000_0000 >>> Math.clz32(grown);
    if (grown === length) return;
    if (this.old !== undefined) this.#move(this.old, length);
    // First: it may fail, and then nothing has changed.
    const slots = new Uint32Array(grown);
    this.old = this.slots;
    this.#moved = 0;
    this.#used = 0;
    this.slots = slots;
  }

  /** Adds a number that is not in it. */
  add(number: number, hash: number): void {
    this.reserve(1);
    this.#insert(number, hash);
    if (this.old !== undefined) this.#move(this.old, MOVED_AT_ONCE);
  }

  /** Takes a number out. */
  remove(number: number, hash: number): void {
    const { slots, old } = this;
    const { length } = slots;
    const left = old === undefined ? -1 : placeIn(old, number, hash);
    if (left >= 0 && old !== undefined) old[left] = GONE;
    let hole = placeIn(slots, number, hash);
    if (hole < 0) return;
    this.#used--;
    // Numbers that were pushed beyond the hole move up, so that no search ends early.
    for (let at = after(hole, length); slots[at] !== EMPTY; at = after(at, length)) {
      const home = homeOf(this.#hashOf(((slots[at] as number) & NUMBER_MASK) - 1), length);
      if ((at - home + length) % length < (at - hole + length) % length) continue;
      slots[hole] = slots[at] as number;
      hole = at;
    }
    slots[hole] = EMPTY;
  }

  #insert(number: number, hash: number): void {
    const { slots } = this;
    let at = homeOf(hash, slots.length);
    while (slots[at] !== EMPTY) at = after(at, slots.length);
    slots[at] = (hash & ~NUMBER_MASK) | (number + 1);
    this.#used++;
  }

  #move(old: Uint32Array, most: number): void {
    const end = Math.min(old.length, this.#moved + most);
    for (; this.#moved < end; this.#moved++) {
      const slot = old[this.#moved] as number;
      const number = (slot & NUMBER_MASK) - 1;
      if (slot !== EMPTY && slot !== GONE) this.#insert(number, this.#hashOf(number));
    }
    if (this.#moved === old.length) this.old = undefined;
  }
}

/** Ends at an empty slot; a slot whose high bits are not those of the hash holds another number. */
function findIn(slots: Uint32Array, hash: number, fits: (number: number) => boolean): number {
  const { length } = slots;
  for (let at = homeOf(hash, length); ; at = after(at, length)) {
    const slot = slots[at] as number;
    if (slot === EMPTY) return -1;
    const number = (slot & NUMBER_MASK) - 1;
    if (((slot ^ hash) & ~NUMBER_MASK) === 0 && slot !== GONE && fits(number)) return number;
  }
}

/** In which slot a number is; -1 if it is not there. */
function placeIn(slots: Uint32Array, number: number, hash: number): number {
  const { length } = slots;
  let at = homeOf(hash, length);
  while (((slots[at] as number) & NUMBER_MASK) !== number + 1) {
    if (slots[at] === EMPTY) return -1;
    at = after(at, length);
  }
  return at;
}

/** Where the search for a hash begins: its high bits tell the half or third, its low bits the place; a remainder takes longer. */
function homeOf(hash: number, length: number): number {
  const bits = 30 - Math.clz32(length);
  return ((((hash >>> 16) * (length >>> bits)) >>> 16) << bits) | (hash & ((1 << bits) - 1));
}

function after(at: number, length: number): number {
  return at + 1 === length ? 0 : at + 1;
}
