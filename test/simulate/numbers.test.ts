import { expect, it } from 'vitest';
import { countText, durationText, hoursText, millisecondsText, percentText } from '../../simulate/numbers.js';

it.each([
  [null, '–'],
  [0, '0 %'],
  [1, '100 %'],
  [0.5, '50.00 %'],
  [0.999_97, '> 99.99 %'],
  [0.999_94, '99.99 %'],
  [0.000_271_8, '0.027 %'],
  [0.01, '1.00 %'],
])('says %s as %s', (share, text) => {
  expect(percentText(share)).toBe(text);
});

it.each([
  [null, '–'],
  [0, '0 s'],
  [12.34, '12.3 s'],
  [59.7, '1 min'],
  [252, '4 min 12 s'],
  [3_600, '1 h'],
  [7_199, '2 h'],
  [48_240, '13 h 24 min'],
  [172_800, '2 d'],
  [190_000, '2 d 5 h'],
])('says %s seconds as %s', (seconds, text) => {
  expect(durationText(seconds)).toBe(text);
});

it('groups thousands', () => {
  expect([countText(86_400_000), countText(999), millisecondsText(1_234.56), millisecondsText(null)]).toEqual([
    ...['86,400,000', '999', '1,234.6 ms', '–'],
  ]);
});

it('says a life’s length in days where they are whole', () => {
  expect([1, 0.5, 24, 25, 168].map(hoursText)).toEqual(['1 hour', '0.5 hours', '24 hours', '25 hours', '7 days']);
});
