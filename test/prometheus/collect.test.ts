import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Counter, Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { DurationHistogram, type Histogram } from '../../src/observe/histogram.js';
import type { Metrics } from '../../src/observe/metrics.js';
import { DEFINITIONS } from '../../src/prometheus/definitions.js';
import { collectMetrics } from '../../src/prometheus/index.js';
import { SECOND, world } from '../support/world.js';

const [GOOD, BAD] = ['192.0.2.1', '192.0.2.2'];
const docs = (file: string): string => readFileSync(resolve(import.meta.dirname, '../../docs', file), 'utf8');

/** The lines of a scrape without its comments. */
async function scrape(registry: Registry): Promise<string[]> {
  return (await registry.metrics()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
}

const NONE: Histogram = new DurationHistogram().toObject();
const NOTHING: Metrics = {
  ...{ endpoints: { unknown: 0, busy: 0, good: 0, bad: 0 }, decisions: {}, queries: {}, clearToGood: {}, probes: {} },
  ...{ transitions: {}, lame: {}, dropped: {}, ignored: {}, store: {}, candidates: 0, inFlight: 0, listenerErrors: 0 },
  hostErrors: {},
  durations: { query: { dot: NONE, do53: NONE, failed: NONE }, handshake: NONE, probe: NONE },
};

describe('collectMetrics', () => {
  it('R42 tells the share of queries by transport, and what discovery has done', async () => {
    const w = world({ policy: { threshold: 1, onlyAfterAnswer: false }, probes: { script: { [BAD]: 'refused' } } });
    const registry = new Registry();
    collectMetrics(w.selector, registry);
    for (const server of [GOOD, BAD]) await w.ask(server);
    await w.clock.advance(SECOND);
    for (const server of [GOOD, BAD]) await w.ask(server);
    expect(await scrape(registry)).toEqual(
      expect.arrayContaining([
        'dotscout_endpoints{status="good"} 1',
        'dotscout_endpoints{status="bad"} 1',
        'dotscout_endpoints{status="busy"} 0',
        'dotscout_decisions_total{reason="unknown"} 2',
        'dotscout_decisions_total{reason="good"} 1',
        'dotscout_queries_total{transport="do53"} 3',
        'dotscout_queries_total{transport="dot"} 1',
        'dotscout_fallbacks_total 0',
        'dotscout_probes_begun_total 2',
        'dotscout_probes_total{result="success"} 1',
        'dotscout_probes_total{result="failure-refused"} 1',
        'dotscout_transitions_total{from="unknown",to="good"} 1',
      ]),
    );
  });

  it('reads anew at each scrape: counters go up, and are not counted twice', async () => {
    const w = world();
    const registry = new Registry();
    collectMetrics(w.selector, registry);
    await w.ask(GOOD);
    await scrape(registry);
    await w.ask(GOOD);
    expect(await scrape(registry)).toContain('dotscout_queries_total{transport="do53"} 2');
  });

  it('labels are bounded: past 64 values the rest are other', async () => {
    const queries = Object.fromEntries(Array.from({ length: 1_000 }, (_, index) => [`transport-${index}`, 1]));
    const registry = new Registry();
    collectMetrics({ metrics: () => ({ ...NOTHING, queries }) }, registry);
    const lines = (await scrape(registry)).filter((line) => line.startsWith('dotscout_queries_total'));
    expect(lines).toHaveLength(3 + 65);
    expect(lines).toContain('dotscout_queries_total{transport="other"} 936');
  });

  it('and so are pairs: what a host’s own prober may say in a thousand ways', async () => {
    const lame = Object.fromEntries(Array.from({ length: 1_000 }, (_, index) => [`word-${index} answer`, 1]));
    const registry = new Registry();
    collectMetrics({ metrics: () => ({ ...NOTHING, lame }) }, registry);
    const others = (await scrape(registry)).filter((line) => line.startsWith('dotscout_lame') && !line.endsWith(' 0'));
    expect(others).toHaveLength(65);
    expect(others).toContain('dotscout_lame_answers_total{dot="other",do53="other"} 936');
  });

  it('every series whose labels are known is there before anything has happened, at 0', async () => {
    const w = world();
    const registry = new Registry();
    collectMetrics(w.selector, registry);
    const lines = await scrape(registry);
    expect(lines.filter((line) => !line.endsWith(' 0'))).toEqual([]);
    expect(docs('measuring.md')).toContain(`These are ${lines.length} series`);
    const perMetric = DEFINITIONS.map(({ name }) => {
      const series = lines.filter((line) => line.match(/^dotscout_(\w+?)(?:_bucket|_sum|_count)?[{ ]/)?.[1] === name);
      return [name, series.length];
    });
    expect(Object.fromEntries(perMetric)).toEqual({
      ...{ endpoints: 4, decisions_total: 19, queries_total: 3, query_duration_seconds: 45 },
      ...{ tls_handshake_duration_seconds: 15, hedges_total: 1, fallbacks_total: 1, leaks_total: 1 },
      ...{ clear_to_good_total: 7, probes_total: 14, probes_begun_total: 1, probe_duration_seconds: 15 },
      ...{ probes_in_flight: 1, candidates: 1, transitions_total: 6, lame_answers_total: 140, dropped_total: 5 },
      ...{ reports_ignored_total: 6, store_events_total: 14, listener_errors_total: 1, host_errors_total: 9 },
    });
  });

  it('no series comes or goes by what happens', async () => {
    const names = (lines: readonly string[]) => lines.map((line) => line.replace(/ [^ ]*$/, '')).sort();
    const policy = { threshold: 1, onlyAfterAnswer: false };
    const w = world({ policy, probes: { script: { [BAD]: 'refused' } } });
    const registry = new Registry();
    collectMetrics(w.selector, registry);
    const before = names(await scrape(registry));
    for (const server of [GOOD, BAD, GOOD, BAD]) {
      await w.ask(server);
      await w.clock.advance(SECOND);
    }
    w.selector.networkChanged();
    const decision = w.selector.decide(GOOD);
    for (let i = 0; i < 2; i++) w.selector.report(decision, { transport: 'dot', ok: true, rcode: 0 });
    await w.selector.probe('203.0.113.9').catch(() => {});
    expect(names(await scrape(registry))).toEqual(before);
  });

  it('histograms are cumulative, and in seconds', async () => {
    const dot = new DurationHistogram();
    for (const ms of [0.5, 2, 2.5, 30, 6_000]) dot.add(ms);
    const query = { dot: dot.toObject(), do53: NONE, failed: NONE };
    const registry = new Registry();
    collectMetrics({ metrics: () => ({ ...NOTHING, durations: { ...NOTHING.durations, query } }) }, registry);
    const page = await registry.metrics();
    expect(page).toContain('# TYPE dotscout_query_duration_seconds histogram');
    const lines = page
      .split('\n')
      .filter((line) => line.startsWith('dotscout_query_duration') && line.includes('"dot"'));
    const bucket = (le: string, count: number) =>
      `dotscout_query_duration_seconds_bucket{transport="dot",le="${le}"} ${count}`;
    expect(lines).toEqual([
      ...[bucket('0.001', 1), bucket('0.0025', 3), bucket('0.005', 3), bucket('0.01', 3), bucket('0.025', 3)],
      ...[bucket('0.05', 4), bucket('0.1', 4), bucket('0.25', 4), bucket('0.5', 4), bucket('1', 4), bucket('2.5', 4)],
      ...[bucket('5', 4), bucket('+Inf', 5)],
      'dotscout_query_duration_seconds_sum{transport="dot"} 6.035',
      'dotscout_query_duration_seconds_count{transport="dot"} 5',
    ]);
  });

  it('a host may read them as objects, and remove them', async () => {
    const registry = new Registry();
    const collectors = collectMetrics({ metrics: () => NOTHING }, registry);
    expect(await registry.getMetricsAsJSON()).toContainEqual(
      expect.objectContaining({ name: 'dotscout_probe_duration_seconds', type: 'histogram' }),
    );
    for (const { name } of DEFINITIONS) registry.removeSingleMetric(`dotscout_${name}`);
    expect([collectors.length, registry.getMetricsAsArray()]).toEqual([DEFINITIONS.length, []]);
  });

  it('two selectors of a registry have a prefix each; a name that is taken is told', () => {
    const registry = new Registry();
    const source = { metrics: () => NOTHING };
    collectMetrics(source, registry);
    collectMetrics(source, registry, { prefix: 'dotscout_eu_' });
    expect(registry.getSingleMetric('dotscout_eu_queries_total')).toBeDefined();
    expect(() => collectMetrics(source, registry)).toThrow(/already been registered/);
  });

  it.each(['', '1st_', 'a-b', 'a'.repeat(51), 7 as never])(
    'the prefix %j is refused before anything is registered',
    (prefix) => {
      const registry = new Registry();
      const collect = () => collectMetrics({ metrics: () => NOTHING }, registry, { prefix });
      expect(collect).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }));
      expect(registry.getMetricsAsArray()).toEqual([]);
    },
  );
});

it('where a name is taken nothing is registered, and a second selector leaves the first alone', async () => {
  const registry = new Registry();
  const last = DEFINITIONS.at(-1)?.name ?? '';
  new Counter({ name: `dotscout_${last}`, help: 'of the host', registers: [registry] });
  const collect = () => collectMetrics({ metrics: () => NOTHING }, registry);
  expect(collect).toThrow('already been registered');
  expect(registry.getMetricsAsArray().map(({ name }) => name)).toEqual([`dotscout_${last}`]);
  registry.clear();
  collect();
  const before = await registry.metrics();
  expect(collect).toThrow('already been registered');
  expect(await registry.metrics()).toBe(before);
});

describe('docs/measuring.md and the dashboard', () => {
  it('R42 name each metric with its labels, and none that there is not', () => {
    const rows = [...docs('measuring.md').matchAll(/^\| `dotscout_(\w+)` +\| ([^|]*?) +\|/gm)];
    const documented = rows.map(([, name, labels = '']) => [name, labels.replaceAll('`', '')]);
    expect(documented).toEqual(DEFINITIONS.map(({ name, labels }) => [name, labels.join(', ') || '–']));
  });

  it('each query of the dashboard asks for metrics that there are', () => {
    const dashboard = JSON.parse(docs('grafana/dotscout.json')) as { panels: { targets?: { expr: string }[] }[] };
    const exprs = dashboard.panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));
    const asked = exprs.flatMap((expr) => [...expr.matchAll(/dotscout_(\w+)/g)].map(([, name]) => name));
    const names = DEFINITIONS.flatMap(({ name, type }) =>
      type === 'histogram' ? [`${name}_bucket`, `${name}_count`] : [name],
    );
    expect(exprs.length).toBeGreaterThan(8);
    expect(asked.filter((name) => !names.includes(name ?? ''))).toEqual([]);
  });
});
