/** How many there are of each key. A key of which there is none takes no room. */
export class KeyCounts {
  readonly #counts = new Map<string, number>();

  /** How many keys there is any of. */
  get size(): number {
    return this.#counts.size;
  }

  /** How many there are of a key. */
  of(key: string): number {
    return this.#counts.get(key) ?? 0;
  }

  /** How many there are of that of some keys of which there are most. */
  most(keys: readonly string[]): number {
    let most = 0;
    for (const key of keys) most = Math.max(most, this.of(key));
    return most;
  }

  /** There is one more of each. */
  add(...keys: readonly string[]): void {
    for (const key of keys) this.#counts.set(key, this.of(key) + 1);
  }

  /** There is one less of each. */
  remove(...keys: readonly string[]): void {
    for (const key of keys) {
      const left = this.of(key) - 1;
      if (left > 0) this.#counts.set(key, left);
      else this.#counts.delete(key);
    }
  }
}
