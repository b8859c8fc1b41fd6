import type { Address } from '../address/address.js';
import { addressOfWords, parseAddress, scopeOf } from '../address/address.js';
import { type LameMemory, NO_LAME_ZONES } from '../lame.js';
import { type Endpoint, type EndpointPlace, type EndpointState, endpointAt } from '../model.js';
import { newPopularity, type Popularity } from '../popularity.js';
import type { Timing } from '../smoothing.js';
import type { EndpointRecord, HistoryItem } from './endpoint-record.js';
import type { RowStates } from './row-states.js';
import type { RowStore } from './row-store.js';
import * as WORD from './row-words.js';
import type { SparseColumn } from './sparse-column.js';

/** A view of a packed row. */
export class RowView implements EndpointRecord {
  readonly #place: EndpointPlace;
  #endpoint: Endpoint | undefined;
  readonly #rowStates: RowStates;
  readonly #rowStore: RowStore;
  readonly #row: number;
  readonly #generation: number;
  #address: Address | undefined;

  /**
   * @param rowStates - where the row is
   * @param row - which; in use
   * @param place - its endpoint, where the caller has it; the key is made when it is asked for
   */
  constructor(rowStates: RowStates, row: number, place: EndpointPlace = rowStates.rowStore.endpointOf(row)) {
    this.#rowStates = rowStates;
    this.#rowStore = rowStates.rowStore;
    this.#row = row;
    this.#generation = rowStates.rows.generation(row);
    this.#place = place;
  }

  get endpoint(): Endpoint {
    this.#endpoint ??= endpointAt(this.#place);
    return this.#endpoint;
  }

  get #isLive(): boolean {
    return this.#rowStore.rows.generation(this.#row) === this.#generation;
  }

  /** Whether it may be written: measurements of a network that the host has left are dropped. */
  get #isCurrent(): boolean {
    return this.#isLive && !this.#rowStates.isOld(this.#row);
  }

  #read<T>(column: SparseColumn<T>): T | undefined {
    return this.#isLive ? column.get(this.#row) : undefined;
  }

  #write<T>(column: SparseColumn<T>, value: T | undefined): void {
    if (this.#isLive) column.set(this.#row, value);
  }

  get address(): Address {
    this.#address ??= this.#readAddress();
    return this.#address;
  }

  #readAddress(): Address {
    const { address } = this.#place;
    if (!this.#isLive) return parseAddress(address);
    // Dotted decimal has one spelling only.
    const text = address.includes(':') ? undefined : address;
    return addressOfWords(this.#rowStore.rows.address(this.#row), scopeOf(address), text);
  }

  get state(): EndpointState | undefined {
    return this.#isLive ? this.#rowStates.stateOf(this.#row) : undefined;
  }

  get contacts(): number {
    return this.#isLive ? this.#rowStore.rows.get(this.#row, WORD.contacts) : 0;
  }

  get popularity(): Readonly<Popularity> {
    return this.#isLive ? this.#rowStore.rows.popularity(this.#row) : newPopularity();
  }

  get nameserver(): string | undefined {
    return this.#read(this.#rowStore.rows.nameservers);
  }

  set nameserver(name: string | undefined) {
    this.#write(this.#rowStore.rows.nameservers, name);
  }

  get zone(): string | undefined {
    return this.#read(this.#rowStore.rows.zones);
  }

  set zone(zone: string | undefined) {
    this.#write(this.#rowStore.rows.zones, zone);
  }

  get clear(): Endpoint | undefined {
    return this.#isLive ? this.#rowStore.clearOf(this.#row) : undefined;
  }

  set clear(endpoint: Endpoint | undefined) {
    if (this.#isLive) this.#rowStore.putClearPort(this.#row, endpoint?.port ?? 0);
  }

  get lame(): LameMemory {
    return this.#isLive ? this.#rowStates.lameOf(this.#row) : NO_LAME_ZONES;
  }

  set lame(lame: LameMemory) {
    if (!this.#isCurrent || lame === this.lame) return;
    const extras = this.#rowStore.extrasFor(this.#row);
    extras.lame = isNothing(lame) ? NO_LAME_ZONES : lame;
    this.#rowStore.tidy(this.#row, extras);
  }

  get timing(): Timing {
    return this.#isLive ? this.#rowStates.timingOf(this.#row) : {};
  }

  set timing(timing: Timing) {
    if (this.#isCurrent) this.#rowStore.putTiming(this.#row, timing);
  }

  get answeredAt(): number {
    return this.#read(this.#rowStore.rows.answeredAt) ?? Number.NEGATIVE_INFINITY;
  }

  set answeredAt(at: number) {
    this.#write(this.#rowStore.rows.answeredAt, at);
  }

  get history(): readonly HistoryItem[] {
    return this.#isLive ? this.#rowStates.historyOf(this.#row) : [];
  }

  get pins(): number {
    return (this.#isLive ? this.#rowStore.extrasOf(this.#row)?.pins : undefined) ?? 0;
  }

  set pins(pins: number) {
    if (!this.#isLive) return;
    const extras = this.#rowStore.extrasFor(this.#row);
    extras.pins = pins;
    this.#rowStore.tidy(this.#row, extras);
  }
}

/** Whether nothing is remembered of zones, and none was ever compared. */
function isNothing({ zones, sound, streak, comparedAt }: LameMemory): boolean {
  const remembered = zones.length + sound.length + streak.answers;
  return remembered === 0 && comparedAt === Number.NEGATIVE_INFINITY;
}
