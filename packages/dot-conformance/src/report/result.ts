import type { Feels, Unfelt } from '../sheet/feel.js';
import type { Measured, Verdict } from '../sheet/verdict.js';

/** What became of one scenario with one resolver. */
export interface ScenarioResult {
  /** The scenario's id. */
  readonly id: string;
  readonly verdict: Verdict;
  /** Why it was not run. */
  readonly why?: string | undefined;
  /** What was measured, of the try that decided. */
  readonly measured: readonly Measured[];
  /** What reached the servers, of a fail. */
  readonly packets?: string | undefined;
  /** Of a fail: how long the machine stood still meanwhile, in milliseconds, in each of three tries; where it did so for too long. */
  readonly disturbedMs?: number | undefined;
  /** How many tries were made. */
  readonly tries: number;
}

/** One resolver's sheet. */
export interface Sheet {
  /** The adapter's name. */
  readonly resolver: string;
  /** With its version. */
  readonly title: string;
  readonly results: readonly ScenarioResult[];
  /** What its clients feel, or why that is not known, where it was to be measured. */
  readonly feel?: Feels | Unfelt | undefined;
  /** How long it took, in seconds. */
  readonly seconds: number;
}

/** What became of one scenario; `undefined` where the sheet does not have it. */
export function resultOf({ results }: Sheet, id: string): ScenarioResult | undefined {
  return results.find((result) => result.id === id);
}
