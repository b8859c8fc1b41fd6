import type { Verdict } from '../state/model.js';
import type { StoreCode } from '../store/store.js';
import type { AnswerWord } from '../wire/worth.js';

// The names under which things are counted, each set whole, so that an exporter can begin every series at 0: the rate of a
// series that appears with its first event lacks that event. Counters take no other names, so that none is forgotten here.

/** How a query ends: by what answered, or without an answer. */
export type QueryEnd = 'dot' | 'do53' | 'failed';
/** See {@link QueryEnd}. */
export const QUERY_ENDS: readonly QueryEnd[] = ['dot', 'do53', 'failed'];

/** Why a query to a Good endpoint goes out in clear text. */
export const CLEAR_REASONS = ['hedge', 'fallback', 'lame-zone', 'compare', 'budget', 'churn', 'openings'] as const;
/** See {@link CLEAR_REASONS}. */
export type ClearReason = (typeof CLEAR_REASONS)[number];

/** How a probe ends, but for failures, which are counted by kind. */
export const PROBE_ENDS = ['success', 'inconclusive', 'aborted', 'elsewhere'] as const;
/** See {@link PROBE_ENDS}. */
export type ProbeEnd = (typeof PROBE_ENDS)[number];

const VERDICTS: readonly Verdict[] = ['unknown', 'good', 'bad'];

/** Changes of verdict, from and to, with a hyphen between. */
export function transitionPairs(): string[] {
  return VERDICTS.flatMap((from) => VERDICTS.filter((to) => to !== from).map((to) => TRANSITIONS[from][to]));
}

/** Their names, made once: as many are counted at a start as endpoints were stored. */
export const TRANSITIONS: Readonly<Record<Verdict, Readonly<Record<Verdict, `${Verdict}-${Verdict}`>>>> = byVerdict(
  (from) => byVerdict((to) => `${from}-${to}` as const),
);

function byVerdict<T>(make: (verdict: Verdict) => T): Readonly<Record<Verdict, T>> {
  return { unknown: make('unknown'), good: make('good'), bad: make('bad') };
}

/** What keeps a wanted probe from being made. */
export const PROBE_BOUNDS = ['candidates', 'group-candidates', 'guard', 'rule'] as const;
/** See {@link PROBE_BOUNDS}. */
export type ProbeBound = (typeof PROBE_BOUNDS)[number];

/** What is dropped, by bound: rows of the table, and wanted probes. */
export const BOUNDS: readonly Bound[] = ['table', ...PROBE_BOUNDS];
/** See {@link BOUNDS}. */
export type Bound = 'table' | ProbeBound;

/** Why a report is ignored; and `source`, a throw of one. */
export const IGNORED = ['repeated', 'transport', 'guard', 'epoch', 'closed', 'source'] as const;
/** See {@link IGNORED}. */
export type Ignored = (typeof IGNORED)[number];

/** What a store tells. */
export const STORE_CODES: readonly StoreCode[] = namesOf<StoreCode>({
  'cut-short': true,
  'broken-records': true,
  foreign: true,
  newer: true,
  unreadable: true,
  replaced: true,
  locked: true,
  unwritable: true,
  full: true,
  unreachable: true,
  rubbish: true,
  'too-many': true,
  failed: true,
  recovered: true,
});

/** What an answer over DoT can be that is worse than Do53's; true for what Do53's can be that is the better one. */
const LAME_WORDS: Readonly<Record<Exclude<AnswerWord, 'none'>, boolean>> = {
  answer: true,
  referral: true,
  nxdomain: true,
  nodata: true,
  'no-opt': true,
  'no-rrsig': true,
  'no-aa': true,
  'nxdomain-no-aa': true,
  upward: true,
  empty: true,
  truncated: false,
  servfail: false,
  refused: false,
  rcode: false,
};

/**
 * Answers over DoT that were worse than Do53's: what DoT gave and what Do53 had, with a blank between. A few of them cannot be;
 * two of one word can, such as answers without AA of which DoT's lacks the signatures.
 */
export function lamePairs(): string[] {
  const words = Object.entries(LAME_WORDS);
  return words.flatMap(([dot]) => words.flatMap(([do53, isBetter]) => (isBetter ? [`${dot} ${do53}`] : [])));
}

/** All names of a type; the compiler misses those that are left out. */
function namesOf<T extends string>(names: Readonly<Record<T, true>>): readonly T[] {
  return Object.keys(names) as T[];
}
