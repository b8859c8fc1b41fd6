import type { Clock } from './clock.js';

/**
 * Waits for a promise that may never settle.
 *
 * @param clock - where to set the limit
 * @param ms - how long at most, in milliseconds
 * @param promise - what is waited for
 * @param keepAlive - whether somebody awaits it, so that the process must not end before it
 * @returns the same, or a rejection at the limit
 */
export function within<T>(clock: Clock, ms: number, promise: Promise<T>, keepAlive: boolean): Promise<T> {
  return new Promise((resolve, reject) => {
    const limit = clock.after(ms, () => reject(new Error(`no answer within ${ms} ms`)), { keepAlive });
    const settled = (): void => limit.cancel();
    promise.then(resolve, reject).then(settled, settled);
  });
}
