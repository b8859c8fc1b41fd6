import type { Authentication } from '../contact/authentication.js';
import type { ProbeResult } from './prober.js';

/** A caller that awaits a probe. */
interface Waiter {
  resolve(result: ProbeResult): void;
  reject(error: Error): void;
}

/** What a probe must keep to. */
export interface ProbeTerms {
  /** How the server has to prove who it is before it is asked; absent: not at all. */
  readonly authentication?: Authentication | undefined;
}

/** What callers want of an endpoint's next probe: its result, no budgets, no record of it, or terms that it keeps to. */
export class ProbeRequests {
  readonly #waiters = new Map<string, Set<Waiter>>();
  readonly #forced = new Set<string>();
  readonly #unrecorded = new Set<string>();
  readonly #terms = new Map<string, ProbeTerms>();

  /** The result of the endpoint's next probe to end. */
  await(key: string): Promise<ProbeResult> {
    return new Promise((resolve, reject) => {
      const waiters = this.#waiters.get(key) ?? new Set();
      this.#waiters.set(key, waiters.add({ resolve, reject }));
    });
  }

  /** The endpoint's next probe is not bound by budgets. */
  force(key: string): void {
    this.#forced.add(key);
  }

  /** Whether that was asked for. */
  isForced(key: string): boolean {
    return this.#forced.has(key);
  }

  /** The endpoint's next probe is no evidence. */
  leaveUnrecorded(key: string): void {
    this.#unrecorded.add(key);
  }

  /** The endpoint's next probe sends nothing in clear text, and proves what is demanded. */
  demand(key: string, terms: ProbeTerms): void {
    this.#terms.set(key, terms);
  }

  /** What the endpoint's next probe must keep to, where a caller has set that. */
  termsOf(key: string): ProbeTerms | undefined {
    return this.#terms.get(key);
  }

  /** The probe begins: what was asked of it is taken. Returns whether it is to be no evidence. */
  begin(key: string): boolean {
    this.#forced.delete(key);
    this.#terms.delete(key);
    return this.#unrecorded.delete(key);
  }

  /** The probe has ended. */
  settle(key: string, result: ProbeResult): void {
    for (const waiter of this.#take(key)) waiter.resolve(result);
  }

  /** There will be no probe. The error is made only if a caller waits, because it costs more than all the rest. */
  refuse(key: string, error: () => Error): void {
    for (const waiter of this.#take(key)) waiter.reject(error());
  }

  /** There will be none any more. */
  refuseAll(error: Error): void {
    for (const key of [...this.#waiters.keys()]) this.refuse(key, () => error);
  }

  #take(key: string): Iterable<Waiter> {
    const waiters = this.#waiters.get(key) ?? [];
    this.#waiters.delete(key);
    this.begin(key);
    return waiters;
  }
}
