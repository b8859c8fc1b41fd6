import { readFile } from 'node:fs/promises';

const NS_PER_MS = 1e6;

/**
 * How long this process's event loop has waited for a processor so far while it could have run, in milliseconds: others had it.
 *
 * @returns 0 where the system does not tell; Linux does
 */
export async function processorWaitMs(): Promise<number> {
  const text = await readFile('/proc/self/schedstat', 'utf8').catch(() => '');
  return waitMsIn(text);
}

/**
 * The same, read from Linux's `schedstat` of a thread: time run and time waited in nanoseconds, and turns.
 *
 * @param text - its content
 */
export function waitMsIn(text: string): number {
  const waited = Number(text.trim().split(' ')[1]);
  return Number.isFinite(waited) ? waited / NS_PER_MS : 0;
}
