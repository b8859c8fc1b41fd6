// bns compiles native code when it is installed, or does without if it is told so before it is loaded.
import { createRequire } from 'node:module';

process.env.NODE_BACKEND ??= 'js';

/** The package, without its native code. */
export const bns: typeof import('bns') = createRequire(import.meta.url)('bns');
