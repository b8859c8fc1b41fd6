import { type Address, POLICY_LIMITS, type Policy, policies, prefixKey } from 'dotscout/state';
import { ProbeBudgets } from '../../../../src/probe/budgets.js';
import type { Brake } from './brakes.js';

/** How hard a scan may knock. */
export interface PaceOptions {
  /** Probes a second in all. */
  readonly rate: number;
  /** Probes a minute to an IPv4 /24; the limits of a prefix all follow from it. */
  readonly prefixRate: number;
}

/** What waits for its turn. */
export interface Waiting {
  readonly address: Address;
}

/** The waiting targets of one prefix, first come, first served. */
interface PrefixQueue<T> {
  readonly key: string;
  readonly waiting: T[];
  /** Where the next one stands in `waiting`. */
  next: number;
}

/**
 * Who is probed next: the prefixes take turns, and each one only as often as its network may be knocked at. What cannot
 * go yet stands aside and keeps nobody else waiting.
 */
export class Pace<T extends Waiting> {
  readonly #budgets: ProbeBudgets;
  readonly #lanes = new Map<string, PrefixQueue<T>>();
  /** Lanes that may be able to go, in their order; a set forgets from the front at no cost. */
  readonly #ready = new Set<PrefixQueue<T>>();
  /** Those whose network has been knocked at enough for now. */
  readonly #aside = new Set<PrefixQueue<T>>();
  #size = 0;

  /**
   * @param options - how hard
   * @param now - the monotonic time
   */
  constructor(options: PaceOptions, now: number) {
    this.#budgets = new ProbeBudgets(policyOf(options), now);
  }

  /** How many wait. */
  get size(): number {
    return this.#size;
  }

  /** Lets one wait. */
  add(one: T): void {
    const key = prefixKey(one.address, one.address.family === 4 ? 24 : 48);
    let lane = this.#lanes.get(key);
    if (lane === undefined) {
      lane = { key, waiting: [], next: 0 };
      this.#lanes.set(key, lane);
      this.#ready.add(lane);
    }
    lane.waiting.push(one);
    this.#size++;
  }

  /**
   * Takes out whoever may be probed now, and counts that.
   *
   * @param now - the monotonic time
   */
  take(now: number): T | undefined {
    if (this.#budgets.rateReadyAt(now) > now) return undefined;
    for (const lane of this.#ready) {
      this.#ready.delete(lane);
      const one = lane.waiting[lane.next];
      if (one === undefined) continue;
      if (this.#budgets.readyAt(one.address, now) > now) {
        this.#aside.add(lane);
        continue;
      }
      this.#leave(lane);
      this.#budgets.begin(one.address, now, false);
      this.#size--;
      return one;
    }
    return undefined;
  }

  /**
   * Why {@link Pace.take} gives nothing although something waits.
   *
   * @param now - the monotonic time
   */
  brake(now: number): Brake | undefined {
    if (this.#size === 0) return undefined;
    return this.#ready.size > 0 && this.#budgets.rateReadyAt(now) > now ? '--rate' : '--prefix-rate';
  }

  /** A probe has ended; its prefix may have room again. */
  ended({ address }: T, now: number): void {
    this.#budgets.end(address, now, false);
  }

  /** Looks again at those that stand aside; to be called several times a second. */
  look(now: number): void {
    for (const lane of this.#aside) {
      const one = lane.waiting[lane.next];
      if (one === undefined || this.#budgets.readyAt(one.address, now) > now) continue;
      this.#aside.delete(lane);
      this.#ready.add(lane);
    }
  }

  /** The first of a lane has gone. */
  #leave(lane: PrefixQueue<T>): void {
    lane.next++;
    if (lane.next < lane.waiting.length) this.#ready.add(lane);
    else this.#lanes.delete(lane.key);
  }
}

/** What the limits of a prefix are in proportion to. */
const USUAL = policies.default.ipv4PerMinute;
const PREFIX_LIMITS = ['ipv4AtOnce', 'ipv4Burst', 'ipv4PerMinute', 'ipv6AtOnce', 'ipv6Burst', 'ipv6PerMinute'] as const;

function policyOf({ rate, prefixRate }: PaceOptions): Policy {
  const scaled = PREFIX_LIMITS.map((name) => {
    const { min, max } = POLICY_LIMITS[name];
    const wanted = Math.round((policies.default[name] * prefixRate) / USUAL);
    return [name, Math.min(Math.max(wanted, min), max)];
  });
  return { ...policies.default, ...Object.fromEntries(scaled), probesPerSecond: rate };
}
