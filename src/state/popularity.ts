const MINUTE_MS = 60_000;
const HALF = 30;
const HALF_MASK = 2 ** HALF - 1;

/**
 * In which minutes of the last hour an endpoint was asked for: sixty bits, the lowest is the minute `minute`. Distinct
 * minutes and not hits are counted, so that a burst of queries buys no more than one of them.
 */
export interface Popularity {
  /** The minute of the lowest bit, counted from the clock’s beginning. */
  minute: number;
  /** The latest 30 minutes. */
  recent: number;
  /** The 30 minutes before. */
  older: number;
}

/** Never asked for. */
export function newPopularity(): Popularity {
  return { minute: 0, recent: 0, older: 0 };
}

/**
 * Notes a hit, in place: it happens at every contact.
 *
 * @param popularity - what is changed
 * @param now - the monotonic time, in milliseconds
 */
export function noteHit(popularity: Popularity, now: number): void {
  const minute = Math.floor(now / MINUTE_MS);
  if (minute !== popularity.minute) shift(popularity, minute);
  popularity.recent |= 1;
}

/**
 * The number of distinct minutes with a hit in the last hour, 0 to 60.
 *
 * @param popularity - what was noted
 * @param now - the monotonic time, in milliseconds
 */
export function popularityOf(popularity: Popularity, now: number): number {
  const copy = { ...popularity };
  shift(copy, Math.floor(now / MINUTE_MS));
  return bits(copy.recent) + bits(copy.older);
}

function shift(popularity: Popularity, minute: number): void {
  const by = minute - popularity.minute;
  popularity.minute = minute;
  if (by <= 0) return;
  if (by >= HALF) {
    popularity.older = by >= 2 * HALF ? 0 : (popularity.recent << (by - HALF)) & HALF_MASK;
    popularity.recent = 0;
    return;
  }
  popularity.older = ((popularity.older << by) | (popularity.recent >>> (HALF - by))) & HALF_MASK;
  popularity.recent = (popularity.recent << by) & HALF_MASK;
}

function bits(word: number): number {
  let count = 0;
  for (let rest = word; rest !== 0; rest &= rest - 1) count++;
  return count;
}
