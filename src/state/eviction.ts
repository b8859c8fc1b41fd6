import { nextIn, type Ring, type RingWord } from './rings.js';
import { FLAG, NONE, type Rows, WORD } from './rows.js';

/** How many rows are looked at for one that may leave, so that an eviction's cost has a bound. */
const LOOKS = 64;
/** The same among a prefix's rows, where those of another verdict are passed over. */
const LOOKS_IN_PREFIX = 1_024;

/**
 * The first in line that may leave and was not asked for since it was last passed over; a second chance is age enough.
 *
 * @param rows - the rows
 * @param word - which of their rings
 * @param ring - the ring; not changed
 * @param verdict - passes over rows of another, where it is given
 * @param mayLeave - whether a row may
 * @returns the row, `NONE` if none may, and who is first in line now
 */
export function mayLeaveFirst(
  rows: Rows,
  word: RingWord,
  ring: Readonly<Ring>,
  verdict: number | undefined,
  mayLeave: (row: number) => boolean,
): { readonly chosen: number; readonly head: number } {
  let row = ring.head;
  let fallback = NONE;
  for (let left = Math.min(verdict === undefined ? LOOKS : LOOKS_IN_PREFIX, ring.size); left > 0; left--) {
    const flags = rows.get(row, WORD.flags);
    if ((verdict === undefined || (flags & FLAG.verdict) === verdict) && mayLeave(row)) {
      if ((flags & FLAG.used) === 0) return { chosen: row, head: row };
      rows.put(row, WORD.flags, flags & ~FLAG.used);
      if (fallback === NONE) fallback = row;
    }
    row = nextIn(rows, word, row);
  }
  return { chosen: fallback, head: row };
}
