const NONE: ReadonlySet<never> = new Set<never>();

/** Members in groups, which are found by a key. A group without members is not kept. */
export class Groups<T> {
  readonly #groups = new Map<string, Set<T>>();

  /** How many groups there are. */
  get size(): number {
    return this.#groups.size;
  }

  /** The members with a key, in the order in which they came. */
  of(key: string): ReadonlySet<T> {
    return this.#groups.get(key) ?? NONE;
  }

  /** All groups, in the order in which they began. */
  all(): Iterable<ReadonlySet<T>> {
    return this.#groups.values();
  }

  /** Adds a member. */
  add(key: string, member: T): void {
    const group = this.#groups.get(key);
    if (group === undefined) this.#groups.set(key, new Set([member]));
    else group.add(member);
  }

  /**
   * Takes a member out.
   *
   * @returns whether it was there
   */
  delete(key: string, member: T): boolean {
    const group = this.#groups.get(key);
    if (group?.delete(member) !== true) return false;
    if (group.size === 0) this.#groups.delete(key);
    return true;
  }

  /** Takes a whole group out. */
  dissolve(key: string): ReadonlySet<T> {
    const group = this.of(key);
    this.#groups.delete(key);
    return group;
  }
}
