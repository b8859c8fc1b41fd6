import { type Address, parseAddress, prefixKey } from './address.js';
import type { Effect, Endpoint, EndpointState, StateEvent, Verdict } from './model.js';
import type { Policy } from './policy.js';
import { noteHit } from './popularity.js';
import { type EndpointRecord, HISTORY_LENGTH, newRecord } from './record.js';
import { transition } from './transition.js';

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

const NONE: readonly never[] = [];
/** How many rows are looked at for one that may leave, so that an eviction's cost has a bound. */
const LOOKS = 64;
/** The same among a prefix's rows, where those of another verdict are passed over. */
const LOOKS_IN_PREFIX = 1_024;
const EVICTION_ORDER: readonly Verdict[] = ['unknown', 'bad', 'good'];

/**
 * All endpoints that are remembered: a bounded map over {@link transition}, the only place where a state is replaced.
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
  readonly #records = new Map<string, EndpointRecord>();
  readonly #byVerdict: Readonly<Record<Verdict, Set<EndpointRecord>>> = {
    unknown: new Set(),
    good: new Set(),
    bad: new Set(),
  };
  readonly #byPrefix = new Map<string, Set<EndpointRecord>>();
  #inFlight = 0;
  #hand: Iterator<EndpointRecord, undefined> = this.#records.values();

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
    return this.#records.size;
  }

  /** The number of probes in flight. */
  get inFlight(): number {
    return this.#inFlight;
  }

  /** The policy in force. */
  get policy(): Policy {
    return this.#policy;
  }

  /** From now on events mean what this policy says; what is known is kept, as far as the new bounds allow. */
  setPolicy(policy: Policy, now: number): readonly Evicted[] {
    this.#policy = policy;
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
    return this.#byVerdict[verdict].size;
  }

  /** The row of an endpoint. */
  get(key: string): EndpointRecord | undefined {
    return this.#records.get(key);
  }

  /** All rows, in the order in which they were first met. */
  records(): IterableIterator<EndpointRecord> {
    return this.#records.values();
  }

  /**
   * A host asked for this endpoint. A contact that changes nothing but its count is counted in place.
   *
   * @param endpoint - the endpoint
   * @param now - the monotonic time
   */
  contact(endpoint: Endpoint, now: number): Applied {
    const applied = this.apply(endpoint, { type: 'contact' }, now);
    const { record } = applied;
    if (record !== undefined) {
      if (record.contacts === 0) record.passedAt = now;
      record.contacts++;
      record.lastContact = now;
      noteHit(record.popularity, now);
    }
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
    const known = this.#records.get(endpoint.key);
    const { state, effects } = transition(known?.state, event, this.#policy, now);
    if (known !== undefined) {
      if (state !== known.state) this.#replace(known, state, effects, now, detail);
      return { record: known, effects, evicted: NONE };
    }
    if (state === undefined) return { record: undefined, effects, evicted: NONE };
    const record = newRecord(endpoint, parseAddress(endpoint.address));
    const evicted = this.#makeRoom(record.address, state.verdict, now);
    if (evicted === undefined) return { record: undefined, effects: NONE, evicted: NONE };
    this.#records.set(endpoint.key, record);
    this.#group(record.address).add(record);
    this.#replace(record, state, effects, now, detail);
    return { record, effects, evicted };
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
    const end = Math.min(most, this.size);
    for (let looked = 0; looked < end; looked++) {
      const record = this.#nextRow();
      if (record === undefined) break;
      const { effects } = this.apply(record.endpoint, { type: 'tick' }, now);
      if (effects.length > 0) changed.push({ record, effects });
    }
    return changed;
  }

  /** The rows in turn, round and round. */
  #nextRow(): EndpointRecord | undefined {
    const next = this.#hand.next();
    if (next.done !== true) return next.value;
    this.#hand = this.#records.values();
    return this.#hand.next().value;
  }

  #replace(
    record: EndpointRecord,
    state: EndpointState | undefined,
    effects: readonly Effect[],
    now: number,
    detail: string | undefined,
  ): void {
    const before = record.state;
    record.state = state;
    if (before?.verdict !== state?.verdict) {
      if (before !== undefined) this.#byVerdict[before.verdict].delete(record);
      if (state !== undefined) this.#byVerdict[state.verdict].add(record);
    }
    this.#inFlight += flying(state) - flying(before);
    for (const effect of effects) {
      if (effect.type !== 'announce') continue;
      const { from, to, why } = effect;
      record.history = [...record.history, { at: now, from, to, why, detail }].slice(-HISTORY_LENGTH);
    }
    if (state === undefined) this.#remove(record);
  }

  #remove(record: EndpointRecord): void {
    this.#records.delete(record.endpoint.key);
    const group = this.#group(record.address);
    group.delete(record);
    if (group.size === 0) this.#byPrefix.delete(boundedPrefix(record.address));
  }

  #group(address: Address): Set<EndpointRecord> {
    const prefix = boundedPrefix(address);
    let group = this.#byPrefix.get(prefix);
    if (group === undefined) {
      group = new Set();
      this.#byPrefix.set(prefix, group);
    }
    return group;
  }

  /** Room for one more row: what had to leave, or `undefined` if nothing may. */
  #makeRoom(address: Address, verdict: Verdict, now: number): readonly Evicted[] | undefined {
    const { capacity, unknownShare, prefixShare } = this.#policy;
    const group = this.#byPrefix.get(boundedPrefix(address));
    let evicted: Evicted | undefined;
    if (group !== undefined && group.size >= Math.max(1, Math.floor(capacity * prefixShare))) {
      evicted = this.#evictFromPrefix(group, now);
    } else if (verdict === 'unknown' && this.count('unknown') >= Math.max(1, Math.floor(capacity * unknownShare))) {
      evicted = this.#evictFrom(this.#byVerdict.unknown, now);
    } else if (this.size >= capacity) {
      evicted = this.#evictAny(now);
    } else {
      return NONE;
    }
    return evicted === undefined ? undefined : [evicted];
  }

  #evictAny(now: number): Evicted | undefined {
    for (const verdict of EVICTION_ORDER) {
      const evicted = this.#evictFrom(this.#byVerdict[verdict], now);
      if (evicted !== undefined) return evicted;
    }
    return undefined;
  }

  /** A prefix's own strangers leave before what is known of it. */
  #evictFromPrefix(group: Set<EndpointRecord>, now: number): Evicted | undefined {
    for (const verdict of EVICTION_ORDER) {
      const evicted = this.#evictFrom(group, now, LOOKS_IN_PREFIX, verdict);
      if (evicted !== undefined) return evicted;
    }
    return undefined;
  }

  /** The first that may leave and was not asked for since it was last passed over; a second chance is age enough. */
  #evictFrom(rows: Set<EndpointRecord>, now: number, looks = LOOKS, verdict?: Verdict): Evicted | undefined {
    let fallback: EndpointRecord | undefined;
    let left = Math.min(looks, rows.size);
    for (const record of rows) {
      if (left-- === 0) break;
      if (!this.#mayLeave(record) || (verdict !== undefined && record.state?.verdict !== verdict)) {
        moveToEnd(rows, record);
        continue;
      }
      if (record.lastContact <= record.passedAt) return this.#evict(record, now);
      fallback ??= record;
      record.passedAt = record.lastContact;
      moveToEnd(rows, record);
    }
    return fallback === undefined ? undefined : this.#evict(fallback, now);
  }

  #mayLeave(record: EndpointRecord): boolean {
    return record.pins === 0 && record.state?.probe.phase !== 'in-flight' && !this.#isHeld(record.endpoint);
  }

  #evict(record: EndpointRecord, now: number): Evicted {
    const { effects } = transition(record.state, { type: 'forget' }, this.#policy, now);
    this.#replace(record, undefined, effects, now, undefined);
    return { record, effects };
  }
}

/** The prefix whose share of the table is bounded: a stranger can have all of an IPv6 /32 for little money. */
function boundedPrefix(address: Address): string {
  return prefixKey(address, address.family === 4 ? 24 : 32);
}

function moveToEnd(rows: Set<EndpointRecord>, record: EndpointRecord): void {
  rows.delete(record);
  rows.add(record);
}

function flying(state: EndpointState | undefined): number {
  return state?.probe.phase === 'in-flight' ? 1 : 0;
}
