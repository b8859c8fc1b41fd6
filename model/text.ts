import { aligned } from '../tools/tables.js';
import type { Exploration, Violation } from './explore.js';
import type { Mutant } from './mutants.js';

/** What was explored, as a table for people. */
export function tableOf(explorations: readonly Exploration[]): string[] {
  const head = ['', 'states', 'moves', 'depth', 'ends within', 'violations'];
  const rows = explorations.map(({ name, states, moves, depth, longestExit, violations }) => [
    ...[name, states.toLocaleString('en'), moves.toLocaleString('en'), `${depth}`],
    ...[violations.length === 0 ? `${longestExit} ticks` : '-', `${violations.length}`],
  ]);
  return aligned([head, ...rows]);
}

/** A broken promise and the shortest way to it. */
export function violationLines(model: string, { property, detail, trace }: Violation): string[] {
  const steps = trace.map(({ name, state }, index) => `${`${index + 1}`.padStart(5)}  ${name}\n         → ${state}`);
  return [`${model}: ${property}`, `  broken: ${detail}`, ...steps];
}

/** What became of the faults. */
export function mutantLines(mutants: readonly Mutant[]): string[] {
  const unseen = mutants.filter(({ caughtBy }) => caughtBy === undefined);
  const lines = unseen.map(({ mutation: { file, what, from, to } }) => `NOT SEEN  ${file}: ${what}: ${from} → ${to}`);
  return [`${mutants.length} faults put in, ${mutants.length - unseen.length} seen`, ...lines];
}

/** By what the faults were seen, most first. */
export function witnessLines(mutants: readonly Mutant[]): string[] {
  const counts = new Map<string, number>();
  for (const { caughtBy } of mutants) {
    if (caughtBy !== undefined) counts.set(caughtBy.property, (counts.get(caughtBy.property) ?? 0) + 1);
  }
  return [...counts].sort((a, b) => b[1] - a[1]).map(([name, count]) => `${`${count}`.padStart(5)}  ${name}`);
}
