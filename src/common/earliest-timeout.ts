import type { Clock, Timer } from './clock.js';
import { stallAwareTimeout } from './stall-aware-timeout.js';

/** What a stall makes worth nothing is over by then, in milliseconds: queries have seldom more time. */
const TAINTED_MS = 5_000;

/** One timer for the limits of all queries of a session, set to the earliest. */
export class EarliestTimeout {
  readonly #clock: Clock;
  readonly #over: (stalled: boolean) => void;
  #armed: { readonly timer: Timer; readonly at: number } | undefined;
  /** The latest limit of all that were watched. */
  #latest = 0;
  /** Limits up to this one are of queries that may have lived through a stall. */
  #taintedUntil = 0;

  /**
   * @param clock - where to set the timer
   * @param over - called when a limit has passed, where `stalled` says whether our own loop may have used it up; then
   *   nothing is watched any more
   */
  constructor(clock: Clock, over: (stalled: boolean) => void) {
    this.#clock = clock;
    this.#over = over;
  }

  /**
   * Watches a limit beside those that are watched already. One whose query is answered meanwhile fires for nothing,
   * which is cheaper than a timer a query.
   *
   * @param at - on the monotonic clock; infinite for none
   */
  watch(at: number): void {
    if (at === Number.POSITIVE_INFINITY) return;
    if (at > this.#latest) this.#latest = at;
    if (this.#armed !== undefined && this.#armed.at <= at) return;
    this.cancel();
    const timer = stallAwareTimeout(this.#clock, Math.max(0, at - this.#clock.now()), (stalled) => {
      this.#armed = undefined;
      if (stalled) this.#taintedUntil = Math.min(this.#latest, this.#clock.now() + TAINTED_MS);
      this.#over(stalled || at <= this.#taintedUntil);
    });
    this.#armed = { timer, at };
  }

  /** Watches nothing any more. */
  cancel(): void {
    this.#armed?.timer.cancel();
    this.#armed = undefined;
  }
}
