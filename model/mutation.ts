import type { Sources } from './compiled-state.js';

/** A fault put into the state machine: one text in place of another. */
export interface Mutation {
  /** The file in `src/state`. */
  readonly file: string;
  /** What the fault does, in words. */
  readonly what: string;
  /** What stands there, exactly once. */
  readonly from: string;
  readonly to: string;
}

/**
 * Sources with a fault put in.
 *
 * @throws where the list has fallen behind the sources
 */
export function mutate(sources: Sources, { file, what, from, to }: Mutation): Sources {
  const parts = (sources.get(file) ?? '').split(from);
  if (parts.length !== 2) throw new Error(`${file}, “${what}”: found ${parts.length - 1} times: ${from}`);
  return new Map(sources).set(file, parts.join(to));
}

/** Faults of one file: what each does, what stands there, what stands there instead. */
export function inFile(
  file: string,
  faults: readonly (readonly [what: string, from: string, to: string])[],
): Mutation[] {
  return faults.map(([what, from, to]) => ({ file, what, from, to }));
}
