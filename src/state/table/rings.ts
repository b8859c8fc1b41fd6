import type { Verdict } from '../model.js';
import { type Rows, WORD } from './packed-rows.js';
import { NONE } from './slab.js';

/** Which of a row's two rings. */
export type RingWord = typeof WORD.verdictRing | typeof WORD.prefixRing;

/** Rows in the order in which they may have to leave: a circular list through the rows' own words. */
export interface Ring {
  /** The first in line, `NONE` if there is none. */
  head: number;
  /** How many there are. */
  size: number;
}

/** The next row of a ring; after the last comes the first. */
export function nextIn(rows: Rows, word: RingWord, row: number): number {
  return rows.get(row, word);
}

/** Puts a row at a ring's end. */
export function append(rows: Rows, word: RingWord, ring: Ring, row: number): void {
  if (ring.size++ === 0) {
    ring.head = row;
    tie(rows, word, row, row);
    return;
  }
  const last = rows.get(ring.head, word + 1);
  tie(rows, word, last, row);
  tie(rows, word, row, ring.head);
}

/** Takes a row out of its ring. */
export function detach(rows: Rows, word: RingWord, ring: Ring, row: number): void {
  ring.size--;
  const next = rows.get(row, word);
  if (ring.head === row) ring.head = next;
  if (next === row) ring.head = NONE;
  else tie(rows, word, rows.get(row, word + 1), next);
}

/** Puts all rows of another ring, in their order, at a ring's end. */
export function join(rows: Rows, word: RingWord, ring: Ring, other: Ring): void {
  if (ring.head === NONE) ring.head = other.head;
  else if (other.head !== NONE) {
    const last = rows.get(other.head, word + 1);
    tie(rows, word, rows.get(ring.head, word + 1), other.head);
    tie(rows, word, last, ring.head);
  }
  ring.size += other.size;
  other.head = NONE;
  other.size = 0;
}

function tie(rows: Rows, word: RingWord, first: number, second: number): void {
  rows.put(first, word, second);
  rows.put(second, word + 1, first);
}

/** Every row in the ring of its verdict, the longest unused first. */
export class VerdictRings {
  readonly #rows: Rows;
  readonly #rings: Readonly<Record<Verdict, Ring>> = {
    unknown: { head: NONE, size: 0 },
    bad: { head: NONE, size: 0 },
    good: { head: NONE, size: 0 },
  };

  /** @param rows - the rows that it arranges */
  constructor(rows: Rows) {
    this.#rows = rows;
  }

  /** The ring of a verdict; only its head may be changed from outside. */
  of(verdict: Verdict): Ring {
    return this.#rings[verdict];
  }

  /** Adds a row that has this verdict now. */
  add(row: number, verdict: Verdict): void {
    append(this.#rows, WORD.verdictRing, this.#rings[verdict], row);
  }

  /** Takes out a row that has it no more. */
  remove(row: number, verdict: Verdict): void {
    detach(this.#rows, WORD.verdictRing, this.#rings[verdict], row);
  }

  /** Makes all rows Unknown in constant time; those that were worth most are last in line to leave. */
  merge(): void {
    const { unknown, bad, good } = this.#rings;
    join(this.#rows, WORD.verdictRing, unknown, bad);
    join(this.#rows, WORD.verdictRing, unknown, good);
  }
}
