import type { DecisionReason } from '../contact/decision.js';

/** The reasons; those of a row stand where its glance says: see `Glance`. */
export const REASONS: readonly DecisionReason[] = [
  'closed',
  'good',
  'unknown',
  'bad',
  'busy',
  'lame-zone',
  'port',
  'port-853',
  'guard',
  'full',
  'dry-run',
  'loading',
  'rule-never',
  'rule-require',
  'rule-authenticate',
  'demand',
  'authentication',
  'source-never',
  'source-require',
];

/** How often each reason was given: counted at every decision, and so by number and not by name. */
export class DecisionCounts {
  readonly #counts: Float64Array = new Float64Array(REASONS.length);

  /** Counts one more. */
  add(reason: DecisionReason): void {
    this.addAt(REASONS.indexOf(reason));
  }

  /** The same by the glance at a row. */
  addAt(index: number): void {
    this.#counts[index] = (this.#counts[index] as number) + 1;
  }

  /** All that were counted at least once. */
  toObject(): Readonly<Partial<Record<DecisionReason, number>>> {
    const counts = REASONS.map((reason, index) => [reason, this.#counts[index] ?? 0] as const);
    return Object.fromEntries(counts.filter(([, count]) => count > 0));
  }
}
