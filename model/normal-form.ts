import type { BadState, GoodState, ProbePurpose, ProbeState, Strike, UnknownState } from '../src/state/model.js';
import type { Policy } from '../src/state/policy.js';
import type { Held } from './machine.js';
import { OLDEST_EVIDENCE, PROBE_LIFE } from './ticks.js';

/** The token of the probe in flight, whichever it is: no other is remembered. */
export const TOKEN = 1;

/** Purposes that are treated alike: by the state all but `asked`, by the slots those that compete for the open ones. */
const PURPOSES: Readonly<Record<ProbePurpose, 'asked' | 'retry' | 'refresh'>> = {
  discover: 'retry',
  retry: 'retry',
  refresh: 'refresh',
  recheck: 'refresh',
  asked: 'asked',
};
const LETTERS = { asked: 'a', retry: 'o', refresh: 'r' } as const;

/**
 * How many steps of a doubling are told apart: none where it has met its end from the first, else one. From the greatest
 * a step up is still seen, and then taken back to it.
 */
function stepsOf(first: number, most: number): number {
  return first < most ? 1 : 0;
}

function levelOf(level: number, policy: Policy): number {
  return Math.min(level, stepsOf(policy.demotedRetryMs, policy.maxRetryMs));
}

/**
 * The one state that stands for all with the same future: some ticks later, its times counted from then. What is past
 * counts only as far as anything can still ask how long ago it was; what nothing reads but people is left out.
 *
 * @param state - any state
 * @param policy - what it means
 * @param elapsed - ticks since its times were counted
 */
export function normalForm(state: Held, policy: Policy, elapsed: number): Held {
  if (state === undefined) return undefined;
  const probe = normalProbe(state.probe, policy, elapsed);
  // Nothing that can still settle or be told began before this.
  const oldest = Math.min(-OLDEST_EVIDENCE, probe.phase === 'in-flight' ? probe.startedAt : 0);
  if (state.verdict === 'unknown') return normalUnknown(state, probe, oldest, policy, elapsed);
  return state.verdict === 'bad'
    ? normalBad(state, probe, oldest, policy, elapsed)
    : normalGood(state, probe, oldest, policy, elapsed);
}

/** A state in few characters: equal exactly for equal normal forms. */
export function keyOf(state: Held): string {
  if (state === undefined) return '';
  const { probe, since, level } = state;
  const head = keyOfProbe(probe) + text(since, level);
  if (state.verdict === 'unknown') {
    const { hits, windowStart, answered, formerlyGood, keepUntil } = state;
    return `u${head}${text(hits, windowStart, Number(answered), Number(formerlyGood), keepUntil)}`;
  }
  if (state.verdict === 'bad') return `b${head}${text(state.retryAt, Number(state.formerlyGood))}`;
  const strikes = state.strikes.map(({ at, silent }) => text(at, Number(silent))).join('');
  return `g${head}${text(state.until, state.refreshAt, state.lastSuccess, state.usedAt)}${strikes}`;
}

function keyOfProbe(probe: ProbeState): string {
  const misses = text(probe.misses);
  if (probe.phase === 'idle') return `i${misses}`;
  const purpose = LETTERS[PURPOSES[probe.purpose]];
  if (probe.phase === 'wanted') return `w${purpose}${misses}`;
  return `f${purpose}${misses}${text(probe.startedAt, probe.deadline)}`;
}

/** Numbers as characters, so that each takes one. */
function text(...numbers: readonly number[]): string {
  return String.fromCharCode(...numbers.map((number) => number + 64));
}

function normalProbe(probe: ProbeState, policy: Policy, elapsed: number): ProbeState {
  const misses = Math.min(probe.misses, stepsOf(policy.inconclusiveRetryMs, policy.maxInconclusiveRetryMs));
  if (probe.phase === 'idle') return { phase: 'idle', misses };
  // When to begin is the scheduler's to know.
  const purpose = PURPOSES[probe.purpose];
  if (probe.phase === 'wanted') return { phase: 'wanted', purpose, at: 0, misses };
  const deadline = Math.max(probe.deadline - elapsed, 0);
  // What has passed its deadline is given up, whenever it began.
  const startedAt = deadline === 0 ? -PROBE_LIFE : probe.startedAt - elapsed;
  return { phase: 'in-flight', purpose, token: TOKEN, startedAt, deadline, misses };
}

function normalUnknown(
  state: UnknownState,
  probe: ProbeState,
  oldest: number,
  policy: Policy,
  elapsed: number,
): UnknownState {
  const { verdict, hits, answered, formerlyGood } = state;
  const windowOver = -policy.hitWindowMs;
  return {
    verdict,
    since: Math.max(state.since - elapsed, oldest),
    probe,
    hits,
    windowStart: hits === 0 ? windowOver : Math.max(state.windowStart - elapsed, windowOver),
    answered,
    formerlyGood,
    level: levelOf(state.level, policy),
    keepUntil: Math.max(state.keepUntil - elapsed, 0),
  };
}

function normalBad(state: BadState, probe: ProbeState, oldest: number, policy: Policy, elapsed: number): BadState {
  const { verdict, formerlyGood } = state;
  return {
    verdict,
    since: Math.max(state.since - elapsed, oldest),
    probe,
    retryAt: Math.max(state.retryAt - elapsed, -policy.keepBadMs),
    phase: 'connect',
    kind: 'refused',
    controlled: true,
    formerlyGood,
    level: levelOf(state.level, policy),
  };
}

function normalGood(state: GoodState, probe: ProbeState, oldest: number, policy: Policy, elapsed: number): GoodState {
  const level = levelOf(state.level, policy);
  // One tick older than anything, so that a use since can be told from a use before.
  const success = Math.max(state.lastSuccess - elapsed, oldest - 1);
  const used = state.usedAt > state.lastSuccess;
  // Good by hearsay, which its latest success is before.
  const isHearsay = state.lastSuccess < state.since;
  const held = -policy.keepExpiredMs - policy.levelHoldMs * 2 ** stepsOf(policy.demotedRetryMs, policy.maxRetryMs);
  // Without a level nobody asks how long it has been Good.
  const since = level === 0 ? success + Number(isHearsay) : Math.max(state.since - elapsed, held);
  const lastSuccess = isHearsay ? Math.min(success, since - 1) : success;
  return {
    verdict: 'good',
    since,
    probe,
    until: Math.max(state.until - elapsed, -policy.keepExpiredMs),
    refreshAt: Math.max(state.refreshAt - elapsed, 0),
    lastSuccess,
    usedAt: used ? Math.max(state.usedAt - elapsed, -OLDEST_EVIDENCE) : lastSuccess,
    strikes: normalStrikes(state.strikes, policy, elapsed),
    level,
  };
}

function normalStrikes(strikes: readonly Strike[], policy: Policy, elapsed: number): readonly Strike[] {
  if (strikes.length === 0) return strikes;
  return strikes
    .map(({ at, silent }) => ({ at: Math.max(at - elapsed, -policy.strikeWindowMs), silent }))
    .sort((a, b) => a.at - b.at || Number(a.silent) - Number(b.silent));
}
