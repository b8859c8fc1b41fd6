import type { Outcome } from './row.js';

const HEAD = ['where', 'what', '', 'took', 'detail'];

/** Outcomes as a table for people, a line each, after a head. */
export function tableOf(outcomes: readonly Outcome[]): string[] {
  const rows = [HEAD, ...outcomes.map(cellsOf)];
  const widths = HEAD.map((_, column) => Math.max(...rows.map((cells) => (cells[column] ?? '').length)));
  return rows.map((cells) =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

function cellsOf({ place, what, verdict, detail, seconds }: Outcome): string[] {
  const [line = ''] = detail.split('\n');
  return [place, what, verdict, `${seconds.toFixed(1)} s`, line];
}
