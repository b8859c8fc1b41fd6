import type { FailureKind, Transport, Verdict } from '../state/model.js';
import type { EndpointTable } from '../state/table/table.js';
import type { StoreCode } from '../store/store.js';
import type { AnswerWord } from '../wire/worth.js';
import { DecisionCounts } from './decision-counts.js';
import { DryRunCounts } from './dry-run.js';
import { DurationHistogram, type Histogram } from './histogram.js';
import type { Bound, ClearReason, Ignored, ProbeEnd, QueryEnd } from './names.js';

/** What discovery counts. */
export interface DiscoveryCounters {
  readonly store: Counters<StoreCode>;
  readonly probes: Counters<'begun' | ProbeEnd | `failure-${FailureKind}`>;
  readonly transitions: Counters<`${Verdict}-${Verdict}`>;
  readonly dropped: Counters<Bound>;
  /** Zones found lame, by what DoT gave and what Do53 had, with a blank between the two words. */
  readonly lame: Counters<`${AnswerWord} ${AnswerWord}`>;
  /** What a dry run would have done; only in one. */
  readonly dryRun?: DryRunCounts | undefined;
  /** How long handshakes took, and probes. */
  readonly handshakes: DurationHistogram;
  readonly probeTimes: DurationHistogram;
}

/** What a selector counts. */
export interface SelectorCounters extends DiscoveryCounters {
  readonly decisions: DecisionCounts;
  readonly queries: Counters<QueryEnd | 'hedged' | 'fellBack' | 'leaks'>;
  readonly queryTimes: Readonly<Record<QueryEnd, DurationHistogram>>;
  readonly clearToGood: Counters<ClearReason>;
  readonly ignored: Counters<Ignored>;
}

/** Counts by name; what never happened is absent. */
export type Counts = Readonly<Partial<Record<string, number>>>;

/** How long things took, in milliseconds by the selector's clock. */
export interface Durations {
  /** Queries, from the call to the caller's answer or error, by the transport that answered; `failed` includes those given up. */
  readonly query: Readonly<Record<QueryEnd, Histogram>>;
  /** TLS handshakes that succeeded, resumed ones included, from TCP's to their own end: of our sessions and of probes. */
  readonly handshake: Histogram;
  /** Probes that came to a result, from beginning to end, a comparison with Do53 included. */
  readonly probe: Histogram;
}

/** What a selector has done and holds, for those who watch it (RFC 9539 section 6.2). Counts are since its start. */
export interface Metrics {
  /** Endpoints by status. */
  readonly endpoints: { readonly unknown: number; readonly busy: number; readonly good: number; readonly bad: number };
  /** Decisions by reason. */
  readonly decisions: Counts;
  /** Queries by the transport that answered, and `failed`, `hedged`, `fellBack`; and `leaks`, as the event `leak`. */
  readonly queries: Readonly<Partial<Record<Transport, number>>>;
  /** Queries to Good endpoints that went out in clear text, by reason: hedge, fallback, lame-zone, compare, budget, churn, openings. */
  readonly clearToGood: Counts;
  /** Probes: `begun`, `success`, `inconclusive`, `aborted`, `elsewhere` (another of the fleet probes), and failures by kind. */
  readonly probes: Counts;
  /** Changes of verdict, `from-to`. */
  readonly transitions: Counts;
  /**
   * Answers over DoT that were worse than Do53's, each of which sends its zone over Do53 for an hour: by what DoT gave and what
   * Do53 had, with a blank between the two words, as in `nxdomain answer`.
   */
  readonly lame: Counts;
  /** What was not kept or not done, by bound. */
  readonly dropped: Counts;
  /** What the store has told, by code. */
  readonly store: Counts;
  /** Reports that were ignored, by reason. */
  readonly ignored: Counts;
  /** Candidates waiting for a probe. */
  readonly candidates: number;
  /** Probes in flight. */
  readonly inFlight: number;
  /** Throws of listeners that were caught. */
  readonly listenerErrors: number;
  /** What parts of the host's own have thrown or given what they should not, by part, as in the event `hostError`. */
  readonly hostErrors: Counts;
  /** How long queries, handshakes and probes took. */
  readonly durations: Durations;
}

/**
 * Fresh counters.
 *
 * @param dryRun - whether it is to be counted what would be done
 */
export function newCounters(dryRun = false): SelectorCounters {
  return {
    dryRun: dryRun ? new DryRunCounts() : undefined,
    probes: new Counters(),
    transitions: new Counters(),
    dropped: new Counters(),
    lame: new Counters(),
    decisions: new DecisionCounts(),
    queries: new Counters(),
    clearToGood: new Counters(),
    ignored: new Counters(),
    store: new Counters(),
    queryTimes: { dot: new DurationHistogram(), do53: new DurationHistogram(), failed: new DurationHistogram() },
    handshakes: new DurationHistogram(),
    probeTimes: new DurationHistogram(),
  };
}

/**
 * Reads all numbers.
 *
 * @param counters - what was counted
 * @param table - what is held
 * @param more - what neither knows
 */
export function metricsOf(
  counters: SelectorCounters,
  table: EndpointTable,
  more: Pick<Metrics, 'candidates' | 'listenerErrors' | 'hostErrors'>,
): Metrics {
  const { dryRun: _, queryTimes, handshakes: handshake, probeTimes: probe, ...counts } = counters;
  const { busy } = table;
  return {
    endpoints: { unknown: table.count('unknown') - busy, busy, good: table.count('good'), bad: table.count('bad') },
    ...objectsOf(counts),
    inFlight: table.inFlight,
    durations: { query: objectsOf(queryTimes), ...objectsOf({ handshake, probe }) },
    ...more,
  };
}

/** What each of several has counted. */
function objectsOf<T extends Counting>(all: T): Counted<T> {
  return Object.fromEntries(Object.entries(all).map(([name, one]) => [name, one.toObject()])) as Counted<T>;
}

type Counting = Readonly<Record<string, { toObject(): unknown }>>;
type Counted<T extends Counting> = { readonly [K in keyof T]: ReturnType<T[K]['toObject']> };

/** Counts of named things, of which there are few kinds; a plain object of them is what people see. */
export class Counters<K extends string> {
  readonly #counts = new Map<K, number>();

  /** Counts one more. */
  add(name: K): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1);
  }

  /** All that were counted at least once. */
  toObject(): Readonly<Partial<Record<K, number>>> {
    return Object.fromEntries(this.#counts) as Partial<Record<K, number>>;
  }
}
