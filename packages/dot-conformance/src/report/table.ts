import { aligned } from '../../../../tools/tables.js';
import type { Scenario } from '../sheet/scenario.js';
import { inWords, type Verdict } from '../sheet/verdict.js';
import { resultOf, type ScenarioResult, type Sheet } from './result.js';

const VERDICTS: readonly Verdict[] = ['pass', 'fail', 'not applicable', 'not run'];
const TEXT_WIDTH = 88;

/** All sheets beside each other, as lines: a scenario a row, a resolver a column. */
export function tableOf(scenarios: readonly Scenario[], sheets: readonly Sheet[]): string[] {
  const rows = scenarios.map(({ id, text }) => [
    `${id.padEnd(5)} ${shortened(text)}`,
    ...sheets.map((sheet) => resultOf(sheet, id)?.verdict ?? 'not run'),
  ]);
  const head = ['', ...sheets.map(({ resolver }) => resolver)];
  return [...aligned([head, ...rows]), '', ...sheets.map(summaryOf)];
}

/** `PowerDNS Recursor 4.8.8: 12 pass, 8 fail, in 150 s`. */
export function summaryOf({ title, results, seconds }: Sheet): string {
  const counts = VERDICTS.map((verdict) => ({
    verdict,
    count: results.filter((one) => one.verdict === verdict).length,
  }));
  const words = counts.filter(({ count }) => count > 0).map(({ verdict, count }) => `${count} ${verdict}`);
  return `${title}: ${[...words, `in ${seconds} s`].join(', ')}`;
}

/** Why one did not pass, as lines; none where it did. */
export function reasonsOf({ verdict, why, measured, packets, disturbedMs }: ScenarioResult): string[] {
  if (verdict === 'pass') return [];
  return [
    ...(why === undefined ? [] : [why]),
    ...measured.filter(({ holds }) => !holds).map(inWords),
    ...(disturbedMs === undefined ? [] : [`the machine stood still for ${disturbedMs} ms, or longer, in three tries`]),
    ...(packets === undefined ? [] : [`seen: ${packets}`]),
  ];
}

function shortened(text: string): string {
  return text.length <= TEXT_WIDTH ? text : `${text.slice(0, TEXT_WIDTH - 1)}…`;
}
