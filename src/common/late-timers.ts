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
  return new Deadline(clock, ms, run, options);
}

// Objects rather than closures: each query sets several, and nearly all are taken back (bench: lost).
class Deadline implements Timer {
  readonly #clock: Clock;
  readonly #run: () => void;
  readonly #due: number;
  readonly #timer: Timer;
  #cancelled = false;

  constructor(clock: Clock, ms: number, run: () => void, options: { keepAlive?: boolean | undefined } | undefined) {
    this.#clock = clock;
    this.#run = run;
    this.#due = clock.now() + ms;
    this.#timer = clock.after(ms, () => this.#fire(), options);
  }

  cancel(): void {
    this.#cancelled = true;
    this.#timer.cancel();
  }

  #fire(): void {
    if (this.#clock.now() - this.#due <= LATE_MS) this.#run();
    else
      this.#clock.turn(() => {
        if (!this.#cancelled) this.#run();
      });
  }
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
  return new StallAwareTimeout(clock, ms, over);
}

class StallAwareTimeout implements Timer {
  readonly #clock: Clock;
  readonly #ms: number;
  readonly #over: (stalled: boolean) => void;
  readonly #start: number;
  #timer: Timer;
  #step = 1;
  #stalled = false;

  constructor(clock: Clock, ms: number, over: (stalled: boolean) => void) {
    this.#clock = clock;
    this.#ms = ms;
    this.#over = over;
    this.#start = clock.now();
    this.#timer = this.#wait();
  }

  cancel(): void {
    this.#timer.cancel();
  }

  get #due(): number {
    return this.#start + (this.#ms * this.#step) / STEPS;
  }

  #wait(): Timer {
    return deadline(this.#clock, Math.max(0, this.#due - this.#clock.now()), () => this.#passed());
  }

  #passed(): void {
    this.#stalled ||= this.#clock.now() - this.#due > Math.max(this.#ms / STEPS, LEAST_STALL_MS);
    if (this.#step === STEPS) this.#over(this.#stalled);
    else {
      this.#step++;
      this.#timer = this.#wait();
    }
  }
}

/** Queries seldom have more time than this, in milliseconds: after it no limit is one that the stall used up. */
const TAINTED_MS = 5_000;

/** One stall-aware timer for the limits of all queries of a session, set to the earliest. */
export class EarliestTimeout {
  readonly #clock: Clock;
  readonly #over: (stalled: boolean) => void;
  #timer: Timer | undefined;
  /** For which limit that is set. */
  #at = 0;
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
    if (this.#timer !== undefined && this.#at <= at) return;
    this.cancel();
    this.#at = at;
    this.#timer = stallAwareTimeout(this.#clock, Math.max(0, at - this.#clock.now()), (stalled) => {
      this.#timer = undefined;
      if (stalled) this.#taintedUntil = Math.min(this.#latest, this.#clock.now() + TAINTED_MS);
      this.#over(stalled || at <= this.#taintedUntil);
    });
  }

  /** Watches nothing any more. */
  cancel(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }
}
