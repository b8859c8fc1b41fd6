import { quietly } from './errors.js';

/** Who hears of something. What one of them throws harms neither the others nor who tells. */
export class Listeners<What extends readonly unknown[]> {
  readonly #all = new Set<(...what: What) => void>();

  /**
   * Adds one.
   *
   * @param listener - who is told
   * @returns takes it back
   */
  add(listener: (...what: What) => void): () => void {
    this.#all.add(listener);
    return () => void this.#all.delete(listener);
  }

  /** Tells all of them. */
  tell(...what: What): void {
    for (const listener of [...this.#all]) quietly(() => listener(...what));
  }
}
