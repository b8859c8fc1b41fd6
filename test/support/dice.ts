import { createHash } from 'node:crypto';
import { seededRandom } from '../../src/testing/random.js';

/** What chance begins with in every test; `SEED=7 npm test` tries another. */
export const SEED: number = Number(process.env.SEED ?? 9539);

/** What draws by other means than `Math.random`, and begins with each test too. */
const others = new Set<(seed: number) => void>();

/**
 * Has something else begin as the dice do: now with {@link SEED}, and with the seed of each test.
 *
 * @param begin - sets its seed
 */
export function alsoBegins(begin: (seed: number) => void): void {
  others.add(begin);
  begin(SEED);
}

/**
 * A test's dice fall as they did at its last run: a failure that hangs on chance is one at every run, or at none.
 *
 * @param title - the test's; none where a file begins, whose worker may have run others
 */
export function sameDice(title?: string): void {
  Math.random = seededRandom(SEED);
  const seed = title === undefined ? SEED : seedOf(title);
  for (const begin of others) begin(seed);
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
