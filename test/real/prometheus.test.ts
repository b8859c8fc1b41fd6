import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { resolve } from 'node:path';
import { Registry } from 'prom-client';
import { beforeAll, describe, expect, it } from 'vitest';
import { startEmbeddedFleet } from '../../demo/embedded-fleet.js';
import { run } from '../../demo/run.js';
import { Tally } from '../../demo/tally.js';
import { TransportSelector } from '../../src/index.js';
import { collectMetrics } from '../../src/prometheus/index.js';
import { checkMetrics, type Prometheus, type Series, startPrometheus } from '../support/prometheus.js';

const JOB = 'demo';
const QUERIES = 400;

const docs = (file: string): string => readFileSync(resolve(import.meta.dirname, '../../docs', file), 'utf8');

/** One query of the dashboard, as Grafana would ask it. */
interface Asked {
  readonly name: string;
  readonly expression: string;
}

interface Dashboard {
  readonly templating: { readonly list: readonly { readonly name: string; readonly query: string }[] };
  readonly panels: readonly {
    readonly title: string;
    readonly targets: readonly { readonly expr: string; readonly refId: string }[];
  }[];
}

const dashboard = JSON.parse(docs('grafana/dotscout.json')) as Dashboard;
const panels: readonly Asked[] = dashboard.panels.flatMap(({ title, targets }) =>
  targets.map(({ expr, refId }) => ({
    name: `${title}, ${refId}`,
    expression: expr.replaceAll('$__rate_interval', '5m').replaceAll('$job', '.*'),
  })),
);

/** The lines of `docs/measuring.md` that an operator may alert on. */
const alerts = [...docs('measuring.md').matchAll(/^```promql\n([\s\S]*?)^```/gm)].flatMap(([, lines = '']) =>
  lines.trim().split('\n'),
);

/** What a Prometheus that scrapes the demo says of each query: before the demo has asked anything, and after it has. */
interface Seen {
  readonly jobs: readonly string[];
  readonly before: ReadonlyMap<string, readonly Series[]>;
  readonly after: ReadonlyMap<string, readonly Series[]>;
  readonly alerts: readonly (readonly Series[])[];
  readonly pages: readonly string[];
}

async function watchDemo(): Promise<Seen> {
  await using selector = new TransportSelector({ guard: { allow: ['127.0.0.0/8'] } });
  const registry = new Registry();
  collectMetrics(selector, registry);
  await using page = await serve(registry);
  const fleet = await startEmbeddedFleet();
  try {
    await using prometheus = await startPrometheus(page.port, JOB);
    const pages = [await registry.metrics()];
    // A rate needs two scrapes.
    await prometheus.until('min(count_over_time(dotscout_endpoints[5m]))', 2);
    const before = await askAll(prometheus);
    const jobs = await prometheus.labelValues('dotscout_endpoints', 'job');
    const screen = { transition: () => {}, progress: () => {}, end: () => {} };
    await run({ selector, servers: fleet.servers, queries: QUERIES, seed: 1, tally: new Tally(), screen });
    pages.push(await registry.metrics());
    await prometheus.until('sum(dotscout_queries_total)', QUERIES);
    await prometheus.until('dotscout_candidates + dotscout_probes_in_flight == bool 0', 1);
    const after = await askAll(prometheus);
    return { jobs, before, after, pages, alerts: await Promise.all(alerts.map((alert) => prometheus.query(alert))) };
  } finally {
    await fleet.close();
  }
}

/** Serves a registry on a port of 127.0.0.1. */
async function serve(registry: Registry): Promise<AsyncDisposable & { readonly port: number }> {
  const server = createServer(async (_, response) => {
    const page = await registry.metrics();
    response.setHeader('content-type', registry.contentType).end(page);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
    },
  };
}

async function askAll(prometheus: Prometheus): Promise<ReadonlyMap<string, readonly Series[]>> {
  const answers = panels.map(async ({ name, expression }) => [name, await prometheus.query(expression)] as const);
  return new Map(await Promise.all(answers));
}

describe('a real Prometheus that scrapes the demo', () => {
  let seen: Seen;
  beforeAll(async () => {
    seen = await watchDemo();
  });

  it('finds every query of the dashboard in the file', () => {
    expect(panels.length).toBeGreaterThan(20);
    expect(seen.jobs).toEqual([JOB]);
    expect(dashboard.templating.list.map(({ query }) => query)).toContain('label_values(dotscout_endpoints, job)');
  });

  it.each(panels)('$name: 0 before anything has happened, and never no data', ({ name }) => {
    const before = seen.before.get(name) ?? [];
    expect(before.length).toBeGreaterThan(0);
    expect(before.filter(({ value }) => value !== 0)).toEqual([]);
  });

  it.each(panels)('$name: a number when the demo is over', ({ name }) => {
    const [before, after] = [seen.before.get(name) ?? [], seen.after.get(name) ?? []];
    expect(after.map(({ labels }) => labels)).toEqual(expect.arrayContaining(before.map(({ labels }) => labels)));
    expect(after.filter(({ value }) => !(value >= 0 && value < Number.POSITIVE_INFINITY))).toEqual([]);
  });

  it.each([
    ['Queries that were encrypted, A', {}],
    ['Good endpoints, A', {}],
    ['Queries by transport, A', { transport: 'dot' }],
    ['Queries by transport, A', { transport: 'do53' }],
    ['Query time over DoT, A', { le: '+Inf' }],
    ['Query time over Do53, A', { le: '+Inf' }],
    ['Query time, A', { transport: 'dot' }],
    ['Query time, B', { transport: 'do53' }],
    ['TLS handshakes and probes, A', {}],
    ['TLS handshakes and probes, B', {}],
    ['Probes by result, A', { result: 'success' }],
    ['Probes by result, A', { result: 'failure-refused' }],
  ])('%s shows what the demo did: %j', (name, labels) => {
    const found = seen.after.get(name)?.find((series) => JSON.stringify(series.labels) === JSON.stringify(labels));
    expect(found?.value).toBeGreaterThan(0);
  });

  it('takes what docs/measuring.md advises to alert on', () => {
    expect(alerts.length).toBeGreaterThan(2);
    // The last is of parts that the demo does not have: no store, and none of a host's own. A busy machine may do the rest.
    expect([seen.alerts.length, seen.alerts.at(-1)]).toEqual([alerts.length, []]);
  });

  it('promtool has nothing to say of names, units and types', async () => {
    for (const page of seen.pages) expect(await checkMetrics(page)).toEqual({ code: 0, output: '' });
    expect((await checkMetrics('# TYPE nonsense_total gauge\nnonsense_total 1\n')).code).not.toBe(0);
  });
});
