import { monitorEventLoopDelay } from 'node:perf_hooks';

/** A loop that stands still for longer than this makes figures of time, and limits of time, worthless. */
const STALL_MS = 400;
const RESOLUTION_MS = 10;
const NS_PER_MS = 1e6;

/**
 * Does something while watching whether this machine keeps up: servers and clients run in this process, and share the machine with the
 * resolver.
 *
 * @param work - what to do
 * @returns what came of it, and whether the machine stood still meanwhile
 */
export async function watchingStalls<T>(work: () => Promise<T>): Promise<{ result: T; stalled: boolean }> {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delay.enable();
  try {
    const result = await work();
    return { result, stalled: delay.max / NS_PER_MS > STALL_MS };
  } finally {
    delay.disable();
  }
}
