import type { FleetServer } from '../tools/fleet.js';
import { aligned } from '../tools/tables.js';
import type { Progress } from './run.js';
import type { StatusCounts, Summary } from './summary.js';
import { barsOf } from './summary.js';
import type { KindCounts } from './tally.js';

/** One row of the table of kinds. */
export interface KindRow {
  readonly kind: string;
  readonly capable: boolean;
  readonly statuses: StatusCounts;
  readonly counts: KindCounts;
}

/** The kinds of a fleet in their order, with their servers. */
export function kindsOf(servers: readonly FleetServer[]): ReadonlyMap<string, readonly FleetServer[]> {
  const kinds = new Map<string, FleetServer[]>();
  for (const server of servers) kinds.set(server.kind, [...(kinds.get(server.kind) ?? []), server]);
  return kinds;
}

/** A share as per cent. */
export function percent(part: number, whole: number): string {
  return whole === 0 ? '-' : `${((100 * part) / whole).toFixed(1)} %`;
}

/** The table of kinds, a line each, after a head. */
export function tableOf(rows: readonly KindRow[]): string[] {
  const head = ['kind', 'can DoT', 'Unknown', 'Busy', 'Good', 'Bad', 'queries', 'over DoT'];
  const cells = rows.map(({ kind, capable, statuses, counts }) => [
    ...[kind, capable ? 'yes' : 'no'],
    ...[statuses.Unknown, statuses.Busy, statuses.Good, statuses.Bad].map((count) => (count === 0 ? '·' : `${count}`)),
    ...[`${counts.sent}`, percent(counts.overDot, counts.sent)],
  ]);
  return aligned([head, ...cells]);
}

/** How a run stands, in one line. */
export function lineOf({ seconds, planned, queries, statuses, hedges }: Progress): string {
  const { Unknown, Busy, Good, Bad } = statuses;
  return [
    `${seconds.toFixed(1).padStart(5)} s`,
    `${String(queries.sent).padStart(String(planned).length)}/${planned} queries`,
    `Unknown ${Unknown} Busy ${Busy} Good ${Good} Bad ${Bad}`,
    `encrypted ${percent(queries.overDot, queries.sent)}, of those that can be ${percent(queries.overDot, queries.toCapable)}`,
    `failed ${queries.failed}, hedges ${hedges}`,
  ].join(' | ');
}

/** The same below the table, in the width of any terminal. */
export function footOf({ seconds, planned, queries, hedges }: Progress): string[] {
  const { sent, failed, overDot, toCapable } = queries;
  return [
    `${seconds.toFixed(1).padStart(5)} s  ${sent}/${planned} queries, failed ${failed}, hedges ${hedges}`,
    `encrypted ${barOf(overDot, sent)}, of those that can be ${barOf(overDot, toCapable)}`,
  ];
}

const BAR = 10;

function barOf(part: number, whole: number): string {
  const full = Math.round((BAR * part) / Math.max(1, whole));
  return `[${'#'.repeat(full)}${'-'.repeat(BAR - full)}] ${percent(part, whole)}`;
}

const PLAYGROUND = 'One server, to break by hand and to watch for days: npm run site -- --open, then Playground';

/** The end of a run, for people. */
export function textOf(summary: Summary): string[] {
  const clear = Object.entries(summary.clearToGood).map(([reason, count]) => `${reason} ${count}`);
  const facts: [string, string][] = [
    ['servers', `${summary.servers}, of which ${summary.capable} can be asked over DoT`],
    ['found', `${summary.good} Good, ${summary.bad} Bad, ${summary.busy} Busy, ${summary.unknown} Unknown`],
    ['probes', `${summary.probes}, at most ${summary.maxProbesPerServer} a server`],
    ['queries', `${summary.queries}, failed ${summary.failedQueries}`],
    ['over DoT', `${percent(summary.dotShareOfCapable, 1)} of the queries to capable servers`],
    ['clear to Good', clear.length === 0 ? 'none' : clear.join(', ')],
    ['an answer took', `${summary.p50Ms} ms (median), ${summary.p99Ms} ms (99 of 100 at most)`],
  ];
  const bars = barsOf(summary).map(({ name, met }) => `  ${met ? 'met   ' : 'MISSED'}  ${name}`);
  return [...facts.map(([name, value]) => `${name.padEnd(16)}${value}`), '', ...bars, '', PLAYGROUND];
}
