import { REASONS } from '../observe/decision-counts.js';
import type { Histogram } from '../observe/histogram.js';
import type { Metrics } from '../observe/metrics.js';
import {
  BOUNDS,
  CLEAR_REASONS,
  IGNORED,
  lamePairs,
  PROBE_ENDS,
  QUERY_ENDS,
  STORE_CODES,
  transitionPairs,
} from '../observe/names.js';
import { FAILURE_KINDS, HOST_PARTS } from '../state/checks.js';

/** A value under the values of its labels. */
export type Sample<T = number> = readonly [labels: Readonly<Record<string, string>>, value: T];

/** What is said of a metric whatever its type. */
interface Named {
  /** Without the prefix. */
  readonly name: string;
  readonly help: string;
  readonly labels: readonly string[];
}

/** A counter or a gauge, and where its values are. */
export interface NumberDefinition extends Named {
  readonly type: 'counter' | 'gauge';
  read(metrics: Metrics): readonly Sample[];
}

/** A histogram, and where it is. */
export interface HistogramDefinition extends Named {
  readonly type: 'histogram';
  read(metrics: Metrics): readonly Sample<Histogram>[];
}

/** One named metric, and where its values are. */
export type Definition = NumberDefinition | HistogramDefinition;

/** More values of a label than this that are not known before become `other`: a host's own part may name what it likes. */
const MOST_VALUES = 64;

/** Names in `queries` that are no ends of a query; each is a metric of its own. */
const NOT_ENDS: ReadonlySet<string> = new Set(['hedged', 'fellBack', 'leaks']);

const PROBE_RESULTS = [...PROBE_ENDS, ...FAILURE_KINDS.map((kind) => `failure-${kind}`)];

/** All that a selector counts, in the order of `docs/measuring.md`. Every series whose labels are known exists from the start. */
export const DEFINITIONS: readonly Definition[] = [
  gauge('endpoints', 'Endpoints remembered, by status', ['status'], ({ endpoints }) => named('status', [], endpoints)),
  counter('decisions', 'Decisions, by reason', ['reason'], ({ decisions }) => named('reason', REASONS, decisions)),
  counter('queries', 'Queries, by the transport that answered, or failed', ['transport'], ({ queries }) =>
    named('transport', QUERY_ENDS, queries, (name) => !NOT_ENDS.has(name)),
  ),
  histogram(
    'query_duration',
    'How long queries took their callers, by the transport that answered, or failed',
    ['transport'],
    ({ durations: { query } }) => QUERY_ENDS.map((transport) => [{ transport }, query[transport]]),
  ),
  histogram('tls_handshake_duration', 'How long TLS handshakes took, those of probes included', [], ({ durations }) => [
    [{}, durations.handshake],
  ]),
  counter('hedges', 'Queries that Do53 joined because DoT was slow', [], ({ queries }) => one(queries.hedged)),
  counter('fallbacks', 'Queries that DoT was tried for and Do53 answered', [], ({ queries }) => one(queries.fellBack)),
  counter('leaks', 'Times that Do53 won more than 10 % of the queries to an endpoint in a minute', [], ({ queries }) =>
    one(queries.leaks),
  ),
  counter('clear_to_good', 'Queries to Good endpoints that went out in clear text, by reason', ['reason'], (metrics) =>
    named('reason', CLEAR_REASONS, metrics.clearToGood),
  ),
  counter('probes', 'Probes that ended, by result', ['result'], ({ probes }) =>
    named('result', PROBE_RESULTS, probes, (name) => name !== 'begun'),
  ),
  counter('probes_begun', 'Probes that began', [], ({ probes }) => one(probes.begun)),
  histogram('probe_duration', 'How long probes took that came to a result', [], ({ durations }) => [
    [{}, durations.probe],
  ]),
  gauge('probes_in_flight', 'Probes in flight', [], ({ inFlight }) => one(inFlight)),
  gauge('candidates', 'Endpoints that wait for a probe', [], ({ candidates }) => one(candidates)),
  counter('transitions', 'Changes of verdict', ['from', 'to'], ({ transitions }) =>
    inPairs(['from', 'to'], '-', transitionPairs(), transitions),
  ),
  counter(
    'lame_answers',
    'Answers over DoT that were worse than Do53’s, by what each gave',
    ['dot', 'do53'],
    ({ lame }) => inPairs(['dot', 'do53'], ' ', lamePairs(), lame),
  ),
  counter('dropped', 'What was not kept or not done, by bound', ['bound'], ({ dropped }) =>
    named('bound', BOUNDS, dropped),
  ),
  counter('reports_ignored', 'Reports that were ignored, by reason', ['reason'], ({ ignored }) =>
    named('reason', IGNORED, ignored),
  ),
  counter('store_events', 'What the store has told, by code', ['code'], ({ store }) =>
    named('code', STORE_CODES, store),
  ),
  counter('listener_errors', 'Throws of listeners that were caught', [], ({ listenerErrors }) => one(listenerErrors)),
  counter('host_errors', 'What parts of the host’s own have thrown, by part', ['part'], ({ hostErrors }) =>
    named('part', HOST_PARTS, hostErrors),
  ),
];

type Read<T> = (metrics: Metrics) => readonly Sample<T>[];

function counter(name: string, help: string, labels: readonly string[], read: Read<number>): Definition {
  return { type: 'counter', name: `${name}_total`, help, labels, read };
}

function gauge(name: string, help: string, labels: readonly string[], read: Read<number>): Definition {
  return { type: 'gauge', name, help, labels, read };
}

function histogram(name: string, help: string, labels: readonly string[], read: Read<Histogram>): Definition {
  return { type: 'histogram', name: `${name}_seconds`, help, labels, read };
}

function one(value: number | undefined): readonly Sample[] {
  return [[{}, value ?? 0]];
}

type Counted = Readonly<Partial<Record<string, number>>>;

/** The names that are known, each with its count or 0; then those that are not, within bounds. */
function whole(known: readonly string[], counts: Counted): readonly (readonly [name: string, count: number])[] {
  const isKnown = new Set(known);
  const others = Object.entries(counts).filter(([name]) => !isKnown.has(name));
  const rest = others.slice(MOST_VALUES).reduce((sum, [, count]) => sum + (count ?? 0), 0);
  const all = [...known.map((name) => [name, counts[name]] as const), ...others.slice(0, MOST_VALUES)];
  const named = all.map(([name, count]) => [name, count ?? 0] as const);
  return rest === 0 ? named : [...named, ['other', rest]];
}

function named(
  label: string,
  known: readonly string[],
  counts: Counted,
  isMeant: (name: string) => boolean = () => true,
): readonly Sample[] {
  const meant = Object.fromEntries(Object.entries(counts).filter(([name]) => isMeant(name)));
  return whole(known, meant).map(([name, count]) => [{ [label]: name }, count]);
}

/** Names of two words each, such as `unknown-good`. */
function inPairs(
  [first, second]: readonly [string, string],
  between: string,
  known: readonly string[],
  counts: Counted,
): readonly Sample[] {
  return whole(known, counts).map(([name, count]) => {
    const [one = '', other = one] = name.split(between);
    return [{ [first]: one, [second]: other }, count];
  });
}
