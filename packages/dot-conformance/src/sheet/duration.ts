import type { Scenario, Step } from './scenario.js';

/** About how long a resolver takes to start. */
const START_MS = 1_000;
/** About how long it takes to find a server out. */
const LEARN_MS = 1_500;

/** About how long a scenario takes, in milliseconds: that which takes longest is begun first. */
export function durationOf({ steps, tries = 1 }: Scenario): number {
  return tries * steps.reduce((sum, step) => sum + durationOfStep(step), START_MS);
}

function durationOfStep(step: Step): number {
  if (step.do === 'ask') return step.beside === true ? 0 : step.count * step.everyMs;
  if (step.do === 'wait') return step.ms;
  if (step.do === 'learn') return LEARN_MS;
  return step.do === 'restart' ? START_MS : 0;
}
