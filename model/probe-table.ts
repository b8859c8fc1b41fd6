import type { ProbePurpose, ProbeState } from '../src/state/model.js';
import type { Policy } from '../src/state/policy.js';
import { type Held, NOW } from './machine.js';
import { failureOf, isOld, type Step, successOf } from './step.js';
import { demotes, isNews } from './verdict-table.js';

/** One row of the design's table of probes. */
export interface ProbeRow {
  /** The row in words. */
  readonly name: string;
  /** Whether a step falls under it; the first row that says so counts. */
  when(step: Step): boolean;
  /** What the probe must be after. */
  probe(step: Step): ProbeState;
}

const IDLE: ProbeState = { phase: 'idle', misses: 0 };
const REST: ProbeRow = { name: 'anything else leaves the probe alone', when: () => true, probe: probeOf };

/** The row that a step falls under which leaves a state. */
export function probeRowOf(step: Step): ProbeRow {
  return PROBE_TABLE.find((row) => row.when(step)) ?? REST;
}

/** The design's section 4, second table, in the order in which the rows are asked. */
export const PROBE_TABLE: readonly ProbeRow[] = [
  {
    name: 'any, new epoch: idle',
    when: ({ event }) => event.type === 'epoch',
    probe: () => IDLE,
  },
  {
    name: 'wanted, others tell: idle, unless somebody asked for it',
    when: (step) => {
      const { phase, purpose } = { purpose: undefined, ...probeOf(step) };
      const isTold = isNews(step, 'good') || isNews(step, 'bad');
      return isTold && step.judged?.verdict !== 'bad' && phase === 'wanted' && purpose !== 'asked';
    },
    probe: () => IDLE,
  },
  {
    name: 'wanted, its task begins: in flight, with token and deadline',
    when: ({ event, judged }) => event.type === 'probe-started' && judged?.probe.phase === 'wanted',
    probe: (step) => {
      const { event, judged } = step;
      if (event.type !== 'probe-started' || judged?.probe.phase !== 'wanted') return probeOf(step);
      const { purpose, misses } = judged.probe;
      const { token, deadline } = event;
      return { phase: 'in-flight', purpose, token, startedAt: NOW, deadline, misses };
    },
  },
  {
    name: 'wanted, gives way: idle; what time wants this moment has not',
    when: ({ event, judged, timeEffects }) =>
      event.type === 'probe-dropped' &&
      judged?.probe.phase === 'wanted' &&
      !timeEffects.some(({ type }) => type === 'want'),
    probe: () => IDLE,
  },
  {
    name: 'in flight, given up: idle',
    when: ({ event, judged }) =>
      event.type === 'probe-aborted' && judged?.probe.phase === 'in-flight' && judged.probe.token === event.token,
    probe: () => IDLE,
  },
  {
    name: 'in flight, settled and nothing shown: wanted again, later each time',
    when: (step) => hasSettled(step) && showsNothing(step),
    probe: (step) => {
      const { finding, after, judged, policy } = step;
      const isLame = finding?.evidence.result === 'inconclusive' && finding.evidence.why === 'lame';
      return missed(judged, after, isLame ? policy.lameSpanMs : 0, policy);
    },
  },
  {
    name: 'in flight, settled with a strike: the next is wanted soon',
    when: (step) => hasSettled(step) && strikes(step),
    probe: ({ policy }) => ({ phase: 'wanted', purpose: 'recheck', at: NOW + policy.recheckMs, misses: 0 }),
  },
  {
    name: 'in flight, settled: idle',
    when: hasSettled,
    probe: () => IDLE,
  },
  {
    name: 'any, asked: wanted now, unless one is in flight or asked for already',
    when: ({ event, judged }) => {
      if (event.type !== 'asked' || judged?.probe.phase === 'in-flight') return false;
      return judged?.probe.phase !== 'wanted' || judged.probe.purpose !== 'asked';
    },
    probe: (step) => wanted('asked', NOW, step),
  },
  {
    name: 'wanted, live success or demotion: idle, unless somebody asked for it',
    when: (step) => {
      const probe = probeOf(step);
      if (probe.phase !== 'wanted' || probe.purpose === 'asked' || !isFresh(step)) return false;
      const failure = failureOf(step);
      return successOf(step) !== undefined || (failure?.evidence.controlled === true && demotes(step, failure));
    },
    probe: () => IDLE,
  },
  {
    name: 'idle, good, failure that does not demote: wanted soon',
    when: (step) => isIdle(step) && (strikes(step) || isUncontrolled(step)),
    probe: (step) => wanted('recheck', NOW + step.policy.recheckMs, step),
  },
  {
    name: 'idle, unknown, hits enough and answered, or formerly good: wanted now',
    when: (step) => isIdle(step) && isRipe(step),
    probe: (step) => wanted('discover', NOW, step),
  },
  {
    name: 'idle, bad, contact with retry due: wanted now',
    when: (step) =>
      isIdle(step) && step.event.type === 'contact' && step.judged?.verdict === 'bad' && NOW >= step.judged.retryAt,
    probe: (step) => wanted('retry', NOW, step),
  },
  {
    name: 'idle, good, contact with refresh due: wanted now',
    when: (step) => isIdle(step) && step.event.type === 'contact' && isRefreshDue(step.after),
    probe: (step) => wanted('refresh', NOW, step),
  },
  REST,
];

/** Whether what is Good and used since it was last proven is due for a refresh. */
export function isRefreshDue(state: Held): boolean {
  return state?.verdict === 'good' && NOW >= state.refreshAt && state.usedAt > state.lastSuccess;
}

/** What a probe that showed nothing leaves: wanted again after a while that doubles; what is Bad waits for its retry. */
export function missed(judged: Held, after: Held, atLeast: number, policy: Policy): ProbeState {
  if (judged?.probe.phase !== 'in-flight') return IDLE;
  const misses = judged.probe.misses + 1;
  const spaced = Math.min(policy.inconclusiveRetryMs * 2 ** (misses - 1), policy.maxInconclusiveRetryMs);
  const at = NOW + Math.max(atLeast, spaced);
  if (after?.verdict === 'bad' && at < after.retryAt) return { phase: 'idle', misses };
  const purpose = judged.probe.purpose === 'asked' ? 'retry' : judged.probe.purpose;
  return { phase: 'wanted', purpose, at, misses };
}

function probeOf({ judged }: Step): ProbeState {
  return judged?.probe ?? IDLE;
}

function wanted(purpose: ProbePurpose, at: number, step: Step): ProbeState {
  return { phase: 'wanted', purpose, at, misses: probeOf(step).misses };
}

function isIdle(step: Step): boolean {
  return probeOf(step).phase === 'idle';
}

function hasSettled({ event, finding }: Step): boolean {
  return event.type === 'probe-settled' && finding !== undefined;
}

function isFresh({ judged, finding }: Step): boolean {
  return finding !== undefined && !isOld(judged, finding);
}

/** A probe's silence on every transport says as little of what is Good as no probe at all. */
function showsNothing(step: Step): boolean {
  return step.finding?.evidence.result === 'inconclusive' || isUncontrolled(step);
}

function isUncontrolled(step: Step): boolean {
  return isFresh(step) && step.judged?.verdict === 'good' && failureOf(step)?.evidence.controlled === false;
}

function strikes(step: Step): boolean {
  const failure = failureOf(step);
  if (failure === undefined || !isFresh(step) || step.judged?.verdict !== 'good') return false;
  return failure.evidence.controlled && !demotes(step, failure);
}

function isRipe({ event, after, judged, policy }: Step): boolean {
  if (after?.verdict !== 'unknown' || (event.type !== 'contact' && event.type !== 'answered')) return false;
  // The first answer counts, and no later one.
  if (event.type === 'answered' && (judged?.verdict !== 'unknown' || judged.answered)) return false;
  if (after.formerlyGood && after.hits > 0) return true;
  const isWindowOpen = NOW - after.windowStart < policy.hitWindowMs;
  return isWindowOpen && after.hits >= policy.threshold && (after.answered || !policy.onlyAfterAnswer);
}
