import { onTestFinished } from 'vitest';
import { loopBeat } from './loop-beat.js';

/** The least time that any test of ours lets pass on real sockets before it takes something for late, in milliseconds. */
const LEAST_LIMIT_MS = 20;
/** The least hedge delay of the default policy: after so long a stall other things have happened than were to be tested. */
const USUAL_LIMIT_MS = 250;

/** What the error begins with after which a test runs again; `retry` of vitest.config.ts looks for it. */
const STALLED = 'its own event loop stood still';

/** A try of a test, at its end. */
export interface Tried {
  readonly title: string;
  readonly failed: boolean;
  /** Whether there is no other after it. */
  readonly isLast: boolean;
}

/** How long the loop may have stood still for a pass to count, in milliseconds. */
let limitMs = Number.POSITIVE_INFINITY;

/**
 * What this test shows depends on real time: where its own event loop stood still for longer, a pass is none, and it runs
 * again. A failure counts in no test whose loop stood still for 20 ms.
 *
 * @param ms - for how long it may stand still, in milliseconds
 */
export function judgesTime(ms: number = USUAL_LIMIT_MS): void {
  limitMs = Math.min(limitMs, ms);
  onTestFinished(() => {
    limitMs = Number.POSITIVE_INFINITY;
  });
}

/**
 * Why a try says nothing of what was tested; undefined if it does.
 *
 * @param failed - how it ended
 * @param stoodMs - how long the loop stood still meanwhile
 * @param passLimitMs - how long it may have for a pass to count
 */
export function whyVoid(failed: boolean, stoodMs: number, passLimitMs: number): string | undefined {
  const allowed = failed ? LEAST_LIMIT_MS : passLimitMs;
  return stoodMs > allowed ? `${STALLED} for ${Math.round(stoodMs)} ms, ${allowed} are allowed` : undefined;
}

/** Begins a try: after a stall, once the loop is calm. */
export async function beginTry(isFirst: boolean): Promise<void> {
  if (!isFirst) await loopBeat.calm(LEAST_LIMIT_MS);
  loopBeat.take();
}

/** Ends a try. One that says nothing throws what lets the test run again, unless it is the last. */
export function endTry({ title, failed, isLast }: Tried): void {
  const why = whyVoid(failed, loopBeat.take(), limitMs);
  if (why === undefined) return;
  console.log(`${title}: ${why}; ${isLast ? 'this was the last try, and counts' : 'once more'}`);
  if (!isLast) throw new Error(why);
}
