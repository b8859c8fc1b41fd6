import type { Effect, StateEvent } from '../model.js';
import type { EarlyRetries } from './early-retries.js';
import type { Evicted } from './endpoint-record.js';
import { VERDICT } from './packed-rows.js';
import type { RowStates } from './row-states.js';
import { RowView } from './row-view.js';

/** Rows that are not in use or need nothing are cheap, not free: this many times the rows to look at are passed at most. */
const IDLE_LOOKS = 8;
/** The cost of writing an old row anew, in looks at a row that needs nothing. */
const OLD_LOOKS = 16;
/** Multiples of the golden ratio have evenly spread fractions. */
const GOLDEN = (Math.sqrt(5) - 1) / 2;
const TICK: StateEvent = { type: 'tick' };

/**
 * Visits all rows, a part at a time: for time that has passed, for a new network, for a sleep that is over, for the first
 * success of DoT on a network.
 */
export class BackgroundPass {
  readonly #rowStates: RowStates;
  /** The row that time acts on next. */
  #nextDue = 0;
  /** The row on which a new network, a sleep or the first success acts next. */
  #nextBehind = 0;
  /** Rows from here on were met since, and are not behind. */
  #end = 0;
  /** How many rows may still be behind. */
  left = 0;
  /** When the machine woke, and the random numbers to spread refreshes by; `undefined` after no sleep. */
  #woken: { readonly at: number; readonly random: () => number } | undefined;
  /** When DoT worked on this network for the first time, and a random number to spread retries by. */
  #proven: { readonly at: number; readonly draw: number } | undefined;
  readonly #earlyRetries: EarlyRetries;

  /**
   * @param rowStates - the rows
   * @param earlyRetries - is shown them while DoT has not worked on this network
   */
  constructor(rowStates: RowStates, earlyRetries: EarlyRetries) {
    this.#rowStates = rowStates;
    this.#earlyRetries = earlyRetries;
  }

  /** The network is new: all rows are behind. */
  begin(): void {
    this.#proven = undefined;
    this.#start();
  }

  #start(): void {
    this.#end = this.#rowStates.rows.extent;
    this.left = this.#end;
  }

  /** The machine slept: all Good rows are behind. */
  wake(random: () => number, at: number): void {
    this.#woken = { at, random };
    this.#start();
  }

  /** DoT works on this network: all rows that a probe of ours made Bad before are behind. */
  retry(draw: number, at: number): void {
    this.#proven = { at, draw };
    this.#start();
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
    const isDoubtful = !this.#earlyRetries.isProven;
    if (isDoubtful) this.#earlyRetries.prune();
    for (let idle = Math.min(rows.extent, most * IDLE_LOOKS); left > 0 && idle > 0; idle--) {
      if (this.#nextDue >= rows.extent) this.#nextDue = 0;
      const row = this.#nextDue++;
      if (!rowStore.isLive(row)) continue;
      left -= rowStates.isOld(row) ? OLD_LOOKS : 1;
      if (rowStates.isDue(row, now)) this.#note(changed, row, () => rowStates.meet(row, TICK, now));
      if (isDoubtful && rowStore.isLive(row)) this.#earlyRetries.consider(row, now);
    }
    return changed;
  }

  /**
   * Lets the new network, the sleep or the first success act on the next rows in turn.
   *
   * @param most - how many rows to change
   * @param now - the monotonic time
   */
  catchUp(most: number, now: number): readonly Evicted[] {
    const rowStates = this.#rowStates;
    const changed: Evicted[] = [];
    let left = most;
    for (let idle = most * IDLE_LOOKS; this.left > 0 && left > 0 && idle > 0; idle--) {
      const row = this.#nextBehind;
      this.#nextBehind = (row + 1) % this.#end;
      this.left--;
      if (!rowStates.rowStore.isLive(row)) continue;
      const isOld = rowStates.isOld(row);
      const missed = isOld ? undefined : this.#missed(row);
      if (!isOld && missed === undefined) continue;
      left--;
      const happen = () => (missed === undefined ? rowStates.catchUp(row) : rowStates.advance(row, missed, now));
      this.#note(changed, row, happen);
    }
    if (this.left === 0) {
      this.#woken = undefined;
      this.#proven = undefined;
    }
    return changed;
  }

  /** What has happened to a row that is not old, without having been applied to it yet. */
  #missed(row: number): StateEvent | undefined {
    const { rows, rowStore, policy } = this.#rowStates;
    const verdict = rows.verdict(row);
    const proven = this.#proven;
    // It became Bad by a probe of ours before DoT had worked here. Retries are spread evenly by the rows' numbers.
    if (verdict === VERDICT.bad && proven !== undefined && rows.time(row, 0) <= proven.at && !rowStore.isHearsay(row)) {
      const retryAt = proven.at + ((proven.draw + row * GOLDEN) % 1) * policy.wakeSpreadMs;
      return { type: 'retry-at', at: Math.min(rows.time(row, 1), retryAt) };
    }
    const woken = this.#woken;
    if (verdict !== VERDICT.good || woken === undefined) return undefined;
    const isProvenSince = (rowStore.extrasOf(row)?.lastSuccess ?? 0) > woken.at;
    return isProvenSince ? undefined : { type: 'slept', draw: woken.random() };
  }

  /** Notes what happened to a row; its view is made before, because the row may end by it. */
  #note(changed: Evicted[], row: number, happen: () => readonly Effect[]): void {
    const record = new RowView(this.#rowStates, row);
    const effects = happen();
    if (effects.length > 0) changed.push({ record, effects });
  }
}
