import { monitorEventLoopDelay } from 'node:perf_hooks';

const RESOLUTION_MS = 10;
const NS_PER_MS = 1e6;

/**
 * Does something while watching whether this machine keeps up: servers and clients run in this process, and share the machine with the
 * resolver.
 *
 * @param work - what to do
 * @returns what came of it, and how long this loop stood still at its longest, in milliseconds
 */
export async function watchingStalls<T>(work: () => Promise<T>): Promise<{ result: T; stalledMs: number }> {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delay.enable();
  try {
    const result = await work();
    return { result, stalledMs: Math.round(delay.max / NS_PER_MS) };
  } finally {
    delay.disable();
  }
}
