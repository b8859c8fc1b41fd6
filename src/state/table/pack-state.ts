import { FAILURE_KINDS, PHASES } from '../checks.js';
import { forgottenAt } from '../expiry.js';
import type { BadState, EndpointState, FailureKind, Phase, ProbeState } from '../model.js';
import type { Policy } from '../policy.js';
import { IDLE } from '../steps.js';
import { FLAG, type Rows, VERDICT, WORD } from './packed-rows.js';
import type { RowExtras } from './row-extras.js';

const PROBE_PHASES: readonly ProbeState['phase'][] = ['idle', 'wanted', 'in-flight'];
const FIVE_BITS = 31;
/** What a state does not decide: these flags stay when one is packed. */
const KEPT = FLAG.told | FLAG.used | FLAG.side | FLAG.epoch;

/**
 * The state in a packed row, exactly as {@link pack} was given it.
 *
 * @param rows - the rows
 * @param row - which
 * @param side - what is remembered beside it; of what is Good, or wants a probe, something is
 */
export function unpack(rows: Rows, row: number, side: RowExtras | undefined): EndpointState {
  const flags = rows.get(row, WORD.flags);
  const since = rows.time(row, 0);
  const level = (flags >>> FLAG.levelShift) & FIVE_BITS;
  const formerlyGood = (flags & FLAG.formerlyGood) !== 0;
  const probe = side?.probe ?? idleAfter((flags >>> FLAG.missesShift) & FIVE_BITS);
  switch (flags & FLAG.verdict) {
    case VERDICT.unknown: {
      const hits = rows.get(row, WORD.hits) & 0xffff;
      const answered = (flags & FLAG.answered) !== 0;
      const windowStart = rows.time(row, 1);
      const keepUntil = rows.time(row, 2);
      return { verdict: 'unknown', since, probe, hits, windowStart, answered, formerlyGood, level, keepUntil };
    }
    case VERDICT.good: {
      const { lastSuccess, usedAt, strikes } = side ?? { lastSuccess: since, usedAt: since, strikes: [] };
      const until = rows.time(row, 1);
      const refreshAt = rows.time(row, 2);
      return { verdict: 'good', since, probe, until, refreshAt, lastSuccess, usedAt, strikes, level };
    }
    default: {
      const retryAt = rows.time(row, 1);
      const controlled = (flags & FLAG.controlled) !== 0;
      const phase = PHASES[(flags >>> FLAG.failurePhaseShift) & 3] as Phase;
      const kind = FAILURE_KINDS[(flags >>> FLAG.failureKindShift) & 15] as FailureKind;
      return { verdict: 'bad', since, probe, retryAt, phase, kind, controlled, formerlyGood, level };
    }
  }
}

function idleAfter(misses: number): ProbeState {
  return misses === 0 ? IDLE : { phase: 'idle', misses };
}

/** Whether a state has parts for which the packed row has no place. */
export function needsExtras(state: EndpointState): boolean {
  return state.verdict === 'good' || state.probe.phase !== 'idle';
}

/**
 * Packs a state into a row.
 *
 * @param rows - the rows
 * @param row - which
 * @param state - the state
 * @param side - gets what the row has no place for; there if {@link needsExtras}
 */
export function pack(rows: Rows, row: number, state: EndpointState, side: RowExtras | undefined): void {
  const { probe, level } = state;
  let flags = (rows.get(row, WORD.flags) & KEPT) | VERDICT[state.verdict] | (level << FLAG.levelShift);
  flags |= (PROBE_PHASES.indexOf(probe.phase) << FLAG.phaseShift) | (probe.misses << FLAG.missesShift);
  if (side !== undefined) side.probe = probe.phase === 'idle' ? undefined : probe;
  const { since } = state;
  if (state.verdict === 'unknown') {
    if (state.formerlyGood) flags |= FLAG.formerlyGood;
    if (state.answered) flags |= FLAG.answered;
    rows.put(row, WORD.hits, (rows.get(row, WORD.hits) & 0xffff_0000) | state.hits);
    rows.putTimes(row, since, state.windowStart, state.keepUntil);
  } else if (state.verdict === 'good') {
    if (side !== undefined) {
      side.lastSuccess = state.lastSuccess;
      side.usedAt = state.usedAt;
      side.strikes = state.strikes;
    }
    rows.putTimes(row, since, state.until, state.refreshAt);
  } else {
    flags |= flagsOfFailure(state);
    rows.putTimes(row, since, state.retryAt, 0);
  }
  rows.put(row, WORD.flags, flags);
}

function flagsOfFailure({ phase, kind, controlled, formerlyGood }: BadState): number {
  const how =
    (PHASES.indexOf(phase) << FLAG.failurePhaseShift) | (FAILURE_KINDS.indexOf(kind) << FLAG.failureKindShift);
  return how | (controlled ? FLAG.controlled : 0) | (formerlyGood ? FLAG.formerlyGood : 0);
}

/**
 * Until when a contact changes nothing but its count: what `transition` would say, told beforehand.
 *
 * @param state - the state
 * @param policy - the policy
 * @returns a monotonic time; `-Infinity` where any contact may change something
 */
export function contactDue(state: EndpointState, policy: Policy): number {
  const { probe } = state;
  const end = probe.phase === 'in-flight' ? probe.deadline : forgottenAt(state, policy);
  if (state.verdict === 'bad') return probe.phase === 'idle' ? Math.min(state.retryAt, end) : end;
  if (state.verdict === 'unknown') {
    const { hits, windowStart, answered, formerlyGood } = state;
    const rested = probe.phase !== 'idle' || !(formerlyGood || answered || !policy.onlyAfterAnswer);
    return hits === policy.threshold && rested
      ? Math.min(end, windowStart + policy.hitWindowMs)
      : Number.NEGATIVE_INFINITY;
  }
  // Whether it was used or not: a contact notes its use in place.
  const held = state.level > 0 ? state.since + policy.levelHoldMs * 2 ** state.level : end;
  const due = probe.phase === 'idle' ? Math.min(state.until, state.refreshAt) : Math.min(state.until, end);
  return Math.min(held, due, end);
}
