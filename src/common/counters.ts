/** Counts of named things, of which there are few kinds; a plain object of them is what people see. */
export class Counters<K extends string> {
  readonly #counts = new Map<K, number>();

  /** Counts one more. */
  add(name: K): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1);
  }

  /** All that were counted at least once. */
  toObject(): Readonly<Partial<Record<K, number>>> {
    return Object.fromEntries(this.#counts) as Partial<Record<K, number>>;
  }
}
