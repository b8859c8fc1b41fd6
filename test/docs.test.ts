import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '..');

/** The text of every test there is. */
function testTexts(): string {
  const names = readdirSync(join(ROOT, 'test'), { recursive: true, encoding: 'utf8' });
  return names
    .filter((name) => name.endsWith('.test.ts'))
    .map((name) => readFileSync(join(ROOT, 'test', name), 'utf8'))
    .join('\n');
}

/** The titles in the last column of the document's tables. */
function citedTitles(document: string): string[] {
  const rows = readFileSync(join(ROOT, document), 'utf8').match(/^\| (?!-|What ).*\|$/gm) ?? [];
  return rows.map((row) => / \| `([^`]+)` +\|$/.exec(row)?.[1] ?? `no title in: ${row}`);
}

it('every protection that docs/security.md speaks of is shown by a test', () => {
  const titles = citedTitles('docs/security.md');
  const texts = testTexts();
  expect(titles.length).toBeGreaterThan(20);
  expect(titles.filter((title) => !texts.includes(title))).toEqual([]);
});
