import { join } from 'node:path';

/** The repository: the compiled matrix is in `.matrix/built/matrix`. */
export const ROOT: string = join(import.meta.dirname, '..', '..', '..');
/** Where runtimes are kept. */
export const CACHE: string = join(ROOT, '.matrix');
