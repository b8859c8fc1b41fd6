import type { Verdict } from '../model.js';
import { NONE, type Rows, WORD } from './packed-rows.js';
import { append, detach, join, type Ring } from './ring.js';

/** Every row in the ring of its verdict, the longest unused first. */
export class VerdictRings {
  readonly #rows: Rows;
  readonly #rings: Readonly<Record<Verdict, Ring>> = {
    unknown: { head: NONE, size: 0 },
    bad: { head: NONE, size: 0 },
    good: { head: NONE, size: 0 },
  };

  /** @param rows - the rows that it arranges */
  constructor(rows: Rows) {
    this.#rows = rows;
  }

  /** The ring of a verdict; only its head may be changed from outside. */
  of(verdict: Verdict): Ring {
    return this.#rings[verdict];
  }

  /** A row has this verdict now. */
  add(row: number, verdict: Verdict): void {
    append(this.#rows, WORD.verdictRing, this.#rings[verdict], row);
  }

  /** A row has it no more. */
  remove(row: number, verdict: Verdict): void {
    detach(this.#rows, WORD.verdictRing, this.#rings[verdict], row);
  }

  /** All are Unknown from now on, in no time; what was worth most is last in line to leave. */
  merge(): void {
    const { unknown, bad, good } = this.#rings;
    join(this.#rows, WORD.verdictRing, unknown, bad);
    join(this.#rows, WORD.verdictRing, unknown, good);
  }
}
