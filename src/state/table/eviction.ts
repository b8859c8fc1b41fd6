import { WORDS } from '../address/words.js';
import type { Endpoint, Verdict } from '../model.js';
import { RING, type Rows, VERDICT } from './packed-rows.js';
import { nextIn, type Ring, type RingName } from './rings.js';
import * as FLAG from './row-flags.js';
import type { RowStates } from './row-states.js';
import * as WORD from './row-words.js';
import { NONE } from './slab.js';

/** The least valuable leave first. */
const ORDER: readonly Verdict[] = ['unknown', 'bad', 'good'];
/** The order while few rows are Unknown: in a table full of Bad rows, each newcomer would else leave for the next one. */
const ORDER_OF_FEW: readonly Verdict[] = ['bad', 'unknown', 'good'];
/** Below this share of the rows that may be Unknown, few are. */
const FEW = 1 / 2;
/** How many rows are looked at to find one that may leave; this bounds the cost of an eviction. */
const LOOKS = 64;
/** The same among a prefix's rows, where those of another verdict are passed over. */
const LOOKS_IN_PREFIX = 1_024;

/** Chooses which rows leave. */
export class Evictor {
  readonly #rowStates: RowStates;
  readonly #isHeld: (endpoint: Endpoint) => boolean;
  readonly #anyone: Leaving = { isMeant: () => true, mayLeave: (row) => this.#mayLeave(row) };

  /**
   * @param rowStates - the rows
   * @param isHeld - endpoints that must not leave now
   */
  constructor(rowStates: RowStates, isHeld: (endpoint: Endpoint) => boolean) {
    this.#rowStates = rowStates;
    this.#isHeld = isHeld;
  }

  /**
   * Makes room for one more row, whose address's words stand in `WORDS`. Each bound holds by itself: an Unknown newcomer
   * in a prefix full of Bad rows evicts one of these, and one more Unknown row where Unknown rows have their share.
   *
   * @param verdict - the new row's
   * @param evict - lets a row leave
   * @returns whether there is room
   */
  make(verdict: Verdict, evict: (row: number) => void): boolean {
    const { policy, prefixes, rings, rowStore } = this.#rowStates;
    const { capacity, unknownShare, prefixShare } = policy;
    const head = prefixes.find(WORDS);
    const inPrefix = Math.max(1, Math.floor(capacity * prefixShare));
    const unknown = Math.max(1, Math.floor(capacity * unknownShare));
    return (
      (prefixes.size(head) < inPrefix || leaves(this.#nextOfPrefix(head), evict)) &&
      (verdict !== 'unknown' || rings.of('unknown').size < unknown || leaves(this.#nextOf('unknown'), evict)) &&
      (rowStore.size < capacity || leaves(this.next(), evict))
    );
  }

  /** The row that leaves first of all; `NONE` if none may. */
  next(): number {
    const { policy, rings } = this.#rowStates;
    const few = policy.capacity * policy.unknownShare * FEW;
    for (const verdict of rings.of('unknown').size > few ? ORDER : ORDER_OF_FEW) {
      const row = this.#nextOf(verdict);
      if (row !== NONE) return row;
    }
    return NONE;
  }

  #nextOf(verdict: Verdict): number {
    const { rows, rings } = this.#rowStates;
    const ring = rings.of(verdict);
    const { chosen, head } = mayLeaveFirst(rows, RING.verdict, ring, LOOKS, this.#anyone);
    ring.head = head;
    return chosen;
  }

  /** Of a prefix, Unknown rows leave first, then Bad ones; Good ones only where no other row is left. */
  #nextOfPrefix(first: number): number {
    const { rows, prefixes } = this.#rowStates;
    const ring = { head: first, size: prefixes.size(first) };
    for (const verdict of ORDER) {
      // Some rows were not looked at; the next newcomer's search goes on where this one ends.
      if (verdict === 'good' && ring.size > LOOKS_IN_PREFIX) return NONE;
      const isMeant = (row: number) => this.#isOf(row, VERDICT[verdict]);
      const { chosen, head } = mayLeaveFirst(rows, RING.prefix, ring, LOOKS_IN_PREFIX, {
        ...this.#anyone,
        isMeant,
      });
      prefixes.turnTo(head);
      ring.head = head;
      if (chosen !== NONE) return chosen;
    }
    return NONE;
  }

  #isOf(row: number, verdict: number): boolean {
    return verdict === (this.#rowStates.isOld(row) ? VERDICT.unknown : this.#rowStates.rows.verdict(row));
  }

  #mayLeave(row: number): boolean {
    const { rows, rowStore } = this.#rowStates;
    if (rows.has(row, FLAG.inFlight)) return false;
    return (rowStore.extrasOf(row)?.pins ?? 0) === 0 && !this.#isHeld(rowStore.endpointOf(row));
  }
}

/** Lets a row leave; returns whether there is one. */
function leaves(row: number, evict: (row: number) => void): boolean {
  if (row !== NONE) evict(row);
  return row !== NONE;
}

/** Which rows of a ring are candidates, and whether one may leave now; the second costs more to answer. */
export interface Leaving {
  /** Whether a row is a candidate. */
  isMeant(row: number): boolean;
  /** Whether it may leave now. */
  mayLeave(row: number): boolean;
}

/**
 * The first in line that may leave and was not used since it was last passed over (second chance, an approximation of
 * least recently used).
 *
 * @param rows - the rows
 * @param name - which of their rings
 * @param ring - the ring; not changed
 * @param looks - how many rows to look at
 * @param leaving - which rows may leave
 * @returns the row, `NONE` if none may leave, and the row that is first in line now
 */
export function mayLeaveFirst(
  rows: Rows,
  name: RingName,
  ring: Readonly<Ring>,
  looks: number,
  leaving: Leaving,
): { readonly chosen: number; readonly head: number } {
  const most = Math.min(looks, ring.size);
  let row = ring.head;
  for (let left = most; left > 0; left--) {
    if (leaving.isMeant(row)) {
      const flags = rows.get(row, WORD.flags);
      if ((flags & FLAG.used) !== 0) rows.put(row, WORD.flags, flags & ~FLAG.used);
      else if (leaving.mayLeave(row)) return { chosen: row, head: row };
    }
    row = nextIn(rows, name, row);
  }
  const head = row;
  // All were used: the first of them leaves.
  row = ring.head;
  for (let left = most; left > 0; left--) {
    if (leaving.isMeant(row) && leaving.mayLeave(row)) return { chosen: row, head };
    row = nextIn(rows, name, row);
  }
  return { chosen: NONE, head };
}
