import type { TransportSelector } from '../src/index.js';
import type { FleetServer } from '../tools/fleet.js';
import type { Tally } from './tally.js';

/** What the demo has shown; `--json` prints this. */
export interface Summary {
  readonly servers: number;
  readonly capable: number;
  readonly queries: number;
  readonly failedQueries: number;
  readonly good: number;
  readonly bad: number;
  readonly busy: number;
  readonly unknown: number;
  /** The part of the queries to capable servers, over the whole run, that was answered over DoT. */
  readonly dotShareOfCapable: number;
  /** Queries to Good servers that went out in clear text, by reason. */
  readonly clearToGood: Readonly<Partial<Record<string, number>>>;
  readonly probes: number;
  readonly maxProbesPerServer: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** Something that a run must show. */
export interface Bar {
  readonly name: string;
  readonly met: boolean;
}

/** Servers by status. */
export type StatusCounts = Record<'Unknown' | 'Busy' | 'Good' | 'Bad', number>;

/** Counts servers by what the selector holds of them. */
export function countStatuses(selector: TransportSelector, servers: readonly FleetServer[]): StatusCounts {
  const counts: StatusCounts = { Unknown: 0, Busy: 0, Good: 0, Bad: 0 };
  for (const { address, port, dotPort } of servers) counts[selector.explain({ address, port, dotPort }).status]++;
  return counts;
}

/** Sums a run up. */
export function summarize(selector: TransportSelector, servers: readonly FleetServer[], tally: Tally): Summary {
  const { Good: good, Bad: bad, Busy: busy, Unknown: unknown } = countStatuses(selector, servers);
  const { sent, failed, toCapable, overDot } = tally.queries;
  return {
    servers: servers.length,
    capable: servers.filter(({ capable }) => capable).length,
    queries: sent,
    failedQueries: failed,
    good,
    bad,
    busy,
    unknown,
    dotShareOfCapable: rounded(overDot / Math.max(1, toCapable), 4),
    clearToGood: selector.metrics().clearToGood,
    probes: tally.probes,
    maxProbesPerServer: tally.maxProbesPerServer,
    p50Ms: rounded(tally.percentile(0.5), 2),
    p99Ms: rounded(tally.percentile(0.99), 2),
  };
}

const HEDGE_SHARE = 0.001;
const DOT_SHARE = 0.9;
/** With fewer queries, the few that discovery takes weigh more, and unpopular servers are not met twice. */
const FULL_RUN = 5_000;

/** What a summary had to show, and whether it does. */
export function barsOf(summary: Summary): Bar[] {
  const { hedge = 0, ...otherwise } = summary.clearToGood;
  const bars: Bar[] = [
    { name: 'no query failed', met: summary.failedQueries === 0 },
    { name: 'no server was probed twice', met: summary.maxProbesPerServer <= 1 },
    { name: 'no server that is not capable became Good', met: summary.good <= summary.capable },
    {
      name: 'no clear query to a Good server but hedges, at most 0.1 %',
      met: Object.keys(otherwise).length === 0 && hedge <= summary.queries * HEDGE_SHARE,
    },
  ];
  if (summary.queries < FULL_RUN) return bars;
  return [
    ...bars,
    { name: 'every capable server became Good', met: summary.good === summary.capable },
    { name: '90 % of the queries to capable servers went over DoT', met: summary.dotShareOfCapable >= DOT_SHARE },
  ];
}

function rounded(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
