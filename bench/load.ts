import { setTimeout as wait } from 'node:timers/promises';

/** What a time of load came to. */
export interface Load {
  /** Answers a second. */
  readonly rate: number;
  /** Of this process, both in user mode and in the kernel, in microseconds an answer. */
  readonly cpuMicros: number;
}

/** If nothing has come for so long after the end of a load, it never will. */
const DRAIN_MS = 10_000;

/**
 * Measures what a load costs.
 *
 * @param run - runs it; its result is the number of answers
 */
export async function measured(run: () => Promise<number>): Promise<Load> {
  const cpu = process.cpuUsage();
  const startedAt = performance.now();
  const answers = await run();
  const ms = performance.now() - startedAt;
  const { user, system } = process.cpuUsage(cpu);
  return { rate: (1_000 * answers) / ms, cpuMicros: (user + system) / answers };
}

/**
 * Keeps a number of queries in flight for a time, and waits for the last answer.
 *
 * @param window - how many
 * @param forMs - for how long new ones are begun
 * @param ask - sends one query; resolves with its answer
 * @param counts - whether an answer counts; default all do. It is no promise's business: one more for each query would be the
 *   bench's own time
 * @returns how many answers came
 * @throws if a query fails, or an answer never comes
 */
export async function closedLoop<T>(
  window: number,
  forMs: number,
  ask: () => Promise<T>,
  counts: (answer: T) => boolean = () => true,
): Promise<number> {
  let answers = 0;
  let isOver = false;
  const client = async (): Promise<void> => {
    while (!isOver) {
      if (counts(await ask())) answers++;
    }
  };
  const timer = setTimeout(() => {
    isOver = true;
  }, forMs);
  try {
    await within(forMs + DRAIN_MS, Promise.all(Array.from({ length: window }, client)));
  } finally {
    isOver = true;
    clearTimeout(timer);
  }
  return answers;
}

/** The same promise, which rejects after a time. */
export async function within<T>(ms: number, promise: Promise<T>): Promise<T> {
  const stop = new AbortController();
  const late = wait(ms, undefined, { signal: stop.signal }).then(() => {
    throw new Error(`stalled: nothing for ${ms} ms`);
  });
  late.catch(() => {});
  try {
    return await Promise.race([promise, late]);
  } finally {
    stop.abort();
  }
}
