import type { Effect, Evidence, EvidenceSource, StateEvent } from '../src/state/model.js';
import type { Policy } from '../src/state/policy.js';
import { type Held, type Machine, NOW } from './machine.js';

/** One event in one state, and what it made of it: what the passing of time did first, and then the event itself. */
export interface Step {
  readonly before: Held;
  readonly event: StateEvent;
  /** What time alone makes of the state. */
  readonly judged: Held;
  /** What is to be done about that. */
  readonly timeEffects: readonly Effect[];
  readonly after: Held;
  /** All that is to be done. */
  readonly effects: readonly Effect[];
  /** What is to be done about the event itself. */
  readonly own: readonly Effect[];
  /** What the event shows, where it shows anything to the state as judged. */
  readonly finding: Finding | undefined;
  readonly policy: Policy;
}

/** Evidence that reaches the verdict, with its circumstances. */
export interface Finding {
  readonly source: EvidenceSource;
  readonly evidence: Evidence;
  readonly startedAt: number;
  readonly endedAt: number;
  readonly draw: number;
}

/** A failure that a finding shows. */
export type FailureFinding = Finding & { readonly evidence: Extract<Evidence, { result: 'failure' }> };

const TICK: StateEvent = { type: 'tick' };

/** What time alone does to a state: the same for every event that follows. */
export function judgedBy(machine: Machine, before: Held, policy: Policy): Pick<Step, 'judged' | 'timeEffects'> {
  const { state, effects } = machine.transition(before, TICK, policy, NOW);
  return { judged: state, timeEffects: effects };
}

/** Lets an event happen. */
export function stepOf(
  machine: Machine,
  before: Held,
  event: StateEvent,
  policy: Policy,
  { judged, timeEffects }: Pick<Step, 'judged' | 'timeEffects'>,
): Step {
  const { state: after, effects } = machine.transition(before, event, policy, NOW);
  const own = effects.slice(timeEffects.length);
  const finding = findingOf(judged, event);
  return { before, event, judged, timeEffects, after, effects, own, finding, policy };
}

/** Our own trouble, and a demand of ours that was not met, are no evidence; nor is what another probe brings. */
function findingOf(judged: Held, event: StateEvent): Finding | undefined {
  if (event.type === 'evidence') return { ...event, evidence: weighed(event.evidence) };
  if (event.type !== 'probe-settled' || judged?.probe.phase !== 'in-flight') return undefined;
  if (judged.probe.token !== event.token) return undefined;
  const { endedAt, draw } = event;
  return { source: 'probe', evidence: weighed(event.evidence), startedAt: judged.probe.startedAt, endedAt, draw };
}

function weighed(evidence: Evidence): Evidence {
  if (evidence.result !== 'failure' || (evidence.kind !== 'local' && evidence.kind !== 'auth')) return evidence;
  return { result: 'inconclusive', why: evidence.kind };
}

/** What a step shows to have failed. */
export function failureOf({ finding }: Step): FailureFinding | undefined {
  return finding?.evidence.result === 'failure' ? (finding as FailureFinding) : undefined;
}

/** What a step shows to have succeeded. */
export function successOf({ finding }: Step): Finding | undefined {
  return finding?.evidence.result === 'success' ? finding : undefined;
}

/** Whether a finding is of an attempt older than what is held: it says nothing. */
export function isOld(judged: Held, { evidence, startedAt, endedAt }: Finding): boolean {
  if (judged === undefined) return false;
  if (evidence.result === 'success') return judged.verdict !== 'good' && endedAt < judged.since;
  const latest = judged.verdict === 'good' ? Math.max(judged.since, judged.lastSuccess) : judged.since;
  return startedAt < latest;
}
