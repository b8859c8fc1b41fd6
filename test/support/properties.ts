// What tests mean by fast-check (vitest.config.ts): a property is tried with the same examples at every run, each with its own.
import { beforeEach } from 'vitest';
import fc from '../../node_modules/fast-check/lib/fast-check.js';
import { SEED, seedOf } from './dice.js';

fc.configureGlobal({ seed: SEED });
beforeEach(({ task }) => {
  fc.configureGlobal({ seed: seedOf(task.name) });
});

export * from '../../node_modules/fast-check/lib/fast-check.js';
export default fc;
