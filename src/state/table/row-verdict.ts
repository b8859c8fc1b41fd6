import { FLAG, VERDICT } from './packed-rows.js';

/** What holds of a row at a glance; 0: time, or this contact, may have changed it, and the slow way must be taken. */
export type Glance = 0 | 1 | 2 | 3 | 4;

/** The glances that are verdicts; `busy` is unknown with its probe in flight. */
export const GLANCE = { stale: 0, good: 1, unknown: 2, bad: 3, busy: 4 } as const;

/** The probe's phase, in its place in the word `flags`, that says it is in flight. */
export const IN_FLIGHT: number = 2 << FLAG.phaseShift;

/** What the flags of a row say, whatever time has done. */
export function glanceOf(flags: number): Exclude<Glance, 0> {
  const verdict = flags & FLAG.verdict;
  if (verdict === VERDICT.bad) return GLANCE.bad;
  if (verdict === VERDICT.good) return GLANCE.good;
  return (flags & FLAG.phase) === IN_FLIGHT ? GLANCE.busy : GLANCE.unknown;
}
