import type { StateEvent } from '../model.js';
import { retryDelay } from '../policy.js';
import { VERDICT } from './packed-rows.js';
import * as FLAG from './row-flags.js';
import type { RowStates } from './row-states.js';
import * as WORD from './row-words.js';

/** How many rows are retried early on a network where DoT has not worked yet. */
const PLACES = 16;

/** What an attempt has shown. */
export type EvidenceEvent = Extract<StateEvent, { type: 'evidence' | 'probe-settled' }>;

/** When a row with a place is retried, and when it would be without; monotonic times. */
interface Place {
  readonly early: number;
  readonly regular: number;
}

/**
 * Notices whether DoT works on this network at all. Until it has worked once, a failure may be the network's: a captive
 * portal answers Do53 and refuses port 853 everywhere. Rows become Bad as usual, but the 16 most asked of those that were
 * never Good are retried early: after `uncontrolledRetryMs`, doubling.
 */
export class EarlyRetries {
  readonly #rowStates: RowStates;
  /** The rows that are retried early; some may have ended, or become Good, since. */
  readonly #places = new Map<number, Place>();
  /** A row with no more contacts than this gets no place; contacts only grow, so that it may lag behind. */
  #least = -1;
  /** When the network began, and when DoT worked on it for the first time. */
  #since = Number.NEGATIVE_INFINITY;
  #provenAt = Number.POSITIVE_INFINITY;
  /** Whether a probe of ours has made rows Bad before DoT had worked on this network. */
  hasCondemned = false;

  /** @param rowStates - the rows */
  constructor(rowStates: RowStates) {
    this.#rowStates = rowStates;
  }

  /** Whether DoT has worked on this network. */
  get isProven(): boolean {
    return this.#provenAt !== Number.POSITIVE_INFINITY;
  }

  /** The host is on another network: nothing is known of it. */
  reset(now: number): void {
    this.#places.clear();
    this.#least = -1;
    this.#since = now;
    this.#provenAt = Number.POSITIVE_INFINITY;
    this.hasCondemned = false;
  }

  /**
   * Takes note of evidence, which has been applied.
   *
   * @param row - whose
   * @param event - what happened
   * @param startedAt - when the attempt began
   * @param now - the monotonic time
   * @returns whether it is the first success on this network
   */
  heard(row: number, event: EvidenceEvent, startedAt: number, now: number): boolean {
    const { result } = event.evidence;
    const verdict = this.#verdictOf(row);
    if (result === 'failure' && event.type === 'probe-settled' && verdict === VERDICT.bad)
      this.#failed(row, startedAt, event.draw, now);
    // An attempt that began on the network before proves nothing of this one.
    if (this.isProven || result !== 'success' || verdict !== VERDICT.good || startedAt < this.#since) return false;
    this.#provenAt = now;
    this.#places.clear();
    return true;
  }

  /** A probe has failed. One that began before DoT had worked may have met the portal still. */
  #failed(row: number, startedAt: number, draw: number, now: number): void {
    if (startedAt >= this.#provenAt) return;
    this.hasCondemned = true;
    if (!this.isProven) {
      this.#offer(row, now);
      return;
    }
    const { policy, rows } = this.#rowStates;
    this.#retryAt(row, Math.min(rows.time(row, 1), now + draw * policy.wakeSpreadMs), now);
  }

  /** Takes out rows that are not Bad any more, and finds the least asked of the others. */
  prune(): void {
    for (const row of this.#places.keys()) if (!this.#mayBeSpared(row)) this.#places.delete(row);
    this.#least = this.#places.size < PLACES ? -1 : this.#contactsOf(this.#leastAsked());
  }

  /** Gives a row a place, where it is asked for more than one that has a place. */
  consider(row: number, now: number): void {
    if (this.#contactsOf(row) <= this.#least || this.#places.has(row)) return;
    // What others say, or another process knew, was perhaps found out where DoT works.
    if (!this.#rowStates.rowStore.isHearsay(row)) this.#offer(row, now);
  }

  #offer(row: number, now: number): void {
    if (!this.#mayBeSpared(row)) return;
    const { rowStore, policy } = this.#rowStates;
    const state = rowStore.stateOf(row);
    // A server that is lame over DoT has answered: the network lets it through.
    if (state.verdict !== 'bad' || state.kind === 'lame' || !this.#makePlace(row, now)) return;
    const regular = state.retryAt;
    const early = Math.min(regular, now + retryDelay(policy, { ...state, controlled: false }));
    this.#places.set(row, { early, regular });
    this.#retryAt(row, early, now);
  }

  /** Whether there is a place for a row; the least asked may lose its own. */
  #makePlace(row: number, now: number): boolean {
    if (this.#places.has(row)) return true;
    if (this.#places.size >= PLACES) this.prune();
    if (this.#places.size < PLACES) return true;
    if (this.#contactsOf(row) <= this.#least) return false;
    this.#takeBack(this.#leastAsked(), now);
    return true;
  }

  /** A row is retried early no more: else any number could be, each for having been the most asked once. */
  #takeBack(row: number, now: number): void {
    const { early, regular } = this.#places.get(row) as Place;
    this.#places.delete(row);
    const state = this.#rowStates.rowStore.stateOf(row);
    // It has not been retried since.
    if (state.verdict === 'bad' && state.retryAt === early) this.#retryAt(row, regular, now);
  }

  #retryAt(row: number, at: number, now: number): void {
    this.#rowStates.advance(row, { type: 'retry-at', at }, now);
  }

  #leastAsked(): number {
    return [...this.#places.keys()].reduce((least, row) =>
      this.#contactsOf(row) < this.#contactsOf(least) ? row : least,
    );
  }

  #contactsOf(row: number): number {
    return this.#rowStates.rows.get(row, WORD.contacts);
  }

  #verdictOf(row: number): number {
    return this.#rowStates.isOld(row) ? VERDICT.absent : this.#rowStates.rows.verdict(row);
  }

  /** Whether a row is Bad and was never Good; what was Good is retried soon anyway. */
  #mayBeSpared(row: number): boolean {
    return !this.#rowStates.rows.has(row, FLAG.formerlyGood) && this.#verdictOf(row) === VERDICT.bad;
  }
}
