import type { Bar } from './bars.js';
import type { Measurement } from './bench.js';

/** A figure that was measured, beside its bar; `--json` prints it, with these names. */
export interface Result {
  readonly name: string;
  /** `null` if it could not be measured, which misses any bar. */
  readonly value: number | null;
  readonly unit: string;
  /** What it was compared with; `null` if with nothing. */
  readonly baseline: number | null;
  /** The median of the ratios to the baseline, round by round; `null` if it was not compared so. */
  readonly ratio: number | null;
  readonly floor?: number;
  readonly ceiling?: number;
  readonly pass: boolean;
}

const DIGITS = 4;

/**
 * Puts what was measured beside the bars.
 *
 * @param bars - what a run has to meet
 * @param measurements - what it has found
 * @returns a result for each bar, in the order of the bars
 */
export function judge(bars: readonly Bar[], measurements: readonly Measurement[]): Result[] {
  const found = new Map(measurements.map((one) => [one.name, one]));
  return bars.map((bar) => {
    const { value, baseline, ratio } = found.get(bar.name) ?? {};
    return {
      name: bar.name,
      value: rounded(value),
      unit: bar.unit,
      baseline: rounded(baseline),
      ratio: rounded(ratio),
      ...(bar.floor === undefined ? {} : { floor: bar.floor }),
      ...(bar.ceiling === undefined ? {} : { ceiling: bar.ceiling }),
      pass: meets(bar, bar.of === 'ratio' ? ratio : value),
    };
  });
}

/** Whether a figure is on the right side of its bar. What was not measured never is. */
function meets({ floor, ceiling }: Bar, figure: number | undefined): boolean {
  if (figure === undefined || !Number.isFinite(figure)) return false;
  return figure >= (floor ?? Number.NEGATIVE_INFINITY) && figure <= (ceiling ?? Number.POSITIVE_INFINITY);
}

/** To as many digits as mean anything. What is no number, JSON cannot say. */
function rounded(figure: number | undefined): number | null {
  return figure === undefined || !Number.isFinite(figure) ? null : Number(figure.toPrecision(DIGITS));
}

/** What a program that has measured ends with: 0, or 1 where a bar is missed. */
export function exitStatus(results: readonly Result[]): 0 | 1 {
  return results.every(({ pass }) => pass) ? 0 : 1;
}
