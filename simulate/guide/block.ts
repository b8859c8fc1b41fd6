import { countText, durationText, millisecondsText, percentText } from '../numbers.js';
import { settingText } from '../rows.js';
import type { Run } from '../run.js';
import { type Summary, summarize } from '../summary.js';

/** What made the figures. */
export interface Versions {
  /** Of dotscout, as package.json has it. */
  readonly dotscout: string;
  /** Of Node.js, with its "v". */
  readonly node: string;
}

/** One column of the table. */
interface Column {
  readonly head: string;
  /** Words stand to the left, numbers to the right. */
  readonly left?: true;
  readonly cell: (summary: Summary, run: Run) => string;
}

const COLUMNS: readonly Column[] = [
  { head: 'Policy', left: true, cell: ({ policy }) => policy },
  { head: 'Encrypted, of the oracle’s ¹', cell: ({ afterFirstHour }) => percentText(afterFirstHour.ofOracle) },
  { head: 'In clear to Good ¹', cell: ({ afterFirstHour }) => percentText(afterFirstHour.clearToGoodShare) },
  { head: 'Such queries, by reason ¹', left: true, cell: (_, run) => reasonsText(run) },
  { head: 'Probes', cell: ({ probes }) => countText(probes) },
  { head: 'Probes, of queries ¹', cell: ({ afterFirstHour }) => percentText(afterFirstHour.probesOfQueries) },
  { head: 'Good within, half', cell: ({ timeToGoodP50 }) => durationText(timeToGoodP50) },
  { head: 'Good within, 9 in 10', cell: ({ timeToGoodP90 }) => durationText(timeToGoodP90) },
  { head: 'Failed', cell: ({ failedQueries }) => countText(failedQueries) },
  { head: 'Added latency, p99', cell: ({ addedLatencyP99Ms }) => millisecondsText(addedLatencyP99Ms) },
];

/**
 * What stands between a fleet's markers: what was simulated, by what, and a table with a row a policy.
 *
 * @param runs - of one setting, at least one
 */
export function blockOf(runs: readonly Run[], { dotscout, node }: Versions): string {
  const [setting = '', endpoints = ''] = settingText(runs);
  return [
    `${setting} ${endpoints} dotscout ${dotscout}, Node.js ${node.replace(/^v/, '')}.`,
    '',
    ...tableOf(runs),
    '',
    '¹ After the first hour, in which a new resolver learns.',
  ].join('\n');
}

function tableOf(runs: readonly Run[]): string[] {
  const rows = runs.map((run) => {
    const summary = summarize(run);
    return COLUMNS.map(({ cell }) => cell(summary, run));
  });
  const widths = COLUMNS.map(({ head }, at) => Math.max(head.length, ...rows.map((row) => row[at]?.length ?? 0)));
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const padded = (cells: readonly string[]) =>
    line(
      COLUMNS.map(({ left }, at) => {
        const [cell = '', width = 0] = [cells[at], widths[at]];
        return left ? cell.padEnd(width) : cell.padStart(width);
      }),
    );
  const rule = COLUMNS.map(({ left }, at) => `${'-'.repeat((widths[at] ?? 0) - 1)}${left ? '-' : ':'}`);
  return [padded(COLUMNS.map(({ head }) => head)), line(rule), ...rows.map(padded)];
}

/** What went in clear to Good endpoints after the first hour, the most frequent reason first. */
function reasonsText({ result }: Run): string {
  const counts = Object.entries(result.afterFirstHour.clearToGood).filter(([, count]) => (count ?? 0) > 0);
  const sorted = counts.sort(([, a], [, b]) => (b ?? 0) - (a ?? 0));
  return sorted.map(([reason, count]) => `${reason} ${countText(count ?? 0)}`).join(', ') || '–';
}
