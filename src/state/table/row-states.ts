import { forgottenAt } from '../expiry.js';
import { type LameMemory, NO_LAME_ZONES, withoutZones } from '../lame.js';
import type { Effect, EndpointPlace, EndpointState, StateEvent, Verdict } from '../model.js';
import type { Policy } from '../policy.js';
import type { Timing } from '../smoothing.js';
import { transition } from '../transition.js';
import { contactDue } from './pack-state.js';
import { EPOCHS, type Rows, VERDICT } from './packed-rows.js';
import { PrefixGroups } from './prefix-groups.js';
import { VerdictRings } from './rings.js';
import { type HistoryItem, NO_TIMING, withChanges } from './row-extras.js';
import * as FLAG from './row-flags.js';
import { RowStore } from './row-store.js';
import * as WORD from './row-words.js';

/** The unit, in milliseconds, of the moment until which contacts only count; rounded down. */
export const TICK_MS = 16;
const MOST_TICKS = 2 ** 32 - 1;
const NOTHING: readonly never[] = [];
const NEW_NETWORK: StateEvent = { type: 'epoch' };

/** A network that the host moved to. */
interface Network {
  readonly at: number;
  /** The policy that was in force then. */
  readonly policy: Policy;
}

/** The state of a row that was written on an older network, as the networks since have made it. */
interface Past {
  readonly state: EndpointState | undefined;
  readonly history: readonly HistoryItem[];
  readonly effects: readonly Effect[];
}

/**
 * The only place where a state is replaced, with all that follows from it: its ring, its history, the count of probes,
 * and until when a contact only counts.
 *
 * A new network takes constant time, however many rows there are: it makes all of them old. An old row is read as the
 * new network has made it, and written so when it is next met.
 */
export class RowStates {
  readonly rowStore: RowStore = new RowStore();
  readonly rows: Rows = this.rowStore.rows;
  readonly prefixes: PrefixGroups = new PrefixGroups(this.rows);
  readonly rings: VerdictRings = new VerdictRings(this.rows);
  /** What events mean. */
  policy: Policy;
  /** The number of the network that the host is on. */
  epoch = 0;
  /** The moment from which ticks are counted: that of the first event. */
  origin: number = Number.NaN;
  /** Probes in flight. */
  inFlight = 0;
  /** Unknown rows with a probe in flight. */
  busy = 0;
  /** Rows with a probe that is wanted or in flight. */
  readonly #probing = new Set<number>();
  readonly #networks: Network[] = [];

  /** @param policy - what events mean */
  constructor(policy: Policy) {
    this.policy = policy;
  }

  // --- Reading ------------------------------------------------------------------------------------------------------

  /** Whether a row was written on an older network and not met since. */
  isOld(row: number): boolean {
    return this.rows.epoch(row) !== this.epoch;
  }

  /** The state of a row; `undefined` if the new network has ended it. */
  stateOf(row: number): EndpointState | undefined {
    return this.isOld(row) ? this.#past(row).state : this.rowStore.stateOf(row);
  }

  /** Changes of verdict, oldest first. */
  historyOf(row: number): readonly HistoryItem[] {
    return this.isOld(row) ? this.#past(row).history : this.rowStore.historyOf(row);
  }

  /** What was measured of a row. */
  timingOf(row: number): Timing {
    return this.isOld(row) ? NO_TIMING : this.rowStore.timingOf(row);
  }

  /** What is remembered of a row's zones. */
  lameOf(row: number): LameMemory {
    const lame = this.rowStore.extrasOf(row)?.lame ?? NO_LAME_ZONES;
    return this.isOld(row) ? withoutZones(lame) : lame;
  }

  /** Applies each network since, as it would have been to any row. */
  #past(row: number): Past {
    let state: EndpointState | undefined = this.rowStore.stateOf(row);
    let history = this.rowStore.historyOf(row);
    const effects: Effect[] = [];
    let epoch = this.rows.epoch(row);
    while (epoch !== this.epoch && state !== undefined) {
      epoch = (epoch + 1) % EPOCHS;
      const { at, policy } = this.#networks[epoch] as Network;
      const next = transition(state, NEW_NETWORK, policy, at);
      // The past of what was never Good does not matter, and takes no place.
      const isNothing = state.verdict === 'bad' && !state.formerlyGood;
      history = isNothing ? NOTHING : withChanges(history, next.effects, at);
      effects.push(...next.effects);
      state = next.state;
    }
    return { state, history, effects };
  }

  // --- Time ---------------------------------------------------------------------------------------------------------

  /** Whether a contact with a row that is not old would only count. */
  isResting(row: number, now: number): boolean {
    const past = (now - this.origin) / TICK_MS;
    return past >= 0 && past < this.rows.get(row, WORD.due);
  }

  /**
   * Lets contacts with a row that is not old only count until a moment, whatever they would change.
   *
   * @param row - the row
   * @param until - when that ends; sooner if the state does
   */
  rest(row: number, until: number): void {
    const state = this.rowStore.stateOf(row);
    const end = state.verdict === 'good' ? state.until : forgottenAt(state, this.policy);
    this.#setDue(row, state, Math.min(until, end));
  }

  #setDue(row: number, state: EndpointState, atLeast: number = Number.NEGATIVE_INFINITY): void {
    const due = Math.max(contactDue(state, this.policy), atLeast);
    const ticks = Math.floor((due - this.origin - 1) / TICK_MS);
    this.rows.put(row, WORD.due, Math.min(MOST_TICKS, Math.max(0, ticks)));
  }

  /** Whether time alone may act on a row. */
  isDue(row: number, now: number): boolean {
    if (this.isOld(row)) return true;
    if (this.isResting(row, now)) return false;
    if (this.rows.has(row, FLAG.inFlight)) return true;
    const verdict = this.rows.verdict(row);
    if (verdict === VERDICT.unknown) return now >= this.rows.time(row, 1);
    return verdict !== VERDICT.bad || now >= this.rows.time(row, 1) + this.policy.keepBadMs;
  }

  // --- Writing ------------------------------------------------------------------------------------------------------

  /** Makes a row for an endpoint that has none, whose address's words stand in `WORDS`; -1 if no variant is free. */
  add(endpoint: EndpointPlace, state: EndpointState, history: readonly HistoryItem[]): number {
    const row = this.rowStore.add(endpoint);
    if (row < 0) return row;
    this.#stamp(row);
    this.prefixes.add(row);
    this.#write(row, undefined, undefined, state, history);
    return row;
  }

  /** Applies an event to a row that is not old. */
  advance(row: number, event: StateEvent, now: number, detail?: string): readonly Effect[] {
    const before = this.rowStore.stateOf(row);
    const { state, effects } = transition(before, event, this.policy, now);
    if (state === before) this.#setDue(row, before);
    else {
      // A history that the state before implied must be written out, because the state after does not imply it.
      const isNew = this.rows.has(row, FLAG.implied) || effects.some(({ type }) => type === 'announce');
      const history = isNew ? withChanges(this.rowStore.historyOf(row), effects, now, detail) : undefined;
      this.#write(row, before.verdict, before, state, history);
    }
    return effects;
  }

  /** Applies an event to any row; an old one is caught up first, and may end by that. */
  meet(row: number, event: StateEvent, now: number): readonly Effect[] {
    const late = this.isOld(row) ? this.catchUp(row) : NOTHING;
    return this.rowStore.isLive(row) ? [...late, ...this.advance(row, event, now)] : late;
  }

  /**
   * Makes every row old: the host is on another network.
   *
   * @param now - the monotonic time
   */
  newEpoch(now: number): void {
    this.epoch = (this.epoch + 1) % EPOCHS;
    this.#networks[this.epoch] = { at: now, policy: this.policy };
    this.rings.merge();
  }

  /** The rows whose probe is wanted or in flight. */
  probing(): readonly number[] {
    return [...this.#probing];
  }

  /** Writes what an old row has become; it may end by that. */
  catchUp(row: number): readonly Effect[] {
    const { state, history, effects } = this.#past(row);
    const before = this.rowStore.stateOf(row);
    this.#stamp(row);
    this.rowStore.forgetMeasurements(row);
    this.#write(row, 'unknown', before, state, history);
    return effects;
  }

  #stamp(row: number): void {
    const flags = this.rows.get(row, WORD.flags) & ~FLAG.epoch;
    this.rows.put(row, WORD.flags, flags | (this.epoch << FLAG.epochShift));
  }

  #write(
    row: number,
    ring: Verdict | undefined,
    before: EndpointState | undefined,
    state: EndpointState | undefined,
    history: readonly HistoryItem[] | undefined,
  ): void {
    this.#countProbe(before, -1);
    this.#countProbe(state, 1);
    if (state === undefined || state.probe.phase === 'idle') this.#probing.delete(row);
    else this.#probing.add(row);
    if (ring !== undefined && ring !== state?.verdict) this.rings.remove(row, ring);
    if (state === undefined) {
      this.prefixes.remove(row);
      this.rowStore.remove(row);
      return;
    }
    this.rowStore.putState(row, state);
    this.#setDue(row, state);
    if (history !== undefined) this.rowStore.putHistory(row, history, state);
    if (ring !== state.verdict) this.rings.add(row, state.verdict);
  }

  #countProbe(state: EndpointState | undefined, by: 1 | -1): void {
    if (state?.probe.phase !== 'in-flight') return;
    this.inFlight += by;
    if (state.verdict === 'unknown') this.busy += by;
  }
}
