import { aligned } from '../tools/tables.js';
import { rowsOf, settingText } from './rows.js';
import type { Run } from './run.js';

/**
 * What came of some policies, for people: a column a policy, so that a terminal has room for the names of what is told.
 *
 * @param runs - of one setting
 */
export function textOf(runs: readonly Run[]): string[] {
  const head = ['', ...runs.map(({ policy }) => policy)];
  const rows = rowsOf(runs).map(({ label, detail, cells }) => [`${detail ? '  ' : ''}${label}`, ...cells]);
  return [...settingText(runs), '', ...aligned([head, ...rows])];
}
