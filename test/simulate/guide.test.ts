import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseHTML } from 'linkedom';
import { afterAll, describe, expect, it } from 'vitest';
import { csvOf } from '../../simulate/csv.js';
import { blockOf } from '../../simulate/guide/block.js';
import { withBlock } from '../../simulate/guide/document.js';
import { figuresOf } from '../../simulate/guide/figures.js';
import { GUIDE_FLEETS, GUIDE_LINES, GUIDE_POLICIES } from '../../simulate/guide/settings.js';
import { readRuns } from '../../simulate/guide/written.js';
import { isPolicyName } from '../../simulate/policies.js';
import type { Run } from '../../simulate/run.js';
import { summarize } from '../../simulate/summary.js';
import type { SimulationCounts } from '../../src/testing/simulation/result.js';
import { resultOf, runOf, sampleOf } from './lives.js';

const DOCUMENT = readFileSync('docs/policies.md', 'utf8');
const VERSIONS = { dotscout: '1.2.3', node: 'v20.20.2' };

/** A life of two hours: a first one, and what came after it. */
function lifeOf(policy: string, fleet: string, settled: Partial<SimulationCounts>): Run {
  const first = sampleOf({ hour: 1, queries: 1_000, toCapable: 300, encrypted: 200, oracle: 300, probes: 40 });
  const second = sampleOf({ hour: 2, ...settled });
  const { queries, toCapable, encrypted, oracle, clearToGood, hedges, probes, failedQueries, hopeless, wrongAnswers } =
    second;
  const after = {
    queries,
    toCapable,
    encrypted,
    oracle,
    clearToGood,
    hedges,
    probes,
    failedQueries,
    hopeless,
    wrongAnswers,
  };
  const total: SimulationCounts = {
    ...after,
    queries: queries + 1_000,
    toCapable: toCapable + 300,
    encrypted: encrypted + 200,
    oracle: oracle + 300,
    probes: probes + 40,
  };
  const times = { timeToGoodP50: 31.2, timeToGoodP90: 75, addedLatencyP99Ms: 110 };
  const result = resultOf({ total, afterFirstHour: after, samples: [first, second], ...times });
  return runOf(policy, result, { fleet, hours: 2 });
}

const SETTLED = { queries: 20_000_000, toCapable: 6_000_000, oracle: 6_000_000, probes: 3_000 };

function livesOf(fleet: string): Run[] {
  const clear = { hedge: 500, fallback: 1_500 };
  return [
    lifeOf('default', fleet, { ...SETTLED, encrypted: 5_998_000, clearToGood: clear, hedges: 500 }),
    lifeOf('powerdns', fleet, { ...SETTLED, encrypted: 3_600_000, failedQueries: 2 }),
  ];
}

/** The same life, among servers that hold answers back. */
function holding(run: Run): Run {
  return { ...run, result: { ...run.result, heldAnswers: 60_000 } };
}

/** The cells of a block's table. */
function cellsOf(block: string): string[][] {
  const lines = block.split('\n').filter((line) => line.startsWith('|'));
  return lines.map((line) => line.slice(2, -2).split(' | '));
}

/** The block that the document has of a fleet. */
function blockIn(document: string, fleet: string): string {
  return document.split(`<!-- figures: ${fleet} -->\n\n`)[1]?.split('\n\n<!-- /figures -->')[0] ?? '';
}

describe('a block of figures', () => {
  it('says what was simulated by what, and has a row a policy, aligned, in words of people', () => {
    expect(blockOf(livesOf('2030'), VERSIONS).split('\n')).toEqual([
      'Fleet 2030: 1,000 servers, 100 queries a second, 2 hours, seed 1. Of 2,000 endpoints, 600 speak DoT at some time. dotscout 1.2.3, Node.js 20.20.2.',
      '',
      '| Policy   | Encrypted, of the oracle’s ¹ | In clear to Good ¹ | Such queries, by reason ¹ | Probes | Probes, of queries ¹ | Good within, half | Good within, 9 in 10 | Failed | Added latency, p99 |',
      '| -------- | ---------------------------: | -----------------: | ------------------------- | -----: | -------------------: | ----------------: | -------------------: | -----: | -----------------: |',
      '| default  |                      99.97 % |            0.033 % | fallback 1,500, hedge 500 |  3,040 |              0.015 % |            31.2 s |           1 min 15 s |      0 |             110 ms |',
      '| powerdns |                      60.00 % |                0 % | –                         |  3,040 |              0.015 % |            31.2 s |           1 min 15 s |      2 |             110 ms |',
      '',
      '¹ After the first hour, in which a new resolver learns.',
    ]);
  });

  it('has a column more where answers are held back', () => {
    const block = blockOf(livesOf('crowded').map(holding), VERSIONS);
    expect(cellsOf(block).map((cells) => cells.at(-1)?.trim())).toEqual([
      'Answers held ²',
      '-------------:',
      '1.00 %',
      '1.67 %',
    ]);
    expect(block.endsWith('² Of those over DoT, until we had acknowledged the one before.')).toBe(true);
  });

  it('goes between its markers, and nothing else is touched', () => {
    const text = 'a\n<!-- figures: x -->\nold\n<!-- /figures -->\nb\n<!-- figures: y -->\n<!-- /figures -->\nc\n';
    const once = withBlock(text, 'y', 'new');
    expect(once).toBe(
      'a\n<!-- figures: x -->\nold\n<!-- /figures -->\nb\n<!-- figures: y -->\n\nnew\n\n<!-- /figures -->\nc\n',
    );
    expect(withBlock(once, 'y', 'new')).toBe(once);
    expect(withBlock(once, 'x', '$& $1')).toContain('-->\n\n$& $1\n\n<!-- /figures -->\nb');
  });

  it.each([
    ['no marker', ''],
    ['no end', '<!-- figures: x -->'],
    ['an end before it', '<!-- /figures --><!-- figures: x -->'],
    ['two of them', '<!-- figures: x --><!-- /figures --><!-- figures: x --><!-- /figures -->'],
  ])('is refused by a document with %s', (_, text) => {
    expect(() => withBlock(text, 'x', 'new')).toThrow("expected '<!-- figures: x -->' once");
  });
});

describe('docs/policies.md', () => {
  it.each(GUIDE_FLEETS)('has a block as the generator makes it, of all policies: %s', (fleet) => {
    const block = blockIn(DOCUMENT, fleet);
    const policies = GUIDE_POLICIES[fleet];
    const lives = policies.map((policy) => lifeOf(policy, fleet, { ...SETTLED, encrypted: 5_000_000 }));
    const runs = fleet === 'crowded' ? lives.map(holding) : lives;
    const expected = cellsOf(blockOf(runs, VERSIONS));
    const cells = cellsOf(block);
    const trimmed = (rows: string[][]) => rows.map((row) => row.map((cell) => cell.trim()));
    expect(trimmed(cells)[0]).toEqual(trimmed(expected)[0]);
    expect(trimmed(cells).map(([policy]) => policy?.replace(/^-+$/, '-'))).toEqual(['Policy', '-', ...policies]);
    expect(new Set(cells.map((row) => row.map((cell) => cell.length).join())).size, 'columns are aligned').toBe(1);
    expect(block.split('\n')[0]).toMatch(
      new RegExp(`^Fleet ${fleet}: [\\d,]+ servers, .+, seed \\d+\\. Of .+\\. dotscout \\d\\S+, Node\\.js [\\d.]+\\.$`),
    );
    expect(withBlock(DOCUMENT, fleet, block)).toBe(DOCUMENT);
  });

  it('shows every plot there is, with words for those who cannot see it', () => {
    const images = [...DOCUMENT.matchAll(/!\[([^\]]*)\]\(policies\/([^)]+)\)/g)];
    expect(images.map(([, , name]) => name).sort()).toEqual(readdirSync('docs/policies').sort());
    expect(images.map(([, , name]) => name).sort()).toEqual(
      GUIDE_FLEETS.flatMap((fleet) => figuresOf(livesOf(fleet)).map(({ name }) => name)).sort(),
    );
    expect(images.every(([, words]) => (words?.length ?? 0) > 10)).toBe(true);
  });

  it.each(readdirSync('docs/policies'))('%s is well-formed, and a drawing', (name) => {
    const svg = readFileSync(join('docs/policies', name), 'utf8');
    expect(unclosed(svg)).toEqual([]);
    const { document } = parseHTML(`<body>${svg}</body>`);
    expect(document.querySelector('svg > title')?.textContent).toMatch(/^Fleet /);
    expect(document.querySelector('svg > desc')?.textContent).toContain('default');
    expect([...document.querySelectorAll('svg circle, svg path')].length).toBeGreaterThan(0);
    expect([...document.querySelectorAll('script, image, a, foreignObject')]).toEqual([]);
  });
});

describe('plots of a fleet', () => {
  const figures = new Map(figuresOf(livesOf('2030')).map(({ name, svg }) => [name, svg]));
  const wordsIn = (name: string) => {
    const { document } = parseHTML(`<body>${figures.get(name) ?? ''}</body>`);
    return [...document.querySelectorAll('text')].map(({ textContent }) => textContent);
  };
  const descriptionOf = (name: string) => figures.get(name)?.match(/<desc id="text">(.*)<\/desc>/)?.[1];

  it('are three, each well-formed, with its own colours for light and dark', () => {
    expect([...figures.keys()]).toEqual(['2030-encrypted.svg', '2030-clear.svg', '2030-time.svg']);
    for (const svg of figures.values()) {
      expect(unclosed(svg)).toEqual([]);
      expect(svg).toContain('prefers-color-scheme: dark');
      expect(svg).not.toMatch(/NaN|undefined/);
    }
  });

  it('have a row a policy with its figure', () => {
    expect(wordsIn('2030-encrypted.svg')).toEqual(
      expect.arrayContaining(['default', 'powerdns', '99.97 %', '60.00 %', '50', '100']),
    );
    expect(descriptionOf('2030-encrypted.svg')).toBe('default 99.97 %, powerdns 60.00 %.');
  });

  it('have a panel a reason, and one of all', () => {
    const words = wordsIn('2030-clear.svg');
    expect(words).toEqual(expect.arrayContaining(['all', 'hedge', 'fallback', '0.033 %', '0.0083 %', '0.025 %']));
    expect(words).not.toContain('churn');
    expect(descriptionOf('2030-clear.svg')).toBe(
      'all: default 0.033 %, powerdns 0 %. hedge: default 0.0083 %, powerdns 0 %. fallback: default 0.025 %, powerdns 0 %.',
    );
  });

  it('have an axis where nothing went in clear, and show a reason that has no look', () => {
    const ofClear = (clearToGood: Record<string, number>) =>
      figuresOf([lifeOf('default', '2030', { ...SETTLED, encrypted: 5, clearToGood })])[1]?.svg ?? '';
    expect(ofClear({})).not.toMatch(/NaN|undefined/);
    expect(ofClear({ moon: 5 })).toContain('moon: default 50.00 %.');
  });

  it('have lines of the policies that differ over time', () => {
    expect(GUIDE_LINES.every(isPolicyName)).toBe(true);
    const five = [...livesOf('2030'), lifeOf('hedge-off', '2030', SETTLED)];
    const svg = figuresOf(five)[2]?.svg;
    expect(svg?.match(/<desc id="text">(.*)<\/desc>/)?.[1]).toBe(
      'default: at least 66.67 %, at the end 99.97 %. powerdns: at least 60.00 %, at the end 60.00 %.',
    );
  });
});

describe('lives that were written', () => {
  const folder = mkdtempSync(join(tmpdir(), 'dotscout-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const runs = livesOf('2026');
  const json = runs.map((run) => `${JSON.stringify(summarize(run))}\n`).join('');

  it('come to the same figures', () => {
    writeFileSync(join(folder, '2026.json'), json);
    writeFileSync(join(folder, '2026.csv'), csvOf(runs));
    const read = readRuns(folder, '2026');
    expect(read.map(summarize)).toEqual(runs.map(summarize));
    expect(figuresOf(read)).toEqual(figuresOf(runs));
  });

  it('have to be the same in both files', () => {
    writeFileSync(join(folder, 'other.json'), json);
    writeFileSync(join(folder, 'other.csv'), csvOf(runs.slice(0, 1)));
    expect(() => readRuns(folder, 'other')).toThrow('differ in what policy powerdns came to');
  });
});

/** Elements of XML that are not closed, or closed out of turn, and what is no markup. A browser takes no such file. */
function unclosed(xml: string): string[] {
  const open: string[] = [];
  const wrong: string[] = [];
  const text = xml.replaceAll(
    /<(\/?)([A-Za-z][\w:-]*)((?:\s+[\w:-]+="[^"<]*")*)\s*(\/?)>/g,
    (_, end, name, __, empty) => {
      if (end !== '') wrong.push(...(open.pop() === name ? [] : [name]));
      else if (empty === '') open.push(name);
      return '';
    },
  );
  return [...wrong, ...open, ...(text.match(/[<>]|&(?!(?:amp|lt|gt|quot|#\d+);)/g) ?? [])];
}
