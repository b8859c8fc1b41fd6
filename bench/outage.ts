import { execFileSync } from 'node:child_process';
import { setTimeout as wait } from 'node:timers/promises';
import { canNamespace, createNamespace, type Namespace } from '../test/support/namespace.js';
import { type Bench, type Measurement, progress } from './bench.js';
import { startChild } from './child.js';
import { type BenchFleet, startBenchFleet } from './fleet.js';
import type { OutageOrder, OutageReport } from './outage-client.js';

/** One loss of port 853, at one distance. */
interface Case {
  readonly name: string;
  readonly lostMs: number;
  readonly rttMs: number;
  /** When the bars want it to be over, in seconds; it is waited for half as long again. */
  readonly limitS: number;
}

const SHORT: readonly Case[] = [
  { name: '500ms.near', lostMs: 500, rttMs: 0, limitS: 5 },
  { name: '500ms.far', lostMs: 500, rttMs: 20, limitS: 5 },
];
const LONG: readonly Case[] = [
  { name: '4s.near', lostMs: 4_000, rttMs: 0, limitS: 120 },
  { name: '4s.far', lostMs: 4_000, rttMs: 20, limitS: 120 },
];
const CASES = { quick: SHORT, full: [...SHORT, ...LONG] } as const;
const SERVERS = 22;
const PATIENCE = 1.5;

/** All of port 853 lost for a while, with 22 Good servers in use. */
export const outage: Bench = async (effort) => {
  const found: Measurement[] = [];
  for (const one of CASES[effort]) {
    progress(one.name);
    found.push(...(await lose(one)));
  }
  return found;
};

async function lose({ name, lostMs, rttMs, limitS }: Case): Promise<Measurement[]> {
  await using namespace = await namespaceIfAllowed();
  const kind = { name, capable: true, fault: 'good' as const, count: SERVERS, rttMs, clearDelayMs: rttMs };
  await using fleet = await startBenchFleet([kind], namespace);
  await using client = startChild('outage-client', namespace);
  const ask = <T>(order: OutageOrder) => client.ask<T>(order);
  await ask({ begin: fleet.servers });
  const cutAt = Date.now();
  await cut(fleet, namespace);
  await wait(lostMs);
  await heal(fleet, namespace);
  const healedAt = Date.now();
  const report = await ask<OutageReport>({ cutAt, healedAt, limitS: limitS * PATIENCE });
  return [
    { name: `outage.${name}.failed`, value: report.failed, baseline: report.queries },
    { name: `outage.${name}.slowest`, value: report.slowestMs - report.do53Ms, baseline: report.do53Ms },
    { name: `outage.${name}.recovery`, value: report.recoveryS ?? limitS * PATIENCE },
    { name: `outage.${name}.clear`, value: report.clear },
  ];
}

/** Only in a namespace of our own can a firewall drop segments; a killed bench leaves none behind. */
async function namespaceIfAllowed(): Promise<Namespace | undefined> {
  const why = canNamespace();
  if (why !== undefined) {
    progress(`no network namespace: the servers stand still instead (${why.split('\n', 1).join()})`);
    return undefined;
  }
  const namespace = await createNamespace();
  const clean = (): void => void execFileSync('ip', ['netns', 'delete', namespace.name]);
  process.once('exit', clean);
  return {
    ...namespace,
    async [Symbol.asyncDispose]() {
      process.off('exit', clean);
      await namespace.close();
    },
  };
}

/** Both ways: what was on its way to the client is lost too. */
async function cut(fleet: BenchFleet, namespace: Namespace | undefined): Promise<void> {
  if (namespace === undefined) return fleet.setFault('lost');
  await namespace.filter('127.0.0.0/8', fleet.dotPort, 'drop');
  await namespace.exec('nft', `add rule inet t i tcp sport ${fleet.dotPort} drop`);
}

async function heal(fleet: BenchFleet, namespace: Namespace | undefined): Promise<void> {
  if (namespace === undefined) return fleet.setFault('good');
  await namespace.unfilter();
}
