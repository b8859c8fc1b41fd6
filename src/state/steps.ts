import type {
  Effect,
  EndpointState,
  ProbePurpose,
  ProbeState,
  Transition,
  TransitionReason,
  UnknownState,
  Verdict,
} from './model.js';
import { inconclusiveDelay, longestRetry, MAX_LEVEL, type Policy } from './policy.js';

/** No effects; shared, because most events have none. */
const NOTHING: readonly Effect[] = [];
/** No probe, and none has missed. */
export const IDLE: ProbeState = { phase: 'idle', misses: 0 };

// --- The verdict ----------------------------------------------------------------------------------------------------

/** The state Unknown, from now on. */
export function unknownState(now: number, policy: Policy): UnknownState {
  return {
    verdict: 'unknown',
    since: now,
    probe: IDLE,
    hits: 0,
    windowStart: now,
    answered: false,
    formerlyGood: false,
    level: 0,
    keepUntil: now + policy.keepUnknownMs,
  };
}

/** The state as it is, with nothing to be done. */
export function same(state: EndpointState | undefined): Transition {
  return { state, effects: NOTHING };
}

/** A state with another verdict, announced. */
export function change(
  from: EndpointState | undefined,
  to: EndpointState,
  why: TransitionReason,
  downgrade = false,
): Transition {
  return { state: to, effects: [announce(from?.verdict ?? 'unknown', to.verdict, why, downgrade)] };
}

function announce(from: Verdict, to: Verdict, why: TransitionReason, downgrade = false): Effect {
  return { type: 'announce', from, to, why, downgrade };
}

/** Forgets a state. */
export function forget(state: EndpointState | undefined): Transition {
  return state === undefined ? same(state) : end(state, undefined, 'forgotten');
}

/** Ends a state whose past is void, and its probe with it. */
export function end(state: EndpointState, next: UnknownState | undefined, why: TransitionReason): Transition {
  const effects = release(state.probe);
  if (state.verdict !== 'unknown') effects.push(announce(state.verdict, 'unknown', why));
  return { state: next, effects };
}

/**
 * Lets a Bad endpoint be retried from a moment on. A retry that is wanted already is not put off, and none for longer than the
 * longest time that the policy knows.
 */
export function retryFrom(state: EndpointState | undefined, at: number, policy: Policy, now: number): Transition {
  if (state?.verdict !== 'bad') return same(state);
  const retryAt = Math.min(at, now + longestRetry(policy));
  const isKept = state.probe.phase === 'idle' ? retryAt === state.retryAt : retryAt >= state.retryAt;
  return same(isKept ? state : { ...state, retryAt });
}

// --- The probe ------------------------------------------------------------------------------------------------------

/** Wants a probe, unless one is wanted or in flight already; a caller's wish replaces one that waits. */
export function want(state: EndpointState, purpose: ProbePurpose, at: number): Transition {
  const { probe } = state;
  const asked = purpose === 'asked' && probe.phase === 'wanted' && probe.purpose !== 'asked';
  if (probe.phase !== 'idle' && !asked) return same(state);
  const wanted: ProbeState = { phase: 'wanted', purpose, at, misses: probe.misses };
  return { state: withProbe(state, wanted), effects: [{ type: 'want', purpose, at }] };
}

/** Wants the probe again after it has shown nothing, later each time; a Bad endpoint waits for its retry time. */
export function miss(
  state: EndpointState,
  probe: { readonly purpose: ProbePurpose; readonly misses: number },
  policy: Policy,
  now: number,
  atLeast = 0,
): Transition {
  const { purpose } = probe;
  const misses = Math.min(probe.misses + 1, MAX_LEVEL);
  const at = now + Math.max(atLeast, inconclusiveDelay(policy, misses));
  // The caller who asked has got an answer; the next try is our own.
  const again = purpose === 'asked' ? 'retry' : purpose;
  const rested = withProbe(state, { phase: 'idle', misses });
  return state.verdict === 'bad' && at < state.retryAt ? same(rested) : want(rested, again, at);
}

/** Withdraws a wanted probe after a success, which has answered its question, unless a caller awaits it. */
export function settleWanted(outcome: Transition): Transition {
  const { state, effects } = outcome;
  if (state?.probe.phase !== 'wanted' || state.probe.purpose === 'asked') return outcome;
  return { state: idle(state), effects: [...effects, { type: 'withdraw' }] };
}

function release(probe: ProbeState): Effect[] {
  if (probe.phase === 'wanted') return [{ type: 'withdraw' }];
  return probe.phase === 'in-flight' ? [{ type: 'abort', token: probe.token }] : [];
}

/** A state with another probe. It keeps the union's type, which TypeScript loses in a plain spread. */
export function withProbe(state: EndpointState, probe: ProbeState): EndpointState {
  return { ...state, probe };
}

/** The state without a probe. */
export function idle(state: EndpointState): EndpointState {
  return withProbe(state, IDLE);
}
