import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';

/** How one run of `dotscout scan` went. */
export interface ScanRun {
  /** The exit status, or the signal. */
  readonly ended: number | string | null;
  readonly seconds: number;
  /** The most memory that it ever held, in megabytes. */
  readonly peakMb: number;
}

const LOOK_MS = 100;

/**
 * Runs `dotscout scan` to its end.
 *
 * @param args - what stands behind the command's name
 * @param interrupt - when to send which signal
 */
export async function runScan(
  args: readonly string[],
  interrupt?: { readonly signal: NodeJS.Signals; readonly when: () => boolean; readonly before: () => Promise<void> },
): Promise<ScanRun> {
  const startedAt = performance.now();
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  let ended: number | string | null | undefined;
  child.once('close', (code, signal) => {
    ended = code ?? signal;
  });
  let peakMb = 0;
  let sent = false;
  while (ended === undefined) {
    peakMb = Math.max(peakMb, peakOf(child.pid));
    if (!sent && interrupt?.when() === true) {
      sent = true;
      await interrupt.before();
      child.kill(interrupt.signal);
    }
    await wait(LOOK_MS);
  }
  return { ended, seconds: (performance.now() - startedAt) / 1_000, peakMb };
}

/** The high-water mark of a process's memory, as Linux counts it; 0 when it has gone. */
function peakOf(pid: number | undefined): number {
  try {
    const [, kb] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    return Number(kb ?? 0) / 1_024;
  } catch {
    return 0;
  }
}
