import { NotInstalled } from '../tools/place.js';

/** One row of the matrix: something that must work somewhere. */
export interface Row {
  /** Where: a runtime, a kind of consumer, or a server. */
  readonly place: string;
  /** What is tried there. */
  readonly what: string;
  /** Whether it is a part of the quick matrix, of the whole one, or of both. */
  readonly part: 'quick' | 'whole' | 'both';
  /**
   * Tries it.
   *
   * @returns what to say of it: which version, how many tests
   * @throws an error whose message says what went wrong; {@link NotRun} or `NotInstalled` where it cannot be tried
   */
  run(): Promise<string>;
}

/** What a row needs is not here. */
export class NotRun extends Error {}

/** What became of a row. */
export interface Outcome {
  readonly place: string;
  readonly what: string;
  readonly verdict: 'works' | 'FAILS' | 'not run';
  /** What there is to say of it. */
  readonly detail: string;
  readonly seconds: number;
}

/** Runs a row; an error is an outcome. */
export async function outcomeOf({ place, what, run }: Row): Promise<Outcome> {
  const startedAt = performance.now();
  const said = (verdict: Outcome['verdict'], detail: string): Outcome => {
    return { place, what, verdict, detail, seconds: Math.round((performance.now() - startedAt) / 100) / 10 };
  };
  try {
    return said('works', await run());
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    const isNotRun = error instanceof NotRun || error instanceof NotInstalled;
    return said(isNotRun ? 'not run' : 'FAILS', detail);
  }
}
