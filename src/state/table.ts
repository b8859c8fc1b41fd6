import { parseAddress } from './address.js';
import { mayLeaveFirst } from './eviction.js';
import { isLame, type LameMemory, NO_LAME_ZONES } from './lame.js';
import type { Effect, Endpoint, EndpointState, StateEvent, Verdict } from './model.js';
import { contactDue } from './packing.js';
import type { Policy } from './policy.js';
import { noteHit } from './popularity.js';
import { Prefixes } from './prefixes.js';
import type { EndpointRecord } from './record.js';
import { append, detach, type Ring } from './rings.js';
import { popularityAt, RowRecord } from './row-record.js';
import { FLAG, NONE, type Rows, VERDICT, WORD } from './rows.js';
import { ABSENT, Shelf } from './shelf.js';
import { type DotTiming, HISTORY_LENGTH } from './side.js';
import type { Timing } from './smoothing.js';
import { transition } from './transition.js';
import { WORDS } from './words.js';

/** What an event did to a table: the row it concerns, if there is one now or was, and what is to be done. */
export interface Applied {
  /** `undefined` where the table had no room for another row, or none was needed. */
  readonly record: EndpointRecord | undefined;
  /** What is to be done about it. */
  readonly effects: readonly Effect[];
  /** Rows that had to leave to make room, each with what must be undone for it. */
  readonly evicted: readonly Evicted[];
}

/** A row that had to leave. */
export interface Evicted {
  /** The row. */
  readonly record: EndpointRecord;
  /** What is to be done about it. */
  readonly effects: readonly Effect[];
}

/** What holds of a row at a glance; 0: time, or this contact, may have changed it, and the slow way must be taken. */
export type Glance = 0 | 1 | 2 | 3 | 4;

/** The glances that are verdicts; `busy` is unknown with its probe in flight. */
export const GLANCE = { stale: 0, good: 1, unknown: 2, bad: 3, busy: 4 } as const;

const NOTHING: readonly never[] = [];
const NO_ROW: Applied = { record: undefined, effects: NOTHING, evicted: NOTHING };
/** A moment until which contacts only count is kept in so many milliseconds, rounded down. */
const TICK_MS = 16;
const MOST_TICKS = 2 ** 32 - 1;
const MINUTE_MS = 60_000;
/** Rows that are not in use cost a sweep little, but not nothing. */
const IDLE_LOOKS = 8;
const EVICTION_ORDER: readonly Verdict[] = ['unknown', 'bad', 'good'];
const IN_FLIGHT = 2 << FLAG.phaseShift;
const FIRST_CONTACT = 0;

/**
 * All endpoints that are remembered: a bounded map over {@link transition}, the only place where a state is replaced.
 * Rows are packed, about 100 bytes each; what a method returns is a view or a copy.
 *
 * Full, it lets go of Unknown rows first, then Bad, then Good, the longest unused first; never of one with a probe or
 * query in flight or a session open. No prefix may hold more than its share, so that a zone which invents addresses
 * crowds out its own.
 *
 * @example
 * ```ts
 * const table = new EndpointTable(policies.default);
 * const { record, effects } = table.contact(endpoint, clock.now());
 * ```
 */
export class EndpointTable {
  #policy: Policy;
  readonly #isHeld: (endpoint: Endpoint) => boolean;
  readonly #shelf = new Shelf();
  readonly #rows: Rows = this.#shelf.rows;
  readonly #prefixes = new Prefixes(this.#rows);
  readonly #rings: Readonly<Record<Verdict, Ring>> = {
    unknown: { head: NONE, size: 0 },
    good: { head: NONE, size: 0 },
    bad: { head: NONE, size: 0 },
  };
  #inFlight = 0;
  #busy = 0;
  #hand = 0;
  /** The moment from which ticks are counted: the first that was heard of. */
  #origin = Number.NaN;

  /**
   * @param policy - what events mean, and the bounds
   * @param isHeld - endpoints that must not be evicted now, for instance because a session is open
   */
  constructor(policy: Policy, isHeld: (endpoint: Endpoint) => boolean = () => false) {
    this.#isHeld = isHeld;
    this.#policy = policy;
  }

  /** The number of rows. */
  get size(): number {
    return this.#shelf.size;
  }

  /** The number of probes in flight. */
  get inFlight(): number {
    return this.#inFlight;
  }

  /** The number of Unknown rows with a probe in flight. */
  get busy(): number {
    return this.#busy;
  }

  /** The policy in force. */
  get policy(): Policy {
    return this.#policy;
  }

  /** From now on events mean what this policy says; what is known is kept, as far as the new bounds allow. */
  setPolicy(policy: Policy, now: number): readonly Evicted[] {
    this.#policy = policy;
    for (let row = 0; row < this.#rows.extent; row++) this.#rows.put(row, WORD.due, 0);
    const evicted: Evicted[] = [];
    while (this.size > policy.capacity) {
      const one = this.#evictAny(now);
      if (one === undefined) break;
      evicted.push(one);
    }
    return evicted;
  }

  /** How many rows have a verdict. */
  count(verdict: Verdict): number {
    return this.#rings[verdict].size;
  }

  /**
   * The row of an endpoint.
   *
   * @param key - as {@link endpointKey} makes it
   */
  get(key: string): EndpointRecord | undefined {
    const [address = '', port, transport = '', localAddress] = key.split('|');
    const row = this.#shelf.find({ key, address, port: Number(port), transport, localAddress });
    return row < 0 ? undefined : this.recordAt(row);
  }

  /** The same by the endpoint itself, which takes less time. */
  recordOf(endpoint: Endpoint): EndpointRecord | undefined {
    const row = this.#shelf.find(endpoint);
    return row < 0 ? undefined : new RowRecord(this.#shelf, row, endpoint);
  }

  /** All rows, in no particular order; rows may come and go meanwhile. */
  *records(): IterableIterator<EndpointRecord> {
    for (let row = 0; row < this.#rows.extent; row++) if (this.#shelf.isLive(row)) yield this.recordAt(row);
  }

  // --- By number ----------------------------------------------------------------------------------------------------

  /**
   * The number of the row of an address's DoT endpoint on port 853, for whoever asks at every query.
   *
   * @param text - the address in any spelling, without a scope id
   * @returns the number, -1 if there is no such row, -2 if the text is no such address
   */
  locate(text: string): number {
    return this.#shelf.locate(text);
  }

  /**
   * A contact that changes nothing but its count is counted in place.
   *
   * @param row - the row's number, as {@link EndpointTable.locate} gave it this moment
   * @param now - the monotonic time
   * @param clearPort - the port of the server's Do53, where it was told
   * @returns the verdict, or 0 if nothing was counted and {@link EndpointTable.contact} must be called
   */
  hit(row: number, now: number, clearPort = 0): Glance {
    const page = this.#rows.page(row);
    const at = this.#rows.at(row);
    const past = (now - this.#origin) / TICK_MS;
    if (!(past >= 0 && past < (page[at + WORD.due] as number))) return GLANCE.stale;
    page[at + WORD.contacts] = (page[at + WORD.contacts] as number) + 1;
    const flags = page[at + WORD.flags] as number;
    if ((flags & FLAG.used) === 0) page[at + WORD.flags] = flags | FLAG.used;
    const minute = Math.floor(now / MINUTE_MS);
    if (page[at + WORD.minute] === minute) page[at + WORD.recent] = (page[at + WORD.recent] as number) | 1;
    else this.#noteMinute(row, now);
    if (clearPort !== 0 && (page[at + WORD.hits] as number) >>> 16 !== clearPort) {
      this.#shelf.putClearPort(row, clearPort);
    }
    if ((flags & FLAG.verdict) === VERDICT.good) this.#use(row, now);
    return glanceOf(flags);
  }

  /** One write a success is enough to know that it was used since. */
  #use(row: number, now: number): void {
    const side = this.#shelf.sideFor(row);
    if (side.usedAt <= side.lastSuccess) side.usedAt = now;
  }

  /**
   * A success of what is Good that moves no end and ends no strike, as nearly every answer is, only sets its time: what
   * `transition` would say, told beforehand.
   *
   * @returns whether it was such a one
   */
  #confirm(row: number, event: Extract<StateEvent, { type: 'evidence' }>, now: number): boolean {
    const flags = this.#rows.get(row, WORD.flags);
    if (event.evidence.result !== 'success' || event.source === 'probe') return false;
    if ((flags & (FLAG.verdict | FLAG.phase)) !== VERDICT.good) return false;
    const past = (now - this.#origin) / TICK_MS;
    if (!(past >= 0 && past < this.#rows.get(row, WORD.due))) return false;
    const side = this.#shelf.sideFor(row);
    const moves = event.endedAt + this.#policy.goodMs - this.#rows.time(row, 1) > this.#policy.writeMs;
    if (moves || side.strikes.length > 0) return false;
    side.lastSuccess = Math.max(side.lastSuccess, event.endedAt);
    return true;
  }

  /**
   * What holds of a row, counting nothing.
   *
   * @param row - the row's number, as {@link EndpointTable.locate} gave it this moment
   * @param now - the monotonic time
   * @returns the verdict, or 0 if time may have acted on it and {@link EndpointTable.apply} must tell
   */
  glance(row: number, now: number): Glance {
    return this.#isDue(row, now) ? GLANCE.stale : glanceOf(this.#rows.get(row, WORD.flags));
  }

  /** The number of an endpoint's row, -1 if it has none. */
  find(endpoint: Endpoint): number {
    return this.#shelf.find(endpoint);
  }

  /** The verdict of a row, whatever time has done. */
  verdictAt(row: number): Exclude<Glance, 0> {
    return glanceOf(this.#rows.get(row, WORD.flags));
  }

  /** The endpoint of a row. */
  endpointAt(row: number): Endpoint {
    return this.#shelf.endpointOf(row);
  }

  /** What was measured of a row. */
  timingAt(row: number): Timing {
    return this.#shelf.timingOf(row);
  }

  /** What was measured of a row's DoT alone. */
  dotTimingAt(row: number): DotTiming {
    return this.#shelf.dotTimingOf(row);
  }

  /** What is remembered of a row's zones. */
  lameAt(row: number): LameMemory {
    return this.#shelf.sideOf(row)?.lame ?? NO_LAME_ZONES;
  }

  /** The row of a number that was given this moment. */
  recordAt(row: number): EndpointRecord {
    return new RowRecord(this.#shelf, row);
  }

  /** The latest names that a host gave with a row; a zone that is lame there is not noted. */
  noteNames(row: number, zone: string | undefined, nameserver: string | undefined, now: number): void {
    if (nameserver !== undefined) this.#rows.putName(row, 'nameservers', nameserver);
    if (zone === undefined || isLame(this.lameAt(row), zone, this.#policy, now)) return;
    this.#rows.putName(row, 'zones', zone);
  }

  #noteMinute(row: number, now: number): void {
    const popularity = popularityAt(this.#shelf, row);
    noteHit(popularity, now);
    this.#rows.put(row, WORD.minute, popularity.minute);
    this.#rows.put(row, WORD.recent, popularity.recent);
    this.#rows.put(row, WORD.older, popularity.older);
  }

  /** Whether time alone may act on a row. */
  #isDue(row: number, now: number): boolean {
    const past = (now - this.#origin) / TICK_MS;
    if (past >= 0 && past < this.#rows.get(row, WORD.due)) return false;
    const flags = this.#rows.get(row, WORD.flags);
    if ((flags & FLAG.phase) === IN_FLIGHT) return true;
    const verdict = flags & FLAG.verdict;
    if (verdict === VERDICT.unknown) return now >= this.#rows.time(row, 2);
    return verdict !== VERDICT.bad || now >= this.#rows.time(row, 1) + this.#policy.keepBadMs;
  }

  // --- Events -------------------------------------------------------------------------------------------------------

  /**
   * A host asked for this endpoint. A contact that changes nothing but its count is counted in place.
   *
   * @param endpoint - the endpoint
   * @param now - the monotonic time
   */
  contact(endpoint: Endpoint, now: number): Applied {
    const row = this.#shelf.find(endpoint);
    if (row >= 0 && this.hit(row, now) !== GLANCE.stale) {
      return { record: new RowRecord(this.#shelf, row, endpoint), effects: NOTHING, evicted: NOTHING };
    }
    const applied = this.#apply(row, endpoint, { type: 'contact' }, now, undefined);
    const met = row >= 0 ? row : this.#shelf.find(endpoint);
    if (applied.record !== undefined && met >= 0) this.#count(met, now);
    return applied;
  }

  /**
   * Applies an event to an endpoint.
   *
   * @param endpoint - the endpoint; it gets a row if the event leaves it with a state
   * @param event - what happened
   * @param now - the monotonic time
   * @param detail - phase and kind of a failure, for the history
   */
  apply(endpoint: Endpoint, event: StateEvent, now: number, detail?: string): Applied {
    return this.#apply(this.#shelf.find(endpoint), endpoint, event, now, detail);
  }

  #apply(row: number, endpoint: Endpoint, event: StateEvent, now: number, detail: string | undefined): Applied {
    if (Number.isNaN(this.#origin)) this.#origin = now;
    if (row >= 0) {
      const record = new RowRecord(this.#shelf, row, endpoint);
      const isConfirmed = event.type === 'evidence' && this.#confirm(row, event, now);
      const effects = isConfirmed ? NOTHING : this.#advance(row, event, now, detail);
      return { record, effects, evicted: NOTHING };
    }
    const { state, effects } = transition(undefined, event, this.#policy, now);
    if (state === undefined) return { ...NO_ROW, effects };
    const address = parseAddress(endpoint.address);
    const { isRoom, evicted } = this.#makeRoom(state.verdict, now);
    const made = isRoom ? this.#shelf.add(endpoint, address) : ABSENT;
    if (made < 0) return { ...NO_ROW, evicted };
    this.#prefixes.add(made);
    this.#replace(made, undefined, state, effects, now, detail);
    return { record: new RowRecord(this.#shelf, made, endpoint), effects, evicted };
  }

  /** The first contact of all is no use yet that eviction would count. */
  #count(row: number, now: number): void {
    const contacts = this.#rows.get(row, WORD.contacts);
    this.#rows.put(row, WORD.contacts, contacts + 1);
    if (contacts !== FIRST_CONTACT) this.#rows.put(row, WORD.flags, this.#rows.get(row, WORD.flags) | FLAG.used);
    this.#noteMinute(row, now);
  }

  /**
   * Lets time act on the next rows in turn, so that what nobody asks for ends too.
   *
   * @param most - how many rows to look at
   * @param now - the monotonic time
   * @returns the rows on which it had an effect
   */
  sweep(most: number, now: number): readonly Evicted[] {
    const changed: Evicted[] = [];
    const { extent } = this.#rows;
    let left = Math.min(most, this.size);
    for (let idle = Math.min(extent, most * IDLE_LOOKS); left > 0 && idle > 0; idle--) {
      if (this.#hand >= extent) this.#hand = 0;
      const row = this.#hand++;
      if (!this.#shelf.isLive(row)) continue;
      left--;
      if (!this.#isDue(row, now)) continue;
      const record = this.recordAt(row);
      const effects = this.#advance(row, { type: 'tick' }, now, undefined);
      if (effects.length > 0) changed.push({ record, effects });
    }
    return changed;
  }

  /**
   * The host is on another network: what was learned of zones and times on the old one is forgotten as well.
   *
   * @returns the rows on which it had an effect
   */
  newEpoch(now: number): readonly Evicted[] {
    this.#shelf.forgetMeasurements();
    return this.#all(() => ({ type: 'epoch' }), now);
  }

  /**
   * The machine slept.
   *
   * @param random - in [0,1), drawn for each Good row
   * @param now - the monotonic time
   * @returns the rows on which it had an effect
   */
  slept(random: () => number, now: number): readonly Evicted[] {
    return this.#all((row) => (this.#isGood(row) ? { type: 'slept', draw: random() } : undefined), now);
  }

  #isGood(row: number): boolean {
    return (this.#rows.get(row, WORD.flags) & FLAG.verdict) === VERDICT.good;
  }

  #all(eventFor: (row: number) => StateEvent | undefined, now: number): readonly Evicted[] {
    const changed: Evicted[] = [];
    for (let row = 0; row < this.#rows.extent; row++) {
      const event = this.#shelf.isLive(row) ? eventFor(row) : undefined;
      if (event === undefined) continue;
      // What time ends this moment is shown as it was.
      const ending = this.#isDue(row, now) ? this.recordAt(row) : undefined;
      const effects = this.#advance(row, event, now, undefined);
      if (effects.length > 0) changed.push({ record: ending ?? this.recordAt(row), effects });
    }
    return changed;
  }

  #advance(row: number, event: StateEvent, now: number, detail: string | undefined): readonly Effect[] {
    const before = this.#shelf.stateOf(row);
    const { state, effects } = transition(before, event, this.#policy, now);
    if (state !== before) this.#replace(row, before, state, effects, now, detail);
    else this.#setDue(row, before);
    return effects;
  }

  #replace(
    row: number,
    before: EndpointState | undefined,
    state: EndpointState | undefined,
    effects: readonly Effect[],
    now: number,
    detail: string | undefined,
  ): void {
    this.#inFlight += Number(isFlying(state)) - Number(isFlying(before));
    this.#busy += Number(isBusy(state)) - Number(isBusy(before));
    if (state === undefined) {
      this.#remove(row, before);
      return;
    }
    const told = (this.#rows.get(row, WORD.flags) & FLAG.told) !== 0;
    const changes = effects.filter((effect) => effect.type === 'announce');
    const history = told || changes.length > 0 ? this.#shelf.historyOf(row) : undefined;
    this.#shelf.putState(row, state);
    this.#setDue(row, state);
    if (history !== undefined) {
      const added = changes.map(({ from, to, why }) => ({ at: now, from, to, why, detail }));
      this.#shelf.putHistory(row, [...history, ...added].slice(-HISTORY_LENGTH));
    }
    if (before?.verdict === state.verdict) return;
    if (before !== undefined) detach(this.#rows, WORD.verdictRing, this.#rings[before.verdict], row);
    append(this.#rows, WORD.verdictRing, this.#rings[state.verdict], row);
  }

  #setDue(row: number, state: EndpointState): void {
    const ticks = Math.floor((contactDue(state, this.#policy) - this.#origin - 1) / TICK_MS);
    this.#rows.put(row, WORD.due, Math.min(MOST_TICKS, Math.max(0, ticks)));
  }

  #remove(row: number, before: EndpointState | undefined): void {
    if (before !== undefined) detach(this.#rows, WORD.verdictRing, this.#rings[before.verdict], row);
    this.#prefixes.remove(row);
    this.#shelf.remove(row);
  }

  // --- Room ---------------------------------------------------------------------------------------------------------

  /**
   * Makes room for one more row, whose address's words stand in `WORDS`. Each bound holds by itself: a prefix that is
   * full of Bad ones and a stranger in it cost one of these and, where strangers have their share, another stranger.
   */
  #makeRoom(verdict: Verdict, now: number): { readonly isRoom: boolean; readonly evicted: readonly Evicted[] } {
    const { capacity, unknownShare, prefixShare } = this.#policy;
    const group = this.#prefixes.find(WORDS[0] as number, WORDS[1] as number, WORDS[2] as number, WORDS[3] as number);
    let evicted = NOTHING as readonly Evicted[];
    const leaves = (one: Evicted | undefined): boolean => {
      if (one !== undefined) evicted = [...evicted, one];
      return one !== undefined;
    };
    const inPrefix = Math.max(1, Math.floor(capacity * prefixShare));
    const unknown = Math.max(1, Math.floor(capacity * unknownShare));
    const isRoom =
      (this.#prefixes.size(group) < inPrefix || leaves(this.#evictFromPrefix(group, now))) &&
      (verdict !== 'unknown' || this.count('unknown') < unknown || leaves(this.#evictFrom('unknown', now))) &&
      (this.size < capacity || leaves(this.#evictAny(now)));
    return { isRoom, evicted };
  }

  #evictAny(now: number): Evicted | undefined {
    for (const verdict of EVICTION_ORDER) {
      const evicted = this.#evictFrom(verdict, now);
      if (evicted !== undefined) return evicted;
    }
    return undefined;
  }

  #evictFrom(verdict: Verdict, now: number): Evicted | undefined {
    const ring = this.#rings[verdict];
    const { chosen, head } = mayLeaveFirst(this.#rows, WORD.verdictRing, ring, undefined, (row) => this.#mayLeave(row));
    ring.head = head;
    return chosen === NONE ? undefined : this.#evict(chosen, now);
  }

  /** A prefix's own strangers leave before what is known of it. */
  #evictFromPrefix(group: number, now: number): Evicted | undefined {
    for (const verdict of EVICTION_ORDER) {
      const ring = { head: this.#prefixes.head(group), size: this.#prefixes.size(group) };
      const mayLeave = (row: number) => this.#mayLeave(row);
      const { chosen, head } = mayLeaveFirst(this.#rows, WORD.prefixRing, ring, VERDICT[verdict], mayLeave);
      this.#prefixes.turnTo(group, head);
      if (chosen !== NONE) return this.#evict(chosen, now);
    }
    return undefined;
  }

  #mayLeave(row: number): boolean {
    if ((this.#rows.get(row, WORD.flags) & FLAG.phase) === IN_FLIGHT) return false;
    return (this.#shelf.sideOf(row)?.pins ?? 0) === 0 && !this.#isHeld(this.#shelf.endpointOf(row));
  }

  #evict(row: number, now: number): Evicted {
    const record = this.recordAt(row);
    const before = this.#shelf.stateOf(row);
    const { effects } = transition(before, { type: 'forget' }, this.#policy, now);
    this.#replace(row, before, undefined, effects, now, undefined);
    return { record, effects };
  }
}

function glanceOf(flags: number): Exclude<Glance, 0> {
  const verdict = flags & FLAG.verdict;
  if (verdict === VERDICT.bad) return GLANCE.bad;
  if (verdict === VERDICT.good) return GLANCE.good;
  return (flags & FLAG.phase) === IN_FLIGHT ? GLANCE.busy : GLANCE.unknown;
}

function isFlying(state: EndpointState | undefined): boolean {
  return state?.probe.phase === 'in-flight';
}

function isBusy(state: EndpointState | undefined): boolean {
  return state?.verdict === 'unknown' && isFlying(state);
}
