/** A member of a {@link SlotList}. */
export interface Slotted {
  /** Its place in the list; only the list sets it, -1 while it is in none. */
  slot: number;
}

/**
 * A set without order, for members that come and go at every query. A `Set` copies its table every now and then; its dead
 * copies refer to each other, a dead one in the old generation keeps the young ones alive, and the collector then spends
 * more time on them than a query costs.
 */
export class SlotList<T extends Slotted> {
  readonly #members: T[] = [];

  /** Adds one that is in no list. */
  add(member: T): void {
    member.slot = this.#members.length;
    this.#members.push(member);
  }

  /** How many there are. */
  get size(): number {
    return this.#members.length;
  }

  /**
   * Takes one out; harmless where it is not in the list any more.
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
