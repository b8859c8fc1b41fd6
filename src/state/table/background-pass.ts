import type { Effect, StateEvent } from '../model.js';
import type { Evicted } from './endpoint-record.js';
import { FLAG, VERDICT, WORD } from './packed-rows.js';
import type { RowStates } from './row-states.js';
import { RowView } from './row-view.js';

/** Rows that are not in use, or need nothing, cost a round little, but not nothing. */
const IDLE_LOOKS = 8;
/** What it costs to write an old row anew, in looks at one that needs nothing. */
const OLD_LOOKS = 16;
const TICK: StateEvent = { type: 'tick' };

/** Goes over all rows, a part at a time: for time, for a new network, for a sleep that is over. */
export class BackgroundPass {
  readonly #rowStates: RowStates;
  #hand = 0;
  /** Where the round that tells of a new network or a sleep is. */
  #told = 0;
  /** Rows from here on were met since, and need not be told. */
  #end = 0;
  /** How many rows it has left. */
  #left = 0;
  /** When the machine woke, and the dice for it; `undefined` where no row must be told. */
  #woken: { readonly at: number; readonly random: () => number } | undefined;

  /** @param rowStates - the rows */
  constructor(rowStates: RowStates) {
    this.#rowStates = rowStates;
  }

  /** How many rows have not been told yet. */
  get left(): number {
    return this.#left;
  }

  /** All rows are to be told of a new network. */
  begin(): void {
    this.#end = this.#rowStates.rows.extent;
    this.#left = this.#end;
  }

  /** All that are Good are to be told of a sleep. */
  wake(random: () => number, at: number): void {
    this.#woken = { at, random };
    this.begin();
  }

  /**
   * Lets time act on the next rows in turn.
   *
   * @param most - how many rows to look at
   * @param now - the monotonic time
   */
  sweep(most: number, now: number): readonly Evicted[] {
    const rowStates = this.#rowStates;
    const { rowStore, rows } = rowStates;
    const changed: Evicted[] = [];
    let left = most;
    for (let idle = Math.min(rows.extent, most * IDLE_LOOKS); left > 0 && idle > 0; idle--) {
      if (this.#hand >= rows.extent) this.#hand = 0;
      const row = this.#hand++;
      if (!rowStore.isLive(row)) continue;
      left -= rowStates.isOld(row) ? OLD_LOOKS : 1;
      if (rowStates.isDue(row, now)) this.#note(changed, row, () => this.#tick(row, now));
    }
    return changed;
  }

  /**
   * Tells the next rows in turn.
   *
   * @param most - how many rows to change
   * @param now - the monotonic time
   */
  tell(most: number, now: number): readonly Evicted[] {
    const rowStates = this.#rowStates;
    const { rowStore } = rowStates;
    const changed: Evicted[] = [];
    let left = most;
    for (let idle = most * IDLE_LOOKS; this.#left > 0 && left > 0 && idle > 0; idle--) {
      const row = this.#told;
      this.#told = (row + 1) % this.#end;
      this.#left--;
      if (!rowStore.isLive(row) || !(rowStates.isOld(row) || this.#sleeps(row))) continue;
      left--;
      this.#note(changed, row, () => this.#tellOne(row, now));
    }
    if (this.#left === 0) this.#woken = undefined;
    return changed;
  }

  #tick(row: number, now: number): readonly Effect[] {
    const rowStates = this.#rowStates;
    const effects = rowStates.isOld(row) ? rowStates.catchUp(row) : [];
    return rowStates.rowStore.isLive(row) ? [...effects, ...rowStates.advance(row, TICK, now, undefined)] : effects;
  }

  #tellOne(row: number, now: number): readonly Effect[] {
    const rowStates = this.#rowStates;
    if (rowStates.isOld(row)) return rowStates.catchUp(row);
    const draw = this.#woken?.random() ?? 0;
    return rowStates.advance(row, { type: 'slept', draw }, now, undefined);
  }

  /** What was proven since the machine woke is awake. */
  #sleeps(row: number): boolean {
    if (this.#woken === undefined) return false;
    const { rows, rowStore } = this.#rowStates;
    const isGood = (rows.get(row, WORD.flags) & FLAG.verdict) === VERDICT.good;
    return isGood && (rowStore.sideOf(row)?.lastSuccess ?? 0) <= this.#woken.at;
  }

  /** A row that ends is shown as it was. */
  #note(changed: Evicted[], row: number, happen: () => readonly Effect[]): void {
    const record = new RowView(this.#rowStates, row);
    const effects = happen();
    if (effects.length > 0) changed.push({ record, effects });
  }
}
