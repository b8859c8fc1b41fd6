import type { Policy } from '../state/policy.js';
import type { Timing } from '../state/smoothing.js';

/** A cold start takes three round trips to the answer: TCP, TLS 1.3, the query. */
const COLD_ROUND_TRIPS = 3;
/** How much longer than measured a cold start may take before it counts as slow. */
const COLD_PATIENCE = 1.5;

/**
 * How long DoT is waited for before Do53 joins.
 *
 * @param policy - the policy
 * @param timing - what was measured
 * @param warm - whether a session stands open
 * @returns milliseconds, `Infinity` for never
 */
export function hedgeDelay(policy: Policy, timing: Pick<Timing, 'warm' | 'opening'>, warm: boolean): number {
  if (policy.hedge === 'off' || (policy.hedge === 'warm' && !warm)) return Number.POSITIVE_INFINITY;
  const { warm: answer, opening } = timing;
  if (warm) {
    const expected = answer === undefined ? policy.assumedRttMs : answer.mean + 4 * answer.deviation;
    return clamp(expected, policy.warmHedgeMinMs, policy.warmHedgeMaxMs);
  }
  const cold =
    opening === undefined || answer === undefined ? COLD_ROUND_TRIPS * policy.assumedRttMs : opening.mean + answer.mean;
  return clamp(COLD_PATIENCE * cold, policy.coldHedgeMinMs, policy.coldHedgeMaxMs);
}

/**
 * Whether Do53 would join DoT on a new session, as far as earlier times tell.
 *
 * @param policy - the policy
 * @param timing - what was measured
 */
export function isLikelyHedged(policy: Policy, timing: Pick<Timing, 'warm' | 'opening'>): boolean {
  const coldMs = (timing.opening?.mean ?? 0) + (timing.warm?.mean ?? 0);
  return coldMs > hedgeDelay(policy, timing, false);
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(Math.max(value, least), most);
}
