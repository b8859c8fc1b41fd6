import { hashIpv4, hashTables } from '../address/hash.js';
import { isIpv4 } from '../address/words.js';
import { NONE, type Rows, WORD } from './packed-rows.js';
import { append, detach, type Ring } from './rings.js';
import { RowIndex } from './row-index.js';

const FIRST_SIZE = 64;
/** Keeps the numbers of IPv6 prefixes, which have 32 bits, above those of IPv4. */
const IPV6 = 2 ** 32;

/**
 * The rows of each prefix whose share of the table is bounded: IPv4 /24, and IPv6 /32, because a stranger can have all
 * of one for little money.
 */
export class PrefixGroups {
  readonly #rows: Rows;
  readonly #hashes: Uint32Array = hashTables();
  readonly #index: RowIndex;
  #heads: Uint32Array = new Uint32Array(FIRST_SIZE);
  #sizes: Uint32Array = new Uint32Array(FIRST_SIZE);
  #extent = 0;
  #free = NONE;
  /** The ring of the group in use; written back after each use, so that none is made. */
  readonly #ring: Ring = { head: NONE, size: 0 };

  /** @param rows - the rows that it arranges */
  constructor(rows: Rows) {
    this.#rows = rows;
    this.#index = new RowIndex(
      (group) => this.#hash(this.#prefixOf(this.head(group))),
      (group) => this.size(group) > 0,
    );
  }

  /** The group of an address, which stands at a place of `words`; -1 if no row is in its prefix. */
  find(words: Uint32Array, at: number): number {
    const prefix = prefixAt(words, at);
    const isMeant = (group: number) => this.size(group) > 0 && this.#prefixOf(this.head(group)) === prefix;
    return this.#index.find(this.#hash(prefix), isMeant);
  }

  /** How many rows a group has. */
  size(group: number): number {
    return group < 0 ? 0 : (this.#sizes[group] as number);
  }

  /** The first in line of a group. */
  head(group: number): number {
    return this.#heads[group] as number;
  }

  /** Puts another row first in line. */
  turnTo(group: number, row: number): void {
    this.#heads[group] = row;
  }

  /** Adds a row to its group. */
  add(row: number): void {
    const known = this.#groupOf(row);
    const group = known < 0 ? this.#take() : known;
    this.#change(group, append, row);
    if (known < 0) this.#index.add(group, this.#hash(this.#prefixOf(row)));
  }

  /** Takes a row out of its group. */
  remove(row: number): void {
    const group = this.#groupOf(row);
    this.#change(group, detach, row);
    if (this.size(group) > 0) return;
    this.#index.remove(group, this.#hash(this.#prefixOf(row)));
    this.#heads[group] = this.#free;
    this.#free = group;
  }

  #change(group: number, how: typeof append | typeof detach, row: number): void {
    const ring = this.#ring;
    ring.head = this.head(group);
    ring.size = this.size(group);
    how(this.#rows, WORD.prefixRing, ring, row);
    this.#heads[group] = ring.head;
    this.#sizes[group] = ring.size;
  }

  /** A group without rows. */
  #take(): number {
    let group = this.#free;
    if (group !== NONE) this.#free = this.head(group);
    else {
      group = this.#extent++;
      if (group === this.#heads.length) {
        const size = Math.ceil(group * 1.5);
        this.#heads = larger(this.#heads, size);
        this.#sizes = larger(this.#sizes, size);
      }
    }
    this.#heads[group] = NONE;
    return group;
  }

  #groupOf(row: number): number {
    return this.find(this.#rows.page(row), this.#rows.at(row));
  }

  #prefixOf(row: number): number {
    return prefixAt(this.#rows.page(row), this.#rows.at(row));
  }

  #hash(prefix: number): number {
    return hashIpv4(this.#hashes, prefix >>> 0);
  }
}

/** The prefix of an address as a number: three octets of IPv4, four of IPv6. */
function prefixAt(words: Uint32Array, at: number): number {
  const first = words[at] as number;
  const isFour = isIpv4(first, words[at + 1] as number, words[at + 2] as number);
  return isFour ? (words[at + 3] as number) >>> 8 : IPV6 + first;
}

function larger(array: Uint32Array, size: number): Uint32Array {
  const copy = new Uint32Array(size);
  copy.set(array);
  return copy;
}
