import fc from 'fast-check';
import { expect, test } from 'vitest';
import { seededRandom } from '../../src/testing/random.js';
import { SEED, seedOf } from './dice.js';

const drawn = new Set<string>();

test.each([1, 2])('numbers begin alike in every test, and properties with examples of their own, %i', (place) => {
  expect(Math.random()).toBe(seededRandom(SEED)());
  const examples = fc.sample(fc.integer(), 3);
  expect(fc.sample(fc.integer(), 3)).toEqual(examples);
  drawn.add(examples.join());
  expect(drawn.size).toBe(place);
});

test('a property’s examples hang on its test’s title, and on nothing else', ({ task }) => {
  expect(fc.readConfigureGlobal()).toMatchObject({ seed: seedOf(task.name) });
});
