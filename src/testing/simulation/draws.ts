import { seededRandom } from '../random.js';

/** Above this mean a Poisson or binomial count is drawn from the normal curve, which is then as good. */
const NORMAL_FROM = 30;

/** Numbers drawn by chance, the same at every run of one seed. */
export class Draws {
  readonly #random: () => number;
  #spare: number | undefined;

  /** @param seed - chooses the row of numbers */
  constructor(seed: number) {
    this.#random = seededRandom(seed);
  }

  /** A number in [0,1). */
  readonly share = (): number => this.#random();

  /** A whole number from 0, below a limit. */
  below(limit: number): number {
    return Math.floor(limit * this.#random());
  }

  /** Whether something of this probability happens. */
  happens(probability: number): boolean {
    return probability > 0 && this.#random() < probability;
  }

  /** How long until the next of events that come at a rate; infinite for a rate of 0. */
  gap(rate: number): number {
    return rate > 0 ? -Math.log(1 - this.#random()) / rate : Number.POSITIVE_INFINITY;
  }

  /** How many of such events come in a time whose mean count this is (Knuth's way, for small ones). */
  count(mean: number): number {
    if (mean >= NORMAL_FROM) return Math.max(0, Math.round(mean + Math.sqrt(mean) * this.#normal()));
    const end = Math.exp(-mean);
    let count = 0;
    for (let product = this.#random(); product > end; product *= this.#random()) count++;
    return count;
  }

  /** How many of a number of tries succeed. */
  successes(tries: number, probability: number): number {
    if (tries === 0 || probability <= 0) return 0;
    if (probability >= 1) return tries;
    const variance = tries * probability * (1 - probability);
    if (variance >= NORMAL_FROM) {
      return Math.min(tries, Math.max(0, Math.round(tries * probability + Math.sqrt(variance) * this.#normal())));
    }
    // From one success to the next is a geometric step, so that few successes among many tries are few steps.
    const isRare = probability <= 0.5;
    const step = Math.log1p(-(isRare ? probability : 1 - probability));
    let count = 0;
    for (let at = this.#skip(step); at < tries; at += 1 + this.#skip(step)) count++;
    return isRare ? count : tries - count;
  }

  /** A number whose logarithm is normal: most round trips are short, a few are long. */
  logNormal(median: number, sigma: number): number {
    return median * Math.exp(sigma * this.#normal());
  }

  #skip(step: number): number {
    return Math.floor(Math.log(1 - this.#random()) / step);
  }

  /** Marsaglia's polar method, which makes two at a time. */
  #normal(): number {
    const spare = this.#spare;
    this.#spare = undefined;
    if (spare !== undefined) return spare;
    for (;;) {
      const [x, y] = [2 * this.#random() - 1, 2 * this.#random() - 1];
      const square = x * x + y * y;
      if (square >= 1 || square === 0) continue;
      const scale = Math.sqrt((-2 * Math.log(square)) / square);
      this.#spare = y * scale;
      return x * scale;
    }
  }
}
