import { judge } from './expiry.js';
import type { BadState, EndpointState, GoodState, Transition } from './model.js';
import { MAX_LEVEL, type Policy, retryDelay } from './policy.js';
import { change, IDLE, same, settleWanted, unknownState } from './steps.js';

/**
 * What was held before this process began. Only what is absent is restored: what was met since is newer. Without a probe,
 * whoever had one: nobody runs it any more; and for no longer than the policy would have it today.
 *
 * @param state - what is held
 * @param saved - what was, its times put onto our clock
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

/** Of what is Unknown only that it was Good once is worth anything. */
function clamped(saved: EndpointState, policy: Policy, now: number): EndpointState | undefined {
  const since = Math.min(saved.since, now);
  const level = Math.min(saved.level, MAX_LEVEL);
  if (saved.verdict === 'good') {
    const until = Math.min(saved.until, now + policy.goodMs);
    // As if unused since: a refresh that fell due meanwhile waits for the next contact.
    const before = { since, lastSuccess: since, usedAt: since };
    return { ...saved, ...before, probe: IDLE, until, refreshAt: Math.min(saved.refreshAt, until), strikes: [], level };
  }
  if (saved.verdict === 'bad') {
    const retryAt = Math.min(saved.retryAt, now + Math.max(policy.badMs, policy.maxRetryMs));
    return { ...saved, since, probe: IDLE, retryAt, level };
  }
  if (!saved.formerlyGood) return undefined;
  const keepUntil = Math.min(saved.keepUntil, now + policy.keepExpiredMs);
  return { ...unknownState(now, policy), formerlyGood: true, level, keepUntil };
}

/**
 * What others hold. It is used where we hold nothing ourselves, and no longer than they or our own policy would. Who lies
 * can make us try DoT once too often or once too seldom, and can make nothing Bad that we have found Good.
 *
 * @param state - what is held
 * @param told - what others hold, its times on our clock
 * @param policy - the policy
 * @param now - the monotonic time
 */
export function hint(
  state: EndpointState | undefined,
  told: GoodState | BadState,
  policy: Policy,
  now: number,
): Transition {
  // What a probe of our own is about to tell is better.
  if (state?.verdict === 'good' || state?.probe.phase === 'in-flight') return same(state);
  if (told.verdict === 'good')
    return state?.verdict === 'bad' ? sooner(state, policy, now) : believe(state, told, policy, now);
  return state?.verdict === 'bad' ? same(state) : avoid(state, told, policy, now);
}

/** Used at once, and confirmed or refuted by the first use. */
function believe(state: EndpointState | undefined, told: GoodState, policy: Policy, now: number): Transition {
  const until = Math.min(told.until, now + policy.goodMs);
  if (until <= now) return same(state);
  const before = now - 1;
  const good: GoodState = {
    verdict: 'good',
    since: now,
    probe: state?.probe ?? IDLE,
    until,
    refreshAt: Math.max(now, Math.min(told.refreshAt, until)),
    lastSuccess: before,
    usedAt: before,
    strikes: [],
    level: state?.level ?? 0,
  };
  return settleWanted(change(state, good, 'hint'));
}

/** Of what has failed us we find out ourselves, but soon. */
function sooner(state: BadState, policy: Policy, now: number): Transition {
  const soon = now + policy.demotedRetryMs;
  return same(soon < state.retryAt ? { ...state, retryAt: soon } : state);
}

/** Left alone for as long as they do, or as we should if we had met it. */
function avoid(state: EndpointState | undefined, told: BadState, policy: Policy, now: number): Transition {
  const { phase, kind, controlled } = told;
  const { formerlyGood, level } = state?.verdict === 'unknown' ? state : { formerlyGood: false, level: 0 };
  const ours = now + retryDelay(policy, { kind, controlled, formerlyGood, level });
  const retryAt = Math.min(told.retryAt, ours);
  if (retryAt <= now) return same(state);
  const probe = state?.probe ?? IDLE;
  const bad: BadState = { verdict: 'bad', since: now, probe, retryAt, phase, kind, controlled, formerlyGood, level };
  return settleWanted(change(state, bad, 'hint'));
}
