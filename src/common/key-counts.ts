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

  /** There is one more. */
  add(key: string): void {
    this.#counts.set(key, this.of(key) + 1);
  }

  /** There is one less. */
  remove(key: string): void {
    const left = this.of(key) - 1;
    if (left > 0) this.#counts.set(key, left);
    else this.#counts.delete(key);
  }
}
