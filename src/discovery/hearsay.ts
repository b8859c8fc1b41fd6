import type { Clock } from '../common/clock.js';
import type { Guard } from '../contact/guard.js';
import type { Endpoint, EndpointState } from '../state/model.js';
import { IDLE } from '../state/steps.js';
import type { EndpointTable } from '../state/table/table.js';
import {
  endpointOfStored,
  type Imported,
  type Moment,
  momentOf,
  readStored,
  type StoredVerdict,
  stateOfStored,
} from '../store/verdict.js';
import type { Effects } from './effects.js';

/** What hearsay needs. */
export interface HearsayDeps {
  readonly clock: Clock;
  readonly random: () => number;
  readonly guard: Guard;
  readonly table: EndpointTable;
  readonly effects: Effects;
}

/** How many verdicts are taken in before the event loop goes on: a few milliseconds. */
const SLICE = 500;

/** How much of the table may be full while it takes in endpoints that only others have met. */
const HEARSAY_SHARE = 0.5;

/**
 * Takes in what others say of endpoints: another resolver, the fleet, a source. It is used where we know nothing ourselves,
 * and leaves room for the endpoints that we meet.
 */
export class Hearsay {
  readonly #deps: HearsayDeps;
  #closed = false;

  /** @param deps - what it needs */
  constructor(deps: HearsayDeps) {
    this.#deps = deps;
  }

  /** Nothing is taken in any more. */
  close(): void {
    this.#closed = true;
  }

  /** Takes in what others have exported, a slice at a time. */
  async import(verdicts: Iterable<unknown> | AsyncIterable<unknown>): Promise<Imported> {
    const { clock } = this.#deps;
    let taken = 0;
    let seen = 0;
    for await (const one of verdicts) {
      if (this.#closed) break;
      const verdict = readStored(one);
      if (verdict !== undefined && this.hint(verdict)) taken++;
      if (++seen % SLICE === 0) await new Promise<void>((resolve) => clock.turn(resolve));
    }
    return { taken, skipped: seen - taken };
  }

  /**
   * Another resolver holds a verdict.
   *
   * @param verdict - which
   * @returns whether it was taken in
   */
  hint(verdict: StoredVerdict): boolean {
    const { clock, table, effects } = this.#deps;
    const state = this.#closed ? undefined : this.stateOf(verdict, momentOf(clock));
    const endpoint = endpointOfStored(verdict);
    if (state === undefined || state.verdict === 'unknown') return false;
    if (!this.#hasRoom() && table.find(endpoint) < 0) return false;
    effects.apply(endpoint, { type: 'hint', state });
    return true;
  }

  /** What a verdict says of its endpoint now; `undefined` where that is nothing, or we may not go there. */
  stateOf(verdict: StoredVerdict, { now, wall }: Moment): EndpointState | undefined {
    const { random, guard, table } = this.#deps;
    if (!guard.admits(verdict.address)) return undefined;
    return stateOfStored(verdict, { now, wall, policy: table.policy, draw: random() });
  }

  /**
   * A source has seen that an endpoint speaks DoT, or the operator knows: used where we know nothing ourselves, until it
   * fails.
   *
   * @param endpoint - which
   * @param until - how long that holds, on the monotonic clock
   * @param now - the monotonic time
   * @param isNews - whether it was not believed before; what was is believed again only once it is forgotten
   */
  believe(endpoint: Endpoint, until: number, now: number, isNews: boolean): void {
    const { table, effects } = this.#deps;
    const isMet = table.find(endpoint) >= 0;
    if (isMet ? !isNews : !this.#hasRoom()) return;
    const end = Math.min(until, now + table.policy.goodMs);
    const times = { since: now, until: end, refreshAt: end, lastSuccess: now, usedAt: now };
    const state = { verdict: 'good', probe: IDLE, strikes: [], level: 0, ...times } as const;
    const applied = effects.apply(endpoint, { type: 'hint', state });
    if (applied.record === undefined) effects.rowDropped(endpoint);
  }

  #hasRoom(): boolean {
    const { size, policy } = this.#deps.table;
    return size < policy.capacity * HEARSAY_SHARE;
  }
}
