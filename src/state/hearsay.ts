import { badState } from './evidence.js';
import { judge } from './expiry.js';
import type { BadState, EndpointState, GoodState, Transition } from './model.js';
import { longestRetry, MAX_LEVEL, type Policy } from './policy.js';
import { change, IDLE, retryFrom, same, settleWanted, unknownState } from './steps.js';

/**
 * Restores a state from before this process began. It is used only where none is held: any state is newer. It has no
 * probe, because none runs any more, and lasts no longer than the policy in force would let it.
 *
 * @param state - what is held
 * @param saved - the state to restore, its times on our clock
 * @param policy - the policy
 * @param now - the monotonic time
 */
export function restore(
  state: EndpointState | undefined,
  saved: EndpointState,
  policy: Policy,
  now: number,
): Transition {
  if (state !== undefined) return same(state);
  const { state: kept } = judge(clamped(saved, policy, now), policy, now);
  return kept === undefined || kept.verdict === 'unknown' ? same(kept) : change(undefined, kept, 'restored');
}

/** The saved state within the policy's bounds; an Unknown one is kept only where it was Good once. */
function clamped(saved: EndpointState, policy: Policy, now: number): EndpointState | undefined {
  const since = Math.min(saved.since, now);
  const level = Math.min(saved.level, MAX_LEVEL);
  if (saved.verdict === 'good') {
    const until = Math.min(saved.until, now + policy.goodMs);
    // Counted as unused since: a refresh that fell due meanwhile waits for the next contact.
    const before = { since, lastSuccess: since, usedAt: since };
    return { ...saved, ...before, probe: IDLE, until, refreshAt: Math.min(saved.refreshAt, until), strikes: [], level };
  }
  if (saved.verdict === 'bad') {
    const retryAt = Math.min(saved.retryAt, now + longestRetry(policy));
    return { ...saved, since, probe: IDLE, retryAt, level };
  }
  if (!saved.formerlyGood) return undefined;
  const keepUntil = Math.min(saved.keepUntil, now + policy.keepExpiredMs);
  return { ...unknownState(now, policy), formerlyGood: true, level, keepUntil };
}

/**
 * Applies hearsay: what others hold. It is used only where we hold nothing ourselves, and no longer than they or our own
 * policy would. A liar can make us try DoT once too often or too seldom, and can never make Bad what we found Good.
 *
 * @param state - what is held
 * @param theirs - their state, its times on our clock
 * @param policy - the policy
 * @param now - the monotonic time
 */
export function hint(
  state: EndpointState | undefined,
  theirs: GoodState | BadState,
  policy: Policy,
  now: number,
): Transition {
  // The result of our own probe is about to come, and is better.
  if (state?.verdict === 'good' || state?.probe.phase === 'in-flight') return same(state);
  if (theirs.verdict === 'good')
    return state?.verdict === 'bad' ? retrySoon(state, policy, now) : believe(state, theirs, policy, now);
  return state?.verdict === 'bad' ? same(state) : avoid(state, theirs, policy, now);
}

/** Makes it Good at once; the first use confirms or refutes it. */
function believe(state: EndpointState | undefined, theirs: GoodState, policy: Policy, now: number): Transition {
  const until = Math.min(theirs.until, now + policy.goodMs);
  if (until <= now) return same(state);
  const before = now - 1;
  const good: GoodState = {
    verdict: 'good',
    since: now,
    probe: state?.probe ?? IDLE,
    until,
    refreshAt: Math.max(now, Math.min(theirs.refreshAt, until)),
    lastSuccess: before,
    usedAt: before,
    strikes: [],
    level: state?.level ?? 0,
  };
  return settleWanted(change(state, good, 'hint'));
}

/** Retries a Bad endpoint sooner: what has failed us we find out about ourselves, but soon. */
function retrySoon(state: BadState, policy: Policy, now: number): Transition {
  return retryFrom(state, Math.min(state.retryAt, now + policy.demotedRetryMs), policy, now);
}

/** Makes it Bad for as long as they leave it alone, at most as long as we should have. */
function avoid(state: EndpointState | undefined, theirs: BadState, policy: Policy, now: number): Transition {
  const { formerlyGood, level } = state?.verdict === 'unknown' ? state : { formerlyGood: false, level: 0 };
  const ours = badState(state?.probe ?? IDLE, theirs, { formerlyGood, level, since: now }, policy, now);
  const bad: BadState = { ...ours, retryAt: Math.min(theirs.retryAt, ours.retryAt) };
  return bad.retryAt <= now ? same(state) : settleWanted(change(state, bad, 'hint'));
}
