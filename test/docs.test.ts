import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CLEAR_REASONS } from '../src/observe/names.js';

const ROOT = join(import.meta.dirname, '..');

const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8');

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
  const rows = read(document).match(/^\| (?!-|What ).*\|$/gm) ?? [];
  return rows.map((row) => / \| `([^`]+)` +\|$/.exec(row)?.[1] ?? `no title in: ${row}`);
}

it('every protection that docs/security.md speaks of is shown by a test', () => {
  const titles = citedTitles('docs/security.md');
  const texts = testTexts();
  expect(titles.length).toBeGreaterThan(20);
  expect(titles.filter((title) => !texts.includes(title))).toEqual([]);
});

describe('docs/rfc9539-coverage.md', () => {
  const rows = read('docs/rfc9539-coverage.md').match(/^\| R\d+ .*\|$/gm) ?? [];
  const cells = rows.map((row) => row.split('|').map((cell) => cell.trim()));

  it('has each requirement of RFC 9539, in order', () => {
    const ids = Array.from({ length: 44 }, (_, index) => `R${String(index + 1).padStart(2, '0')}`);
    expect(cells.map(([, id]) => id)).toEqual(ids);
  });

  it('shows by a test what is held, and says why the rest is not', () => {
    const texts = testTexts();
    const faults = cells.filter(([, , , , , held = '', why = '', shown = '']) => {
      const title = /^`(.+)`$/.exec(shown)?.[1];
      if (title === undefined) return !['no', 'host', '–'].includes(held) || why === '';
      return !texts.includes(title);
    });
    expect(faults).toEqual([]);
  });
});

describe('links', () => {
  const documents = [ROOT, join(ROOT, 'docs'), join(ROOT, 'examples'), join(ROOT, 'bench')].flatMap((folder) =>
    readdirSync(folder)
      .filter((name) => name.endsWith('.md'))
      .map((name) => join(folder, name)),
  );

  it.each(documents.map((path) => path.slice(ROOT.length + 1)))('%s: what it links to is there', (document) => {
    const path = join(ROOT, document);
    const links = [...readFileSync(path, 'utf8').matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)].map(([, link = '']) => link);
    expect(links.filter((link) => !existsSync(join(dirname(path), link)))).toEqual([]);
  });
});

/** What a document links to, as paths from the root. */
function linksOf(document: string): string[] {
  const links = [...read(document).matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)];
  return links.map(([, link = '']) => join(dirname(document), link));
}

it('every document is reached from the README in two clicks', () => {
  const first = linksOf('README.md');
  const second = first.filter((link) => link.endsWith('.md')).flatMap(linksOf);
  const reached = new Set([...first, ...second]);
  const documents = readdirSync(join(ROOT, 'docs')).filter((name) => name.endsWith('.md'));
  expect(documents.length).toBeGreaterThan(15);
  expect(documents.filter((name) => !reached.has(join('docs', name)))).toEqual([]);
});

it('docs/measuring.md has each reason of a decision, and of clear text to a Good server', () => {
  const [, union = ''] = /^export type DecisionReason =\n([\s\S]*?);/m.exec(read('src/contact/decision.ts')) ?? [];
  const reasons = [...union.matchAll(/'([\w-]+)'/g)].map(([, reason]) => reason);
  const tables = [...read('docs/measuring.md').matchAll(/^\| Reason .*\n((?:\|.*\n)+)/gm)];
  const named = tables.map(([, table = '']) =>
    [...table.matchAll(/^\| `([\w-]+)`/gm)].map(([, reason]) => reason).sort(),
  );
  expect(reasons.length).toBeGreaterThan(15);
  expect(named).toEqual([reasons.sort(), [...CLEAR_REASONS].sort()]);
});

it('docs/measuring.md has each event', () => {
  const [, body = ''] = /^export interface SelectorEvents {\n([\s\S]*?)^}/m.exec(read('src/observe/events.ts')) ?? [];
  const events = [...body.matchAll(/^ {2}(\w+): \[/gm)].map(([, event]) => event);
  const [, table = ''] = /^\| Event .*\n([\s\S]*?)\n\n/m.exec(read('docs/measuring.md')) ?? [];
  expect([...table.matchAll(/^\| `(\w+)`/gm)].map(([, event]) => event).sort()).toEqual(events.sort());
});
