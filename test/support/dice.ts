import { createHash } from 'node:crypto';
import { seededRandom } from '../../src/testing/random.js';

/** What chance begins with in every test; `SEED=7 npm test` tries another. */
export const SEED: number = Number(process.env.SEED ?? 9539);

/** A test's dice fall as they did at its last run: a failure that hangs on chance is one at every run, or at none. */
export function sameDice(): void {
  Math.random = seededRandom(SEED);
}

/**
 * What the properties of a test begin with: many draw from one and the same, and examples of their own show more than the same
 * ones over again.
 *
 * @param title - the test's
 */
export function seedOf(title: string): number {
  return createHash('sha256').update(`${SEED} ${title}`).digest().readInt32BE();
}
