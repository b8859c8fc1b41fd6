import type { Decision } from '../contact/decision.js';

/** How much of the caller's time DoT has, where Do53 is to have the rest. */
const HEDGE_SHARE = 1 / 2;
const LAST_CHANCE_SHARE = 2 / 3;

/** The least that Do53 needs after DoT, in milliseconds: the query may have to be sent again. */
const LEAST_CLEAR_MS = 1_000;

/**
 * What an attempt over Do53 leaves of the caller's time, as a share and in milliseconds at most: what it has in hand at
 * its limit, an answer cut short, is to come before the caller is told of none.
 */
const CLEAR_MARGIN = 0.05;
const MAX_CLEAR_MARGIN_MS = 50;

/** A hedge this late, in milliseconds, says that our event loop stood still. */
const LATE_MS = 50;

/** When Do53 joins DoT, while that has neither answered nor failed. */
export class HedgePlan {
  /** After how long, in milliseconds; infinite where nothing is to be waited for. */
  readonly afterMs: number;
  /** Whether because DoT is slow; else it is the last moment at which Do53 can still answer the caller. */
  readonly isHedge: boolean;
  readonly #endsAt: number;
  readonly #dueAt: number;
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
   * Whether DoT is to be given the same time again, because our event loop has stood still: the query may have been
   * written this very moment. Once, for a loop that always lags has to hedge as well.
   *
   * @param now - on the monotonic clock, when the time is over
   */
  beginsAnew(now: number): boolean {
    if (this.#stalled || now - this.#dueAt <= LATE_MS || now + this.afterMs >= this.#endsAt) return false;
    this.#stalled = true;
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
