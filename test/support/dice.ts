import { seededRandom } from '../../src/testing/random.js';

/** What chance begins with in every test; `SEED=7 npm test` tries another. */
export const SEED: number = Number(process.env.SEED ?? 9539);

/** A test's dice fall as they did at its last run: a failure that hangs on chance is one at every run, or at none. */
export function sameDice(): void {
  Math.random = seededRandom(SEED);
}
