import { KeyCounts } from '../common/key-counts.js';

/** A query whose doubtful answer over DoT waits for what a comparison of another query shows. */
export interface ComparisonWaiter {
  /** Which zone it asks about. */
  readonly zone: string;
  /** What it waited for has ended: it is to be seen again whether its answer may be given. */
  comparisonEnded(): void;
}

/** One endpoint's comparisons. */
interface UnderWay {
  /** How many comparisons of each zone. */
  readonly zones: KeyCounts;
  readonly waiting: Set<ComparisonWaiter>;
}

/**
 * The comparisons with Do53 that are on their way, by endpoint, and the queries that wait for them: more than a few clear
 * queries a second may not be spent on an endpoint, but no doubtful answer is given while it may turn out any moment that
 * DoT is not to be believed there. There are no more entries than queries.
 */
export class Comparisons {
  readonly #underWay = new Map<string, UnderWay>();

  /**
   * A comparison begins; {@link ended} is called for it once.
   *
   * @param key - the endpoint's key
   * @param zone - whose answer is compared
   */
  began(key: string, zone: string): void {
    const known = this.#underWay.get(key) ?? { zones: new KeyCounts(), waiting: new Set() };
    known.zones.add(zone);
    this.#underWay.set(key, known);
  }

  /** Whether a comparison is on its way for an endpoint, or for one zone there. */
  isUnderWay(key: string, zone?: string): boolean {
    const known = this.#underWay.get(key);
    return known !== undefined && (zone === undefined || known.zones.of(zone) > 0);
  }

  /**
   * A query waits until a comparison shows that DoT is worse there, until one of its own zone shows that it is not, or until
   * none is left. The caller has asked {@link isUnderWay}.
   *
   * @param key - the endpoint's key
   * @param waiter - who waits
   */
  wait(key: string, waiter: ComparisonWaiter): void {
    this.#underWay.get(key)?.waiting.add(waiter);
  }

  /** Somebody waits no more. */
  leave(key: string, waiter: ComparisonWaiter): void {
    this.#underWay.get(key)?.waiting.delete(waiter);
  }

  /**
   * A comparison has ended. Those who wait for it are told from inside this.
   *
   * @param key - the endpoint's key
   * @param zone - whose answer was compared
   * @param isWorse - whether DoT's answer was the worse one
   */
  ended(key: string, zone: string, isWorse: boolean): void {
    const known = this.#underWay.get(key);
    if (known === undefined) return;
    known.zones.remove(zone);
    const isLast = known.zones.size === 0;
    if (isLast) this.#underWay.delete(key);
    for (const waiter of [...known.waiting]) {
      if (!isWorse && !isLast && (waiter.zone !== zone || known.zones.of(zone) > 0)) continue;
      known.waiting.delete(waiter);
      waiter.comparisonEnded();
    }
  }
}
