import type { BadState, GoodState, Strike, TransitionReason, UnknownState } from '../src/state/model.js';
import type { Policy } from '../src/state/policy.js';
import { type Held, NOW } from './machine.js';
import { type FailureFinding, type Finding, failureOf, isOld, type Step, successOf } from './step.js';

/** All of a state but its probe. */
export type Facts = Omit<UnknownState, 'probe'> | Omit<GoodState, 'probe'> | Omit<BadState, 'probe'>;

/** One row of the design's table of verdicts. */
export interface VerdictRow {
  /** The row in words. */
  readonly name: string;
  /** Whether a step falls under it; the first row that says so counts. */
  when(step: Step): boolean;
  /** What must be held after; `undefined` is absent. A probe in it does not count. */
  facts(step: Step): Facts | undefined;
  /** What must be announced where the verdict is another. */
  why?(step: Step): TransitionReason;
}

/** The row that a step falls under. */
export function verdictRowOf(step: Step): VerdictRow {
  return VERDICT_TABLE.find((row) => row.when(step)) ?? REST;
}

/** Whether a failure of what is Good demotes it, its strikes counted in. */
export function demotes({ judged, policy }: Step, failure: FailureFinding): boolean {
  if (judged?.verdict !== 'good') return false;
  if (failure.evidence.kind === 'lame' || judged.lastSuccess < judged.since) return true;
  const strikes = struck(judged, failure, policy);
  const silent = strikes.filter((one) => one.silent).length;
  return (
    strikes.length - silent >= policy.strikes ||
    silent >= policy.silentStrikes ||
    strikes.length >= Math.max(policy.strikes, policy.silentStrikes)
  );
}

const REST: VerdictRow = { name: 'anything else leaves the verdict alone', when: () => true, facts: same };

/** The design's section 4, from the top; what time does by itself has a table of its own. */
export const VERDICT_TABLE: readonly VerdictRow[] = [
  {
    name: 'any, forget: absent',
    when: ({ event }) => event.type === 'forget',
    facts: () => undefined,
    why: () => 'forgotten',
  },
  {
    name: 'any, new epoch: unknown, threshold waived if it was good, level 0',
    when: ({ event, judged }) => event.type === 'epoch' && judged !== undefined,
    facts: ({ judged, policy }) => {
      const formerlyGood = judged?.verdict === 'good' || (judged?.verdict === 'unknown' && judged.formerlyGood);
      const kept = formerlyGood ? policy.keepExpiredMs : policy.keepUnknownMs;
      return { ...unmet(policy), formerlyGood, keepUntil: NOW + kept };
    },
    why: () => 'epoch',
  },
  {
    name: 'absent, restored: as it was, where the policy still has it so',
    when: ({ event, judged }) => event.type === 'restored' && judged === undefined,
    facts: restored,
    why: () => 'restored',
  },
  {
    name: 'absent, unknown, others say Good and no probe of ours is about to tell: good until the first failure',
    when: (step) => isNews(step, 'good') && step.judged?.verdict !== 'bad',
    facts: ({ event, judged, policy }) => {
      const told = (event as { readonly state: GoodState }).state;
      const until = Math.min(told.until, NOW + policy.goodMs);
      const refreshAt = Math.max(NOW, Math.min(told.refreshAt, until));
      const before = { since: NOW, lastSuccess: NOW - 1, usedAt: NOW - 1 };
      return { verdict: 'good', ...before, until, refreshAt, strikes: [], level: judged?.level ?? 0 };
    },
    why: () => 'hint',
  },
  {
    name: 'bad, others say Good: tried again soon',
    when: (step) => isNews(step, 'good'),
    facts: ({ judged, policy }) => {
      const held = judged as BadState;
      return { ...held, retryAt: Math.min(held.retryAt, NOW + policy.demotedRetryMs) };
    },
  },
  {
    name: 'absent, unknown, others say Bad and no probe of ours is about to tell: bad for as long as theirs and ours',
    when: (step) => isNews(step, 'bad') && step.judged?.verdict !== 'bad',
    facts: ({ event, judged, policy }) => {
      const { phase, kind, controlled, retryAt } = (event as { readonly state: BadState }).state;
      const { formerlyGood, level } = (judged as UnknownState | undefined) ?? { formerlyGood: false, level: 0 };
      const evidence = { result: 'failure', phase, kind, controlled } as const;
      const ours = bad({ evidence }, { formerlyGood, level, since: NOW }, policy);
      return { ...ours, retryAt: Math.min(ours.retryAt, retryAt) };
    },
    why: () => 'hint',
  },
  {
    name: 'any, evidence older than what is held: ignored',
    when: ({ judged, finding }) => finding !== undefined && isOld(judged, finding),
    facts: same,
  },
  {
    name: 'absent, unknown, bad, success: good',
    when: (step) => successOf(step) !== undefined && step.judged?.verdict !== 'good',
    facts: (step) => {
      const finding = step.finding as Finding;
      const { endedAt } = finding;
      return {
        verdict: 'good',
        since: endedAt,
        lastSuccess: endedAt,
        usedAt: endedAt,
        strikes: [],
        ...life(finding, step.policy),
        level: levelAfter(step.judged),
      };
    },
    why: ({ finding }) => `${finding?.source ?? 'live'}-success`,
  },
  {
    name: 'good, success: good for longer, strikes 0',
    when: (step) => successOf(step) !== undefined,
    facts: (step) => {
      const { judged, policy, finding } = step as Step & { judged: GoodState; finding: Finding };
      const next = life(finding, policy);
      const longer = next.until - judged.until;
      const isWritten = longer > (finding.source === 'probe' ? 0 : policy.writeMs);
      const lastSuccess = Math.max(judged.lastSuccess, finding.endedAt);
      return { ...judged, ...(isWritten ? next : {}), lastSuccess, strikes: [] };
    },
  },
  {
    name: 'good, lame: bad',
    when: (step) => isStrike(step) && failureOf(step)?.evidence.kind === 'lame',
    facts: demoted,
    why: () => 'lame',
  },
  {
    name: 'good, as many failures as demote: bad',
    when: (step) => isStrike(step) && demotes(step, failureOf(step) as FailureFinding),
    facts: demoted,
    why: () => 'strikes',
  },
  {
    name: 'good, another failure: a strike',
    when: isStrike,
    facts: (step) => {
      const judged = step.judged as GoodState;
      return { ...judged, strikes: struck(judged, failureOf(step) as FailureFinding, step.policy) };
    },
  },
  {
    name: 'unknown, failure of a probe: bad, retry by kind',
    when: (step) => failureOf(step)?.source === 'probe' && step.judged?.verdict === 'unknown',
    facts: (step) => {
      const { formerlyGood, level } = step.judged as UnknownState;
      return bad(failureOf(step) as FailureFinding, { formerlyGood, level, since: NOW }, step.policy);
    },
    why: (step) => (failureOf(step)?.evidence.kind === 'lame' ? 'lame' : 'probe-failure'),
  },
  {
    name: 'bad, failure of a probe: bad, level + 1',
    when: (step) => failureOf(step)?.source === 'probe' && step.judged?.verdict === 'bad',
    facts: (step) => {
      const { formerlyGood, level, since } = step.judged as BadState;
      return bad(failureOf(step) as FailureFinding, { formerlyGood, level: level + 1, since }, step.policy);
    },
  },
  {
    name: 'absent, unknown, contact: one hit, in a window from the first',
    when: ({ event, judged }) => event.type === 'contact' && (judged?.verdict ?? 'unknown') === 'unknown',
    facts: ({ judged, policy }) => {
      const unknown = judged?.verdict === 'unknown' ? judged : unmet(policy);
      const isAnew = unknown.hits === 0 || NOW - unknown.windowStart >= policy.hitWindowMs;
      const windowStart = isAnew ? NOW : unknown.windowStart;
      const hits = isAnew ? 1 : Math.min(unknown.hits + 1, policy.threshold);
      const keepUntil = Math.max(unknown.keepUntil, windowStart + policy.keepUnknownMs);
      return { ...unknown, hits, windowStart, keepUntil };
    },
  },
  {
    name: 'good, contact: used',
    when: ({ event, judged }) => event.type === 'contact' && judged?.verdict === 'good',
    facts: (step) => {
      const judged = step.judged as GoodState;
      return { ...judged, usedAt: judged.usedAt > judged.lastSuccess ? judged.usedAt : NOW };
    },
  },
  {
    name: 'unknown, answered over Do53: may be probed',
    when: ({ event, judged }) => event.type === 'answered' && judged?.verdict === 'unknown',
    facts: ({ judged }) => ({ ...(judged as UnknownState), answered: true }),
  },
  {
    name: 'absent, asked: unknown',
    when: ({ event, judged }) => event.type === 'asked' && judged === undefined,
    facts: ({ policy }) => unmet(policy),
  },
  {
    name: 'good, slept: due for refresh within a spread of time, used or not',
    when: ({ event, judged }) => event.type === 'slept' && judged?.verdict === 'good',
    facts: ({ event, judged, policy }) => {
      const good = judged as GoodState;
      const draw = event.type === 'slept' ? event.draw : 0;
      const usedAt = Math.max(good.usedAt, good.lastSuccess + 1);
      return { ...good, refreshAt: Math.min(good.refreshAt, NOW + draw * policy.wakeSpreadMs), usedAt };
    },
  },
  {
    name: 'bad, and its failure may have been the network’s: tried again sooner; or may not any more: later, unless it is tried',
    when: ({ event, judged }) => {
      if (event.type !== 'retry-at' || judged?.verdict !== 'bad') return false;
      return judged.probe.phase === 'idle' || event.at < judged.retryAt;
    },
    facts: ({ event, judged, policy }) => {
      const held = judged as BadState;
      const longest = Math.max(policy.badMs, policy.maxRetryMs);
      return { ...held, retryAt: event.type === 'retry-at' ? Math.min(event.at, NOW + longest) : held.retryAt };
    },
  },
  REST,
];

/** Whether others tell what we have not found out ourselves, nor are about to, and what is not over. */
export function isNews({ event, judged }: Step, verdict: 'good' | 'bad'): boolean {
  if (event.type !== 'hint' || event.state.verdict !== verdict) return false;
  const isOurs = judged?.verdict === 'good' || judged?.probe.phase === 'in-flight';
  const end = event.state.verdict === 'good' ? event.state.until : event.state.retryAt;
  return !isOurs && (end > NOW || judged?.verdict === 'bad');
}

function restored({ event, policy }: Step): Facts | undefined {
  if (event.type !== 'restored') return undefined;
  const saved = event.state;
  if (saved.verdict === 'good') {
    const until = Math.min(saved.until, NOW + policy.goodMs);
    if (until <= NOW) {
      const keepUntil = until + policy.keepExpiredMs;
      return keepUntil > NOW ? { ...unmet(policy), formerlyGood: true, level: saved.level, keepUntil } : undefined;
    }
    const before = { since: saved.since, lastSuccess: saved.since, usedAt: saved.since };
    const level = Math.min(saved.level, 24);
    return { verdict: 'good', ...before, until, refreshAt: Math.min(saved.refreshAt, until), strikes: [], level };
  }
  if (saved.verdict === 'bad') {
    const retryAt = Math.min(saved.retryAt, NOW + Math.max(policy.badMs, policy.maxRetryMs));
    const { probe: _, ...facts } = saved;
    return { ...facts, retryAt };
  }
  if (!saved.formerlyGood) return undefined;
  const keepUntil = Math.min(saved.keepUntil, NOW + policy.keepExpiredMs);
  return { ...unmet(policy), formerlyGood: true, level: saved.level, keepUntil };
}

/** A failure of what is Good that counts: controlled, and of an attempt no older than what is held. */
function isStrike(step: Step): boolean {
  return step.judged?.verdict === 'good' && failureOf(step)?.evidence.controlled === true;
}

function same({ judged }: Step): Facts | undefined {
  return judged;
}

/** Nothing is known from now on. */
export function unmet(policy: Policy): Omit<UnknownState, 'probe'> {
  return {
    verdict: 'unknown',
    since: NOW,
    hits: 0,
    windowStart: NOW,
    answered: false,
    formerlyGood: false,
    level: 0,
    keepUntil: NOW + policy.keepUnknownMs,
  };
}

function life({ endedAt, draw }: Finding, policy: Policy): Pick<GoodState, 'until' | 'refreshAt'> {
  const share = policy.refreshShare + policy.refreshSpread * (2 * draw - 1);
  return { until: endedAt + policy.goodMs, refreshAt: endedAt + policy.goodMs * share };
}

function levelAfter(judged: Held): number {
  if (judged === undefined || (judged.verdict === 'bad' && !judged.formerlyGood)) return 0;
  return judged.verdict === 'bad' ? judged.level + 1 : judged.level;
}

function struck(judged: GoodState, { evidence, endedAt }: FailureFinding, policy: Policy): readonly Strike[] {
  const counted = judged.strikes.filter(({ at }) => NOW - at < policy.strikeWindowMs);
  return [...counted, { at: endedAt, silent: evidence.phase === 'answer' && evidence.kind === 'silent' }];
}

function demoted(step: Step): Facts {
  const { level } = step.judged as GoodState;
  return bad(failureOf(step) as FailureFinding, { formerlyGood: true, level, since: NOW }, step.policy);
}

function bad(
  { evidence }: Pick<FailureFinding, 'evidence'>,
  before: Pick<BadState, 'formerlyGood' | 'level' | 'since'>,
  policy: Policy,
): Omit<BadState, 'probe'> {
  const { phase, kind, controlled } = evidence;
  const first = firstRetry(evidence, before.formerlyGood, policy);
  // What was never Good and is plainly not there is left alone for as long each time.
  const delay =
    first === undefined ? policy.badMs : Math.min(first * 2 ** before.level, Math.max(first, policy.maxRetryMs));
  return { verdict: 'bad', ...before, retryAt: NOW + delay, phase, kind, controlled };
}

function firstRetry(
  { phase, kind, controlled }: FailureFinding['evidence'],
  formerlyGood: boolean,
  policy: Policy,
): number | undefined {
  if (formerlyGood) return policy.demotedRetryMs;
  if (!controlled) return policy.uncontrolledRetryMs;
  // Accepted, and then silent or closed: a server at its limit of connections.
  const isFull = phase === 'handshake' && (kind === 'silent' || kind === 'closed');
  if (kind === 'unreachable' || isFull) return policy.unreachableRetryMs;
  return kind === 'lame' ? policy.lameRetryMs : undefined;
}
