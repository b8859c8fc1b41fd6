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
import { inconclusiveDelay, MAX_LEVEL, type Policy } from './policy.js';

/** No effects, shared: most events have none. */
const NOTHING: readonly Effect[] = [];
/** No probe, and none has missed. */
export const IDLE: ProbeState = { phase: 'idle', misses: 0 };

// --- The verdict ----------------------------------------------------------------------------------------------------

/** Nothing is known, from now on. */
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

/** Nothing is to be done. */
export function same(state: EndpointState | undefined): Transition {
  return { state, effects: NOTHING };
}

/** Another verdict, announced. */
export function change(
  from: EndpointState | undefined,
  to: EndpointState,
  why: TransitionReason,
  downgrade = false,
): Transition {
  return { state: to, effects: [announce(from?.verdict ?? 'unknown', to.verdict, why, downgrade)] };
}

/** What tells of another verdict. */
export function announce(from: Verdict, to: Verdict, why: TransitionReason, downgrade = false): Effect {
  return { type: 'announce', from, to, why, downgrade };
}

/** Nothing is held any more. */
export function forget(state: EndpointState | undefined): Transition {
  if (state === undefined) return same(state);
  const effects = [...release(state.probe)];
  if (state.verdict !== 'unknown') effects.push(announce(state.verdict, 'unknown', 'forgotten'));
  return { state: undefined, effects };
}

// --- The probe ------------------------------------------------------------------------------------------------------

/** A probe is wanted, unless one is already; who asks for it takes over one that waits. */
export function want(state: EndpointState, purpose: ProbePurpose, at: number): Transition {
  const { probe } = state;
  const asked = purpose === 'asked' && probe.phase === 'wanted' && probe.purpose !== 'asked';
  if (probe.phase !== 'idle' && !asked) return same(state);
  const wanted: ProbeState = { phase: 'wanted', purpose, at, misses: probe.misses };
  return { state: withProbe(state, wanted), effects: [{ type: 'want', purpose, at }] };
}

/** Nothing was learned: the probe is wanted again, later each time; what is Bad is left to its damping. */
export function miss(
  state: EndpointState,
  purpose: ProbePurpose,
  before: number,
  policy: Policy,
  now: number,
  atLeast = 0,
): Transition {
  const misses = Math.min(before + 1, MAX_LEVEL);
  const at = now + Math.max(atLeast, inconclusiveDelay(policy, misses));
  // Whoever asked has got an answer; the next try is of our own accord.
  const again = purpose === 'asked' ? 'retry' : purpose;
  const rested = withProbe(state, { phase: 'idle', misses });
  return state.verdict === 'bad' && at < state.retryAt ? same(rested) : want(rested, again, at);
}

/** A success answers what a waiting probe would have asked, unless somebody awaits that probe. */
export function settleWanted(outcome: Transition): Transition {
  const { state, effects } = outcome;
  if (state?.probe.phase !== 'wanted' || state.probe.purpose === 'asked') return outcome;
  return { state: idle(state), effects: [...effects, { type: 'withdraw' }] };
}

/** What must happen to a probe whose endpoint's past is void. */
export function release(probe: ProbeState): Effect[] {
  if (probe.phase === 'wanted') return [{ type: 'withdraw' }];
  return probe.phase === 'in-flight' ? [{ type: 'abort', token: probe.token }] : [];
}

/** Spreads the union, which TypeScript does not keep apart by itself. */
export function withProbe(state: EndpointState, probe: ProbeState): EndpointState {
  return { ...state, probe };
}

/** Its probe is over. */
export function idle(state: EndpointState): EndpointState {
  return withProbe(state, IDLE);
}
