import { readdir, readFile } from 'node:fs/promises';

const NS_PER_MS = 1e6;

/**
 * How long this process's event loop has waited for a processor so far while it could have run, in milliseconds: others had it.
 *
 * @returns 0 where the system does not tell; Linux does
 */
export async function processorWaitMs(): Promise<number> {
  return await waitOf('/proc/self');
}

/**
 * The same of all threads of another process.
 *
 * @param pid - the process
 */
export async function processorWaitOfMs(pid: number): Promise<number> {
  const threads = await readdir(`/proc/${pid}/task`).catch(() => []);
  const waits = await Promise.all(threads.map((thread) => waitOf(`/proc/${pid}/task/${thread}`)));
  return waits.reduce((sum, one) => sum + one, 0);
}

async function waitOf(folder: string): Promise<number> {
  return waitMsIn(await readFile(`${folder}/schedstat`, 'utf8').catch(() => ''));
}

/**
 * What Linux's `schedstat` says of a thread: time run and time waited in nanoseconds, and turns.
 *
 * @param text - its content
 */
export function waitMsIn(text: string): number {
  const waited = Number(text.trim().split(' ')[1]);
  return Number.isFinite(waited) ? waited / NS_PER_MS : 0;
}
