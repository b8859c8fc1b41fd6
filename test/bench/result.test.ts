import { describe, expect, it } from 'vitest';
import { BARS, type Bar, BENCH_NAMES, barsOf } from '../../bench/bars.js';
import { rateIn } from '../../bench/dnsperf.js';
import { LIMITS } from '../../bench/limits.js';
import { exitStatus, judge } from '../../bench/result.js';
import { replaceSection, withFigures } from '../../bench/results-file.js';
import { SOAK_BARS, soakBars } from '../../bench/soak.js';
import { markdownOf, tableOf } from '../../bench/text.js';
import { waitMsIn } from '../../tools/processor-wait.js';

const RATIO: Bar = { name: 'dot.speed', unit: 'answers/s', of: 'ratio', floor: 0.95, aim: 1.4 };
const VALUE: Bar = { name: 'decide.size', unit: 'bytes', of: 'value', ceiling: 150 };
const TOLD: Bar = { name: 'dot.told', unit: 'answers/s', of: 'value' };

describe('bars', () => {
  it('have names of their own, each of a bench', () => {
    const names = BARS.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(barsOf(BENCH_NAMES, 'full')).toEqual(BARS);
    for (const bench of BENCH_NAMES) expect(barsOf([bench], 'quick').length, bench).toBeGreaterThan(0);
  });

  it('are a floor or a ceiling, never both', () => {
    for (const { name, floor, ceiling } of [...BARS, ...SOAK_BARS])
      expect(floor !== undefined && ceiling !== undefined, name).toBe(false);
  });

  it('leave the long outage to the full run', () => {
    const names = barsOf(['outage'], 'quick').map(({ name }) => name);
    expect(names).toContain('outage.500ms.near.failed');
    expect(names.filter((name) => name.includes('.4s.'))).toEqual([]);
  });
});

describe('results', () => {
  it('have the shape that --json promises', () => {
    const found = [
      { name: 'dot.speed', value: 33_333.33, baseline: 30_000, ratio: 1.111_111 },
      { name: 'decide.size', value: 99 },
      { name: 'dot.told', value: 1 },
    ];
    expect(judge([RATIO, VALUE, TOLD], found)).toEqual([
      {
        ...{ name: 'dot.speed', value: 33_330, unit: 'answers/s', baseline: 30_000, ratio: 1.111 },
        ...{ floor: 0.95, pass: true },
      },
      { name: 'decide.size', value: 99, unit: 'bytes', baseline: null, ratio: null, ceiling: 150, pass: true },
      { name: 'dot.told', value: 1, unit: 'answers/s', baseline: null, ratio: null, pass: true },
    ]);
  });

  it('meet a bar exactly on it, and miss it beyond', () => {
    const pass = (bar: Bar, figure: number) =>
      judge([bar], [{ name: bar.name, value: figure, ratio: figure }])[0]?.pass;
    expect([0.95, 0.949].map((ratio) => pass(RATIO, ratio))).toEqual([true, false]);
    expect([150, 150.1].map((value) => pass(VALUE, value))).toEqual([true, false]);
  });

  it('miss a bar when nothing, or no number, was measured', () => {
    const missing = judge([VALUE, TOLD], []);
    expect(missing.map(({ value, pass }) => [value, pass])).toEqual([
      [null, false],
      [null, false],
    ]);
    expect(judge([VALUE], [{ name: VALUE.name, value: Number.NaN }])[0]).toMatchObject({ value: null, pass: false });
  });

  it('decide the exit status', () => {
    const met = judge([VALUE], [{ name: VALUE.name, value: 1 }]);
    expect(exitStatus(met)).toBe(0);
    expect(exitStatus([...met, ...judge([RATIO], [])])).toBe(1);
  });

  it('show as a table, for people and in Markdown', () => {
    const results = judge([RATIO, VALUE], [{ name: 'dot.speed', value: 33_333.33, baseline: 30_000, ratio: 1.11 }]);
    const [, speed = '', size = ''] = tableOf(results);
    expect(speed).toMatch(/^dot\.speed \(answers\/s\) +33,330 +30,000 +1\.11 +≥ 0\.95 +met$/);
    expect(size).toMatch(/NOT MEASURED$/);
    expect(markdownOf(results)).toHaveLength(4);
  });
});

describe('RESULTS.md', () => {
  it('keeps the sections that are not written', () => {
    const first = replaceSection('# Results\n', 'Benches', ['one']);
    const both = replaceSection(first, 'Soak', ['two']);
    expect(both).toBe('# Results\n\n## Benches\n\none\n\n## Soak\n\ntwo\n');
    expect(replaceSection(both, 'Benches', ['three', '### Part'])).toBe(
      '# Results\n\n## Benches\n\nthree\n### Part\n\n## Soak\n\ntwo\n',
    );
  });

  it('puts figures into sentences', () => {
    const results = judge([RATIO], [{ name: 'dot.speed', value: 33_333.33, baseline: 30_000, ratio: 1.11 }]);
    expect(withFigures('{dot.speed} of {dot.speed/baseline}, {nothing}', results)).toBe('33,330 of 30,000, ?');
  });

  it('speaks of no figure that there is not', () => {
    const names = BARS.map(({ name }) => name);
    const spoken = Object.values(LIMITS).flatMap((text) => [...text.matchAll(/\{([^}/]+)/g)].map(([, name]) => name));
    expect(spoken.length).toBeGreaterThan(0);
    for (const name of spoken) expect(names).toContain(name);
  });
});

describe('dnsperf', () => {
  it('tells its rate', () => {
    expect(rateIn('Statistics:\n\n  Queries sent:         10\n  Queries per second:   10415.123456\n')).toBe(
      10_415.123_456,
    );
    expect(() => rateIn('nothing')).toThrow('no rate');
  });
});

describe('a soak beside other load', () => {
  /** What a soak has found where queries failed and piled up. */
  const found = (waited: number, leftHeap = 0) => {
    const figures: Readonly<Record<string, number>> = {
      'soak.failed': 348_300,
      'soak.heap': 158,
      'soak.descriptors': 683,
      'soak.waited': waited,
      'soak.left.heap': leftHeap,
    };
    return SOAK_BARS.map(({ name }) => ({ name, value: figures[name] ?? 0 }));
  };
  const missed = (measurements: ReturnType<typeof found>) =>
    judge(soakBars(measurements), measurements)
      .filter(({ pass }) => !pass)
      .map(({ name }) => name);

  it('misses the bar that says so, where others had the processor, and no other', () => {
    expect(missed(found(0.5))).toEqual(['soak.waited']);
  });

  it('meets all where nothing was lost, however busy the machine was', () => {
    const calm = SOAK_BARS.map(({ name }) => ({ name, value: name === 'soak.waited' ? 0.5 : 0 }));
    expect(missed(calm)).toEqual([]);
  });

  it('misses the bars of its queries where it had the time that they take', () => {
    expect(missed(found(0.1))).toEqual(['soak.failed', 'soak.heap', 'soak.descriptors']);
    // Where the system does not tell.
    expect(missed(found(0))).toEqual(['soak.failed', 'soak.heap', 'soak.descriptors']);
  });

  it('must leave nothing behind, whatever the machine had to do', () => {
    expect(missed(found(0.5, 20))).toEqual(['soak.waited', 'soak.left.heap']);
  });

  it('reads how long Linux has kept a thread waiting', () => {
    expect(waitMsIn('794046773 2091358925 538\n')).toBeCloseTo(2_091.36, 2);
    expect(['', 'none'].map(waitMsIn)).toEqual([0, 0]);
  });
});
