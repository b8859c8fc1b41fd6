/** What a roster holds. */
export interface Rostered {
  /** Its place in the roster; the roster's to set, -1 while it is in none. */
  slot: number;
}

/**
 * Who is there now, in no order. For what comes and goes at every query: a `Set` copies its table every so often, the
 * copies that are dead hang together, and the collector, which takes a dead old one for a reason to keep what the young
 * ones hold, spends more time on them than a query costs.
 */
export class Roster<T extends Rostered> {
  readonly #members: T[] = [];

  /** Adds one that is in no roster. */
  add(member: T): void {
    member.slot = this.#members.length;
    this.#members.push(member);
  }

  /** Takes one out; harmless where it is not in it any more. */
  delete(member: T): void {
    const { slot } = member;
    if (slot < 0) return;
    member.slot = -1;
    const last = this.#members.pop();
    if (last === undefined || last === member) return;
    last.slot = slot;
    this.#members[slot] = last;
  }

  /** All of them, as they are now. */
  list(): T[] {
    return [...this.#members];
  }
}
