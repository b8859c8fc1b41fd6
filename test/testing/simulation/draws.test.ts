import { describe, expect, it } from 'vitest';
import { Draws } from '../../../src/testing/simulation/draws.js';

const TIMES = 20_000;
/** So many standard errors off is no accident, with seeds that are fixed. */
const ERRORS = 5;

function momentsOf(draw: (draws: Draws) => number): { mean: number; variance: number } {
  const draws = new Draws(7);
  const values = Array.from({ length: TIMES }, () => draw(draws));
  const mean = values.reduce((sum, value) => sum + value, 0) / TIMES;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / TIMES;
  return { mean, variance };
}

function expectMoments(draw: (draws: Draws) => number, mean: number, variance: number): void {
  const found = momentsOf(draw);
  expect(Math.abs(found.mean - mean)).toBeLessThan(ERRORS * Math.sqrt(variance / TIMES) + 1e-9);
  // The variance of a variance, of a curve that is about normal; discrete ones have somewhat more.
  expect(Math.abs(found.variance - variance)).toBeLessThan(
    2 * ERRORS * variance * Math.sqrt(2 / TIMES) + 0.05 * mean + 1e-9,
  );
}

describe('Draws', () => {
  it.each([0.01, 0.7, 5, 29, 31, 1_000])('a count of mean %d has that mean and variance', (mean) => {
    expectMoments((draws) => draws.count(mean), mean, mean);
  });

  it('a count of mean 0 is 0', () => {
    expect(new Draws(1).count(0)).toBe(0);
  });

  it.each([
    [10, 0.3],
    [10, 0.9],
    [1_000, 0.001],
    [1_000, 0.999],
    [1_000, 0.5],
  ])('of %d tries at %d as many succeed as should', (tries, probability) => {
    const mean = tries * probability;
    expectMoments((draws) => draws.successes(tries, probability), mean, mean * (1 - probability));
  });

  it.each([
    [0, 0.5, 0],
    [5, 0, 0],
    [5, -1, 0],
    [5, 1, 5],
    [5, 2, 5],
    [1_000_000, 1e-300, 0],
    [1_000_000, Number.MIN_VALUE, 0],
  ])('of %d tries at %d succeed %d', (tries, probability, successes) => {
    expect(new Draws(3).successes(tries, probability)).toBe(successes);
  });

  it('never more succeed than tried', () => {
    const draws = new Draws(5);
    for (let time = 0; time < 2_000; time++) {
      const tries = draws.below(200);
      const succeeded = draws.successes(tries, draws.share());
      expect(succeeded >= 0 && succeeded <= tries).toBe(true);
    }
  });

  it('gaps of a rate have its mean, and of none there is no end', () => {
    expectMoments((draws) => draws.gap(0.5), 2, 4);
    expect(new Draws(1).gap(0)).toBe(Number.POSITIVE_INFINITY);
  });

  it('half of what is log-normal is below the median', () => {
    const draws = new Draws(2);
    const below = Array.from({ length: TIMES }, () => draws.logNormal(30, 0.8)).filter((value) => value < 30).length;
    expect(Math.abs(below / TIMES - 0.5)).toBeLessThan((ERRORS * 0.5) / Math.sqrt(TIMES));
  });

  it('nothing of no probability happens, and what is certain does', () => {
    const draws = new Draws(2);
    expect([draws.happens(0), draws.happens(1)]).toEqual([false, true]);
  });

  it('the same seed draws the same, another another', () => {
    const row = (seed: number): readonly number[] => {
      const draws = new Draws(seed);
      return [draws.share(), draws.count(50), draws.logNormal(1, 1)];
    };
    expect(row(4)).toEqual(row(4));
    expect(row(4)).not.toEqual(row(5));
  });
});
