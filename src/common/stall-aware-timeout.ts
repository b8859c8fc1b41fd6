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
