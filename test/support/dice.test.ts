import fc from 'fast-check';
import { expect, test } from 'vitest';
import { seededRandom } from '../../src/testing/random.js';
import { SEED } from './dice.js';

test.each([1, 2])('chance is the same in every test, of numbers and of properties, %i', () => {
  expect(Math.random()).toBe(seededRandom(SEED)());
  expect(fc.readConfigureGlobal()).toMatchObject({ seed: SEED });
  const drawn = fc.sample(fc.integer(), 3);
  expect(fc.sample(fc.integer(), 3)).toEqual(drawn);
});
