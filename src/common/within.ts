import { onAbort } from './abort.js';
import type { Clock } from './clock.js';
import { deadline } from './late-timers.js';

/** Who may end a wait early, and whether the process waits as well. */
export interface WithinOptions {
  /** Ends the wait, and the task, with its own reason. */
  readonly signal?: AbortSignal | undefined;
  /** Whether the process must not end before the wait does, because a caller awaits it; default false. */
  readonly keepAlive?: boolean | undefined;
}

/**
 * Waits for a task that may never settle. The limit concludes nothing from its own lateness (see {@link deadline}).
 *
 * @param clock - where to set the limit
 * @param ms - how long at most, in milliseconds
 * @param task - is called at once, also where it throws instead of rejecting; its signal aborts when the wait ends early
 * @param options - a signal that ends the wait, and whether it keeps the process alive
 * @returns what the task resolves with
 * @throws rejects as the task does, with `signal.reason` where that aborted, or with `no answer within … ms` at the limit
 */
export function within<T>(
  clock: Clock,
  ms: number,
  task: (signal: AbortSignal) => Promise<T> | T,
  { signal, keepAlive }: WithinOptions = {},
): Promise<T> {
  if (signal?.aborted === true) return Promise.reject(signal.reason);
  return new Promise<T>((resolve, reject) => {
    const ended = new AbortController();
    const limit = deadline(clock, ms, () => giveUp(new Error(`no answer within ${ms} ms`)), { keepAlive });
    const forget = signal === undefined ? undefined : onAbort(signal, () => giveUp(signal.reason));
    const settle = (end: () => void): void => {
      limit.cancel();
      forget?.();
      end();
    };
    const giveUp = (reason: unknown): void => {
      settle(() => reject(reason));
      ended.abort(reason);
    };
    const run = async (): Promise<T> => task(ended.signal);
    run().then(
      (value) => settle(() => resolve(value)),
      (error) => settle(() => reject(error)),
    );
  });
}
