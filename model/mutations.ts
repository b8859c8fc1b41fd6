import { EVIDENCE_MUTATIONS } from './evidence-mutations.js';
import { JUDGE_MUTATIONS } from './expiry-mutations.js';
import { OUTSIDE_MUTATIONS } from './hearsay-mutations.js';
import type { Mutation } from './mutation.js';
import { TRANSITION_MUTATIONS } from './transition-mutations.js';

/** Every guard of the state machine taken away or turned round, one at a time. */
export const MUTATIONS: readonly Mutation[] = [
  ...TRANSITION_MUTATIONS,
  ...EVIDENCE_MUTATIONS,
  ...JUDGE_MUTATIONS,
  ...OUTSIDE_MUTATIONS,
];
