import type { StoredVerdict } from './store.js';

/**
 * How much longer a verdict is worth anything to others, in milliseconds; 0 for what is none: what is forgotten or
 * unknown, each finds out by itself.
 *
 * @param verdict - as it was when it was saved
 * @param wall - now, on our wall clock
 */
export function worthMs({ state, savedAt }: StoredVerdict, wall: number): number {
  const past = Math.max(0, wall - savedAt);
  if (state?.verdict === 'good') return Math.max(0, Math.floor(state.leftMs - past));
  if (state?.verdict === 'bad') return Math.max(0, Math.floor(state.retryInMs - past));
  return 0;
}

/**
 * The same without names, which would tell others where users went.
 *
 * @param verdict - any
 */
export function nameless({ zone: _zone, nameserver: _nameserver, ...rest }: StoredVerdict): StoredVerdict {
  return rest;
}
