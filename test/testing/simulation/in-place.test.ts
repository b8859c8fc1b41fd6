import { expect, it } from 'vitest';
import { Draws } from '../../../src/testing/simulation/draws.js';
import { InPlace } from '../../../src/testing/simulation/in-place.js';

const HOUR = 3_600_000;
const SPAN = 600_000;

/** Lives through some time in place, disturbed at times; all queries, and those that the selector saw. */
function livesThrough(perSecond: number, disturbances: number, seed: number): { all: number; seen: number } {
  const draws = new Draws(seed);
  const place = new InPlace(Float64Array.of(perSecond / 1_000), draws);
  const end = 4 * HOUR;
  const moments = Array.from({ length: disturbances }, () => draws.share() * end).sort((a, b) => a - b);
  let [at, all, seen] = [place.next(0, 0), 0, 0];
  for (const moment of [...moments, end]) {
    while (at < moment) {
      seen++;
      if (place.mode(0) === 'live') {
        all++;
        at = place.enter(0, 'dot', at, Number.POSITIVE_INFINITY, 0.01).at;
      } else at = place.stay(0, at, Number.POSITIVE_INFINITY).at;
    }
    if (place.mode(0) === 'live') continue;
    all += place.take(0, moment);
    at = place.leave(0, moment) ?? at;
  }
  return { all, seen };
}

it.each([
  [0.001, 0],
  [0.01, 20],
  [0.5, 0],
  [0.5, 500],
  [40, 50],
])('at %d queries a second, disturbed %i times, as many come as if each had been asked', (perSecond, disturbances) => {
  const lives = Array.from({ length: 40 }, (_, seed) => livesThrough(perSecond, disturbances, seed + 1).all);
  const mean = (4 * HOUR * perSecond) / 1_000;
  const found = lives.reduce((sum, all) => sum + all, 0) / lives.length;
  expect(Math.abs(found - mean)).toBeLessThan(5 * Math.sqrt(mean / lives.length) + 0.01);
});

it('the selector sees one in ten minutes, and the share that is asked all the same', () => {
  const { all, seen } = livesThrough(40, 0, 3);
  expect(seen).toBeGreaterThan(0.008 * all);
  expect(seen).toBeLessThan(0.012 * all);
  expect(livesThrough(0.5, 0, 3).seen).toBeGreaterThanOrEqual((4 * HOUR) / SPAN);
});

it('who is asked one by one is told of the next query in the meantime, and counts nothing in place', () => {
  const place = new InPlace(Float64Array.of(1), new Draws(1));
  expect([place.mode(0), place.take(0, 1_000), place.leave(0, 1_000)]).toEqual(['live', 0, undefined]);
  const { at } = place.enter(0, 'clear', 1_000, 1_500, 0);
  expect(at).toBeGreaterThan(1_500);
  expect([place.mode(0), place.since(0)]).toEqual(['clear', 1_000]);
  const inBetween = place.leave(0, 1_200);
  expect(inBetween).toBeGreaterThan(1_200);
  place.enter(0, 'clear', 2_000, 2_100, 0);
  // What was said of the next still holds once the time in place is over.
  expect(place.leave(0, 2_100)).toBeUndefined();
});
