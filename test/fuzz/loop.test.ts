import { afterEach, describe, expect, test } from 'vitest';
import { readArguments } from '../../fuzz/arguments.js';
import { BlackBox } from '../../fuzz/black-box.js';
import { cover } from '../../fuzz/cover.js';
import { Coverage } from '../../fuzz/coverage.js';
import { hexOf } from '../../fuzz/input.js';
import { instrumented } from '../../fuzz/instrument.js';
import { fuzz } from '../../fuzz/loop.js';
import { minimize } from '../../fuzz/minimize.js';
import { Mutator } from '../../fuzz/mutate.js';
import { tableOf } from '../../fuzz/text.js';
import { seededRandom } from '../../src/testing/random.js';

/** Breaks on four octets behind one another, which no luck finds in time. */
const SECRETIVE = `
export function run(octets) {
  if (octets[0] !== 0x46) return 'first';
  if (octets[1] === 0x55) { if (octets[2] === 0x5a) { if (octets[3] === 0x21) throw new Error('broken | at last'); } }
  return 'no';
}`;

/** What instrumentation must leave as it is. */
const BRANCHES = `
export const sum = (list) => { let all = 0; for (const one of list) all += one > 1 ? one : 0; return all; };
export function name(n) { switch (n) { case 1: return 'one'; default: return n ?? 'none'; } }
export class Counter { #count = 0; get count() { return this.#count; } add() { while (this.#count < 3) this.#count++; } }
export const both = (one, other) => one !== other && (one || other);`;

let loads = 0;

async function loaded(code: string, coverage: Coverage): Promise<Record<string, (...args: unknown[]) => unknown>> {
  coverage.install();
  // Of one address there would be one module, which writes to the coverage of the first test that loaded it.
  const url = `data:text/javascript,${encodeURIComponent(`${instrumented(code)}\n// ${loads++}`)}`;
  return (await import(/* @vite-ignore */ url)) as Record<string, (...args: unknown[]) => unknown>;
}

afterEach(() => {
  Reflect.deleteProperty(globalThis, '__fuzz');
});

describe('the fuzzer', () => {
  test('finds what only a way of several steps leads to, and makes it short', async () => {
    const coverage = new Coverage();
    const { run } = await loaded(SECRETIVE, coverage);
    const found = fuzz({
      run: (octets) => void run?.(octets),
      seeds: [Buffer.from('something else')],
      until: Date.now() + 60_000,
      coverage,
      mutator: new Mutator(seededRandom(1), 32),
    });
    expect(found.crashes).toEqual([{ octets: '46555a21', why: 'Error: broken | at last' }]);
    expect(found.corpus.length).toBeGreaterThan(3);
    expect(found.executions).toBeGreaterThan(found.corpus.length);
  });

  test('counts branches without changing what code does', async () => {
    const coverage = new Coverage();
    const { sum, name, both, Counter } = await loaded(BRANCHES, coverage);
    coverage.begin();
    expect([sum?.([1, 2, 3]), name?.(1), name?.(undefined), both?.(0, 2)]).toEqual([5, 'one', 'none', 2]);
    const counter = new (Counter as unknown as new () => { count: number; add(): void })();
    counter.add();
    expect(counter.count).toBe(3);
    expect(coverage.learn()).toBe(true);
    expect(coverage.learn()).toBe(false);
    expect(coverage.compared).toContainEqual({ found: 0, wanted: 2 });
    expect(coverage.reached().size).toBe(coverage.edges);
    expect(coverage.edges).toBeLessThanOrEqual(coverage.edgesInAll);
  });

  test('takes the same of a branch for new when it is reached far more often', async () => {
    const coverage = new Coverage();
    const { sum } = await loaded(BRANCHES, coverage);
    const learns = (count: number): boolean => {
      coverage.begin();
      sum?.(Array(count).fill(2));
      return coverage.learn();
    };
    expect([learns(4), learns(5), learns(100), learns(101)]).toEqual([true, false, true, false]);
  });

  test('makes no input longer than it may be, and changes none in place', () => {
    const mutator = new Mutator(seededRandom(7), 40);
    const input = Uint8Array.from({ length: 32 }, (_, at) => at);
    const made = Array.from({ length: 500 }, () => mutator.mutate(input, input, [{ found: 3, wanted: 0x1234 }]));
    expect(Math.max(...made.map(({ length }) => length))).toBeLessThanOrEqual(40);
    expect(made.some((octets) => hexOf(octets).includes('1234'))).toBe(true);
    expect(hexOf(input)).toBe(hexOf(Uint8Array.from({ length: 32 }, (_, at) => at)));
  });

  test('makes what breaks a promise shorter, and plainer', () => {
    const breaks = (octets: Uint8Array): boolean => octets.includes(7) && octets.length >= 3;
    expect(hexOf(minimize(Uint8Array.from([1, 2, 3, 7, 4, 5, 6, 8]), breaks))).toMatch(/^(?:00)*07(?:00)*$/);
    expect(minimize(Uint8Array.from([9, 7, 9, 9, 9]), breaks)).toHaveLength(3);
  });

  test('keeps few inputs that reach all that many do, the short before the long', () => {
    const input = (length: number, ...edges: number[]) => ({ octets: new Uint8Array(length), edges: new Set(edges) });
    const chosen = cover([input(5, 1, 2), input(2, 1, 2), input(9, 1, 2, 3), input(1, 4), input(3, 4, 3)]);
    expect(chosen.map(({ length }) => length)).toEqual([9, 1]);
    expect(cover([])).toEqual([]);
  });

  test('tells another thread what is being run', () => {
    const memory = BlackBox.memory();
    const [inside, outside] = [new BlackBox(memory), new BlackBox(memory)];
    inside.note(Uint8Array.of(1, 2, 3));
    inside.note(Uint8Array.of(4));
    expect([outside.count, hexOf(outside.last)]).toEqual([2, '04']);
  });

  test('reads its command line', () => {
    expect(readArguments(['--seconds', '5', '--target', 'opt'])).toMatchObject({ seconds: 5, targets: ['opt'] });
    expect(() => readArguments(['--target', 'x'])).toThrow("--target is 'x'");
    expect(() => readArguments(['--seconds', '0'])).toThrow('--seconds');
    expect(() => readArguments(['--target', 'opt', '--results'])).toThrow('--results needs all targets');
  });

  test('shows its results with their sum', () => {
    const result = { target: 'opt', seconds: 2, executions: 3_000, executionsPerSecond: 1_500, corpus: 7 } as const;
    const lines = tableOf([{ ...result, edges: 5, edgesInAll: 9, crashes: [{ octets: '00', why: 'x' }] }]);
    expect(lines.map((line) => line.split(/ {2,}/))).toEqual([
      ['target', 'seconds', 'executions', 'a second', 'corpus', 'branches', 'crashes'],
      ['opt', '2', '3,000', '1,500', '7', '5 of 9', '1'],
      ['all', '2', '3,000', '1,500', '7', '1'],
    ]);
  });
});
