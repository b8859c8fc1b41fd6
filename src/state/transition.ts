import { badState, type Finding, isStale, strike, succeed, weigh } from './evidence.js';
import { judge, judgeGood } from './expiry.js';
import { hint, restore } from './hearsay.js';
import type { EndpointState, Evidence, ProbeState, StateEvent, Transition, UnknownState } from './model.js';
import { MAX_LEVEL, type Policy } from './policy.js';
import { change, end, forget, idle, miss, retryFrom, same, unknownState, want, withProbe } from './steps.js';

/**
 * The next state of one endpoint after an event: pure and total. Both tables of the design are here and nowhere else: the
 * verdict, moved by evidence alone, and the probe, a fact of its own beside it.
 *
 * Time that has passed acts first, whatever the event, so that no verdict is trusted beyond its end for want of events.
 *
 * @param state - the state before; `undefined` if none is held
 * @param event - what happened
 * @param policy - the numbers that decide what the event means
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
  // The probe that gave way was an earlier one than time has wanted this moment.
  if (event.type === 'probe-dropped' && judged.effects.some((effect) => effect.type === 'want')) return judged;
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
      return want(state ?? unknownState(now, policy), event.purpose ?? 'asked', now);
    case 'evidence':
      return find(state, weigh(event.evidence), event, policy, now);
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
    case 'retry-at':
      return retryFrom(state, event.at, policy, now);
    case 'epoch':
      return newEpoch(state, policy, now);
    case 'forget':
      return forget(state);
    case 'restored':
      return restore(state, event.state, policy, now);
    case 'hint':
      return hint(state, event.state, policy, now);
    case 'tick':
      return same(state);
  }
}

// --- Contacts -------------------------------------------------------------------------------------------------------

function contact(state: EndpointState | undefined, policy: Policy, now: number): Transition {
  if (state === undefined) return contactUnknown(unknownState(now, policy), policy, now);
  if (state.verdict === 'unknown') return contactUnknown(state, policy, now);
  if (state.verdict === 'bad') return now >= state.retryAt ? want(state, 'retry', now) : same(state);
  // One write after each success is enough to know that it was used since.
  if (state.usedAt > state.lastSuccess || state.usedAt === now) return same(state);
  return judgeGood({ ...state, usedAt: now }, policy, now);
}

function contactUnknown(state: UnknownState, policy: Policy, now: number): Transition {
  const anew = now - state.windowStart >= policy.hitWindowMs || state.hits === 0;
  // The count stops at the threshold: a higher one decides nothing, and would cost a write at every contact.
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
  const met =
    state.hits >= policy.threshold &&
    now - state.windowStart < policy.hitWindowMs &&
    (state.answered || !policy.onlyAfterAnswer);
  // A formerly Good endpoint needs neither the threshold nor an answer over Do53 again.
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
  // Silence on every transport is no strike. A probe asks over Do53 as well, and finds out.
  return want(state, 'recheck', now + policy.recheckMs);
}

// --- The probe ------------------------------------------------------------------------------------------------------

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
  const { probe } = state;
  const finding: Finding = { source: 'probe', startedAt: probe.startedAt, endedAt: event.endedAt, draw: event.draw };
  const evidence = weigh(event.evidence);
  if (evidence.result === 'inconclusive') {
    return miss(state, probe, policy, now, evidence.why === 'lame' ? policy.lameSpanMs : 0);
  }
  const settled = idle(state);
  if (evidence.result === 'success') return succeed(settled, finding, policy);
  if (isStale(settled, finding)) return same(settled);
  if (settled.verdict === 'good') {
    return evidence.controlled ? strike(settled, evidence, finding, policy, now) : miss(state, probe, policy, now);
  }
  const { formerlyGood, level, since } = settled;
  if (settled.verdict === 'bad') {
    const before = { formerlyGood, since, level: Math.min(level + 1, MAX_LEVEL) };
    return same(badState(settled.probe, evidence, before, policy, now));
  }
  // A formerly Good endpoint, whose trust expired or network changed, is retried as such, by its level.
  const bad = badState(settled.probe, evidence, { formerlyGood, level, since: now }, policy, now);
  return change(settled, bad, evidence.kind === 'lame' ? 'lame' : 'probe-failure');
}

function isInFlight(
  state: EndpointState | undefined,
  token: number,
): state is EndpointState & { probe: Extract<ProbeState, { phase: 'in-flight' }> } {
  return state?.probe.phase === 'in-flight' && state.probe.token === token;
}

// --- The world ------------------------------------------------------------------------------------------------------

function slept(state: EndpointState | undefined, draw: number, policy: Policy, now: number): Transition {
  if (state?.verdict !== 'good') return same(state);
  const refreshAt = Math.min(state.refreshAt, now + draw * policy.wakeSpreadMs);
  // Due whether it was used lately or not: no use could happen while the machine slept.
  const usedAt = Math.max(state.usedAt, state.lastSuccess + 1);
  const unchanged = refreshAt === state.refreshAt && usedAt === state.usedAt;
  return same(unchanged ? state : { ...state, refreshAt, usedAt });
}

function newEpoch(state: EndpointState | undefined, policy: Policy, now: number): Transition {
  if (state === undefined) return same(state);
  const formerlyGood = state.verdict === 'good' || (state.verdict === 'unknown' && state.formerlyGood);
  const keepUntil = now + (formerlyGood ? policy.keepExpiredMs : policy.keepUnknownMs);
  return end(state, { ...unknownState(now, policy), formerlyGood, keepUntil }, 'epoch');
}
