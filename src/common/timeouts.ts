import { onAbort } from './abort.js';
import { type Clock, deadline, type Timer } from './clock.js';

// Four ways to wait with a limit, and no others: `deadline` (clock.ts) runs a function, `within` bounds a promise,
// `stallAwareTimeout` also says whether our own loop stood still, and `DeadlineQueue` holds those that every query sets.

// --- A promise ------------------------------------------------------------------------------------------------------

/** Who may end a wait early, and whether the process waits as well. */
export interface WithinOptions {
  /** Ends the wait, and the task, with its own reason. */
  readonly signal?: AbortSignal | undefined;
  /** Whether the process must not end before the wait does, because a caller awaits it; default false. */
  readonly keepAlive?: boolean | undefined;
}

/**
 * Waits for a task that may never settle. The limit concludes nothing from its own lateness (see {@link deadline}).
 *
 * @param clock - where to set the limit
 * @param ms - how long at most, in milliseconds
 * @param task - is called at once, also where it throws instead of rejecting; its signal aborts when the wait ends early
 * @param options - a signal that ends the wait, and whether it keeps the process alive
 * @returns what the task resolves with
 * @throws rejects as the task does, with `signal.reason` where that aborted, or with `no answer within … ms` at the limit
 */
export function within<T>(
  clock: Clock,
  ms: number,
  task: (signal: AbortSignal) => Promise<T> | T,
  { signal, keepAlive }: WithinOptions = {},
): Promise<T> {
  if (signal?.aborted === true) return Promise.reject(signal.reason);
  return new Promise<T>((resolve, reject) => {
    const ended = new AbortController();
    const limit = deadline(clock, ms, () => giveUp(new Error(`no answer within ${ms} ms`)), { keepAlive });
    const forget = signal === undefined ? undefined : onAbort(signal, () => giveUp(signal.reason));
    const settle = (end: () => void): void => {
      limit.cancel();
      forget?.();
      end();
    };
    const giveUp = (reason: unknown): void => {
      settle(() => reject(reason));
      ended.abort(reason);
    };
    const run = async (): Promise<T> => task(ended.signal);
    run().then(
      (value) => settle(() => resolve(value)),
      (error) => settle(() => reject(error)),
    );
  });
}

// --- A limit that our own loop may have used up ---------------------------------------------------------------------

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
