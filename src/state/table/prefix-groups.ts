import { hashIpv4, hashTables } from '../address/hash.js';
import { isIpv4 } from '../address/words.js';
import { type Rows, WORD } from './packed-rows.js';
import { append, detach } from './rings.js';
import { RowIndex } from './row-index.js';
import { Slab } from './slab.js';

/** What the words of a group hold: its first row in line, and how many it has. */
const HEAD = 0;
const SIZE = 1;
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
  readonly #groups: Slab = new Slab(2);

  /** @param rows - the rows that it arranges */
  constructor(rows: Rows) {
    this.#rows = rows;
    this.#index = new RowIndex(
      (group) => this.#hash(this.#prefixOf(this.head(group))),
      (group) => this.size(group) > 0,
    );
  }

  /** The group of an address; -1 if no row is in its prefix. */
  find(words: Uint32Array): number {
    const prefix = prefixOf(words);
    const isMeant = (group: number) => this.size(group) > 0 && this.#prefixOf(this.head(group)) === prefix;
    return this.#index.find(this.#hash(prefix), isMeant);
  }

  /** How many rows a group has. */
  size(group: number): number {
    return group < 0 ? 0 : this.#groups.get(group, SIZE);
  }

  /** The first in line of a group. */
  head(group: number): number {
    return this.#groups.get(group, HEAD);
  }

  /** Puts another row first in line. */
  turnTo(group: number, row: number): void {
    this.#groups.put(group, HEAD, row);
  }

  /** Adds a row to its group. */
  add(row: number): void {
    const known = this.#groupOf(row);
    const group = known < 0 ? this.#groups.take() : known;
    this.#change(group, append, row);
    if (known < 0) this.#index.add(group, this.#hash(this.#prefixOf(row)));
  }

  /** Takes a row out of its group. */
  remove(row: number): void {
    const group = this.#groupOf(row);
    this.#change(group, detach, row);
    if (this.size(group) > 0) return;
    this.#index.remove(group, this.#hash(this.#prefixOf(row)));
    this.#groups.release(group);
  }

  #change(group: number, how: typeof append | typeof detach, row: number): void {
    const ring = { head: this.head(group), size: this.size(group) };
    how(this.#rows, WORD.prefixRing, ring, row);
    this.turnTo(group, ring.head);
    this.#groups.put(group, SIZE, ring.size);
  }

  #groupOf(row: number): number {
    return this.find(this.#rows.address(row));
  }

  #prefixOf(row: number): number {
    return prefixOf(this.#rows.address(row));
  }

  #hash(prefix: number): number {
    return hashIpv4(this.#hashes, prefix >>> 0);
  }
}

/** The prefix of an address as a number: three octets of IPv4, four of IPv6. */
function prefixOf(words: Uint32Array): number {
  const [w0, w1, w2, w3] = words as unknown as readonly [number, number, number, number];
  return isIpv4(w0, w1, w2) ? w3 >>> 8 : IPV6 + w0;
}
