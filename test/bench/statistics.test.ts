import { describe, expect, it } from 'vitest';
import { alternate, orderOf } from '../../bench/rounds.js';
import { growth } from '../../bench/soak.js';
import { compare, mean, median, percentile, shareOf } from '../../bench/statistics.js';

describe('statistics of the benches', () => {
  it('finds the median of odd and even numbers of numbers, in any order', () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 2, 3])).toBe(2.5);
    expect(median([])).toBeNaN();
  });

  it('finds percentiles by the nearest rank', () => {
    const hundred = Array.from({ length: 100 }, (_, index) => 100 - index);
    expect(percentile(hundred, 0.99)).toBe(99);
    expect(percentile(hundred, 1)).toBe(100);
    expect(percentile([5], 0.5)).toBe(5);
    expect(percentile([], 0.5)).toBeNaN();
  });

  it('compares round by round, so that a round that was slow for both does not count', () => {
    expect(compare([10, 1, 10], [20, 2, 20])).toEqual({ value: 10, baseline: 20, ratio: 0.5 });
    // The ratio of the medians would be 1.
    expect(compare([1, 2, 9], [2, 1, 3])).toEqual({ value: 2, baseline: 2, ratio: 2 });
  });

  it('knows means and shares', () => {
    expect(mean([1, 2, 6])).toBe(3);
    expect(shareOf([1, 2, 3, 4], (one) => one > 1)).toBe(0.75);
    expect(shareOf([], () => true)).toBe(0);
  });

  it('takes the last third less the first for growth', () => {
    expect(growth([1, 1, 50, 50, 3, 5])).toEqual({ value: 3, baseline: 1 });
  });
});

describe('rounds', () => {
  it('lets two swap their order from round to round', () => {
    const orders = [0, 1, 2, 3].map((round) => orderOf(['a', 'b'], round).join(''));
    expect(orders).toEqual(['ab', 'ba', 'ba', 'ab']);
  });

  it('lets each of several come first', () => {
    const firsts = Array.from({ length: 8 }, (_, round) => orderOf(['a', 'b', 'c', 'd'], round)[0]);
    expect(new Set(firsts)).toEqual(new Set(['a', 'b', 'c', 'd']));
  });

  it('runs each once a round, one at a time, and keeps the order of the rounds', async () => {
    const ran: string[] = [];
    const runner = (name: string) => async () => {
      ran.push(name);
      return ran.length;
    };
    const brought = await alternate({ a: runner('a'), b: runner('b') }, 2);
    expect(ran).toEqual(['a', 'b', 'b', 'a']);
    expect(brought).toEqual({ a: [1, 4], b: [2, 3] });
  });
});
