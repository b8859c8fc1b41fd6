/** What a roster holds. */
export interface Slotted {
  /** Its place in the roster; the roster's to set, -1 while it is in none. */
  slot: number;
}

/**
 * Who is there now, in no order. For what comes and goes at every query: a `Set` copies its table every so often, the
 * copies that are dead hang together, and the collector, which takes a dead old one for a reason to keep what the young
 * ones hold, spends more time on them than a query costs.
 */
export class SlotList<T extends Slotted> {
  readonly #members: T[] = [];

  /** Adds one that is in no roster. */
  add(member: T): void {
    member.slot = this.#members.length;
    this.#members.push(member);
  }

  /** How many there are. */
  get size(): number {
    return this.#members.length;
  }

  /**
   * Takes one out; harmless where it is not in it any more.
   *
   * @returns whether it was in it
   */
  delete(member: T): boolean {
    const { slot } = member;
    if (slot < 0) return false;
    member.slot = -1;
    const last = this.#members.pop();
    if (last === undefined || last === member) return true;
    last.slot = slot;
    this.#members[slot] = last;
    return true;
  }

  /** All of them, as they are now. */
  list(): T[] {
    return [...this.#members];
  }
}
