import { keyOfStored, type StoredVerdict } from './verdict.js';

/**
 * What is still to be sent: the newest verdict of each endpoint, in the order in which they changed last. When it is full
 * the oldest gives way: whoever missed it finds out by itself.
 */
export class Newest {
  readonly #held = new Map<string, StoredVerdict>();
  readonly #capacity: number;

  /** @param capacity - how many endpoints at most */
  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** How many wait. */
  get size(): number {
    return this.#held.size;
  }

  /**
   * Takes one in.
   *
   * @param verdict - newer than what is held of its endpoint
   * @returns whether another had to give way
   */
  add(verdict: StoredVerdict): boolean {
    const key = keyOfStored(verdict);
    this.#held.delete(key);
    this.#held.set(key, verdict);
    if (this.#held.size <= this.#capacity) return false;
    for (const oldest of this.#held.keys()) return this.#held.delete(oldest);
    return false;
  }

  /**
   * Takes the oldest out.
   *
   * @param count - how many at most
   */
  take(count: number): StoredVerdict[] {
    const taken: StoredVerdict[] = [];
    for (const [key, verdict] of this.#held) {
      if (taken.length >= count) break;
      taken.push(verdict);
      this.#held.delete(key);
    }
    return taken;
  }

  /**
   * Takes back what could not be sent, where nothing newer has come and there is room.
   *
   * @param verdicts - as they were taken
   */
  giveBack(verdicts: readonly StoredVerdict[]): void {
    for (const verdict of verdicts) {
      const key = keyOfStored(verdict);
      if (this.#held.size < this.#capacity && !this.#held.has(key)) this.#held.set(key, verdict);
    }
  }

  /** Forgets all. */
  clear(): void {
    this.#held.clear();
  }
}
