import type { Clock, Timer } from '../clock.js';
import { patience } from './patience.js';

/** One timer for the limits of all queries of a session, set to the earliest. */
export class QueryLimit {
  readonly #clock: Clock;
  readonly #over: (stalled: boolean) => void;
  #armed: { readonly timer: Timer; readonly at: number } | undefined;

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
    if (at === Number.POSITIVE_INFINITY || (this.#armed !== undefined && this.#armed.at <= at)) return;
    this.cancel();
    const timer = patience(this.#clock, Math.max(0, at - this.#clock.now()), (stalled) => {
      this.#armed = undefined;
      this.#over(stalled);
    });
    this.#armed = { timer, at };
  }

  /** Watches nothing any more. */
  cancel(): void {
    this.#armed?.timer.cancel();
    this.#armed = undefined;
  }
}
