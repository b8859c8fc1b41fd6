import { count, duration } from '../text.js';

/**
 * What keeps a scan from going faster: by the option that loosens it, `--rate`, `--prefix-rate` or `--concurrency`, or the resolver,
 * which names wait for.
 */
export type Brake = '--rate' | '--prefix-rate' | '--concurrency' | 'the resolver';

/** Less of a scan's time is not worth a word. */
const LEAST_SHARE = 0.05;

/** Counts for how long which brake held a scan back. */
export class Brakes {
  readonly #ms = new Map<Brake, number>();
  #current: Brake | undefined;
  #since: number;

  /** @param now - the monotonic time */
  constructor(now: number) {
    this.#since = now;
  }

  /** What holds it back now. */
  get current(): Brake | undefined {
    return this.#current;
  }

  /**
   * From now on this one holds, or none does.
   *
   * @param brake - which
   * @param now - the monotonic time
   */
  note(brake: Brake | undefined, now: number): void {
    if (this.#current !== undefined)
      this.#ms.set(this.#current, (this.#ms.get(this.#current) ?? 0) + now - this.#since);
    this.#current = brake;
    this.#since = now;
  }

  /**
   * In a line what held it back, the strongest first; none where nothing did for long.
   *
   * @param totalMs - how long the scan took
   */
  summary(totalMs: number): readonly string[] {
    const strong = [...this.#ms].filter(([, ms]) => ms >= totalMs * LEAST_SHARE).sort((a, b) => b[1] - a[1]);
    if (strong.length === 0) return [];
    const told = strong.map(([brake, ms]) => `${brake} for ${duration(ms)} (${count(share(ms, totalMs))} %)`);
    return [`held back by ${told.join(', ')}`];
  }
}

function share(ms: number, totalMs: number): number {
  return Math.min(100, Math.round((100 * ms) / Math.max(totalMs, 1)));
}
