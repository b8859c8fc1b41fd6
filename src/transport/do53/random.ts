import { randomFillSync } from 'node:crypto';

/** Numbers drawn at a time: 8 KB, some microseconds. */
const BATCH = 4096;

/**
 * Unpredictable numbers of 16 bits for ids and choices. They are drawn in bulk from the system's generator, which makes
 * one cost some nanoseconds; `randomInt` costs a microsecond or, where its own cache is empty, much more.
 */
export class RandomNumbers {
  readonly #numbers = new Uint16Array(BATCH);
  #at = BATCH;

  /** One of 0 to 65,535, all equally likely. */
  next(): number {
    if (this.#at === BATCH) {
      randomFillSync(this.#numbers);
      this.#at = 0;
    }
    return this.#numbers[this.#at++] ?? 0;
  }

  /**
   * One of 0 to `bound` - 1, none of them likelier than another by more than `bound` in 65,536.
   *
   * @param bound - 0 to 65,536; 0 gives 0
   */
  below(bound: number): number {
    return (this.next() * bound) >>> 16;
  }
}
