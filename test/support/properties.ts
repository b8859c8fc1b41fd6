// What tests mean by fast-check (vitest.config.ts): a property is tried with the same examples at every run, each with its own.
import fc from '../../node_modules/fast-check/lib/fast-check.js';
import { alsoBegins } from './dice.js';

alsoBegins((seed) => fc.configureGlobal({ seed }));

export * from '../../node_modules/fast-check/lib/fast-check.js';
export default fc;
