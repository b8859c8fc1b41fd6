import type { Clock } from '../common/clock.js';
import type { Claim } from '../contact/claim.js';
import type { Decision, DecisionReason } from '../contact/decision.js';
import type { Endpoint, ProbePurpose, Status, TransitionReason, Verdict } from '../state/model.js';
import { statusOf } from '../state/model.js';
import { IDLE } from '../state/steps.js';
import type { EndpointRecord } from '../state/table/endpoint-record.js';
import type { KeySeen } from './keys-seen.js';

/** One change of verdict, with its time of day. */
export interface ExplainedChange {
  /** When. */
  readonly at: Date;
  /** The verdict before. */
  readonly from: Verdict;
  /** The verdict after. */
  readonly to: Verdict;
  /** Why it changed. */
  readonly why: TransitionReason;
  /** Phase and kind of the failure that tipped it, where one did. */
  readonly detail?: string | undefined;
}

/** Why a zone goes over Do53 although its server is Good. */
export interface ExplainedLameZone {
  /** Its name, in lower case with a final dot. */
  readonly zone: string;
  /** Until when. */
  readonly until: Date;
  /** What DoT gave, in a word; absent where a prober or store of the host's own did not tell. */
  readonly dot?: string | undefined;
  /** What Do53 had instead. */
  readonly do53?: string | undefined;
}

/** Why a server is asked the way it is, and what comes next. */
export interface Explanation {
  /** Where its DoT may be; `undefined` if that cannot be known. */
  readonly endpoint: Endpoint | undefined;
  /** What people see. */
  readonly status: Status;
  /** Why a query would go the way it would. */
  readonly reason: DecisionReason;
  /** Which rule applies to it, in the words of a rule file; `undefined` where none does. */
  readonly rule: string | undefined;
  /** What sources say of it, those of the operator's in their order, and probing last. */
  readonly claims: readonly Claim[];
  /**
   * The latest key that the server has shown over DoT, the Base64 of the SHA-256 of its SubjectPublicKeyInfo, and since when it
   * has shown that one; `undefined` where none was seen, or it is forgotten.
   */
  readonly key: { readonly spki: string; readonly since: Date } | undefined;
  /** Since when the verdict holds; `undefined` for an endpoint never met. */
  readonly since: Date | undefined;
  /** When it ends by itself: Good expires, Bad may be tried again, Unknown is forgotten. */
  readonly until: Date | undefined;
  /** The same in words. */
  readonly why: string;
  /** What happens next, in words. */
  readonly next: string;
  /** Contacts since it was first met. */
  readonly contacts: number;
  /** The probe: idle, wanted or in flight, and why. */
  readonly probe: { readonly phase: 'idle' | 'wanted' | 'in-flight'; readonly purpose?: ProbePurpose | undefined };
  /** Zones that go over Do53 because they are served worse over DoT. */
  readonly lameZones: readonly string[];
  /** The same with the reason of each, oldest first. */
  readonly lame: readonly ExplainedLameZone[];
  /** Changes of verdict, oldest first; at most the latest eight. */
  readonly history: readonly ExplainedChange[];
}

/** What neither the decision nor the row knows. */
interface Known {
  readonly rule: string | undefined;
  readonly key: KeySeen | undefined;
  readonly claims: readonly Claim[];
  /** How long a lame zone goes over Do53, in milliseconds. */
  readonly lameZoneMs: number;
}

/**
 * Explains a server.
 *
 * @param decision - what would be decided of it
 * @param record - its row, where there is one
 * @param clock - tells the times of day
 * @param known - which rule applies to it, and which key it has shown
 */
export function explain(
  decision: Decision,
  record: EndpointRecord | undefined,
  clock: Clock,
  { rule, key, claims, lameZoneMs }: Known,
): Explanation {
  const wallAhead = clock.wall() - clock.now();
  const date = (at: number) => new Date(at + wallAhead);
  const state = record?.state;
  const probe = state?.probe ?? IDLE;
  const lame = record?.lame.zones ?? [];
  const history = (record?.history ?? []).map(({ at, ...change }) => ({ ...change, at: date(at) }));
  return {
    endpoint: decision.server.dot,
    status: statusOf(state),
    reason: decision.reason,
    rule,
    claims,
    key: key === undefined ? undefined : { spki: key.spki, since: date(key.since) },
    since: state === undefined ? undefined : date(state.since),
    until: state === undefined ? undefined : date(endOf(state)),
    why: whyOf(decision, record, history.at(-1)),
    next: nextOf(decision, record, date),
    contacts: record?.contacts ?? 0,
    probe: { phase: probe.phase, purpose: probe.phase === 'idle' ? undefined : probe.purpose },
    lameZones: lame.map(({ zone }) => zone),
    lame: lame.map(({ at, ...why }) => ({ ...why, until: date(at + lameZoneMs) })),
    history,
  };
}

/** When a verdict ends by itself, on the monotonic clock. */
export function endOf(state: NonNullable<EndpointRecord['state']>): number {
  if (state.verdict === 'good') return state.until;
  return state.verdict === 'bad' ? state.retryAt : state.keepUntil;
}

/** What reasons beside the verdict mean. */
const REASONS: Partial<Record<DecisionReason, string>> = {
  port: 'its Do53 port is not 53 and no DoT port was named',
  'port-853': 'port 853 means DoT and nothing else',
  guard: 'the guard forbids the address',
  full: 'the table has no room for it',
  loading: 'what was stored is still being read',
  closed: 'the selector is closed',
  'rule-never': 'a rule forbids DoT',
  'rule-require': 'a rule requires DoT',
  'rule-authenticate': 'a rule requires DoT with authentication',
  'source-never': 'a source knows that it does not speak DoT',
  'source-require': 'a source says that nothing but DoT will do',
  authentication: 'a rule requires a proof that nothing here can check',
};

function whyOf(decision: Decision, record: EndpointRecord | undefined, change: ExplainedChange | undefined): string {
  const special = REASONS[decision.reason];
  if (special !== undefined) return special;
  const state = record?.state;
  if (state === undefined) return 'it was never asked for, or is forgotten';
  const because = change === undefined ? '' : `: ${[change.why, change.detail].filter(Boolean).join(', ')}`;
  if (state.verdict === 'good') return `DoT is proven${because}${lameWords(record)}`;
  if (state.verdict === 'bad') return `DoT failed (${state.phase} ${state.kind})${because}`;
  const { hits } = state;
  const past = state.formerlyGood ? 'it was Good before' : `${hits} ${hits === 1 ? 'hit' : 'hits'} so far`;
  return `nothing is proven yet; ${past}${state.answered ? '' : '; it has not answered over Do53'}`;
}

/** The zones that DoT serves worse, with what it gave of each. */
function lameWords(record: EndpointRecord | undefined): string {
  const zones = record?.lame.zones ?? [];
  if (zones.length === 0) return '';
  const each = zones.map(({ zone, dot = '?', do53 = '?' }) => `${zone} (${dot} over DoT, ${do53} over Do53)`);
  return `; served worse over DoT: ${each.join(', ')}`;
}

function nextOf(decision: Decision, record: EndpointRecord | undefined, date: (at: number) => Date): string {
  const state = record?.state;
  if (state === undefined) return REASONS[decision.reason] === undefined ? 'a query counts a hit' : 'nothing';
  const { probe } = state;
  if (probe.phase === 'in-flight') return `its probe ends by ${date(probe.deadline).toISOString()}`;
  if (probe.phase === 'wanted') return `a probe not before ${date(probe.at).toISOString()}`;
  const end = date(endOf(state)).toISOString();
  if (state.verdict === 'good') {
    const refresh = date(state.refreshAt).toISOString();
    return `it ends ${end}${refresh < end ? `, unless a query from ${refresh} on brings a probe` : ''}`;
  }
  if (state.verdict === 'bad') return `the first query from ${end} on brings a probe`;
  return `more queries bring a probe; without them it is forgotten ${end}`;
}
