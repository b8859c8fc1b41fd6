import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
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

const NOTHING: Metrics = {
  ...{ endpoints: { unknown: 0, busy: 0, good: 0, bad: 0 }, decisions: {}, queries: {}, clearToGood: {}, probes: {} },
  ...{ transitions: {}, lame: {}, dropped: {}, ignored: {}, store: {}, candidates: 0, inFlight: 0, listenerErrors: 0 },
  hostErrors: {},
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
    expect(lines).toHaveLength(65);
    expect(lines).toContain('dotscout_queries_total{transport="other"} 936');
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
    const names = DEFINITIONS.map(({ name }) => name);
    expect(exprs.length).toBeGreaterThan(8);
    expect(asked.filter((name) => !names.includes(name ?? ''))).toEqual([]);
  });
});
