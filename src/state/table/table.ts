import { type Address, maskWords, requireAddress, wordsOf } from '../address/address.js';
import type { Endpoint, EndpointPlace, StateEvent, Verdict } from '../model.js';
import type { Policy } from '../policy.js';
import { transition } from '../transition.js';
import { BackgroundPass } from './background-pass.js';
import { EarlyRetries } from './early-retries.js';
import type { Applied, EndpointRecord, Evicted } from './endpoint-record.js';
import { Evictor } from './eviction.js';
import { type NumberedRows, PackedRows } from './numbered-rows.js';
import { EPOCHS, GLANCE, type Rows } from './packed-rows.js';
import { withChanges } from './row-extras.js';
import { RowStates } from './row-states.js';
import { ABSENT, type RowStore } from './row-store.js';
import { RowView } from './row-view.js';
import * as WORD from './row-words.js';
import { NONE } from './slab.js';

const NOTHING: readonly never[] = [];
const OTHER = new Uint32Array(4);
const NO_ROW: Applied = { record: undefined, effects: NOTHING, evicted: NOTHING };

/**
 * All endpoints that are remembered: a bounded map over {@link transition}, the only place where a state is replaced.
 * Rows are packed, about 75 bytes each; what a method returns is a view or a copy.
 *
 * A full table evicts Unknown rows first, then Bad, then Good, the longest unused first; never one with a probe or query
 * in flight or a session open. No prefix may hold more than its share, so that a zone which invents addresses crowds out
 * its own.
 *
 * @example
 * ```ts
 * const table = new EndpointTable(policies.default);
 * const { record, effects } = table.contact(endpoint, clock.now());
 * ```
 */
export class EndpointTable {
  /** The rows by their numbers, for what is read at every query. */
  readonly numbered: NumberedRows;
  readonly #rowStates: RowStates;
  readonly #rowStore: RowStore;
  readonly #packed: PackedRows;
  readonly #evictor: Evictor;
  readonly #pass: BackgroundPass;
  readonly #earlyRetries: EarlyRetries;
  /** Every surplus row is held. */
  #isStuck = false;
  /** Networks since the background pass last caught up. */
  #epochs = 0;

  /**
   * @param policy - what events mean, and the bounds
   * @param isHeld - endpoints that must not be evicted now, for instance because a session is open
   */
  constructor(policy: Policy, isHeld: (endpoint: Endpoint) => boolean = () => false) {
    this.#rowStates = new RowStates(policy);
    this.#rowStore = this.#rowStates.rowStore;
    this.#packed = new PackedRows(this.#rowStates);
    this.numbered = this.#packed;
    this.#evictor = new Evictor(this.#rowStates, isHeld);
    this.#earlyRetries = new EarlyRetries(this.#rowStates);
    this.#pass = new BackgroundPass(this.#rowStates, this.#earlyRetries);
  }

  /** The number of rows. */
  get size(): number {
    return this.#rowStore.size;
  }

  /** The number of probes in flight. */
  get inFlight(): number {
    return this.#rowStates.inFlight;
  }

  /** The number of Unknown rows with a probe in flight. */
  get busy(): number {
    return this.#rowStates.busy;
  }

  /** The policy in force. */
  get policy(): Policy {
    return this.#rowStates.policy;
  }

  /** How many rows have a verdict. */
  count(verdict: Verdict): number {
    return this.#rowStates.rings.of(verdict).size;
  }

  /**
   * The row of an endpoint.
   *
   * @param key - as {@link endpointKey} makes it
   */
  get(key: string): EndpointRecord | undefined {
    const [address = '', port, transport = '', localAddress] = key.split('|');
    const row = this.#rowStore.find({ address, port: Number(port), transport, localAddress });
    return row < 0 ? undefined : this.recordAt(row);
  }

  /** The same by the endpoint itself, which takes less time. */
  recordOf(endpoint: Endpoint): EndpointRecord | undefined {
    const row = this.#rowStore.find(endpoint);
    return row < 0 ? undefined : new RowView(this.#rowStates, row, endpoint);
  }

  /** All rows, in no particular order; rows may come and go meanwhile. */
  *records(): IterableIterator<EndpointRecord> {
    const { rows } = this.#rowStates;
    for (let row = 0; row < rows.extent; row++) if (this.#rowStore.isLive(row)) yield this.recordAt(row);
  }

  /** All rows in the order of `compareAddresses`; none may come or go meanwhile. */
  *recordsInOrder(): IterableIterator<EndpointRecord> {
    for (const row of inAddressOrder(this.#rowStore)) yield this.recordAt(row);
  }

  /**
   * The endpoints in a prefix: all rows are looked at, but nothing is made of those outside.
   *
   * @param address - any address in it
   * @param bits - its length
   */
  endpointsIn(address: Address, bits: number): readonly Endpoint[] {
    const words = wordsOf(address);
    const masks = maskWords(address, bits);
    const isIn = (word: number, index: number) => ((word ^ (words[index] as number)) & (masks[index] as number)) === 0;
    const { rows } = this.#rowStates;
    const found: Endpoint[] = [];
    for (let row = 0; row < rows.extent; row++) {
      if (this.#rowStore.isLive(row) && rows.address(row).every(isIn)) found.push(this.#rowStore.endpointOf(row));
    }
    return found;
  }

  // --- By number ----------------------------------------------------------------------------------------------------

  /** The number of an endpoint's row, -1 if it has none. */
  find(endpoint: Endpoint): number {
    return this.#rowStore.find(endpoint);
  }

  /** The row of a number that was given this moment. */
  recordAt(row: number): EndpointRecord {
    return new RowView(this.#rowStates, row);
  }

  /**
   * Makes room for rows that are about to come, so that each takes less time; the bounds are the same.
   *
   * @param count - how many at most
   */
  reserve(count: number): void {
    const { rowStore, prefixes, policy } = this.#rowStates;
    for (const finder of [rowStore, prefixes]) finder.reserve(Math.min(count, policy.capacity));
  }

  // --- Events -------------------------------------------------------------------------------------------------------

  /**
   * Counts a contact: a host asked for this endpoint. One that changes nothing but its count is counted in place.
   *
   * @param endpoint - the endpoint
   * @param now - the monotonic time
   */
  contact(endpoint: Endpoint, now: number): Applied {
    const row = this.#rowStore.find(endpoint);
    if (row >= 0 && this.#packed.hit(row, now) !== GLANCE.stale) {
      return { record: new RowView(this.#rowStates, row, endpoint), effects: NOTHING, evicted: NOTHING };
    }
    const applied = this.#apply(row, endpoint, { type: 'contact' }, now);
    const met = applied.record === undefined ? ABSENT : this.#rowStore.find(endpoint);
    if (met >= 0) this.#packed.count(met, now);
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
  apply(endpoint: EndpointPlace, event: StateEvent, now: number, detail?: string): Applied {
    return this.#apply(this.#rowStore.find(endpoint), endpoint, event, now, detail);
  }

  #apply(row: number, endpoint: EndpointPlace, event: StateEvent, now: number, detail?: string): Applied {
    const rowStates = this.#rowStates;
    if (Number.isNaN(rowStates.origin)) rowStates.origin = now;
    if (row < 0) return this.#meet(endpoint, event, now, detail);
    const record = new RowView(rowStates, row, endpoint);
    if (rowStates.isOld(row)) {
      const late = rowStates.catchUp(row);
      const applied = this.#apply(record.state === undefined ? ABSENT : row, endpoint, event, now, detail);
      return { ...applied, record: applied.record ?? record, effects: [...late, ...applied.effects] };
    }
    const startedAt = this.#startOf(row, event);
    const isConfirmed = event.type === 'evidence' && this.#packed.confirm(row, event, now);
    const effects = isConfirmed ? NOTHING : rowStates.advance(row, event, now, detail);
    const isFirstSuccess = this.#heard(row, event, startedAt, now);
    return { record, effects, evicted: NOTHING, isWritten: !isConfirmed, isFirstSuccess };
  }

  /** An event of an endpoint that has no row. */
  #meet(endpoint: EndpointPlace, event: StateEvent, now: number, detail?: string): Applied {
    const rowStates = this.#rowStates;
    const { state, effects } = transition(undefined, event, rowStates.policy, now);
    if (state === undefined) return { ...NO_ROW, effects };
    requireAddress(endpoint.address);
    const evicted: Evicted[] = [];
    const isRoom = this.#evictor.make(state.verdict, (row) => evicted.push(this.#evict(row, now)));
    // Whoever holds rows, a host's own function, may have read another address meanwhile.
    if (evicted.length > 0) requireAddress(endpoint.address);
    const row = isRoom ? rowStates.add(endpoint, state, withChanges(NOTHING, effects, now, detail)) : ABSENT;
    if (row < 0) return { ...NO_ROW, evicted };
    const isFirstSuccess = this.#heard(row, event, this.#startOf(row, event), now);
    return { record: new RowView(rowStates, row, endpoint), effects, evicted, isFirstSuccess };
  }

  /** When the attempt began that has shown something, if one has. */
  #startOf(row: number, event: StateEvent): number | undefined {
    if (event.type === 'evidence') return event.startedAt;
    if (event.type !== 'probe-settled') return undefined;
    const { probe } = this.#rowStore.stateOf(row);
    return probe.phase === 'in-flight' && probe.token === event.token ? probe.startedAt : undefined;
  }

  /** Whether an event is the first success on this network; then all that became Bad before it may be retried. */
  #heard(row: number, event: StateEvent, startedAt: number | undefined, now: number): boolean {
    if (startedAt === undefined || !('evidence' in event)) return false;
    const isFirst = this.#earlyRetries.heard(row, event, startedAt, now);
    if (isFirst && this.#earlyRetries.hasCondemned) this.#pass.retry(event.draw, now);
    return isFirst;
  }

  /**
   * Lets contacts of an endpoint only count until a moment, because what they would ask for was refused just now.
   *
   * @param endpoint - the endpoint
   * @param until - the monotonic time
   */
  rest(endpoint: Endpoint, until: number): void {
    const row = this.#rowStore.find(endpoint);
    if (row >= 0 && !this.#rowStates.isOld(row)) this.#rowStates.rest(row, until);
  }

  // --- All rows -----------------------------------------------------------------------------------------------------

  /**
   * Lets time act on the next rows in turn, so that rows end that no query asks for.
   *
   * @param most - how many rows to look at
   * @param now - the monotonic time
   * @returns the rows on which it had an effect
   */
  sweep(most: number, now: number): readonly Evicted[] {
    return this.#pass.sweep(most, now);
  }

  /**
   * Puts another policy in force; what is known is kept. {@link EndpointTable.shrink} evicts what is too much for the new
   * bounds.
   */
  setPolicy(policy: Policy): void {
    const rowStates = this.#rowStates;
    rowStates.policy = policy;
    for (let row = 0; row < rowStates.rows.extent; row++) rowStates.rows.put(row, WORD.due, 0);
    this.#isStuck = false;
  }

  /**
   * The host is on another network: no verdict counts any more, and what was learned of zones and times is forgotten.
   * That is so for every row at once. Only rows with a probe are written at once, the others when they are next met, or by
   * {@link EndpointTable.catchUp}.
   *
   * @returns rows on which it had an effect
   */
  newEpoch(now: number): readonly Evicted[] {
    const rowStates = this.#rowStates;
    const changed: Evicted[] = [];
    // The numbers of networks repeat: no row may be so old that its number is used again.
    if (this.#epochs === EPOCHS - 1) changed.push(...this.catchUp(Number.POSITIVE_INFINITY, now));
    this.#epochs++;
    rowStates.newEpoch(now);
    this.#earlyRetries.reset(now);
    for (const row of rowStates.probing()) {
      const record = this.recordAt(row);
      changed.push({ record, effects: rowStates.catchUp(row) });
    }
    this.#pass.begin();
    return changed;
  }

  /**
   * The machine slept: Good rows are due for refresh. {@link EndpointTable.catchUp} writes them.
   *
   * @param random - in [0,1), drawn for each Good row
   * @param now - the monotonic time
   */
  slept(random: () => number, now: number): void {
    this.#pass.wake(random, now);
  }

  /** Whether rows are left on which the latest network, sleep or bounds have not acted. */
  get isBehind(): boolean {
    return this.#pass.left > 0 || (this.size > this.policy.capacity && !this.#isStuck);
  }

  /**
   * Writes what the latest network or sleep has made of some rows, so that no call takes long. No decision waits for it.
   *
   * @param most - how many rows to change
   * @param now - the monotonic time
   * @returns the rows on which it had an effect
   */
  catchUp(most: number, now: number): readonly Evicted[] {
    const changed = this.#pass.catchUp(most, now);
    if (this.#pass.left === 0) this.#epochs = 0;
    return changed;
  }

  /**
   * Evicts some of the surplus rows, so that no call takes long.
   *
   * @param most - how many may leave
   * @param now - the monotonic time
   */
  shrink(most: number, now: number): readonly Evicted[] {
    const evicted: Evicted[] = [];
    while (this.size > this.policy.capacity && evicted.length < most && !this.#isStuck) {
      const row = this.#evictor.next();
      this.#isStuck = row === NONE;
      if (!this.#isStuck) evicted.push(this.#evict(row, now));
    }
    return evicted;
  }

  #evict(row: number, now: number): Evicted {
    const record = this.recordAt(row);
    return { record, effects: this.#rowStates.meet(row, { type: 'forget' }, now) };
  }
}

/**
 * All rows in the order of `compareAddresses`; those of one address in the order in which they were met. It takes four
 * bytes a row, so that a table of millions can be sorted.
 *
 * @param rowStore - where they are
 */
export function inAddressOrder(rowStore: RowStore): Uint32Array {
  const { rows } = rowStore;
  const all = new Uint32Array(rowStore.size).fill(NONE);
  let count = 0;
  for (let row = 0; row < rows.extent; row++) if (rowStore.isLive(row)) all[count++] = row;
  return all.sort((a, b) => compareRows(rowStore, rows, a, b));
}

function compareRows(rowStore: RowStore, rows: Rows, a: number, b: number): number {
  if (rows.isIpv6(a) !== rows.isIpv6(b)) return rows.isIpv6(a) ? 1 : -1;
  const wordsA = rows.address(a, OTHER);
  const wordsB = rows.address(b);
  for (let word = 0; word < 4; word++) {
    const difference = (wordsA[word] as number) - (wordsB[word] as number);
    if (difference !== 0) return difference;
  }
  return (rowStore.scopeOf(a) ?? '').localeCompare(rowStore.scopeOf(b) ?? '') || a - b;
}
