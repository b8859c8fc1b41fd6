import { readAddress, scopeOf, textOf } from '../address/address.js';
import { hashAddress, hashIpv4, hashTables } from '../address/hash.js';
import { isIpv4, readWords, WORDS } from '../address/words.js';
import { withoutZones } from '../lame.js';
import { type BadState, type Endpoint, type EndpointPlace, type EndpointState, endpointKey } from '../model.js';
import type { Timing } from '../smoothing.js';
import { EndpointVariants, type VariantParts } from './endpoint-variants.js';
import { needsExtras, pack, unpack } from './pack-state.js';
import { Rows, VERDICT } from './packed-rows.js';
import {
  type DotTiming,
  type HistoryItem,
  impliedHistory,
  markOf,
  NO_HISTORY,
  NO_TIMING,
  RowExtras,
} from './row-extras.js';
import * as FLAG from './row-flags.js';
import { RowIndex } from './row-index.js';
import * as WORD from './row-words.js';

/** The DoT port (RFC 7858 section 3.1), the port of nearly all endpoints. */
const DOT_PORT = 853;
const CLEAR_PORT_SHIFT = 16;

/** No row has this address or endpoint. */
export const ABSENT = -1;
/** The text is no address without a scope id; `find` may still read it. */
export const UNREAD = -2;

/** Finds rows by endpoint; holds the packed rows and what is remembered beside few of them. */
export class RowStore {
  readonly rows: Rows = new Rows();
  readonly #extras = new Map<number, RowExtras>();
  /** Those that were asked for last: an answer asks for its row's again and again. */
  #extrasRow = ABSENT;
  #extrasThere: RowExtras | undefined;
  readonly #variants = new EndpointVariants();
  readonly #hashes: Uint32Array = hashTables();
  readonly #index: RowIndex = new RowIndex((row) => this.#hashOf(row));
  // Made once: a function for each search would be the only garbage of a decision (bench: decide).
  readonly #isMeant = (row: number): boolean => this.rows.isOf(row, WORDS, this.#port);
  // The row that was found last: a query's answer looks for that of its decision, and a busy server's is looked for all the time.
  readonly #latest = {
    address: '',
    port: 0,
    transport: '',
    localAddress: undefined as string | undefined,
    row: ABSENT,
  };
  #port = 0;
  #size = 0;

  /** How many rows are in use. */
  get size(): number {
    return this.#size;
  }

  // --- Finding ------------------------------------------------------------------------------------------------------

  /** The row of the address's usual DoT endpoint, from its plain text; the address's words stand in `WORDS`. */
  locate(text: string): number {
    return readWords(text) ? this.#find(DOT_PORT) : UNREAD;
  }

  /** The row of an endpoint. */
  find({ address, port, transport, localAddress }: EndpointPlace): number {
    const latest = this.#latest;
    const isSame = latest.address === address && latest.port === port && latest.transport === transport;
    if (isSame && latest.localAddress === localAddress && latest.row >= 0) return latest.row;
    if (!readAddress(address)) return ABSENT;
    const scope = scopeOf(address);
    const variants = this.#variants.find({ transport, scope, localAddress });
    const row = variants < 0 ? ABSENT : this.#find((port | (variants << 16)) >>> 0);
    latest.address = address;
    latest.port = port;
    latest.transport = transport;
    latest.localAddress = localAddress;
    latest.row = row;
    return row;
  }

  #find(port: number): number {
    this.#port = port;
    return this.#index.find(this.#hash(WORDS, port), this.#isMeant);
  }

  /** The port word takes part: a host with many local addresses has many rows of one address, which must not collide. */
  #hash(words: Uint32Array, port: number): number {
    // By index: destructuring would iterate.
    const w0 = words[0] as number;
    const w1 = words[1] as number;
    const w2 = words[2] as number;
    const w3 = words[3] as number;
    const hash = isIpv4(w0, w1, w2) ? hashIpv4(this.#hashes, w3) : hashAddress(this.#hashes, w0, w1, w2, w3);
    return port === DOT_PORT
      ? hash
      : hash ^ Math.imul((port & 0xffff) ^ Math.imul(port >>> 16, 0x9e37_79b1), 0x85eb_ca6b);
  }

  #hashOf(row: number): number {
    return this.#hash(this.rows.address(row), this.rows.get(row, WORD.port));
  }

  // --- Rows ---------------------------------------------------------------------------------------------------------

  /** Makes a row for an endpoint that has none, whose address's words stand in `WORDS`; -1 if no variant is free. */
  add({ address, port, transport, localAddress }: EndpointPlace): number {
    const variants = this.#variants.take({ transport, scope: scopeOf(address), localAddress });
    if (variants < 0) return ABSENT;
    const row = this.rows.take();
    this.rows.putAddress(row, WORDS);
    this.rows.put(row, WORD.port, port | (variants << 16));
    this.#index.add(row, this.#hash(WORDS, this.rows.get(row, WORD.port)));
    this.#size++;
    return row;
  }

  /** Makes room for rows that are about to come. */
  reserve(count: number): void {
    this.#index.reserve(count);
  }

  /** Ends a row. */
  remove(row: number): void {
    this.#index.remove(row, this.#hashOf(row));
    if (row === this.#latest.row) this.#latest.row = ABSENT;
    this.#variants.release(this.rows.get(row, WORD.port) >>> 16);
    this.#extras.delete(row);
    this.rows.release(row);
    this.#size--;
  }

  /** Whether a row is in use. */
  isLive(row: number): boolean {
    return this.rows.verdict(row) !== VERDICT.absent;
  }

  /** The endpoint of a row. */
  endpointOf(row: number): Endpoint {
    const extras = this.extrasOf(row);
    if (extras?.endpoint !== undefined) return extras.endpoint;
    const { transport } = this.#variantOf(row);
    const endpoint = this.#endpoint(row, this.rows.get(row, WORD.port) & 0xffff, transport);
    if (extras !== undefined) extras.endpoint = endpoint;
    return endpoint;
  }

  /** The scope id of a row's address, where it has one. */
  scopeOf(row: number): string | undefined {
    return this.#variantOf(row).scope;
  }

  /** The same server's Do53. */
  clearOf(row: number): Endpoint | undefined {
    const port = this.rows.get(row, WORD.hits) >>> CLEAR_PORT_SHIFT;
    return port === 0 ? undefined : this.#endpoint(row, port, 'do53');
  }

  /** Sets the port of the same server's Do53; 0 for none. */
  putClearPort(row: number, port: number): void {
    this.rows.put(row, WORD.hits, (this.rows.get(row, WORD.hits) & 0xffff) | (port << CLEAR_PORT_SHIFT));
  }

  #endpoint(row: number, port: number, transport: string): Endpoint {
    const { scope, localAddress } = this.#variantOf(row);
    const parts = { address: textOf(this.rows.address(row), scope), port, transport, localAddress };
    return { key: endpointKey(parts), ...parts };
  }

  #variantOf(row: number): VariantParts {
    return this.#variants.partsOf(this.rows.get(row, WORD.port) >>> 16);
  }

  // --- States -------------------------------------------------------------------------------------------------------

  /** The state of a row. */
  stateOf(row: number): EndpointState {
    return unpack(this.rows, row, this.extrasOf(row));
  }

  /** Replaces a row's state. */
  putState(row: number, state: EndpointState): void {
    const extras = needsExtras(state) ? this.extrasFor(row) : this.extrasOf(row);
    pack(this.rows, row, state, extras);
    if (extras !== undefined) this.tidy(row, extras);
  }

  /** What is remembered beside a row, if anything is. */
  extrasOf(row: number): RowExtras | undefined {
    if (!this.rows.has(row, FLAG.extras)) return undefined;
    if (row !== this.#extrasRow) {
      this.#extrasThere = this.#extras.get(row);
      this.#extrasRow = row;
    }
    return this.#extrasThere;
  }

  /** The same, made if there is none. */
  extrasFor(row: number): RowExtras {
    const known = this.extrasOf(row);
    if (known !== undefined) return known;
    const extras = new RowExtras();
    this.#extras.set(row, extras);
    this.#extrasRow = ABSENT;
    this.rows.mark(row, FLAG.extras, true);
    return extras;
  }

  /** Drops a row's extras where they are empty. */
  tidy(row: number, extras: RowExtras): void {
    if (this.rows.verdict(row) === VERDICT.good || !extras.isEmpty) return;
    this.#extras.delete(row);
    this.rows.mark(row, FLAG.extras, false);
  }

  /** What was measured. */
  timingOf(row: number): Timing {
    const { warm, opening } = this.dotTimingOf(row);
    return { warm, opening, clear: this.rows.clear(row) };
  }

  /** What was measured of DoT alone. */
  dotTimingOf(row: number): DotTiming {
    return this.extrasOf(row) ?? NO_TIMING;
  }

  /** Sets what was measured. */
  putTiming(row: number, { warm, opening, clear }: Timing): void {
    this.rows.putClear(row, clear);
    if (warm === undefined && opening === undefined && this.extrasOf(row) === undefined) return;
    const extras = this.extrasFor(row);
    extras.warm = warm;
    extras.opening = opening;
    this.tidy(row, extras);
  }

  /** Forgets what was learned of a row's zones and times. */
  forgetMeasurements(row: number): void {
    const extras = this.extrasOf(row);
    if (extras !== undefined) extras.lame = withoutZones(extras.lame);
    this.putTiming(row, NO_TIMING);
  }

  /** Changes of verdict, oldest first. */
  historyOf(row: number): readonly HistoryItem[] {
    // Only Bad rows have this flag.
    if (this.rows.has(row, FLAG.implied))
      return [impliedHistory(this.stateOf(row) as BadState, this.rows.thirdTimes.get(row) ?? 0)];
    return this.extrasOf(row)?.history ?? NO_HISTORY;
  }

  /** Whether a Bad row became so by hearsay, or was restored; whatever probes of ours have shown since. */
  isHearsay(row: number): boolean {
    const why = this.historyOf(row).at(-1)?.why;
    return why === 'restored' || why === 'hint';
  }

  /** Replaces a row's history; one that its state, as it was put, implies takes no place. */
  putHistory(row: number, history: readonly HistoryItem[], state: EndpointState): void {
    const [only, second] = history;
    const mark = only === undefined || second !== undefined ? undefined : markOf(state, only);
    // A Bad state leaves the third time free.
    if (mark !== undefined) this.rows.thirdTimes.set(row, mark || undefined);
    this.rows.mark(row, FLAG.implied, mark !== undefined);
    const kept = mark === undefined ? history : NO_HISTORY;
    const extras = kept.length > 0 ? this.extrasFor(row) : this.extrasOf(row);
    if (extras === undefined) return;
    extras.history = kept;
    this.tidy(row, extras);
  }
}
