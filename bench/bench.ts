/** `quick` is for a look in between, with fewer and shorter rounds; `full` for figures to publish. */
export type Effort = 'quick' | 'full';

/** One figure that a bench has measured; `bars.ts` knows its unit and what it must be. */
export interface Measurement {
  readonly name: string;
  readonly value: number;
  /** What it is compared with, in the same unit. */
  readonly baseline?: number | undefined;
  /** The median of the ratios of the rounds, where it is compared round by round. */
  readonly ratio?: number | undefined;
}

/** Measures, and tells what it has found. */
export type Bench = (effort: Effort) => Promise<readonly Measurement[]>;

/** Says on stderr how far a bench is. */
export function progress(text: string): void {
  process.stderr.write(`  ${text}\n`);
}
