// What tests mean by fast-check (vitest.config.ts): properties are tried with the same examples at every run.
import fc from '../../node_modules/fast-check/lib/fast-check.js';
import { SEED } from './dice.js';

fc.configureGlobal({ seed: SEED });

export * from '../../node_modules/fast-check/lib/fast-check.js';
export default fc;
