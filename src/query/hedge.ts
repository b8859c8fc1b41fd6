import type { Decision } from '../contact/decision.js';

/** How much of the caller's time DoT has, where Do53 is to have the rest: of a short time Do53 needs the most. */
const HEDGE_SHARE = 1 / 3;
const LAST_CHANCE_SHARE = 2 / 3;
const OPENING_SHARE = 1 / 4;

/** How much of its own time an attempt waits until a session may be opened, at most: what waits for all of it must be encrypted. */
const MOST_OPENING_SHARE = 1 / 2;

/** The least that Do53 needs after DoT, in milliseconds: the query may have to be sent again. */
const LEAST_CLEAR_MS = 1_000;

/** DoT is given no more time where Do53 would have less than this left, in milliseconds: a busy loop takes that to ask a thousand. */
const LEAST_LEFT_MS = 500;

/**
 * What an attempt over Do53 leaves of the caller's time, as a share and in milliseconds at most: what it has in hand at
 * its limit, an answer cut short, is to come before the caller is told of none.
 */
const CLEAR_MARGIN = 0.05;
const MAX_CLEAR_MARGIN_MS = 50;

/** A hedge this late, in milliseconds, says that our event loop stood still. */
const LATE_MS = 50;

/** How much later than asked for a query may end because our event loop stood still, in milliseconds. */
const MAX_GRACE_MS = 1_000;

/** When Do53 joins DoT, while that has neither answered nor failed. */
export class Hedge {
  /** After how long, in milliseconds; infinite where nothing is to be waited for. */
  readonly afterMs: number;
  /** Whether because DoT is slow; else it is the last moment at which Do53 can still answer the caller. */
  readonly isHedge: boolean;
  /** How long Do53 has at least when it begins so late because our event loop has stood still, in milliseconds. */
  graceMs = 0;
  readonly #endsAt: number;
  #dueAt: number;
  #stalled = false;

  /**
   * @param decision - how long DoT is given, and its attempt
   * @param timeoutMs - how long the caller waits, in milliseconds
   * @param now - on the monotonic clock
   */
  constructor({ hedgeAfterMs, timeoutMs: attemptMs }: Decision, timeoutMs: number, now: number) {
    this.isHedge = hedgeAfterMs < Number.POSITIVE_INFINITY;
    // Where the attempt ends before, its failure brings Do53 in time.
    const lastChanceMs = timeoutMs - attemptMs < LEAST_CLEAR_MS ? timeoutMs * LAST_CHANCE_SHARE : hedgeAfterMs;
    this.afterMs = this.isHedge ? Math.min(hedgeAfterMs, timeoutMs * HEDGE_SHARE) : lastChanceMs;
    this.#dueAt = now + this.afterMs;
    this.#endsAt = now + timeoutMs;
  }

  /**
   * How much longer DoT is to be given, in milliseconds, and never more than half of what the query has left, of which Do53
   * keeps half a second. The same time again where our event loop has stood still, for the query may have been written this
   * very moment; once, for a loop that always lags has to hedge as well. And where DoT asks on a fresh session, the time that
   * this takes.
   *
   * @param now - on the monotonic clock, when the time is over
   * @param freshUntil - until when DoT has to do with a fresh session, on the monotonic clock
   */
  moreMs(now: number, freshUntil: number): number {
    const leftMs = this.#endsAt - now;
    const mostMs = Math.min(leftMs / 2, leftMs - LEAST_LEFT_MS);
    const wasStalled = this.#stalled;
    // First: what has to do with a fresh session may be late as well.
    const isLate = this.late(now);
    const again = isLate && !wasStalled && freshUntil <= now;
    const ms = Math.min(again ? this.afterMs : freshUntil - now, mostMs);
    // Less than a millisecond is not waited for.
    if (ms < 1) return 0;
    this.#dueAt = now + ms;
    return ms;
  }

  /**
   * Notes that Do53 could not begin before because our event loop stood still.
   *
   * @param now - on the monotonic clock
   * @param dotEndsAt - when DoT's attempt ends at the latest, and brings Do53, where that may be before Do53 is due
   * @returns whether that was so
   */
  late(now: number, dotEndsAt: number = Number.POSITIVE_INFINITY): boolean {
    const dueAt = Math.min(this.#dueAt, dotEndsAt);
    const stolenMs = now - dueAt;
    if (stolenMs <= LATE_MS) return false;
    this.#stalled = true;
    this.graceMs = Math.min(stolenMs, Math.max(0, this.#endsAt - dueAt), MAX_GRACE_MS);
    return true;
  }
}

/**
 * How long an attempt over Do53 may take, in milliseconds.
 *
 * @param leftMs - of the caller's time
 */
export function clearLimitMs(leftMs: number): number {
  return Math.max(1, leftMs - Math.min(leftMs * CLEAR_MARGIN, MAX_CLEAR_MARGIN_MS));
}

/**
 * How long a query waits at most until a session may be opened, where Do53 may be asked in its place, in milliseconds.
 *
 * @param timeoutMs - how long the caller waits, in milliseconds
 * @param attemptMs - how long the attempt may live, in milliseconds
 */
export function openingLimitMs(timeoutMs: number, attemptMs: number): number {
  return Math.min(timeoutMs * OPENING_SHARE, attemptMs * MOST_OPENING_SHARE);
}
