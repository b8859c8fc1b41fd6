import { hashIpv4, hashTables } from '../address/hash.js';
import { isIpv4 } from '../address/words.js';
import { RING, type Rows, VERDICT } from './packed-rows.js';
import { append, detach, nextIn, type Ring } from './rings.js';
import { RowIndex } from './row-index.js';

/** The rows of a group are counted anew each time, where they are no more. */
const FEW = 8;
const NO_PREFIX = -1;
/** Keeps the numbers of IPv6 prefixes, which have 32 bits, above those of IPv4. */
const IPV6 = 2 ** 32;

/**
 * The rows of each prefix whose share of the table is bounded: IPv4 /24, and IPv6 /32, because a stranger can have all
 * of one for little money. A group is known by the row that is first in line; most have few rows, and no place of their
 * own.
 */
export class PrefixGroups {
  readonly #rows: Rows;
  readonly #hashes: Uint32Array = hashTables();
  readonly #index: RowIndex;
  // Made once, as in the row store: a function for each search would be garbage.
  readonly #isMeant = (row: number): boolean =>
    this.#rows.verdict(row) !== VERDICT.absent && this.#prefixOf(row) === this.#sought;
  // The prefix that was sought last, and what was found: a newcomer's group is looked for twice.
  #sought = NO_PREFIX;
  #head = -1;
  /** How many rows have the prefixes that have more than a few. */
  readonly #sizes = new Map<number, number>();

  /** @param rows - the rows that it arranges */
  constructor(rows: Rows) {
    this.#rows = rows;
    this.#index = new RowIndex((row) => this.#hash(this.#prefixOf(row)));
  }

  /** The first in line of an address's prefix; -1 if no row is in it. */
  find(words: Uint32Array): number {
    return this.#find(prefixOf(words));
  }

  #find(prefix: number): number {
    if (prefix !== this.#sought) {
      this.#sought = prefix;
      this.#head = this.#index.find(this.#hash(prefix), this.#isMeant);
    }
    return this.#head;
  }

  /** How many rows are in the group of this first in line; none where there is none. */
  size(head: number): number {
    let size = 0;
    for (let row = head; row >= 0 && size <= FEW; ) {
      size++;
      row = nextIn(this.#rows, RING.prefix, row);
      if (row === head) return size;
    }
    return size === 0 ? 0 : (this.#sizes.get(this.#prefixOf(head)) as number);
  }

  /** Makes room for rows that are about to come, each in a prefix of its own at most. */
  reserve(count: number): void {
    this.#index.reserve(count);
  }

  /** Puts a row first in line of its group. */
  turnTo(row: number): void {
    this.#change(row, turn);
  }

  /** Adds a row, which has no verdict yet, to its group; until it has one nobody may look for the group. */
  add(row: number): void {
    this.#change(row, append);
  }

  /** Takes a row out of its group. */
  remove(row: number): void {
    this.#change(row, detach);
  }

  #change(row: number, how: typeof append): void {
    const prefix = this.#prefixOf(row);
    const head = this.#find(prefix);
    const ring = { head, size: this.size(head) };
    how(this.#rows, RING.prefix, ring, row);
    if (ring.size > FEW) this.#sizes.set(prefix, ring.size);
    else this.#sizes.delete(prefix);
    if (ring.head === head) return;
    this.#sought = NO_PREFIX;
    if (head >= 0) this.#index.remove(head, this.#hash(prefix));
    if (ring.size > 0) this.#index.add(ring.head, this.#hash(prefix));
  }

  #prefixOf(row: number): number {
    return prefixOf(this.#rows.address(row));
  }

  #hash(prefix: number): number {
    return hashIpv4(this.#hashes, prefix >>> 0);
  }
}

function turn(_rows: Rows, _name: number, ring: Ring, row: number): void {
  ring.head = row;
}

/** The prefix of an address as a number: three octets of IPv4, four of IPv6. */
function prefixOf(words: Uint32Array): number {
  // By index: destructuring would iterate.
  const w0 = words[0] as number;
  return isIpv4(w0, words[1] as number, words[2] as number) ? (words[3] as number) >>> 8 : IPV6 + w0;
}
