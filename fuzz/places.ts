import { join } from 'node:path';

/** The compiled fuzzer is in `.fuzz/fuzz`. */
const ROOT = join(import.meta.dirname, '..', '..');

/** The inputs that are kept. */
export const CORPUS: string = join(ROOT, 'fuzz', 'corpus');

/** The compiled sources. */
export const SOURCES: string = join(ROOT, '.fuzz', 'src');

/** Where inputs that break a promise are written. */
export const CRASHES: string = join(ROOT, '.fuzz', 'crashes');

/** What the last long run found. */
export const RESULTS: string = join(ROOT, 'docs', 'fuzzing.md');
