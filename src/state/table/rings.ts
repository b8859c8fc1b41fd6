import type { Verdict } from '../model.js';
import { RING, type Rows } from './packed-rows.js';
import { NONE } from './slab.js';

/** Which of a row's two rings. */
export type RingName = (typeof RING)[keyof typeof RING];

/** Rows in the order in which they may have to leave: a circular list through the rows' links. */
export interface Ring {
  /** The first in line, `NONE` if there is none. */
  head: number;
  /** How many there are. */
  size: number;
}

/** The next row of a ring; after the last comes the first. */
export function nextIn(rows: Rows, name: RingName, row: number): number {
  return rows.link(row, name);
}

/** Puts a row at a ring's end. */
export function append(rows: Rows, name: RingName, ring: Ring, row: number): void {
  if (ring.size++ === 0) {
    ring.head = row;
    tie(rows, name, row, row);
    return;
  }
  const last = rows.link(ring.head, name + 1);
  tie(rows, name, last, row);
  tie(rows, name, row, ring.head);
}

/** Takes a row out of its ring. */
export function detach(rows: Rows, name: RingName, ring: Ring, row: number): void {
  ring.size--;
  const next = rows.link(row, name);
  if (ring.head === row) ring.head = next;
  if (next === row) ring.head = NONE;
  else tie(rows, name, rows.link(row, name + 1), next);
}

/** Puts all rows of another ring, in their order, at a ring's end. */
export function join(rows: Rows, name: RingName, ring: Ring, other: Ring): void {
  if (ring.head === NONE) ring.head = other.head;
  else if (other.head !== NONE) {
    const last = rows.link(other.head, name + 1);
    tie(rows, name, rows.link(ring.head, name + 1), other.head);
    tie(rows, name, last, ring.head);
  }
  ring.size += other.size;
  other.head = NONE;
  other.size = 0;
}

function tie(rows: Rows, name: RingName, first: number, second: number): void {
  rows.putLink(first, name, second);
  rows.putLink(second, name + 1, first);
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
    append(this.#rows, RING.verdict, this.#rings[verdict], row);
  }

  /** Takes out a row that has it no more. */
  remove(row: number, verdict: Verdict): void {
    detach(this.#rows, RING.verdict, this.#rings[verdict], row);
  }

  /** Makes all rows Unknown in constant time; those that were worth most are last in line to leave. */
  merge(): void {
    const { unknown, bad, good } = this.#rings;
    join(this.#rows, RING.verdict, unknown, bad);
    join(this.#rows, RING.verdict, unknown, good);
  }
}
