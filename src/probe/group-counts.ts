/** How many of each group there are. */
export class GroupCounts {
  readonly #counts = new Map<string, number>();

  /** Counts one more. */
  add(groups: readonly string[]): void {
    for (const group of groups) this.#counts.set(group, (this.#counts.get(group) ?? 0) + 1);
  }

  /** Counts one less. */
  remove(groups: readonly string[]): void {
    for (const group of groups) {
      const left = (this.#counts.get(group) ?? 1) - 1;
      if (left > 0) this.#counts.set(group, left);
      else this.#counts.delete(group);
    }
  }

  /** Whether any of the groups has so many already. */
  reached(groups: readonly string[], most: number): boolean {
    return groups.some((group) => (this.#counts.get(group) ?? 0) >= most);
  }
}
