/**
 * What this process holds, in octets, once what nobody holds is collected. Array buffers are a part of what Node calls
 * external; those of arrays that died are freed by a second collection only, and what a measurement before has left would
 * else count as held already.
 */
export function heldMemory(): number {
  if (globalThis.gc === undefined) throw new Error('run with --expose-gc');
  globalThis.gc();
  globalThis.gc();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
