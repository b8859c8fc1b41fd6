import { readFile, writeFile } from 'node:fs/promises';
import { cpus, release, type as system } from 'node:os';
import { aligned } from '../tools/tables.js';
import { RESULTS } from './places.js';
import type { TargetResult } from './result.js';

const HEAD = ['target', 'seconds', 'executions', 'a second', 'corpus', 'branches', 'crashes'];
const HEADING = '## Results\n';

/** Results as a table for people, a line each, after a head and before a sum. */
export function tableOf(results: readonly TargetResult[]): string[] {
  return aligned([HEAD, ...results.map(cellsOf), sumOf(results)]);
}

function cellsOf({
  target,
  seconds,
  executions,
  executionsPerSecond,
  corpus,
  edges,
  edgesInAll,
  crashes,
}: TargetResult) {
  const numbers = [Math.round(seconds), executions, Math.round(executionsPerSecond), corpus].map(grouped);
  return [target, ...numbers, `${edges} of ${edgesInAll}`, `${crashes.length}`];
}

function sumOf(results: readonly TargetResult[]): string[] {
  const sum = (of: (result: TargetResult) => number) => results.reduce((total, result) => total + of(result), 0);
  const seconds = sum((result) => result.seconds);
  const executions = sum((result) => result.executions);
  const numbers = [seconds, executions, executions / Math.max(1, seconds), sum((result) => result.corpus)];
  return [
    'all',
    ...numbers.map((number) => grouped(Math.round(number))),
    '',
    `${sum(({ crashes }) => crashes.length)}`,
  ];
}

function grouped(number: number): string {
  return number.toLocaleString('en');
}

/** Rows as a table in Markdown, its columns as wide as `biome` wants them. */
function markdownOf(rows: readonly (readonly string[])[]): string[] {
  const widths = HEAD.map((_, column) => Math.max(3, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  const [head = HEAD, ...body] = rows;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...body.map(line)];
}

/** Puts the results into docs/fuzzing.md, in the place of the last ones, which end it. */
export async function writeResults(results: readonly TargetResult[], seconds: number): Promise<void> {
  const [before = ''] = (await readFile(RESULTS, 'utf8')).split(HEADING);
  const [first] = cpus();
  const lines = [
    `Written by \`npm run fuzz -- --seconds ${seconds} --results\`, not by hand: ${grouped(seconds)} seconds in all, on one core.`,
    '',
    `- ${first?.model.trim() ?? 'unknown'}, ${system()} ${release()}, Node.js ${process.version}`,
    `- ${new Date().toISOString().slice(0, 10)}`,
    '',
    ...markdownOf([HEAD, ...results.map(cellsOf), sumOf(results)]),
  ];
  await writeFile(RESULTS, `${before}${HEADING}\n${lines.join('\n')}\n`);
}
