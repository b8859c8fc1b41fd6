import { expect, it } from 'vitest';
import { readArguments } from '../../bench/arguments.js';
import { BENCH_NAMES } from '../../bench/bars.js';

it('runs everything in full by default', () => {
  expect(readArguments([])).toEqual({ help: false, json: false, effort: 'full', only: BENCH_NAMES, results: false });
});

it('takes names of benches', () => {
  expect(readArguments(['--only', 'dot, do53', '--quick', '--json'])).toMatchObject({
    only: ['dot', 'do53'],
    effort: 'quick',
    json: true,
  });
});

it.each([
  [['--only', 'nothing'], /--only has 'nothing'/],
  [['--results', '--quick'], /full run/],
  [['--whatever'], /whatever/],
])('refuses %j', (args, message) => {
  expect(() => readArguments(args)).toThrow(message);
});
