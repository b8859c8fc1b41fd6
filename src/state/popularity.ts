const MINUTE_MS = 60_000;
const HALF = 30;
const HALF_MASK = 2 ** HALF - 1;

/**
 * The minutes of the last hour in which an endpoint was asked for: sixty bits, the lowest is the minute `minute`. Distinct
 * minutes are counted, not hits, so that a burst of queries counts as one.
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
  const minute = minuteOf(now);
  if (minute !== popularity.minute) {
    const by = minutesSince(popularity, now);
    popularity.older = olderAfter(popularity, by);
    popularity.recent = recentAfter(popularity, by);
    popularity.minute = minute;
  }
  popularity.recent |= 1;
}

/** Whether the minute of a moment is counted already, so that another hit in it adds nothing. */
export function isCounted({ minute, recent }: Popularity, now: number): boolean {
  return minute === minuteOf(now) && (recent & 1) === 1;
}

/** The minute of a moment. */
export function minuteOf(now: number): number {
  return Math.floor(now / MINUTE_MS);
}

/**
 * The number of distinct minutes with a hit in the last hour, 0 to 60.
 *
 * @param popularity - what was noted
 * @param now - the monotonic time, in milliseconds
 */
export function popularityOf(popularity: Popularity, now: number): number {
  const by = minutesSince(popularity, now);
  return bits(recentAfter(popularity, by)) + bits(olderAfter(popularity, by));
}

function minutesSince({ minute }: Popularity, now: number): number {
  return Math.max(0, minuteOf(now) - minute);
}

function recentAfter({ recent }: Popularity, by: number): number {
  return by >= HALF ? 0 : (recent << by) & HALF_MASK;
}

function olderAfter({ recent, older }: Popularity, by: number): number {
  if (by >= 2 * HALF) return 0;
  if (by >= HALF) return (recent << (by - HALF)) & HALF_MASK;
  return ((older << by) | (recent >>> (HALF - by))) & HALF_MASK;
}

function bits(word: number): number {
  let count = 0;
  for (let rest = word; rest !== 0; rest &= rest - 1) count++;
  return count;
}
