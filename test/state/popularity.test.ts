import fc from 'fast-check';
import { expect, it } from 'vitest';
import { newPopularity, noteHit, popularityOf } from '../../src/state/popularity.js';
import { HOUR, MINUTE } from './life.js';

it('never asked for is 0', () => {
  expect(popularityOf(newPopularity(), 5 * HOUR)).toBe(0);
});

it('begins with nothing', () => {
  expect(newPopularity()).toEqual({ minute: 0, recent: 0, older: 0 });
});

it('a clock that steps back takes no hit away', () => {
  const popularity = newPopularity();
  for (const minute of [10, 11, 9]) noteHit(popularity, minute * MINUTE);
  expect(popularity).toEqual({ minute: 9, recent: 0b11, older: 0 });
});

it('a burst within a minute counts once', () => {
  const popularity = newPopularity();
  for (let at = 0; at < MINUTE; at += 100) noteHit(popularity, at);
  expect(popularityOf(popularity, MINUTE - 1)).toBe(1);
});

it('a minute leaves the hour sixty minutes later', () => {
  const popularity = newPopularity();
  noteHit(popularity, 0);
  expect(popularityOf(popularity, 60 * MINUTE - 1)).toBe(1);
  expect(popularityOf(popularity, 60 * MINUTE)).toBe(0);
});

it('an hour full of hits is 60', () => {
  const popularity = newPopularity();
  for (let minute = 0; minute < 200; minute++) noteHit(popularity, minute * MINUTE);
  expect(popularityOf(popularity, 199 * MINUTE)).toBe(60);
});

it('asking changes nothing', () => {
  const popularity = newPopularity();
  noteHit(popularity, 5 * MINUTE);
  const before = { ...popularity };
  popularityOf(popularity, 20 * MINUTE);
  expect(popularity).toEqual(before);
});

it('any hits count as a list of their minutes says', () => {
  const gaps = fc.array(fc.oneof(fc.nat({ max: 5 }), fc.integer({ min: 25, max: 65 })), { maxLength: 120 });
  fc.assert(
    fc.property(gaps, fc.nat({ max: 70 }), (minutes, later) => {
      const popularity = newPopularity();
      const hits = new Set<number>();
      let now = 0;
      for (const gap of minutes) {
        now += gap;
        hits.add(now);
        noteHit(popularity, now * MINUTE + 7);
      }
      const end = now + later;
      const expected = [...hits].filter((minute) => end - minute < 60).length;
      expect(popularityOf(popularity, end * MINUTE)).toBe(expected);
    }),
  );
});
