import type { Clock, Timer } from '../common/clock.js';
import type { EndpointTable } from '../state/table/table.js';
import type { Effects } from './effects.js';

/** What a sweeper needs. */
export interface SweeperDeps {
  readonly clock: Clock;
  /** Random numbers in [0,1), for jitter. */
  readonly random: () => number;
  readonly table: EndpointTable;
  readonly effects: Effects;
}

/** In how much time every row is looked at once, in milliseconds. */
const ROUND_MS = 60_000;
/** How many rows are looked at before the event loop goes on: about 5 ms. */
const ROWS = 20_000;
/** How many rows are told at once of what has happened to all: about 2 ms. */
const TOLD_ROWS = 500;
/** How long the event loop has for others until the next rows are told, in milliseconds. */
const TOLD_MS = 10;
/** The wall clock this far ahead of ours within a round means sleep, or a step that is treated alike; in milliseconds. */
const SLEEP_MS = 5 * 60_000;

/**
 * Lets time act on the table: goes over all rows once a minute, in parts, notices when the machine has slept, and tells the
 * rows of what has happened to all of them.
 */
export class Sweeper {
  readonly #deps: SweeperDeps;
  #ahead: number;
  #timer: Timer | undefined;
  #telling: Timer | undefined;
  #closed = false;

  /** @param deps - what it needs */
  constructor(deps: SweeperDeps) {
    const { clock } = deps;
    this.#deps = deps;
    this.#ahead = clock.wall() - clock.now();
    this.#schedule();
  }

  /** It acts no more. */
  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
    this.#telling?.cancel();
  }

  /** Something has happened to all rows: the first are told at once, the others a few at a time. */
  hurry(): void {
    this.#telling?.cancel();
    if (this.#closed) return;
    const { clock, table, effects } = this.#deps;
    const now = clock.now();
    for (const told of table.catchUp(TOLD_ROWS, now)) effects.ofRow(told.record, told.effects);
    for (const one of table.shrink(TOLD_ROWS, now)) effects.evicted(one);
    // What one of the rows brought about may have closed it.
    if (table.isBehind && !this.#closed) this.#telling = clock.after(TOLD_MS, () => this.hurry());
  }

  #schedule(): void {
    // What a sweep brought about may have closed it.
    if (this.#closed) return;
    const { clock, table, effects } = this.#deps;
    const parts = Math.max(1, Math.ceil(table.size / ROWS));
    this.#timer = clock.after(ROUND_MS / parts, () => {
      this.#noticeSleep();
      for (const swept of table.sweep(ROWS, clock.now())) effects.ofRow(swept.record, swept.effects);
      this.#schedule();
    });
  }

  /** Monotonic time stands still in sleep on most systems; the wall clock does not. A step back is ignored. */
  #noticeSleep(): void {
    const { clock, table, random } = this.#deps;
    const ahead = clock.wall() - clock.now();
    const slept = ahead - this.#ahead > SLEEP_MS;
    this.#ahead = ahead;
    if (!slept) return;
    table.slept(random, clock.now());
    this.hurry();
  }
}
