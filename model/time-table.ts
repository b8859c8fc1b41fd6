import type { GoodState, ProbeState } from '../src/state/model.js';
import type { Policy } from '../src/state/policy.js';
import { type Held, NOW } from './machine.js';
import { isRefreshDue, missed } from './probe-table.js';
import { type Facts, unmet } from './verdict-table.js';

/** What time alone must make of a state. */
export interface Judgement {
  /** The rows of the design that were met, in words. */
  readonly rows: readonly string[];
  /** What must be held; `undefined` is absent. A probe in it does not count. */
  readonly facts: Facts | undefined;
  readonly probe: ProbeState;
}

/**
 * The design's rows that need nothing but the clock, one after another: a flight's deadline, the end of what is
 * remembered, a level held long enough, the end of trust, a refresh that is due.
 */
export function judgementOf(before: NonNullable<Held>, policy: Policy): Judgement {
  const rows: string[] = [];
  let probe = before.probe;
  if (probe.phase === 'in-flight' && NOW >= probe.deadline) {
    rows.push('in flight, its deadline: given up, nothing shown');
    probe = missed(before, before, 0, policy);
  }
  const isFlying = probe.phase === 'in-flight';
  if (!isFlying && NOW >= rememberedUntil(before, policy)) {
    return { rows: [...rows, 'unasked for long: absent'], facts: undefined, probe };
  }
  if (before.verdict !== 'good') return { rows, facts: before, probe };
  const good = hasHeld(before, policy) ? { ...before, level: 0 } : before;
  if (good !== before) rows.push('good, held for long enough: level 0');
  if (!isFlying && NOW >= good.until) {
    const { level, until } = good;
    const facts = { ...unmet(policy), formerlyGood: true, level, keepUntil: until + policy.keepExpiredMs };
    return { rows: [...rows, 'good, its end: expired'], facts, probe };
  }
  if (probe.phase === 'idle' && isRefreshDue(good)) {
    rows.push('good, used, most of its life over: a refresh is wanted');
    probe = { phase: 'wanted', purpose: 'refresh', at: NOW, misses: probe.misses };
  }
  return { rows, facts: good, probe };
}

/** Until when a state is remembered without anything happening. */
export function rememberedUntil(state: NonNullable<Held>, policy: Policy): number {
  if (state.verdict === 'unknown') return state.keepUntil;
  return state.verdict === 'bad' ? state.retryAt + policy.keepBadMs : state.until + policy.keepExpiredMs;
}

function hasHeld({ level, since, until }: GoodState, policy: Policy): boolean {
  return level > 0 && Math.min(NOW, until) - since >= policy.levelHoldMs * 2 ** level;
}
