import type { Metrics } from '../observe/metrics.js';

/** A value under the values of its labels. */
export type Sample = readonly [labels: Readonly<Record<string, string>>, value: number];

/** One named metric, and where its values are. */
export interface Definition {
  readonly type: 'counter' | 'gauge';
  /** Without the prefix. */
  readonly name: string;
  readonly help: string;
  readonly labels: readonly string[];
  read(metrics: Metrics): readonly Sample[];
}

/** More values of a label than this become `other`: names come from code, but a host's own transport may name itself. */
const MOST_VALUES = 64;

/** Names in `queries` that are not transports. */
const NOT_TRANSPORTS: ReadonlySet<string> = new Set(['hedged', 'fellBack', 'leaks']);

/** All that a selector counts, in the order of `docs/measuring.md`. */
export const DEFINITIONS: readonly Definition[] = [
  gauge('endpoints', 'Endpoints remembered, by status', ['status'], ({ endpoints }) => byName('status', endpoints)),
  counter('decisions', 'Decisions, by reason', ['reason'], ({ decisions }) => byName('reason', decisions)),
  counter('queries', 'Queries, by the transport that answered, or failed', ['transport'], ({ queries }) =>
    byName('transport', queries, (name) => !NOT_TRANSPORTS.has(name)),
  ),
  counter('hedges', 'Queries that Do53 joined because DoT was slow', [], ({ queries }) => one(queries.hedged)),
  counter('fallbacks', 'Queries that DoT was tried for and Do53 answered', [], ({ queries }) => one(queries.fellBack)),
  counter('leaks', 'Times that Do53 won more than 10 % of the queries to an endpoint in a minute', [], ({ queries }) =>
    one(queries.leaks),
  ),
  counter('clear_to_good', 'Queries to Good endpoints that went out in clear text, by reason', ['reason'], (metrics) =>
    byName('reason', metrics.clearToGood),
  ),
  counter('probes', 'Probes that ended, by result', ['result'], ({ probes }) =>
    byName('result', probes, (name) => name !== 'begun'),
  ),
  counter('probes_begun', 'Probes that began', [], ({ probes }) => one(probes.begun)),
  gauge('probes_in_flight', 'Probes in flight', [], ({ inFlight }) => one(inFlight)),
  gauge('candidates', 'Endpoints that wait for a probe', [], ({ candidates }) => one(candidates)),
  counter('transitions', 'Changes of verdict', ['from', 'to'], ({ transitions }) =>
    inPairs(transitions, '-', 'from', 'to'),
  ),
  counter(
    'lame_answers',
    'Answers over DoT that were worse than Do53’s, by what each gave',
    ['dot', 'do53'],
    ({ lame }) => inPairs(lame, ' ', 'dot', 'do53'),
  ),
  counter('dropped', 'What was not kept or not done, by bound', ['bound'], ({ dropped }) => byName('bound', dropped)),
  counter('reports_ignored', 'Reports that were ignored, by reason', ['reason'], ({ ignored }) =>
    byName('reason', ignored),
  ),
  counter('store_events', 'What the store has told, by code', ['code'], ({ store }) => byName('code', store)),
  counter('listener_errors', 'Throws of listeners that were caught', [], ({ listenerErrors }) => one(listenerErrors)),
  counter('host_errors', 'What parts of the host’s own have thrown, by part', ['part'], ({ hostErrors }) =>
    byName('part', hostErrors),
  ),
];

function counter(name: string, help: string, labels: readonly string[], read: Definition['read']): Definition {
  return { type: 'counter', name: `${name}_total`, help, labels, read };
}

function gauge(name: string, help: string, labels: readonly string[], read: Definition['read']): Definition {
  return { type: 'gauge', name, help, labels, read };
}

function one(value: number | undefined): readonly Sample[] {
  return [[{}, value ?? 0]];
}

type Counted = Readonly<Partial<Record<string, number>>>;

function byName(label: string, counts: Counted, isMeant: (name: string) => boolean = () => true): readonly Sample[] {
  const meant = Object.entries(counts).filter(([name]) => isMeant(name));
  const samples = meant.slice(0, MOST_VALUES).map(([name, value]): Sample => [{ [label]: name }, value ?? 0]);
  const others = meant.slice(MOST_VALUES).reduce((sum, [, value]) => sum + (value ?? 0), 0);
  return others === 0 ? samples : [...samples, [{ [label]: 'other' }, others]];
}

/** Names of two words each, such as `unknown-good`, of closed sets. */
function inPairs(counts: Counted, between: string, first: string, second: string): readonly Sample[] {
  return Object.entries(counts).map(([name, value]): Sample => {
    const [one = '', other = ''] = name.split(between);
    return [{ [first]: one, [second]: other }, value ?? 0];
  });
}
