import type { EndpointState, GoodState, Transition, UnknownState } from './model.js';
import type { Policy } from './policy.js';
import { change, forget, miss, same, unknownState, want } from './steps.js';

/**
 * What time alone does to a state: trust, probes and memory end, and refreshes fall due.
 *
 * @param state - what was held
 * @param policy - the policy
 * @param now - the monotonic time
 */
export function judge(state: EndpointState | undefined, policy: Policy, now: number): Transition {
  if (state === undefined) return same(state);
  const { probe } = state;
  if (probe.phase === 'in-flight' && now >= probe.deadline) {
    // The prober broke its contract: nothing was learned, and the state must not wait for it.
    const missed = miss(state, probe, policy, now);
    const rest = judge(missed.state, policy, now);
    return { state: rest.state, effects: [{ type: 'abort', token: probe.token }, ...missed.effects, ...rest.effects] };
  }
  if (probe.phase !== 'in-flight' && now >= forgottenAt(state, policy)) return forget(state);
  return state.verdict === 'good' ? judgeGood(state, policy, now) : same(state);
}

/** When a state is forgotten, unless a probe is in flight. */
export function forgottenAt(state: EndpointState, policy: Policy): number {
  if (state.verdict === 'unknown') return state.keepUntil;
  return state.verdict === 'bad' ? state.retryAt + policy.keepBadMs : state.until + policy.keepExpiredMs;
}

/** What time does to a Good state: its end, its level and its refresh. */
export function judgeGood(state: GoodState, policy: Policy, now: number): Transition {
  const held = state.level > 0 && Math.min(now, state.until) - state.since >= policy.levelHoldMs * 2 ** state.level;
  const kept = held ? { ...state, level: 0 } : state;
  if (now >= kept.until && kept.probe.phase !== 'in-flight') return expire(kept, policy, now);
  const due = now >= kept.refreshAt && kept.usedAt > kept.lastSuccess && kept.probe.phase === 'idle';
  return due ? want(kept, 'refresh', now) : same(kept);
}

function expire(state: GoodState, policy: Policy, now: number): Transition {
  const expired: UnknownState = {
    ...unknownState(now, policy),
    probe: state.probe,
    formerlyGood: true,
    level: state.level,
    keepUntil: state.until + policy.keepExpiredMs,
  };
  return change(state, expired, 'expired');
}
