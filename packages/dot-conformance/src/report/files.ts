import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Scenario } from '../sheet/scenario.js';
import { markdownOf } from './markdown.js';
import type { Sheet } from './result.js';

const RESULTS = 'conformance.json';
const PAGE = 'conformance.md';

/** Writes a run's page, and its results for {@link readResults}. Sheets of other resolvers that are there stay. */
export function writeResults(folder: string, scenarios: readonly Scenario[], sheets: readonly Sheet[]): void {
  const file = join(folder, RESULTS);
  const all = existsSync(file) ? merged(readResults(file), sheets) : sheets;
  writeFileSync(file, `[\n${all.map(lines).join(',\n')}\n]\n`);
  writeFileSync(join(folder, PAGE), markdownOf(scenarios, all));
}

/** A sheet as JSON, each result in a line of its own, so that two runs can be read beside each other. */
function lines({ results, ...head }: Sheet): string {
  const each = results.map((result) => JSON.stringify(result)).join(',\n');
  return `${JSON.stringify(head).slice(0, -1)},"results":[\n${each}\n]}`;
}

function merged(before: readonly Sheet[], now: readonly Sheet[]): readonly Sheet[] {
  const isNew = ({ resolver }: Sheet): boolean => !before.some((sheet) => sheet.resolver === resolver);
  const kept = before.map((sheet) => now.find(({ resolver }) => resolver === sheet.resolver) ?? sheet);
  return [...kept, ...now.filter(isNew)];
}

/**
 * Reads the results of an earlier run.
 *
 * @throws an error where the file cannot be read, or holds something else
 */
export function readResults(file: string): readonly Sheet[] {
  const sheets: unknown = JSON.parse(readFileSync(file, 'utf8'));
  if (!Array.isArray(sheets) || !sheets.every(isSheet)) throw new Error(`${file}: no results of dot-conformance`);
  return sheets;
}

function isSheet(value: unknown): value is Sheet {
  return typeof value === 'object' && value !== null && 'resolver' in value && 'results' in value;
}

/** Which verdicts are others than before, as lines. What was not in both runs is none. */
export function differences(before: readonly Sheet[], now: readonly Sheet[]): string[] {
  return now.flatMap(({ resolver, results }) => {
    const old = before.find((sheet) => sheet.resolver === resolver)?.results ?? [];
    return results.flatMap(({ id, verdict }) => {
      const was = old.find((result) => result.id === id)?.verdict;
      return was === undefined || was === verdict ? [] : [`${resolver}, ${id}: ${verdict}, and was ${was}`];
    });
  });
}
