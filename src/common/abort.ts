import { SlotList, type Slotted } from './slot-list.js';

/** One who waits. */
interface Waiter extends Slotted {
  readonly run: () => void;
}

/** Who waits for one signal. One listener serves all of them: Node warns of more than ten on one signal. */
class Crowd {
  readonly #waiters = new SlotList<Waiter>();
  readonly #signal: AbortSignal;
  #leaving = false;

  constructor(signal: AbortSignal) {
    this.#signal = signal;
    signal.addEventListener('abort', this.#aborted);
  }

  join(run: () => void): () => void {
    const waiter = { slot: -1, run };
    this.#waiters.add(waiter);
    return () => this.#forget(waiter);
  }

  #forget(waiter: Waiter): void {
    if (!this.#waiters.delete(waiter) || this.#waiters.size > 0 || this.#leaving) return;
    // Who asks one thing after the other waits again at once; the listener need not be set anew each time.
    this.#leaving = true;
    setImmediate(this.#leave);
  }

  readonly #aborted = (): void => {
    for (const { run } of this.#waiters.list()) run();
  };

  /** A listener left behind would keep a composite signal alive for ever. */
  readonly #leave = (): void => {
    this.#leaving = false;
    if (this.#waiters.size > 0) return;
    this.#signal.removeEventListener('abort', this.#aborted);
    waiting.delete(this.#signal);
  };
}

const waiting = new WeakMap<AbortSignal, Crowd>();

/**
 * Runs a function when a signal aborts.
 *
 * @param signal - one that has not aborted yet
 * @param run - what to run
 * @returns takes it back
 */
export function onAbort(signal: AbortSignal, run: () => void): () => void {
  let crowd = waiting.get(signal);
  if (crowd === undefined) {
    crowd = new Crowd(signal);
    waiting.set(signal, crowd);
  }
  return crowd.join(run);
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
