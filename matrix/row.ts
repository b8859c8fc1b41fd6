/** One row of the matrix: something that must work somewhere. */
export interface Row {
  /** Where: a runtime, or a kind of consumer. */
  readonly place: string;
  /** What is tried there. */
  readonly what: string;
  /** Whether it is a part of the quick matrix, of the whole one, or of both. */
  readonly part: 'quick' | 'whole' | 'both';
  /**
   * Tries it.
   *
   * @returns what to say of it: which version, how many tests
   * @throws an error whose message says what went wrong
   */
  run(): Promise<string>;
}

/** What became of a row. */
export interface Outcome {
  readonly place: string;
  readonly what: string;
  readonly ok: boolean;
  /** What there is to say of it. */
  readonly detail: string;
  readonly seconds: number;
}

/** Runs a row; an error is an outcome. */
export async function outcomeOf({ place, what, run }: Row): Promise<Outcome> {
  const startedAt = performance.now();
  const said = (ok: boolean, detail: string): Outcome => {
    return { place, what, ok, detail, seconds: Math.round((performance.now() - startedAt) / 100) / 10 };
  };
  try {
    return said(true, await run());
  } catch (error) {
    return said(false, error instanceof Error ? error.message : String(error));
  }
}
