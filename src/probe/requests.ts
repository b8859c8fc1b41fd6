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

/** How a probe that somebody asks for is to run. */
export interface ProbeOrder {
  /** Without budgets. */
  readonly force: boolean;
  /** Whether its result is evidence. */
  readonly record: boolean;
  /** What it must keep to: it sends nothing in clear text then, and proves what is demanded. */
  readonly terms: ProbeTerms | undefined;
}

/** What callers want of an endpoint's next probe, and who awaits its result. */
export class ProbeRequests {
  readonly #waiters = new Map<string, Set<Waiter>>();
  readonly #orders = new Map<string, ProbeOrder>();

  /** The result of the endpoint's next probe to end. */
  await(key: string): Promise<ProbeResult> {
    return new Promise((resolve, reject) => {
      const waiters = this.#waiters.get(key) ?? new Set();
      this.#waiters.set(key, waiters.add({ resolve, reject }));
    });
  }

  /**
   * Somebody asks for the endpoint's next probe; what was asked of it before holds as well.
   *
   * @param key - the endpoint's key
   * @param order - how it is to run
   */
  order(key: string, { force, record, terms }: ProbeOrder): void {
    const before = this.#orders.get(key);
    this.#orders.set(key, {
      force: force || before?.force === true,
      record: record && before?.record !== false,
      terms: terms ?? before?.terms,
    });
  }

  /** What was asked of the endpoint's next probe, where something was. */
  orderOf(key: string): ProbeOrder | undefined {
    return this.#orders.get(key);
  }

  /** The probe begins: what was asked of it is taken. */
  begin(key: string): void {
    this.#orders.delete(key);
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
