import { aligned } from '../tools/tables.js';
import { BARS } from './bars.js';
import type { Result } from './result.js';

const HEAD = ['figure', 'value', 'baseline', 'ratio', 'bar', 'aim', ''];

/** Results as a table for people, a line each, after a head. */
export function tableOf(results: readonly Result[]): string[] {
  return aligned([HEAD, ...results.map(cellsOf)]);
}

/** The same in Markdown. */
export function markdownOf(results: readonly Result[]): string[] {
  const rows = [HEAD, HEAD.map(() => '---'), ...results.map(cellsOf)];
  return rows.map((cells) => `| ${cells.join(' | ')} |`);
}

function cellsOf(result: Result): string[] {
  const { name, value, unit, baseline, ratio } = result;
  const aim = BARS.find((bar) => bar.name === name)?.aim;
  return [
    `${name} (${unit})`,
    value === null ? '-' : numberOf(value),
    baseline === null ? '' : numberOf(baseline),
    ratio === null ? '' : ratio.toFixed(2),
    barOf(result),
    aim === undefined ? '' : `${aim}`,
    verdictOf(result),
  ];
}

function barOf({ floor, ceiling }: Result): string {
  if (floor !== undefined) return `≥ ${floor}`;
  return ceiling === undefined ? '' : `≤ ${ceiling}`;
}

function verdictOf(result: Result): string {
  if (result.value === null) return 'NOT MEASURED';
  if (barOf(result) === '') return '';
  return result.pass ? 'met' : 'MISSED';
}

/** A number as people read it: whole where it is large, with thousands apart. */
export function numberOf(value: number): string {
  return Math.abs(value) >= 1_000 ? Math.round(value).toLocaleString('en') : `${Number(value.toPrecision(3))}`;
}
