import { FAILURE_KINDS, PHASES } from '../checks.js';
import { forgottenAt } from '../expiry.js';
import type { BadState, EndpointState, FailureKind, Phase, ProbeState } from '../model.js';
import type { Policy } from '../policy.js';
import { IDLE } from '../steps.js';
import { type Rows, VERDICT } from './packed-rows.js';
import type { RowExtras } from './row-extras.js';
import * as FLAG from './row-flags.js';
import * as WORD from './row-words.js';

const PROBE_PHASES: readonly ProbeState['phase'][] = ['idle', 'wanted', 'in-flight'];
const FIVE_BITS = 31;
/** These flags are no part of a state: they stay when one is packed. */
const KEPT = FLAG.implied | FLAG.used | FLAG.extras | FLAG.epoch;

/**
 * The state in a packed row, exactly as {@link pack} was given it.
 *
 * @param rows - the rows
 * @param row - which
 * @param extras - what is remembered beside it; there for a Good row, and for one with a probe
 */
export function unpack(rows: Rows, row: number, extras: RowExtras | undefined): EndpointState {
  const flags = rows.get(row, WORD.flags);
  const since = rows.time(row, 0);
  const level = (flags >>> FLAG.levelShift) & FIVE_BITS;
  const formerlyGood = (flags & FLAG.formerlyGood) !== 0;
  const probe = extras?.probe ?? idleAfter((flags >>> FLAG.missesShift) & FIVE_BITS);
  switch (flags & FLAG.verdict) {
    case VERDICT.unknown: {
      const hits = rows.get(row, WORD.hits) & 0xffff;
      const answered = (flags & FLAG.answered) !== 0;
      const windowStart = rows.thirdTimes.get(row) ?? since;
      const keepUntil = rows.time(row, 1);
      return { verdict: 'unknown', since, probe, hits, windowStart, answered, formerlyGood, level, keepUntil };
    }
    case VERDICT.good: {
      const { lastSuccess, usedAt, strikes } = extras ?? { lastSuccess: since, usedAt: since, strikes: [] };
      const until = rows.time(row, 1);
      const refreshAt = rows.thirdTimes.get(row) ?? until;
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
 * @param extras - gets what has no place in the row; there if {@link needsExtras}
 */
export function pack(rows: Rows, row: number, state: EndpointState, extras: RowExtras | undefined): void {
  const { probe, level } = state;
  let flags = (rows.get(row, WORD.flags) & KEPT) | VERDICT[state.verdict] | (level << FLAG.levelShift);
  flags |= (PROBE_PHASES.indexOf(probe.phase) << FLAG.phaseShift) | (probe.misses << FLAG.missesShift);
  if (extras !== undefined) extras.probe = probe.phase === 'idle' ? undefined : probe;
  const { since } = state;
  if (state.verdict === 'unknown') {
    if (state.formerlyGood) flags |= FLAG.formerlyGood;
    if (state.answered) flags |= FLAG.answered;
    rows.put(row, WORD.hits, (rows.get(row, WORD.hits) & 0xffff_0000) | state.hits);
    rows.putTimes(row, since, state.keepUntil, state.windowStart === since ? undefined : state.windowStart);
  } else if (state.verdict === 'good') {
    if (extras !== undefined) {
      extras.lastSuccess = state.lastSuccess;
      extras.usedAt = state.usedAt;
      extras.strikes = state.strikes;
    }
    rows.putTimes(row, since, state.until, state.refreshAt);
  } else {
    flags |= flagsOfFailure(state);
    rows.putTimes(row, since, state.retryAt);
  }
  rows.put(row, WORD.flags, flags);
}

function flagsOfFailure({ phase, kind, controlled, formerlyGood }: BadState): number {
  const how =
    (PHASES.indexOf(phase) << FLAG.failurePhaseShift) | (FAILURE_KINDS.indexOf(kind) << FLAG.failureKindShift);
  return how | (controlled ? FLAG.controlled : 0) | (formerlyGood ? FLAG.formerlyGood : 0);
}

/**
 * Until when a contact changes nothing but its count, as `transition` would find.
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
  // Use does not count here: a contact notes it in place.
  const held = state.level > 0 ? state.since + policy.levelHoldMs * 2 ** state.level : end;
  const due = probe.phase === 'idle' ? Math.min(state.until, state.refreshAt) : Math.min(state.until, end);
  return Math.min(held, due, end);
}
