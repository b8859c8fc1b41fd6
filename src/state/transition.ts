import type {
  BadState,
  Effect,
  EndpointState,
  Evidence,
  EvidenceSource,
  GoodState,
  ProbePurpose,
  ProbeState,
  StateEvent,
  Strike,
  Transition,
  TransitionReason,
  UnknownState,
  Verdict,
} from './model.js';
import { inconclusiveDelay, MAX_LEVEL, type Policy, refreshDelay, retryDelay } from './policy.js';

/** A failure that is evidence. */
type FailureEvidence = Extract<Evidence, { result: 'failure' }>;

/** Evidence with its circumstances, whoever brought it. */
interface Finding {
  readonly source: EvidenceSource;
  readonly startedAt: number;
  readonly endedAt: number;
  readonly draw: number;
}

/** No effects, shared: most events have none. */
const NOTHING: readonly Effect[] = [];
const IDLE: ProbeState = { phase: 'idle', misses: 0 };

/**
 * What an event makes of what is held of one endpoint: pure and total. Both tables of the design are here and nowhere
 * else: the verdict, moved by evidence alone, and the probe, a fact of its own beside it.
 *
 * Time that has passed is judged first, whatever the event: nothing is trusted beyond its end because nobody looked.
 *
 * @param state - what was held; `undefined` if nothing
 * @param event - what happened
 * @param policy - what it is to mean
 * @param now - the monotonic time, in milliseconds
 * @returns the next state, the same object if nothing has changed, and what is to be done
 *
 * @example
 * ```ts
 * const policy = resolvePolicy({ threshold: 1, onlyAfterAnswer: false });
 * const { state, effects } = transition(undefined, { type: 'contact' }, policy, 0);
 * // effects: [{ type: 'want', purpose: 'discover', at: 0 }]
 * ```
 */
export function transition(
  state: EndpointState | undefined,
  event: StateEvent,
  policy: Policy,
  now: number,
): Transition {
  const judged = judge(state, policy, now);
  const next = apply(judged.state, event, policy, now);
  if (judged.effects.length === 0) return next;
  return next.effects.length === 0
    ? { state: next.state, effects: judged.effects }
    : { state: next.state, effects: [...judged.effects, ...next.effects] };
}

function apply(state: EndpointState | undefined, event: StateEvent, policy: Policy, now: number): Transition {
  switch (event.type) {
    case 'contact':
      return contact(state, policy, now);
    case 'answered':
      return answered(state, policy, now);
    case 'asked':
      return want(state ?? unknownState(now, policy), 'asked', now);
    case 'evidence':
      return find(state, event.evidence, event, policy, now);
    case 'probe-started':
      return probeStarted(state, event.token, event.deadline, now);
    case 'probe-dropped':
      return state?.probe.phase === 'wanted' ? same(idle(state)) : same(state);
    case 'probe-settled':
      return probeSettled(state, event, policy, now);
    case 'probe-aborted':
      return isInFlight(state, event.token) ? same(idle(state)) : same(state);
    case 'slept':
      return slept(state, event.draw, policy, now);
    case 'epoch':
      return newEpoch(state, policy, now);
    case 'forget':
      return forget(state);
    case 'tick':
      return same(state);
  }
}

// --- What time alone does -------------------------------------------------------------------------------------------

function judge(state: EndpointState | undefined, policy: Policy, now: number): Transition {
  if (state === undefined) return same(state);
  const { probe } = state;
  if (probe.phase === 'in-flight' && now >= probe.deadline) {
    // A prober that breaks its contract: nothing was learned, and nothing may hang on it.
    const missed = miss(state, probe.purpose, probe.misses, policy, now);
    const rest = judge(missed.state, policy, now);
    return { state: rest.state, effects: [{ type: 'abort', token: probe.token }, ...missed.effects, ...rest.effects] };
  }
  if (probe.phase !== 'in-flight' && now >= forgottenAt(state, policy)) return forget(state);
  return state.verdict === 'good' ? judgeGood(state, policy, now) : same(state);
}

function forgottenAt(state: EndpointState, policy: Policy): number {
  if (state.verdict === 'unknown') return state.keepUntil;
  return state.verdict === 'bad' ? state.retryAt + policy.keepBadMs : state.until + policy.keepExpiredMs;
}

function judgeGood(state: GoodState, policy: Policy, now: number): Transition {
  if (now >= state.until && state.probe.phase !== 'in-flight') return expire(state, policy, now);
  const held = state.level > 0 && now - state.since >= policy.levelHoldMs * 2 ** state.level;
  const kept = held ? { ...state, level: 0 } : state;
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

function forget(state: EndpointState | undefined): Transition {
  if (state === undefined) return same(state);
  const effects = [...release(state.probe)];
  if (state.verdict !== 'unknown') effects.push(announce(state.verdict, 'unknown', 'forgotten'));
  return { state: undefined, effects };
}

// --- Contacts -------------------------------------------------------------------------------------------------------

function contact(state: EndpointState | undefined, policy: Policy, now: number): Transition {
  if (state === undefined) return contactUnknown(unknownState(now, policy), policy, now);
  if (state.verdict === 'unknown') return contactUnknown(state, policy, now);
  if (state.verdict === 'bad') return now >= state.retryAt ? want(state, 'retry', now) : same(state);
  // One write a success is enough to know that it was used since.
  if (state.usedAt > state.lastSuccess) return same(state);
  return judgeGood({ ...state, usedAt: now }, policy, now);
}

function contactUnknown(state: UnknownState, policy: Policy, now: number): Transition {
  const anew = now - state.windowStart >= policy.hitWindowMs || state.hits === 0;
  // The count rests at the threshold: more of it decides nothing, and would be a write a contact.
  const hits = anew ? 1 : Math.min(state.hits + 1, policy.threshold);
  const windowStart = anew ? now : state.windowStart;
  const unchanged = hits === state.hits && windowStart === state.windowStart;
  const keepUntil = Math.max(state.keepUntil, windowStart + policy.keepUnknownMs);
  const hit = unchanged ? state : { ...state, hits, windowStart, keepUntil };
  return wantIfRipe(hit, policy, now);
}

function answered(state: EndpointState | undefined, policy: Policy, now: number): Transition {
  if (state?.verdict !== 'unknown' || state.answered) return same(state);
  return wantIfRipe({ ...state, answered: true }, policy, now);
}

function wantIfRipe(state: UnknownState, policy: Policy, now: number): Transition {
  const met = state.hits >= policy.threshold && (state.answered || !policy.onlyAfterAnswer);
  // What was Good has answered before: neither threshold nor answer is asked for again.
  const waived = state.formerlyGood && state.hits > 0;
  return met || waived ? want(state, 'discover', now) : same(state);
}

// --- Evidence -------------------------------------------------------------------------------------------------------

function find(
  state: EndpointState | undefined,
  evidence: Evidence,
  finding: Finding,
  policy: Policy,
  now: number,
): Transition {
  if (evidence.result === 'success') return succeed(state, finding, policy);
  if (evidence.result === 'inconclusive' || state?.verdict !== 'good' || isStale(state, finding)) return same(state);
  if (evidence.controlled) return strike(state, evidence, finding, policy, now);
  // Silence on every transport is no strike. A probe asks over Do53 as well and can tell.
  return want(state, 'recheck', now + policy.recheckMs);
}

/** Whether a failure is older than what we hold: it began before the latest success ended, or under another verdict. */
function isStale(state: EndpointState, finding: Finding): boolean {
  const latest = state.verdict === 'good' ? Math.max(state.since, state.lastSuccess) : state.since;
  return finding.startedAt < latest;
}

function succeed(state: EndpointState | undefined, finding: Finding, policy: Policy): Transition {
  if (state?.verdict === 'good') return extend(state, finding, policy);
  if (state !== undefined && finding.endedAt < state.since) return same(state);
  const good: GoodState = {
    verdict: 'good',
    since: finding.endedAt,
    probe: state?.probe ?? IDLE,
    ...life(finding, policy),
    lastSuccess: finding.endedAt,
    usedAt: finding.endedAt,
    strikes: [],
    level: levelAfter(state),
  };
  const reason = finding.source === 'probe' ? 'probe-success' : `${finding.source}-success`;
  return settleWanted(change(state, good, reason as TransitionReason));
}

/** A server that is Good for a moment at a time waits longer each time it is demoted. */
function levelAfter(state: EndpointState | undefined): number {
  if (state === undefined || (state.verdict === 'bad' && !state.formerlyGood)) return 0;
  return state.verdict === 'bad' ? Math.min(state.level + 1, MAX_LEVEL) : state.level;
}

function extend(state: GoodState, finding: Finding, policy: Policy): Transition {
  const next = life(finding, policy);
  const moved = next.until - state.until > policy.writeMs || (finding.source === 'probe' && next.until > state.until);
  const lastSuccess = Math.max(state.lastSuccess, finding.endedAt);
  const strikes = state.strikes.length === 0 ? state.strikes : [];
  return settleWanted(same({ ...state, ...(moved ? next : {}), lastSuccess, strikes }));
}

function life(finding: Finding, policy: Policy): Pick<GoodState, 'until' | 'refreshAt'> {
  const { endedAt, draw } = finding;
  return { until: endedAt + policy.goodMs, refreshAt: endedAt + refreshDelay(policy, draw) };
}

/** A success answers what a waiting probe would have asked, unless somebody awaits that probe. */
function settleWanted(outcome: Transition): Transition {
  const { state, effects } = outcome;
  if (state?.probe.phase !== 'wanted' || state.probe.purpose === 'asked') return outcome;
  return { state: idle(state), effects: [...effects, { type: 'withdraw' }] };
}

function strike(
  state: GoodState,
  evidence: FailureEvidence,
  finding: Finding,
  policy: Policy,
  now: number,
): Transition {
  const silent = evidence.phase === 'answer' && evidence.kind === 'silent';
  const counted = state.strikes.filter((earlier) => now - earlier.at < policy.strikeWindowMs);
  const strikes: Strike[] = [...counted, { at: finding.endedAt, silent }];
  const hard = strikes.filter((one) => !one.silent).length;
  if (evidence.kind === 'lame') return demote(state, evidence, 'lame', policy, now);
  if (hard >= policy.strikes || strikes.length >= Math.max(policy.strikes, policy.silentStrikes)) {
    return demote(state, evidence, 'strikes', policy, now);
  }
  return want({ ...state, strikes }, 'recheck', now + policy.recheckMs);
}

function demote(
  state: GoodState,
  evidence: FailureEvidence,
  reason: TransitionReason,
  policy: Policy,
  now: number,
): Transition {
  const bad = badState(state.probe, evidence, { formerlyGood: true, level: state.level, since: now }, policy, now);
  return settleWanted(change(state, bad, reason, true));
}

function badState(
  probe: ProbeState,
  evidence: FailureEvidence,
  before: Pick<BadState, 'formerlyGood' | 'level' | 'since'>,
  policy: Policy,
  now: number,
): BadState {
  const { phase, kind, controlled } = evidence;
  const retryAt = now + retryDelay(policy, { kind, controlled, ...before });
  return { verdict: 'bad', probe, retryAt, phase, kind, controlled, ...before };
}

// --- The probe ------------------------------------------------------------------------------------------------------

function want(state: EndpointState, purpose: ProbePurpose, at: number): Transition {
  const { probe } = state;
  const asked = purpose === 'asked' && probe.phase === 'wanted' && probe.purpose !== 'asked';
  if (probe.phase !== 'idle' && !asked) return same(state);
  const wanted: ProbeState = { phase: 'wanted', purpose, at, misses: probe.misses };
  return { state: withProbe(state, wanted), effects: [{ type: 'want', purpose, at }] };
}

function probeStarted(state: EndpointState | undefined, token: number, deadline: number, now: number): Transition {
  if (state?.probe.phase !== 'wanted') return same(state);
  const { purpose, misses } = state.probe;
  return same(withProbe(state, { phase: 'in-flight', purpose, token, startedAt: now, deadline, misses }));
}

function probeSettled(
  state: EndpointState | undefined,
  event: Extract<StateEvent, { type: 'probe-settled' }>,
  policy: Policy,
  now: number,
): Transition {
  if (!isInFlight(state, event.token)) return same(state);
  const { startedAt, purpose, misses } = state.probe;
  const finding: Finding = { source: 'probe', startedAt, endedAt: event.endedAt, draw: event.draw };
  const { evidence } = event;
  if (evidence.result === 'inconclusive') {
    return miss(state, purpose, misses, policy, now, evidence.why === 'lame' ? policy.lameSpanMs : 0);
  }
  const settled = idle(state);
  if (evidence.result === 'success') return succeed(settled, finding, policy);
  if (isStale(settled, finding)) return same(settled);
  if (settled.verdict === 'good') {
    return evidence.controlled
      ? strike(settled, evidence, finding, policy, now)
      : miss(state, purpose, misses, policy, now);
  }
  const { formerlyGood, level, since } = settled;
  if (settled.verdict === 'bad') {
    const before = { formerlyGood, since, level: Math.min(level + 1, MAX_LEVEL) };
    return same(badState(settled.probe, evidence, before, policy, now));
  }
  // What expired or changed networks is no longer what was proven: it starts as a stranger does, with its level.
  const bad = badState(settled.probe, evidence, { formerlyGood, level, since: now }, policy, now);
  return change(settled, bad, evidence.kind === 'lame' ? 'lame' : 'probe-failure');
}

/** Nothing was learned: the probe is wanted again, later each time. */
function miss(
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
  return want(withProbe(state, { phase: 'idle', misses }), again, at);
}

// --- The world ------------------------------------------------------------------------------------------------------

function slept(state: EndpointState | undefined, draw: number, policy: Policy, now: number): Transition {
  if (state?.verdict !== 'good') return same(state);
  const refreshAt = Math.min(state.refreshAt, now + draw * policy.wakeSpreadMs);
  // Due whether used lately or not: nobody was awake to use it.
  return same({ ...state, refreshAt, usedAt: Math.max(state.usedAt, state.lastSuccess + 1) });
}

function newEpoch(state: EndpointState | undefined, policy: Policy, now: number): Transition {
  if (state === undefined) return same(state);
  const formerlyGood = state.verdict === 'good' || (state.verdict === 'unknown' && state.formerlyGood);
  const keepUntil = now + (formerlyGood ? policy.keepExpiredMs : policy.keepUnknownMs);
  const unknown: UnknownState = { ...unknownState(now, policy), formerlyGood, keepUntil };
  const effects = [...release(state.probe)];
  if (state.verdict !== 'unknown') effects.push(announce(state.verdict, 'unknown', 'epoch'));
  return { state: unknown, effects };
}

// --- Small parts ----------------------------------------------------------------------------------------------------

function unknownState(now: number, policy: Policy): UnknownState {
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

function isInFlight(
  state: EndpointState | undefined,
  token: number,
): state is EndpointState & { probe: Extract<ProbeState, { phase: 'in-flight' }> } {
  return state?.probe.phase === 'in-flight' && state.probe.token === token;
}

/** Spreads the union, which TypeScript does not keep apart by itself. */
function withProbe(state: EndpointState, probe: ProbeState): EndpointState {
  return { ...state, probe };
}

function idle(state: EndpointState): EndpointState {
  return withProbe(state, IDLE);
}

function same(state: EndpointState | undefined): Transition {
  return { state, effects: NOTHING };
}

/** What must happen to a probe whose endpoint's past is void. */
function release(probe: ProbeState): Effect[] {
  if (probe.phase === 'wanted') return [{ type: 'withdraw' }];
  return probe.phase === 'in-flight' ? [{ type: 'abort', token: probe.token }] : [];
}

function change(
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
