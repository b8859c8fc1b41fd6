import { countText, durationText, hoursText, millisecondsText, percentText } from './numbers.js';
import type { Run } from './run.js';
import { type Summary, summarize, sumOf } from './summary.js';

/** One row of the table for people: what it tells, and a cell a policy. */
export interface Row {
  readonly label: string;
  /** It tells more of the row above. */
  readonly detail: boolean;
  readonly cells: readonly string[];
}

/** What was simulated, and how much that was, as sentences. */
export function settingText(runs: readonly Run[]): string[] {
  const [run] = runs;
  if (run === undefined) return [];
  const { fleet, servers, queriesPerSecond, hours, seed } = run.setting;
  const { endpoints, capableEndpoints } = run.result;
  const rate = queriesPerSecond === 1 ? '1 query a second' : `${countText(queriesPerSecond)} queries a second`;
  const size = servers === 1 ? '1 server' : `${countText(servers)} servers`;
  return [
    `Fleet ${fleet}: ${size}, ${rate}, ${hoursText(hours)}, seed ${seed}.`,
    `Of ${countText(endpoints)} endpoints, ${countText(capableEndpoints)} speak DoT at some time.`,
  ];
}

/** The table: a row for each number of a summary. */
export function rowsOf(runs: readonly Run[]): Row[] {
  const summaries = runs.map(summarize);
  const reasons = [...new Set(summaries.flatMap(({ clearToGood }) => Object.keys(clearToGood)))].sort();
  const row = (label: string, cell: (summary: Summary) => string): Row => ({
    label,
    detail: false,
    cells: summaries.map(cell),
  });
  const detail = (label: string, cell: (summary: Summary) => string): Row => ({ ...row(label, cell), detail: true });
  return [
    row('queries', ({ queries }) => countText(queries)),
    row('encrypted, of all queries', (summary) => percentText(summary.encryptedShareOfAll)),
    row('encrypted, of those to capable endpoints', (summary) => percentText(summary.encryptedShareOfCapable)),
    detail('the oracle’s share of them', (summary) => percentText(summary.oracleShareOfCapable)),
    detail('after the first hour', ({ afterFirstHour }) => percentText(afterFirstHour.encryptedShareOfCapable)),
    detail('after the first hour, of the oracle’s', ({ afterFirstHour }) => percentText(afterFirstHour.ofOracle)),
    row('in clear to Good endpoints', ({ clearToGood }) => countText(sumOf(clearToGood))),
    ...reasons.map((reason) => detail(reason, ({ clearToGood }) => countText(clearToGood[reason] ?? 0))),
    detail('after the first hour, of queries to them', ({ afterFirstHour }) =>
      percentText(afterFirstHour.clearToGoodShare),
    ),
    row('hedges', ({ hedges }) => countText(hedges)),
    row('probes', ({ probes }) => countText(probes)),
    detail('after the first hour, of queries', ({ afterFirstHour }) => percentText(afterFirstHour.probesOfQueries)),
    detail('sockets held by them, together', (summary) => durationText(summary.probeSocketSeconds)),
    row('from first query to Good, half within', (summary) => durationText(summary.timeToGoodP50)),
    detail('9 in 10 within', (summary) => durationText(summary.timeToGoodP90)),
    row('failed queries', ({ failedQueries }) => countText(failedQueries)),
    detail('server or uplink down: hopeless', ({ hopeless }) => countText(hopeless)),
    row('worse answers than Do53 had', ({ wrongAnswers }) => countText(wrongAnswers)),
    row('added latency, 99 in 100 at most', (summary) => millisecondsText(summary.addedLatencyP99Ms)),
    row('answers held until our acknowledgement', ({ heldAnswers }) => countText(heldAnswers)),
    row('the simulation took', (summary) => durationText(summary.wallSeconds)),
  ];
}
