import { type Policy, policies } from '../src/state/policy.js';

/**
 * A policy whose times are a few ticks. No two that could be mistaken for one another are equal, and each is long enough
 * to be met one tick before its end, at its end and one after.
 */
export const SMALL_POLICY: Policy = {
  ...policies.default,
  threshold: 2,
  onlyAfterAnswer: true,
  hitWindowMs: 3,
  recheckMs: 1,
  refreshShare: 0.5,
  refreshSpread: 0.25,
  wakeSpreadMs: 2,
  goodMs: 4,
  badMs: 5,
  unreachableRetryMs: 3,
  lameRetryMs: 4,
  uncontrolledRetryMs: 1,
  demotedRetryMs: 2,
  maxRetryMs: 6,
  levelHoldMs: 3,
  keepUnknownMs: 4,
  keepBadMs: 2,
  keepExpiredMs: 2,
  writeMs: 1,
  strikes: 2,
  silentStrikes: 3,
  strikeWindowMs: 2,
  inconclusiveRetryMs: 2,
  maxInconclusiveRetryMs: 3,
  lameSpanMs: 4,
};

/** The longest that a probe is in flight. */
export const PROBE_LIFE = 2;

/** How old evidence is at most when it is told. */
export const OLDEST_EVIDENCE = 1;

/** Draws whose jitter falls on whole ticks. */
export const DRAWS = [0, 0.5] as const;
