import type { StateEvent } from '../model.js';
import { retryDelay } from '../policy.js';
import { FLAG, VERDICT, WORD } from './packed-rows.js';
import type { RowStates } from './row-states.js';

/** How many rows are retried early on a network where DoT has not worked yet. */
const PLACES = 16;

/**
 * Notices whether DoT works on this network at all. Until it has worked once, a failure may be the network's: a captive
 * portal answers Do53 and refuses port 853 everywhere. Rows become Bad as usual, but the 16 most asked of those that were
 * never Good are retried early: after `uncontrolledRetryMs`, doubling.
 */
export class EarlyRetries {
  readonly #rowStates: RowStates;
  /** The rows that are retried early; some may have ended, or become Good, since. */
  readonly #rows = new Set<number>();
  /** A row with no more contacts than this gets no place; contacts only grow, so that it may lag behind. */
  #least = -1;
  #isProven = false;
  #since = Number.NEGATIVE_INFINITY;
  #hasCondemned = false;

  /** @param rowStates - the rows */
  constructor(rowStates: RowStates) {
    this.#rowStates = rowStates;
  }

  /** Whether DoT has worked on this network. */
  get isProven(): boolean {
    return this.#isProven;
  }

  /** Whether a probe of ours has made rows Bad before DoT had worked on this network. */
  get hasCondemned(): boolean {
    return this.#hasCondemned;
  }

  /** The host is on another network: nothing is known of it. */
  reset(now: number): void {
    this.#rows.clear();
    this.#least = -1;
    this.#isProven = false;
    this.#since = now;
    this.#hasCondemned = false;
  }

  /**
   * Takes note of an event, which has been applied.
   *
   * @param row - whose
   * @param event - what happened
   * @param now - the monotonic time
   * @returns whether it is the first success on this network
   */
  heard(row: number, event: StateEvent, now: number): boolean {
    if (event.type !== 'evidence' && event.type !== 'probe-settled') return false;
    const { result } = event.evidence;
    const verdict = this.#verdictOf(row);
    if (result === 'success' && verdict === VERDICT.good) {
      // An attempt that began on the network before proves nothing of this one; a probe would have been aborted.
      this.#isProven = event.type === 'probe-settled' || event.startedAt >= this.#since;
      if (this.#isProven) this.#rows.clear();
      return this.#isProven;
    }
    if (result === 'failure' && event.type === 'probe-settled' && verdict === VERDICT.bad) {
      this.#hasCondemned = true;
      this.#offer(row, now);
    }
    return false;
  }

  /** Takes out rows that are not Bad any more, and finds the least asked of the others. */
  prune(): void {
    for (const row of this.#rows) if (!this.#mayBeSpared(row)) this.#rows.delete(row);
    this.#least = this.#rows.size < PLACES ? -1 : this.#contactsOf(this.#leastAsked());
  }

  /** Gives a row a place, where it is asked for more than one that has a place. */
  consider(row: number, now: number): void {
    if (this.#contactsOf(row) <= this.#least || this.#rows.has(row)) return;
    // What others say, or another process knew, was perhaps found out where DoT works.
    if (!this.#rowStates.rowStore.isHearsay(row)) this.#offer(row, now);
  }

  #offer(row: number, now: number): void {
    if (!this.#mayBeSpared(row)) return;
    const { rowStore, policy } = this.#rowStates;
    const state = rowStore.stateOf(row);
    // A server that is lame over DoT has answered: the network lets it through.
    if (state.verdict !== 'bad' || state.kind === 'lame' || !this.#takePlace(row)) return;
    const at = now + retryDelay(policy, { ...state, controlled: false });
    this.#rowStates.advance(row, { type: 'retry-by', at }, now, undefined);
  }

  #takePlace(row: number): boolean {
    if (this.#rows.has(row)) return true;
    if (this.#rows.size >= PLACES) this.prune();
    if (this.#rows.size >= PLACES) {
      if (this.#contactsOf(row) <= this.#least) return false;
      this.#rows.delete(this.#leastAsked());
    }
    this.#rows.add(row);
    return true;
  }

  #leastAsked(): number {
    return [...this.#rows].reduce((least, row) => (this.#contactsOf(row) < this.#contactsOf(least) ? row : least));
  }

  #contactsOf(row: number): number {
    return this.#rowStates.rows.get(row, WORD.contacts);
  }

  #verdictOf(row: number): number {
    return this.#rowStates.isOld(row) ? VERDICT.absent : this.#rowStates.rows.get(row, WORD.flags) & FLAG.verdict;
  }

  /** Whether a row is Bad and was never Good; what was Good is retried soon anyway. */
  #mayBeSpared(row: number): boolean {
    const isSparable = (this.#rowStates.rows.get(row, WORD.flags) & FLAG.formerlyGood) === 0;
    return isSparable && this.#verdictOf(row) === VERDICT.bad;
  }
}
