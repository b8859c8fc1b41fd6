/** A map that, when it is full, forgets the entry that was set longest ago. */
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

  /** @param key - the key to look for */
  get(key: K): V | undefined {
    return this.#entries.get(key);
  }

  /**
   * @param key - what to remember it by; set again, it counts as the newest
   * @param value - what to remember
   * @returns whether the oldest had to leave
   */
  set(key: K, value: V): boolean {
    this.#entries.delete(key);
    this.#entries.set(key, value);
    if (this.#entries.size <= this.#capacity) return false;
    for (const oldest of this.#entries.keys()) return this.#entries.delete(oldest);
    return false;
  }

  /**
   * Sets what is absent, where there is room for it; nothing else has to leave.
   *
   * @param key - what to remember it by
   * @param value - what to remember
   */
  setIfRoom(key: K, value: V): void {
    if (this.#entries.size < this.#capacity && !this.#entries.has(key)) this.#entries.set(key, value);
  }

  /**
   * Takes the oldest out.
   *
   * @param count - how many at most
   * @returns their values, the oldest first
   */
  take(count: number): V[] {
    const taken: V[] = [];
    for (const [key, value] of this.#entries) {
      if (taken.length >= count) break;
      taken.push(value);
      this.#entries.delete(key);
    }
    return taken;
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
