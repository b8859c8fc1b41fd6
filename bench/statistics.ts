/** The middle of some numbers, or the mean of the two in the middle; NaN of none. */
export function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const low = sorted[Math.ceil(middle) - 1] ?? Number.NaN;
  const high = sorted[Math.floor(middle)] ?? Number.NaN;
  return (low + high) / 2;
}

/**
 * The least number that the given share of all do not exceed; NaN of none.
 *
 * @param numbers - in any order
 * @param share - in (0,1]
 */
export function percentile(numbers: readonly number[], share: number): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

/** The part of some items of which a condition holds; 0 of none. */
export function shareOf<T>(items: readonly T[], holds: (item: T) => boolean): number {
  return items.length === 0 ? 0 : items.filter(holds).length / items.length;
}

/** The mean of some numbers; NaN of none. */
export function mean(numbers: readonly number[]): number {
  return numbers.reduce((sum, one) => sum + one, 0) / numbers.length;
}

/** What rounds against a baseline come to. */
export interface Comparison {
  /** The median of ours. */
  readonly value: number;
  /** The median of the baseline's. */
  readonly baseline: number;
  /** The median of the ratios, round by round: what disturbs a round disturbs both sides of it. */
  readonly ratio: number;
}

/**
 * Compares rounds with the baseline's rounds beside them.
 *
 * @param ours - a figure a round
 * @param theirs - the baseline's, of the same rounds
 */
export function compare(ours: readonly number[], theirs: readonly number[]): Comparison {
  const ratios = ours.map((one, round) => one / (theirs[round] ?? Number.NaN));
  return { value: median(ours), baseline: median(theirs), ratio: median(ratios) };
}
