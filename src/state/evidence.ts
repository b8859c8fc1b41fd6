import type {
  BadState,
  EndpointState,
  Evidence,
  EvidenceSource,
  GoodState,
  ProbeState,
  Strike,
  Transition,
  TransitionReason,
} from './model.js';
import { MAX_LEVEL, type Policy, refreshDelay, retryDelay } from './policy.js';
import { change, IDLE, same, settleWanted, want } from './steps.js';

/** A failure that is evidence. */
export type FailureEvidence = Extract<Evidence, { result: 'failure' }>;

/** The circumstances of evidence. */
export interface Finding {
  readonly source: EvidenceSource;
  readonly startedAt: number;
  readonly endedAt: number;
  readonly draw: number;
}

/** Makes local trouble, and a demand of ours that was not met (`auth`), inconclusive: neither is the server's failure. */
export function weigh(evidence: Evidence): Evidence {
  if (evidence.result !== 'failure' || (evidence.kind !== 'local' && evidence.kind !== 'auth')) return evidence;
  return { result: 'inconclusive', why: evidence.kind };
}

/** Whether a failure is older than the state: its attempt began before the latest success ended, or under another verdict. */
export function isStale(state: EndpointState, finding: Finding): boolean {
  const latest = state.verdict === 'good' ? Math.max(state.since, state.lastSuccess) : state.since;
  return finding.startedAt < latest;
}

/** A well-formed answer makes an endpoint Good, or Good for longer. */
export function succeed(state: EndpointState | undefined, finding: Finding, policy: Policy): Transition {
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

/** A server that is Good only for moments is retried later after each demotion. */
function levelAfter(state: EndpointState | undefined): number {
  if (state === undefined || (state.verdict === 'bad' && !state.formerlyGood)) return 0;
  return state.verdict === 'bad' ? Math.min(state.level + 1, MAX_LEVEL) : state.level;
}

function extend(state: GoodState, finding: Finding, policy: Policy): Transition {
  const next = life(finding, policy);
  const moved = next.until - state.until > policy.writeMs || (finding.source === 'probe' && next.until > state.until);
  const lastSuccess = Math.max(state.lastSuccess, finding.endedAt);
  const strikes = state.strikes.length === 0 ? state.strikes : [];
  if (!moved && lastSuccess === state.lastSuccess && strikes === state.strikes) return settleWanted(same(state));
  const { until, refreshAt } = moved ? next : state;
  return settleWanted(same({ ...state, until, refreshAt, lastSuccess, strikes }));
}

function life(finding: Finding, policy: Policy): Pick<GoodState, 'until' | 'refreshAt'> {
  const { endedAt, draw } = finding;
  return { until: endedAt + policy.goodMs, refreshAt: endedAt + refreshDelay(policy, draw) };
}

/** A failure of a Good endpoint counts as a strike, and may demote it. */
export function strike(
  state: GoodState,
  evidence: FailureEvidence,
  finding: Finding,
  policy: Policy,
  now: number,
): Transition {
  const silent = evidence.phase === 'answer' && evidence.kind === 'silent';
  const counted = state.strikes.filter((earlier) => now - earlier.at < policy.strikeWindowMs);
  const strikes: Strike[] = [...counted, { at: finding.endedAt, silent }];
  if (evidence.kind === 'lame') return demote(state, evidence, 'lame', policy, now);
  // Hearsay is believed until it is first used: one failure ends it.
  if (isHearsay(state) || demotes(strikes, policy)) return demote(state, evidence, 'strikes', policy, now);
  return want({ ...state, strikes }, 'recheck', now + policy.recheckMs);
}

/** Whether it is Good by hearsay alone: it has not answered us yet. */
function isHearsay({ lastSuccess, since }: GoodState): boolean {
  return lastSuccess < since;
}

/** Enough strikes of one kind, or in all as many as the higher of the two limits. */
function demotes(strikes: readonly Strike[], policy: Policy): boolean {
  const silent = strikes.filter((one) => one.silent).length;
  const hard = strikes.length - silent;
  const most = Math.max(policy.strikes, policy.silentStrikes);
  return hard >= policy.strikes || silent >= policy.silentStrikes || strikes.length >= most;
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

/** The state Bad, from now on or again. */
export function badState(
  probe: ProbeState,
  evidence: Pick<BadState, 'phase' | 'kind' | 'controlled'>,
  before: Pick<BadState, 'formerlyGood' | 'level' | 'since'>,
  policy: Policy,
  now: number,
): BadState {
  const { phase, kind, controlled } = evidence;
  const retryAt = now + retryDelay(policy, { phase, kind, controlled, ...before });
  return { verdict: 'bad', probe, retryAt, phase, kind, controlled, ...before };
}
