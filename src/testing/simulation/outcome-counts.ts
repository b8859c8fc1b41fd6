import type { LoggedWay } from './log-writer.js';
import type { SimulationCounts } from './result.js';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Counts what happens. */
export class OutcomeCounts {
  readonly #counts: Mutable<Omit<SimulationCounts, 'clearToGood'>> = {
    queries: 0,
    toCapable: 0,
    encrypted: 0,
    oracle: 0,
    hedges: 0,
    probes: 0,
    failedQueries: 0,
    hopeless: 0,
    wrongAnswers: 0,
  };
  readonly #clearToGood = new Map<string, number>();
  /** Queries by how much longer they took than over Do53, in milliseconds. */
  readonly #added = new Map<number, number>();

  /**
   * Queries were asked that are all alike.
   *
   * @param count - how many
   * @param way - what they went out over
   * @param why - the reason for what went in clear
   * @param isGood - whether the endpoint was held Good then
   * @param isAnswerable - whether the server answered over Do53 then
   */
  add(count: number, way: LoggedWay, why: string, isGood: boolean, isAnswerable: boolean): void {
    const counts = this.#counts;
    counts.queries += count;
    if (way === 'dot') counts.encrypted += count;
    else if (way === 'none') counts[isAnswerable ? 'failedQueries' : 'hopeless'] += count;
    else if (isGood) this.#clearToGood.set(why, (this.#clearToGood.get(why) ?? 0) + count);
  }

  /**
   * Queries were asked of an endpoint that spoke DoT then.
   *
   * @param count - how many
   * @param oracle - how many of them the oracle would have encrypted
   */
  capable(count: number, oracle: number): void {
    this.#counts.toCapable += count;
    this.#counts.oracle += oracle;
  }

  /** A query got a worse answer than Do53 had. */
  wrong(): void {
    this.#counts.wrongAnswers++;
  }

  /** Do53 joined a query. */
  hedge(): void {
    this.#counts.hedges++;
  }

  /** A probe began. */
  probe(): void {
    this.#counts.probes++;
  }

  /** Notes queries that took longer than over Do53, by `ms` each. */
  slower(count: number, ms: number): void {
    if (count === 0 || ms <= 0) return;
    const key = Math.ceil(ms);
    this.#added.set(key, (this.#added.get(key) ?? 0) + count);
  }

  /** All so far. */
  get counts(): SimulationCounts {
    return { ...this.#counts, clearToGood: Object.fromEntries(this.#clearToGood) };
  }

  /** The most milliseconds that queries took longer than over Do53, without the slowest share of them. */
  addedLatency(slowest: number): number {
    const { queries } = this.#counts;
    let left = queries * slowest;
    for (const [ms, count] of [...this.#added].sort(([a], [b]) => b - a)) {
      left -= count;
      if (left < 0) return ms;
    }
    return 0;
  }
}

/** What was counted between two moments. */
export function between(before: SimulationCounts, after: SimulationCounts): SimulationCounts {
  const clearToGood = Object.fromEntries(
    Object.entries(after.clearToGood)
      .map(([why, count = 0]) => [why, count - (before.clearToGood[why] ?? 0)] as const)
      .filter(([, count]) => count > 0),
  );
  return {
    queries: after.queries - before.queries,
    toCapable: after.toCapable - before.toCapable,
    encrypted: after.encrypted - before.encrypted,
    oracle: after.oracle - before.oracle,
    clearToGood,
    hedges: after.hedges - before.hedges,
    probes: after.probes - before.probes,
    failedQueries: after.failedQueries - before.failedQueries,
    hopeless: after.hopeless - before.hopeless,
    wrongAnswers: after.wrongAnswers - before.wrongAnswers,
  };
}
