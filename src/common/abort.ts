import { SlotList, type Slotted } from './slot-list.js';

/** A function that waits for a signal. */
interface Waiter extends Slotted {
  readonly run: () => void;
}

/** All that wait for one signal. One listener serves them: Node warns of more than ten on one signal. */
class SignalWaiters {
  readonly #waiters = new SlotList<Waiter>();
  readonly #signal: AbortSignal;
  #leaving = false;

  constructor(signal: AbortSignal) {
    this.#signal = signal;
    signal.addEventListener('abort', this.#aborted);
  }

  add(run: () => void): () => void {
    const waiter = { slot: -1, run };
    this.#waiters.add(waiter);
    return () => this.#forget(waiter);
  }

  #forget(waiter: Waiter): void {
    if (!this.#waiters.delete(waiter) || this.#waiters.size > 0 || this.#leaving) return;
    // A caller with one query after the other waits again at once: the listener stays for a turn of the loop.
    this.#leaving = true;
    setImmediate(this.#leave);
  }

  readonly #aborted = (): void => {
    for (const { run } of this.#waiters.list()) run();
  };

  /** Removes the listener: left behind, it would keep a composite signal alive for ever. */
  readonly #leave = (): void => {
    this.#leaving = false;
    if (this.#waiters.size > 0) return;
    this.#signal.removeEventListener('abort', this.#aborted);
    waiting.delete(this.#signal);
  };
}

const waiting = new WeakMap<AbortSignal, SignalWaiters>();

/**
 * Runs a function when a signal aborts.
 *
 * @param signal - one that has not aborted yet
 * @param run - what to run
 * @returns takes the function back
 */
export function onAbort(signal: AbortSignal, run: () => void): () => void {
  let waiters = waiting.get(signal);
  if (waiters === undefined) {
    waiters = new SignalWaiters(signal);
    waiting.set(signal, waiters);
  }
  return waiters.add(run);
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
