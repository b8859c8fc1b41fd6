import type { BegunConnection } from '../test/support/path.js';
import type { FleetServer } from '../tools/fleet.js';
import { type Bench, type Measurement, progress } from './bench.js';
import { startChild } from './child.js';
import { CROWD_PREFIX, startCrowd } from './crowd.js';
import type { CrowdOrder, CrowdReport } from './crowd-client.js';
import { compare, mean, median, percentile } from './statistics.js';

const PLANS = { quick: { rounds: 1, queries: 6_000 }, full: { rounds: 2, queries: 20_000 } } as const;
const PER_SECOND = 250;
const ONE_WAY_MS = 10;

/**
 * What discovery brings and costs where 400 servers are crowded in one network and under one parent, as those of hosters and
 * registrars are: the same questions with dotscout and over Do53 alone, at the same moments, over a path that takes time.
 */
export const crowded: Bench = async (effort) => {
  const { rounds, queries } = PLANS[effort];
  await using crowd = await startCrowd(ONE_WAY_MS);
  const { path, servers } = crowd;
  const found: Round[] = [];
  for (let seed = 1; seed <= rounds; seed++) {
    progress(`run ${seed} of ${rounds}, ${queries} queries`);
    // Nothing is known of servers, and nothing of them is compiled.
    await using client = startChild('crowd-client', path.client);
    const before = path.connections.length;
    const order: CrowdOrder = { servers, prefix: CROWD_PREFIX, queries, perSecond: PER_SECOND, seed };
    const report = await client.ask<CrowdReport>(order);
    found.push({ ...report, ...connected(servers, report, path.connections.slice(before)) });
  }
  return figures(found);
};

/** What one round has brought. */
interface Round extends CrowdReport {
  /** From the answer to each server's second question to the first packet of its probe, in milliseconds. */
  readonly waits: readonly number[];
  /** Connections a capable server that was connected to. */
  readonly sessions: number;
}

function connected(
  servers: readonly FleetServer[],
  { secondAt }: CrowdReport,
  connections: readonly BegunConnection[],
): Pick<Round, 'waits' | 'sessions'> {
  const dotPorts = new Set(servers.map(({ dotPort }) => dotPort));
  const begun = new Map<string, number[]>();
  for (const { address, port, at } of connections) {
    if (dotPorts.has(port)) begun.set(address, [...(begun.get(address) ?? []), at]);
  }
  return {
    // One that was never probed has waited for ever.
    waits: secondAt.map(([address, at]) => (begun.get(address)?.[0] ?? Number.POSITIVE_INFINITY) - at),
    sessions: mean(servers.flatMap(({ address, capable }) => (capable ? (begun.get(address)?.length ?? []) : []))),
  };
}

function figures(rounds: readonly Round[]): Measurement[] {
  const times = (share: number) =>
    compare(
      rounds.map(({ onMs }) => percentile(onMs, share)),
      rounds.map(({ offMs }) => percentile(offMs, share)),
    );
  const waits = (share: number) => median(rounds.map(({ waits }) => percentile(waits, share)));
  const sum = (of: (round: Round) => number) => rounds.reduce((all, round) => all + of(round), 0);
  return [
    {
      name: 'crowded.encrypted',
      ...compare(
        rounds.map(({ encrypted }) => encrypted),
        rounds.map(({ third }) => third),
      ),
    },
    { name: 'crowded.wait.p50', value: waits(0.5) },
    { name: 'crowded.wait.p90', value: waits(0.9) },
    { name: 'crowded.dropped', value: sum(({ dropped }) => dropped) },
    { name: 'crowded.p50', ...times(0.5) },
    { name: 'crowded.p90', ...times(0.9) },
    { name: 'crowded.p99', ...times(0.99) },
    { name: 'crowded.failed', value: sum(({ failed }) => failed) },
    { name: 'crowded.sessions', value: mean(rounds.map(({ sessions }) => sessions)) },
  ];
}
