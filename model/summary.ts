import type { Exploration } from './explore.js';
import type { Mutant } from './mutants.js';

/** What a run has shown. */
export interface Summary {
  /** States visited, of all models together. */
  readonly states: number;
  /** Moves made between them. */
  readonly moves: number;
  /** The longest of the shortest ways to a state. */
  readonly depth: number;
  /** The most ticks until nothing is held, if nothing happens from outside. */
  readonly longestExit: number;
  /** Promises not kept. */
  readonly violations: number;
  /** Faults put in. */
  readonly mutations: number;
  /** Those that were seen. */
  readonly mutationsCaught: number;
}

/** Sums up. */
export function summarize(explorations: readonly Exploration[], mutants: readonly Mutant[]): Summary {
  const sum = (of: (one: Exploration) => number) => explorations.reduce((total, one) => total + of(one), 0);
  const most = (of: (one: Exploration) => number) => Math.max(0, ...explorations.map(of));
  return {
    states: sum((one) => one.states),
    moves: sum((one) => one.moves),
    depth: most((one) => one.depth),
    longestExit: most((one) => one.longestExit),
    violations: sum((one) => one.violations.length),
    mutations: mutants.length,
    mutationsCaught: mutants.filter(({ caughtBy }) => caughtBy !== undefined).length,
  };
}

/** 1 when a promise is broken or a fault was not seen. */
export function exitStatus({ violations, mutations, mutationsCaught }: Summary): number {
  return violations === 0 && mutations === mutationsCaught ? 0 : 1;
}
