import { aligned } from '../../../../tools/tables.js';
import type { ClientFeel } from '../sheet/feel.js';
import type { Sheet } from './result.js';

/** The columns behind the resolver's name. */
const HEAD = ['', 'p50', 'p90', 'p99', 'failed', 'encrypted', 'connections'];

/** What clients feel, as rows: first the head; none where nothing was measured. */
export function feelRows(sheets: readonly Sheet[]): string[][] {
  const rows = sheets.flatMap(({ title, feel }) => {
    if (feel === undefined) return [];
    if ('why' in feel) return [[title, 'not measured', ...HEAD.slice(1).map(() => '')]];
    const off = feel.off === undefined ? [] : [[title, 'off', ...cells(feel.off)]];
    return [...off, [title, 'on', ...cells(feel.on)]];
  });
  return rows.length === 0 ? [] : [['', ...HEAD], ...rows];
}

/** The same as lines, behind an empty one. */
export function feelTableOf(sheets: readonly Sheet[]): string[] {
  const rows = feelRows(sheets);
  if (rows.length === 0) return [];
  const reasons = sheets.flatMap(({ title, feel }) =>
    feel === undefined || !('why' in feel) ? [] : [`${title}: not measured, ${feel.why}`],
  );
  return ['', ...aligned(rows), ...reasons];
}

function cells({ p50, p90, p99, failed, encrypted, connections }: ClientFeel): string[] {
  return [`${p50} ms`, `${p90} ms`, `${p99} ms`, `${failed}`, `${encrypted} %`, `${connections}`];
}
