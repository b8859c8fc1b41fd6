import { FLAG, NONE, type Rows, WORD } from './packed-rows.js';
import { nextIn, type Ring, type RingWord } from './ring.js';

/** Which rows of a ring are meant, and whether one of them may leave; the second costs more to answer. */
export interface Leaving {
  /** Whether a row is one of those. */
  isMeant(row: number): boolean;
  /** Whether it may leave now. */
  mayLeave(row: number): boolean;
}

/**
 * The first in line that may leave and was not asked for since it was last passed over; a second chance is age enough.
 *
 * @param rows - the rows
 * @param word - which of their rings
 * @param ring - the ring; not changed
 * @param looks - how many rows to look at
 * @param leaving - which rows may
 * @returns the row, `NONE` if none may, and who is first in line now
 */
export function mayLeaveFirst(
  rows: Rows,
  word: RingWord,
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
    row = nextIn(rows, word, row);
  }
  const head = row;
  // All were in use: the first of them, then.
  row = ring.head;
  for (let left = most; left > 0; left--) {
    if (leaving.isMeant(row) && leaving.mayLeave(row)) return { chosen: row, head };
    row = nextIn(rows, word, row);
  }
  return { chosen: NONE, head };
}
