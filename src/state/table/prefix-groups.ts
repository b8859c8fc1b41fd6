import { hashIpv4, hashTables } from '../address/hash.js';
import { isIpv4 } from '../address/words.js';
import { NONE, type Rows, WORD } from './packed-rows.js';
import { append, detach, type Ring } from './rings.js';
import { candidateIn, RowIndex } from './row-index.js';

const FIRST_SIZE = 64;
/** The third octet of an IPv4 /24 is the last that counts. */
const IPV4_MASK = 0xffff_ff00;
/** Keeps the hashes of IPv4 prefixes and IPv6 prefixes apart. */
const IPV6_SALT = 0x5bd1_e995;

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
      (group) => this.#hashOf(this.#heads[group] as number),
      (group) => (this.#sizes[group] as number) > 0,
    );
  }

  /** The group of an address, -1 if no row is in its prefix. */
  find(w0: number, w1: number, w2: number, w3: number): number {
    const ipv4 = isIpv4(w0, w1, w2);
    const prefix = ipv4 ? (w3 & IPV4_MASK) >>> 0 : w0;
    const hash = this.#hash(ipv4, prefix);
    const found = this.#search(this.#index.slots, hash, ipv4, prefix);
    if (found >= 0 || this.#index.old === undefined) return found;
    return this.#search(this.#index.old, hash, ipv4, prefix);
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
    const group = this.#groupOf(row);
    if (group >= 0) {
      this.#with(group, (ring) => append(this.#rows, WORD.prefixRing, ring, row));
      return;
    }
    const made = this.#take();
    const ring = this.#ring;
    ring.head = NONE;
    ring.size = 0;
    append(this.#rows, WORD.prefixRing, ring, row);
    this.#heads[made] = row;
    this.#sizes[made] = 1;
    this.#index.add(made, this.#hashOf(row));
  }

  /** Takes a row out of its group. */
  remove(row: number): void {
    const group = this.#groupOf(row);
    if (this.size(group) > 1) {
      this.#with(group, (ring) => detach(this.#rows, WORD.prefixRing, ring, row));
      return;
    }
    this.#index.remove(group, this.#hashOf(row));
    this.#sizes[group] = 0;
    this.#heads[group] = this.#free;
    this.#free = group;
  }

  #with(group: number, change: (ring: Ring) => void): void {
    const ring = this.#ring;
    ring.head = this.#heads[group] as number;
    ring.size = this.#sizes[group] as number;
    change(ring);
    this.#heads[group] = ring.head;
    this.#sizes[group] = ring.size;
  }

  #take(): number {
    if (this.#free !== NONE) {
      const group = this.#free;
      this.#free = this.#heads[group] as number;
      return group;
    }
    if (this.#extent === this.#heads.length) {
      const size = Math.ceil(this.#extent * 1.5);
      this.#heads = larger(this.#heads, size);
      this.#sizes = larger(this.#sizes, size);
    }
    return this.#extent++;
  }

  #search(slots: Uint32Array, hash: number, ipv4: boolean, prefix: number): number {
    const mask = slots.length - 1;
    for (let at = hash & mask; ; at = (at + 1) & mask) {
      const group = candidateIn(slots[at] as number, hash);
      if (group === -2) return -1;
      if (group >= 0 && (this.#sizes[group] as number) > 0 && this.#fits(this.#heads[group] as number, ipv4, prefix)) {
        return group;
      }
    }
  }

  #fits(row: number, ipv4: boolean, prefix: number): boolean {
    const page = this.#rows.page(row);
    const at = this.#rows.at(row);
    if (isIpv4(page[at] as number, page[at + 1] as number, page[at + 2] as number) !== ipv4) return false;
    return (ipv4 ? ((page[at + 3] as number) & IPV4_MASK) >>> 0 : page[at]) === prefix;
  }

  #groupOf(row: number): number {
    const page = this.#rows.page(row);
    const at = this.#rows.at(row);
    return this.find(page[at] as number, page[at + 1] as number, page[at + 2] as number, page[at + 3] as number);
  }

  #hashOf(row: number): number {
    const page = this.#rows.page(row);
    const at = this.#rows.at(row);
    const ipv4 = isIpv4(page[at] as number, page[at + 1] as number, page[at + 2] as number);
    return this.#hash(ipv4, ipv4 ? ((page[at + 3] as number) & IPV4_MASK) >>> 0 : (page[at] as number));
  }

  #hash(ipv4: boolean, prefix: number): number {
    return hashIpv4(this.#hashes, ipv4 ? prefix : prefix ^ IPV6_SALT);
  }
}

function larger(array: Uint32Array, size: number): Uint32Array {
  const copy = new Uint32Array(size);
  copy.set(array);
  return copy;
}
