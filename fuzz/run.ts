import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { BlackBox } from './black-box.js';
import { hexOf } from './input.js';
import type { Order, Report } from './result.js';
import type { TargetName } from './target.js';

/** An input that runs for as long as this hangs, in milliseconds. */
const HANGS_MS = 10_000;

/**
 * Fuzzes a target in a thread of its own, so that it begins afresh and what hangs it or ends it is found out.
 *
 * @param target - which
 * @param seconds - how long
 */
export async function fuzzTarget(target: TargetName, seconds: number): Promise<Report> {
  const memory = BlackBox.memory();
  const blackBox = new BlackBox(memory);
  const worker = new Worker(join(import.meta.dirname, 'target-thread.js'), {
    workerData: { target, seconds, memory } satisfies Order,
  });
  let before = -1;
  let watch: NodeJS.Timeout | undefined;
  try {
    return await new Promise<Report>((resolve) => {
      const ended = (why: string): void => resolve(endedBy(target, seconds, blackBox, why));
      watch = setInterval(() => {
        if (blackBox.count === before) ended(`runs for more than ${HANGS_MS} ms`);
        before = blackBox.count;
      }, HANGS_MS);
      worker.once('message', resolve);
      worker.once('error', (error) => ended(`ended its thread: ${error.message}`));
      // Behind a report this changes nothing any more.
      worker.once('exit', (code) => ended(`ended its thread with ${code}`));
    });
  } finally {
    clearInterval(watch);
    await worker.terminate();
  }
}

/** A thread that ended without a report was ended by the input that it noted last, or never began. */
function endedBy(target: TargetName, seconds: number, blackBox: BlackBox, why: string): Report {
  if (blackBox.count === 0) throw new Error(`${target} could not be fuzzed: ${why}`);
  const executions = blackBox.count;
  const reached = { corpus: 0, edges: 0, edgesInAll: 0 };
  const crashes = [{ octets: hexOf(blackBox.last), why }];
  return {
    result: { target, seconds, executions, executionsPerSecond: executions / seconds, ...reached, crashes },
    reaching: [],
  };
}
