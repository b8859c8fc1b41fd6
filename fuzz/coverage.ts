/** Counters for all modules that are loaded; more than they have branches. */
const MAX_COUNTERS = 65_536;
/** Comparisons that are remembered of one execution. */
const MAX_COMPARED = 64;

/** Two values that were compared and were not the same. */
export interface Compared {
  readonly found: number | string;
  readonly wanted: number | string;
}

/** What instrumented modules write to, and what it says: which branches were reached, how often, what was compared. */
export class Coverage {
  readonly #counters = new Uint32Array(MAX_COUNTERS);
  /** For each counter, a bit for each order of magnitude that it has had. */
  readonly #seen = new Uint8Array(MAX_COUNTERS);
  #reserved = 0;
  #compared: Compared[] = [];

  /** Makes itself known to the modules that are loaded from now on. */
  install(): void {
    Object.assign(globalThis, { __fuzz: { reserve: this.#reserve, equal: this.#equal } });
  }

  readonly #reserve = (count: number): Uint32Array => {
    const from = this.#reserved;
    this.#reserved += count;
    if (this.#reserved > MAX_COUNTERS) throw new Error('more branches than counters');
    return this.#counters.subarray(from, this.#reserved);
  };

  readonly #equal = (one: unknown, other: unknown): boolean => {
    if (one === other) return true;
    if (this.#compared.length < MAX_COMPARED) {
      const noted = (typeof one === 'number' || typeof one === 'string') && typeof one === typeof other;
      if (noted) this.#compared.push({ found: one, wanted: other as typeof one });
    }
    return false;
  };

  /** Forgets what the last execution did, not what all did. */
  begin(): void {
    this.#counters.fill(0, 0, this.#reserved);
    this.#compared = [];
  }

  /** What was compared in the last execution. */
  get compared(): readonly Compared[] {
    return this.#compared;
  }

  /** Notes what the last execution reached; whether any of it was new. */
  learn(): boolean {
    let isNew = false;
    for (let at = 0; at < this.#reserved; at++) {
      const count = this.#counters[at] as number;
      if (count === 0) continue;
      const magnitude = 1 << Math.min(7, 31 - Math.clz32(count));
      const seen = this.#seen[at] as number;
      if ((seen & magnitude) !== 0) continue;
      this.#seen[at] = seen | magnitude;
      isNew = true;
    }
    return isNew;
  }

  /** The branches that the last execution reached. */
  reached(): Set<number> {
    const reached = new Set<number>();
    for (let at = 0; at < this.#reserved; at++) if (this.#counters[at] !== 0) reached.add(at);
    return reached;
  }

  /** How many branches were ever reached. */
  get edges(): number {
    return this.#seen.reduce((sum, seen) => sum + (seen === 0 ? 0 : 1), 0);
  }

  /** How many branches there are in the modules that were loaded. */
  get edgesInAll(): number {
    return this.#reserved;
  }
}
