import type { Timer } from '../common/clock.js';

/** Timers by the time at which they are due, and then by the order of their setting: a binary heap. */
export class TimerQueue {
  readonly #heap: Entry[] = [];
  #order = 0;
  /** How many are set. */
  size = 0;

  /** When the first is due, or was before it was taken back. */
  get firstAt(): number {
    return this.#heap[0]?.due ?? Number.POSITIVE_INFINITY;
  }

  /** Sets a timer. */
  add(due: number, run: () => void): Timer {
    this.size++;
    const entry = new Entry(this, due, this.#order++, run);
    this.#rise(entry);
    return entry;
  }

  /** Takes the first timer that is due at a moment or before. */
  take(moment: number): { due: number; run: () => void } | undefined {
    for (;;) {
      const first = this.#heap[0];
      if (first === undefined || (first.run !== undefined && first.due > moment)) return undefined;
      this.#removeFirst();
      const { due, run } = first;
      // Cancelling it from now on changes nothing.
      first.cancel();
      if (run !== undefined) return { due, run };
    }
  }

  #rise(entry: Entry): void {
    let at = this.#heap.length;
    while (at > 0) {
      const above = (at - 1) >> 1;
      const parent = this.#heap[above];
      if (parent === undefined || !isBefore(entry, parent)) break;
      this.#heap[at] = parent;
      at = above;
    }
    this.#heap[at] = entry;
  }

  #removeFirst(): void {
    const last = this.#heap.pop();
    if (last === undefined || this.#heap.length === 0) return;
    let at = 0;
    for (;;) {
      const child = this.#earlierChild(at);
      const entry = this.#heap[child];
      if (entry === undefined || !isBefore(entry, last)) break;
      this.#heap[at] = entry;
      at = child;
    }
    this.#heap[at] = last;
  }

  #earlierChild(at: number): number {
    const left = this.#heap[2 * at + 1];
    const right = this.#heap[2 * at + 2];
    return left !== undefined && right !== undefined && isBefore(right, left) ? 2 * at + 2 : 2 * at + 1;
  }
}

function isBefore(a: Entry, b: Entry): boolean {
  return a.due === b.due ? a.order < b.order : a.due < b.due;
}

/** A timer in its place, until its time has come. */
class Entry implements Timer {
  readonly due: number;
  readonly order: number;
  readonly #queue: TimerQueue;
  /** `undefined` once it has been taken or cancelled: nothing is held for it then. */
  run: (() => void) | undefined;

  constructor(queue: TimerQueue, due: number, order: number, run: () => void) {
    this.#queue = queue;
    this.due = due;
    this.order = order;
    this.run = run;
  }

  cancel(): void {
    if (this.run !== undefined) this.#queue.size--;
    this.run = undefined;
  }
}
