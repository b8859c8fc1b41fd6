import { type Clock, deadline, type Timer } from './clock.js';

/** A wait is looked at in so many steps; one of them late by a whole step says that our event loop stood still. */
const STEPS = 4;

/** A stall shorter than this, in milliseconds, is never held against a wait, however short the wait. */
const LEAST_STALL_MS = 250;

/**
 * A time limit that knows whether our own event loop used it up: a stall of more than a quarter of the limit means that
 * silence says nothing about the server.
 *
 * @param clock - where to set timers; none of them keeps the process alive
 * @param ms - the limit, in milliseconds
 * @param over - called when it is over; `stalled` says whether the loop stood still meanwhile
 * @returns cancels the wait
 */
export function stallAwareTimeout(clock: Clock, ms: number, over: (stalled: boolean) => void): Timer {
  const start = clock.now();
  const tolerance = Math.max(ms / STEPS, LEAST_STALL_MS);
  let stalled = false;
  let timer: Timer;
  const wait = (step: number): void => {
    const due = start + (ms * step) / STEPS;
    timer = deadline(clock, Math.max(0, due - clock.now()), () => {
      stalled ||= clock.now() - due > tolerance;
      if (step === STEPS) over(stalled);
      else wait(step + 1);
    });
  };
  wait(1);
  return { cancel: () => timer.cancel() };
}

/**
 * Waits for a promise that may never settle.
 *
 * @param clock - where to set the limit
 * @param ms - how long at most, in milliseconds
 * @param promise - what is waited for
 * @param keepAlive - whether somebody awaits it, so that the process must not end before it
 * @returns the same, or a rejection at the limit
 */
export function within<T>(clock: Clock, ms: number, promise: Promise<T>, keepAlive: boolean): Promise<T> {
  return new Promise((resolve, reject) => {
    const limit = clock.after(ms, () => reject(new Error(`no answer within ${ms} ms`)), { keepAlive });
    const settled = (): void => limit.cancel();
    promise.then(resolve, reject).then(settled, settled);
  });
}

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
