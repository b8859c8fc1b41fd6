import type { Attempt } from './exchange.js';

/** Who waits for a signal. One listener serves all of them: Node warns of more than ten on one signal. */
const waiting = new WeakMap<AbortSignal, { readonly runs: Set<() => void>; readonly listener: () => void }>();

/**
 * Runs a function when a signal aborts.
 *
 * @param signal - one that has not aborted yet
 * @param run - what to run
 * @returns takes it back
 */
export function onAbort(signal: AbortSignal, run: () => void): () => void {
  const entry = waiting.get(signal) ?? listenTo(signal);
  entry.runs.add(run);
  return () => {
    entry.runs.delete(run);
    if (entry.runs.size > 0) return;
    // A listener left behind would keep a composite signal alive for ever.
    signal.removeEventListener('abort', entry.listener);
    waiting.delete(signal);
  };
}

function listenTo(signal: AbortSignal): { readonly runs: Set<() => void>; readonly listener: () => void } {
  const runs = new Set<() => void>();
  const listener = (): void => {
    for (const run of [...runs]) run();
  };
  signal.addEventListener('abort', listener);
  const entry = { runs, listener };
  waiting.set(signal, entry);
  return entry;
}

/**
 * The answer of an attempt for a caller who may leave.
 *
 * @param attempt - what is under way
 * @param signal - when it aborts, the caller gets `signal.reason` at once
 * @param left - what else is to be done then
 */
export async function answerUnlessAborted(
  attempt: Attempt,
  signal: AbortSignal,
  left: () => void,
): Promise<Uint8Array> {
  let forget: () => void = () => undefined;
  const aborted = new Promise<never>((_, reject) => {
    forget = onAbort(signal, () => {
      reject(signal.reason);
      left();
    });
  });
  try {
    return (await Promise.race([attempt.done, aborted])).message;
  } finally {
    forget();
  }
}

/**
 * A promise for a caller who may leave.
 *
 * @param promise - what is under way, and goes on
 * @param signal - one that has not aborted yet; when it does, the caller gets `signal.reason` at once
 */
export function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const forget = onAbort(signal, () => reject(signal.reason));
    promise.then(resolve, reject).finally(forget);
  });
}
