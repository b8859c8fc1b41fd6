import type { StoredVerdict } from './verdict.js';

/**
 * How much longer a verdict is worth anything to others, in milliseconds; 0 for what is none: what is forgotten, unknown or
 * over each finds out by itself.
 *
 * @param verdict - as it was when it was saved
 * @param wall - now, on our wall clock
 */
export function worthMs(verdict: StoredVerdict, wall: number): number {
  if (verdict.verdict !== 'good' && verdict.verdict !== 'bad') return 0;
  return Math.max(0, Math.floor(verdict.leftMs - Math.max(0, wall - verdict.savedAt)));
}
