import { ANSWERS } from './answers.js';
import { BREAKS } from './breaks.js';
import { MEMORY } from './memory.js';
import { PROBES } from './probes.js';
import { QUERIES } from './queries.js';
import type { Scenario } from './scenario.js';
import { STATES } from './states.js';

/** All scenarios, in the order in which they are told. */
export const CATALOGUE: readonly Scenario[] = [...STATES, ...PROBES, ...BREAKS, ...ANSWERS, ...QUERIES, ...MEMORY];
