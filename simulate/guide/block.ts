import { countText, durationText, millisecondsText, percentText } from '../numbers.js';
import { settingText } from '../rows.js';
import type { Run } from '../run.js';
import { type Summary, shareOf, summarize } from '../summary.js';

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

/** Shown where there are servers that hold answers back. */
const HELD: Column = {
  head: 'Answers held ²',
  cell: (_, { result }) => percentText(shareOf(result.heldAnswers, result.total.encrypted)),
};

/**
 * What stands between a fleet's markers: what was simulated, by what, and a table with a row a policy.
 *
 * @param runs - of one setting, at least one
 */
export function blockOf(runs: readonly Run[], { dotscout, node }: Versions): string {
  const [setting = '', endpoints = ''] = settingText(runs);
  const isHeld = runs.some(({ result }) => result.heldAnswers > 0);
  return [
    `${setting} ${endpoints} dotscout ${dotscout}, Node.js ${node.replace(/^v/, '')}.`,
    '',
    ...tableOf(isHeld ? [...COLUMNS, HELD] : COLUMNS, runs),
    '',
    '¹ After the first hour, in which a new resolver learns.',
    ...(isHeld ? ['', '² Of those over DoT, until we had acknowledged the one before.'] : []),
  ].join('\n');
}

function tableOf(columns: readonly Column[], runs: readonly Run[]): string[] {
  const rows = runs.map((run) => {
    const summary = summarize(run);
    return columns.map(({ cell }) => cell(summary, run));
  });
  const widths = columns.map(({ head }, at) => Math.max(head.length, ...rows.map((row) => row[at]?.length ?? 0)));
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const padded = (cells: readonly string[]) =>
    line(
      columns.map(({ left }, at) => {
        const [cell = '', width = 0] = [cells[at], widths[at]];
        return left ? cell.padEnd(width) : cell.padStart(width);
      }),
    );
  const rule = columns.map(({ left }, at) => `${'-'.repeat((widths[at] ?? 0) - 1)}${left ? '-' : ':'}`);
  return [padded(columns.map(({ head }) => head)), line(rule), ...rows.map(padded)];
}

/** What went in clear to Good endpoints after the first hour, the most frequent reason first. */
function reasonsText({ result }: Run): string {
  const counts = Object.entries(result.afterFirstHour.clearToGood).filter(([, count]) => (count ?? 0) > 0);
  const sorted = counts.sort(([, a], [, b]) => (b ?? 0) - (a ?? 0));
  return sorted.map(([reason, count]) => `${reason} ${countText(count ?? 0)}`).join(', ') || '–';
}
