import type { Clock, Timer } from './clock.js';

// What a timer that fires late may conclude: nothing, before what has arrived was read. A stalled loop runs timers first.

/** A timer this late, in milliseconds, shows that the loop was stalled, so that an answer may lie unread. */
const LATE_MS = 50;

/**
 * A deadline that concludes nothing from its own lateness: fired more than 50 ms late, it first gives the loop a turn
 * to read what arrived meanwhile. A stalled loop runs timers before it reads sockets.
 *
 * @param clock - where to set the timer
 * @param ms - how much later, in milliseconds
 * @param run - what to run when the time is really over; cancelled by the timer's `cancel` until then
 * @param options - as {@link Clock.after}
 */
export function deadline(
  clock: Clock,
  ms: number,
  run: () => void,
  options?: { keepAlive?: boolean | undefined },
): Timer {
  const due = clock.now() + ms;
  let cancelled = false;
  const timer = clock.after(
    ms,
    () => {
      if (clock.now() - due <= LATE_MS) run();
      else
        clock.turn(() => {
          if (!cancelled) run();
        });
    },
    options,
  );
  return {
    cancel() {
      cancelled = true;
      timer.cancel();
    },
  };
}

/** The number of steps in which a wait is watched; one of them late by a whole step shows that our event loop stood still. */
const STEPS = 4;

/** A stall shorter than this, in milliseconds, never counts, however short the wait. */
const LEAST_STALL_MS = 250;

/**
 * A time limit that knows whether our own event loop used it up: after a stall of more than a quarter of the limit,
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

/** Queries seldom have more time than this, in milliseconds: after it no limit is one that the stall used up. */
const TAINTED_MS = 5_000;

/** One stall-aware timer for the limits of all queries of a session, set to the earliest. */
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
   * Watches a limit beside those that are watched already. A limit whose query is answered meanwhile fires for nothing,
   * which is cheaper than a timer for each query.
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
