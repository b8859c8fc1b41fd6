import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { differences, readResults, writeResults } from '../../packages/dot-conformance/src/report/files.js';
import { markdownOf } from '../../packages/dot-conformance/src/report/markdown.js';
import type { Sheet } from '../../packages/dot-conformance/src/report/result.js';
import { CATALOGUE } from '../../packages/dot-conformance/src/sheet/catalogue.js';
import type { FigureName } from '../../packages/dot-conformance/src/sheet/figures.js';
import { procedureOf } from '../../packages/dot-conformance/src/sheet/procedure.js';
import type { Scenario } from '../../packages/dot-conformance/src/sheet/scenario.js';
import type { Verdict } from '../../packages/dot-conformance/src/sheet/verdict.js';

const SCENARIO: Scenario = {
  ...{ id: 'Q2', text: 'All is well.', source: 'RFC 9539 section 4', tries: 3 },
  servers: { a: {}, b: { dot: 'closed' }, c: { address: '192.168.7.7' } },
  steps: [
    { do: 'learn' },
    { do: 'ask', phase: 'then', count: 5, everyMs: 100, zone: 'other', kind: 'nodata' },
    { do: 'filter', filter: 'drop-853', on: true },
    { do: 'restart', by: 'SIGKILL', spoiled: true },
  ],
  expect: [{ phase: 'then', figure: 'slowest client query', server: 'b', most: 300 }],
};

function sheetOf(resolver: string, verdict: Verdict): Sheet {
  const measured = [{ phase: 'then', figure: 'slowest client query' as const, most: 300, seen: 400, holds: false }];
  const result = {
    id: 'Q2',
    verdict,
    measured: verdict === 'fail' ? measured : [],
    tries: 1,
    packets: 'then [u] rcodes 0',
  };
  return { resolver, title: `The ${resolver} 1`, seconds: 5, results: [result] };
}

describe('the page of dot-conformance', () => {
  it('tells the procedure in words', () => {
    expect(procedureOf(SCENARIO)).toBe(
      'server b: DoT `closed`; server c: address 192.168.7.7; “before”: ask every 250 ms, up to 14 times, until the latest two, “once encrypted”, go over DoT ' +
        'alone; “then”: ask 5 times every 100 ms for nodata in the other zone; packet filter `drop-853` on; end the resolver by ' +
        'SIGKILL, make noise of its files and start it',
    );
  });

  it('has a row a scenario, what failed with its figure, and the bounds', () => {
    const page = markdownOf([SCENARIO], [sheetOf('ours', 'pass'), sheetOf('theirs', 'fail')]);
    expect(page).toContain('| Q2 | All is well. | RFC 9539 section 4 | pass | **fail** |\n');
    expect(page).toContain('### The ours 1\n\nNothing.\n');
    expect(page).toContain(
      '- Q2: fail\n  - then: slowest client query 400 ms, at most 300 ms\n  - seen: `then [u] rcodes 0`\n',
    );
    expect(page).toContain(
      '; 3 tries, of which most decide | once encrypted: encrypted client queries at least 2; then: slowest client query of ' +
        'server b at most 300 ms |\n',
    );
  });

  it('has why one was not run in a line, of long output its end', () => {
    const why = `the resolver does not start: ${'a line\n'.repeat(60)}port 53 is in use`;
    const result = { id: 'Q2', verdict: 'not run' as const, why, measured: [], tries: 0 };
    const page = markdownOf([SCENARIO], [{ resolver: 'x', title: 'X', seconds: 1, results: [result] }]);
    expect(page).toMatch(/^ {2}- the resolver does not start: … .*a line port 53 is in use$/m);
    expect(
      Math.max(
        ...page
          .split('\n')
          .filter((line) => line.startsWith('  - '))
          .map((line) => line.length),
      ),
    ).toBe(206);
  });

  it('is written beside the results, which keep those of other resolvers', () => {
    const folder = mkdtempSync(join(tmpdir(), 'conformance-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const file = join(folder, 'conformance.json');
    writeResults(folder, [SCENARIO], [sheetOf('ours', 'fail'), sheetOf('theirs', 'fail')]);
    writeResults(folder, [SCENARIO], [sheetOf('ours', 'pass'), sheetOf('third', 'pass')]);
    const read = readResults(file);
    expect(read.map(({ resolver, results }) => `${resolver} ${results[0]?.verdict}`)).toEqual([
      ...['ours pass', 'theirs fail', 'third pass'],
    ]);
    expect(readFileSync(join(folder, 'conformance.md'), 'utf8')).toBe(markdownOf([SCENARIO], read));
    expect(() => readResults(join(import.meta.dirname, '../../package.json'))).toThrow('no results');
  });

  it('of two runs tells which verdicts differ', () => {
    const before = [sheetOf('ours', 'pass'), sheetOf('theirs', 'fail')];
    expect(differences(before, before)).toEqual([]);
    expect(differences(before, [sheetOf('ours', 'fail'), sheetOf('new', 'pass')])).toEqual([
      'ours, Q2: fail, and was pass',
    ]);
  });
});

describe('docs/conformance.md', () => {
  const folder = join(import.meta.dirname, '../../docs');
  const sheets = readResults(join(folder, 'conformance.json'));

  it('shows the run of docs/conformance.json, and the scenarios as they are', () => {
    expect(readFileSync(join(folder, 'conformance.md'), 'utf8')).toBe(markdownOf(CATALOGUE, sheets));
  });

  it('has every scenario for every resolver, all of ours run, and none of ours failed', () => {
    const ids = CATALOGUE.map(({ id }) => id);
    expect(sheets.map(({ results }) => results.map(({ id }) => id))).toEqual(sheets.map(() => ids));
    const ours = sheets.find(({ resolver }) => resolver === 'dotscout')?.results ?? [];
    expect(ours.filter(({ verdict }) => verdict !== 'pass')).toEqual([]);
    expect(ours).toHaveLength(ids.length);
  });
});

describe('the table of the peers in README.md', () => {
  const root = join(import.meta.dirname, '../..');
  const sheets = readResults(join(root, 'docs/conformance.json'));
  const table = readFileSync(join(root, 'README.md'), 'utf8').split('## How others do')[1]?.split('\n## ')[0] ?? '';
  /** What stands behind a row's first cell, which begins so. */
  const cellsOf = (beginning: string) => {
    const rows = table.split('\n').map((line) => line.split('|').map((cell) => cell.trim()));
    return rows.find(([, first]) => first?.startsWith(beginning))?.slice(2, -1);
  };
  const seenIn = ({ results }: Sheet, id: string, phase: string, figure: FigureName): number | undefined =>
    results.find((result) => result.id === id)?.measured.find((one) => one.phase === phase && one.figure === figure)
      ?.seen;

  it('counts what passes of what applies', () => {
    const expected = sheets.map(({ results }) => {
      const applicable = results.filter(({ verdict }) => verdict !== 'not applicable');
      return `${applicable.filter(({ verdict }) => verdict === 'pass').length} of ${applicable.length}`;
    });
    expect(cellsOf('Scenarios that pass')).toEqual(expected);
  });

  it.each([
    ['Q3a', 'broken', 'failed client queries', ''],
    ['Q5', 'then', 'share encrypted', ' %'],
    ['Q21', 'then', 'share encrypted', ' %'],
    ['Q22', 'a burst', 'connections to port 853', ''],
  ] as const)('%s: shows the figures of docs/conformance.json', (id, phase, figure, unit) => {
    const expected = sheets.map((sheet) => {
      const seen = seenIn(sheet, id, phase, figure);
      return seen === undefined ? 'not applicable' : `${seen}${unit}`;
    });
    expect(cellsOf(`${id}:`)).toEqual(expected);
  });

  it('M4a: says what the first query went over', () => {
    const expected = sheets.map((sheet) => {
      const clear = seenIn(sheet, 'M4a', 'then', 'queries over Do53');
      if (clear === undefined) return 'not applicable';
      return clear === 0 ? 'encrypted' : 'in clear text';
    });
    expect(cellsOf('M4a:')).toEqual(expected);
  });
});

describe('never-falls-back, which is broken on purpose', () => {
  it('is to fail those scenarios of the quick part in which a server stops answering over DoT, and no others', () => {
    const [sheet] = readResults(join(import.meta.dirname, 'never-falls-back.json'));
    const quick = CATALOGUE.filter((scenario) => scenario.quick === true).map(({ id }) => id);
    expect(sheet?.results.map(({ id }) => id)).toEqual(quick);
    const failed = sheet?.results.filter(({ verdict }) => verdict === 'fail').map(({ id }) => id);
    expect(failed).toEqual(['Q2a', 'Q2b', 'Q3a', 'Q3b', 'Q6']);
  });
});
