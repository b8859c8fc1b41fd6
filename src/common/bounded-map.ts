/** A map that forgets what was set longest ago when it is full. */
export class BoundedMap<K, V> {
  readonly #entries = new Map<K, V>();
  readonly #capacity: number;

  /** @param capacity - how many entries it holds at most */
  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** How many it holds. */
  get size(): number {
    return this.#entries.size;
  }

  /** @param key - what to look for */
  get(key: K): V | undefined {
    return this.#entries.get(key);
  }

  /**
   * @param key - what to remember it by; set again, it counts as the newest
   * @param value - what to remember
   */
  set(key: K, value: V): void {
    this.#entries.delete(key);
    this.#entries.set(key, value);
    if (this.#entries.size <= this.#capacity) return;
    for (const oldest of this.#entries.keys()) {
      this.#entries.delete(oldest);
      return;
    }
  }

  /** @param key - what to forget */
  delete(key: K): void {
    this.#entries.delete(key);
  }

  /** All values, the newest last. */
  values(): V[] {
    return [...this.#entries.values()];
  }

  /** Forgets all. */
  clear(): void {
    this.#entries.clear();
  }
}
