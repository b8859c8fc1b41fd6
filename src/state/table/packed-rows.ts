import { isIpv4, MAPPED } from '../address/words.js';
import type { Popularity } from '../popularity.js';
import type { Smoothed } from '../smoothing.js';
import * as FLAG from './row-flags.js';
import * as WORD from './row-words.js';
import { PAGE_BITS, PAGE_MASK, PAGE_SIZE, Slab } from './slab.js';
import { SparseColumn } from './sparse-column.js';

/** Words of one row: 32 bytes, so that each row lies in one line of the processor's cache. */
const ROW_WORDS = 8;

/** The rings that go through a row: the number of its link to the next row; after it comes that to the row before. */
export const RING = { verdict: 0, prefix: 2 } as const;
/** The octets of a link, enough for the number of any row, and those of a row's four links. */
const LINK = 3;
const LINKS = 4 * LINK;

/** In the word `recent`. */
const IPV6 = 0x8000_0000;
const ADDRESS = new Uint32Array(4);
const MAPPED_WORDS = [0, 0, MAPPED];

/** How many networks can be told apart: the epoch has six bits. */
export const EPOCHS = 64;

/** Verdicts as numbers; 0 is a row that is not in use. */
export const VERDICT = { absent: 0, unknown: 1, good: 2, bad: 3 } as const;

/** A pair of numbers, to seven digits, in the place of one. */
const PAIR = new Float32Array(2);
const PAIR_AS_ONE = new Float64Array(PAIR.buffer);

/**
 * The packed rows: numbers in pages of typed arrays, 60 bytes a row. It knows where things stand, not what they
 * mean; `pack-state.ts` does.
 */
export class Rows extends Slab {
  readonly #times: Float64Array[] = [];
  readonly #links: Uint8Array[] = [];
  /** By pages; each is made once one of its rows is released. */
  readonly #generations: Uint32Array[] = [];
  /** The third time of a state, where the state does not imply it: see `pack`. */
  readonly thirdTimes: SparseColumn<number> = new SparseColumn();
  /** When the server last answered over Do53. */
  readonly answeredAt: SparseColumn<number> = new SparseColumn();
  readonly #clear: SparseColumn<number> = new SparseColumn();
  /** The part of its popularity that few rows have: the minutes from 30 to 60 before its latest. */
  readonly #older: SparseColumn<number> = new SparseColumn();
  /** The latest zone that a host gave with it. */
  readonly zones: SparseColumn<string> = new SparseColumn();
  /** The latest name server name that a host gave with it. */
  readonly nameservers: SparseColumn<string> = new SparseColumn();
  /** The addresses that are IPv6, four words each. */
  readonly #ipv6: Slab = new Slab(4);

  constructor() {
    super(ROW_WORDS);
  }

  /** Ends the use of a row; a caller who kept its number sees that by its generation. */
  override release(row: number): void {
    if (this.isIpv6(row)) this.#ipv6.release(this.get(row, WORD.address));
    super.release(row);
    const generation = this.generation(row) + 1;
    this.#generations[row >>> PAGE_BITS] ??= new Uint32Array(PAGE_SIZE);
    (this.#generations[row >>> PAGE_BITS] as Uint32Array)[row & PAGE_MASK] = generation;
    for (const column of [this.thirdTimes, this.answeredAt, this.#clear, this.#older, this.zones, this.nameservers])
      column.set(row, undefined);
  }

  /** How often a row was released. */
  generation(row: number): number {
    return this.#generations[row >>> PAGE_BITS]?.[row & PAGE_MASK] ?? 0;
  }

  /** Whether its address is an IPv6 one. */
  isIpv6(row: number): boolean {
    return this.get(row, WORD.recent) >= IPV6;
  }

  /** The four words of a row's address, an IPv4 address as its IPv4-mapped one; the next call overwrites them. */
  address(row: number, words: Uint32Array = ADDRESS): Uint32Array {
    const page = this.page(row);
    const at = this.at(row);
    const address = page[at + WORD.address] as number;
    const isIpv6 = (page[at + WORD.recent] as number) >= IPV6;
    for (let word = 0; word < 4; word++)
      words[word] = isIpv6 ? this.#ipv6.get(address, word) : (MAPPED_WORDS[word] ?? address);
    return words;
  }

  /** Whether a row has this address and this port. */
  isOf(row: number, words: Uint32Array, port: number): boolean {
    const page = this.page(row);
    const at = this.at(row);
    if (page[at + WORD.port] !== port) return false;
    const address = page[at + WORD.address] as number;
    if ((page[at + WORD.recent] as number) < IPV6)
      return address === words[3] && isIpv4(words[0] as number, words[1] as number, words[2] as number);
    for (let word = 0; word < 4; word++) if (this.#ipv6.get(address, word) !== words[word]) return false;
    return true;
  }

  /** Sets the address of a row that has none. */
  putAddress(row: number, words: Uint32Array): void {
    let address = words[3] as number;
    if (!isIpv4(words[0] as number, words[1] as number, words[2] as number)) {
      address = this.#ipv6.take();
      this.#ipv6.page(address).set(words, this.#ipv6.at(address));
      this.put(row, WORD.recent, IPV6);
    }
    this.put(row, WORD.address, address);
  }

  /** In which minutes it was asked for. */
  popularity(row: number): Popularity {
    const recent = this.get(row, WORD.recent) % IPV6;
    return { minute: this.get(row, WORD.minute), recent, older: this.#older.get(row) ?? 0 };
  }

  /** Sets them. */
  putPopularity(row: number, { minute, recent, older }: Popularity): void {
    this.put(row, WORD.minute, minute);
    this.put(row, WORD.recent, (this.get(row, WORD.recent) & IPV6) | recent);
    this.#older.set(row, older || undefined);
  }

  /** The verdict of a row as it was last written: see `VERDICT`. */
  verdict(row: number): number {
    return this.get(row, WORD.flags) & FLAG.verdict;
  }

  /** Whether a flag of a row is set. */
  has(row: number, flag: number): boolean {
    return (this.get(row, WORD.flags) & flag) !== 0;
  }

  /** Sets a flag of a row, or takes it back. */
  mark(row: number, flag: number, isSet: boolean): void {
    const flags = this.get(row, WORD.flags);
    this.put(row, WORD.flags, isSet ? flags | flag : flags & ~flag);
  }

  /** On which network a row was written. */
  epoch(row: number): number {
    return this.get(row, WORD.flags) >>> FLAG.epochShift;
  }

  /** One of a row's two times. */
  time(row: number, index: 0 | 1): number {
    return (this.#times[row >>> PAGE_BITS] as Float64Array)[2 * (row & PAGE_MASK) + index] as number;
  }

  /** Sets a row's two times, and the third where it is not implied. */
  putTimes(row: number, first: number, second: number, third?: number): void {
    this.#times[row >>> PAGE_BITS] ??= new Float64Array(2 * PAGE_SIZE);
    const times = this.#times[row >>> PAGE_BITS] as Float64Array;
    times[2 * (row & PAGE_MASK)] = first;
    times[2 * (row & PAGE_MASK) + 1] = second;
    this.thirdTimes.set(row, third);
  }

  /** The row that a link of a row leads to: see `RING`. */
  link(row: number, link: number): number {
    const page = this.#links[row >>> PAGE_BITS] as Uint8Array;
    const at = LINKS * (row & PAGE_MASK) + LINK * link;
    return (page[at] as number) | ((page[at + 1] as number) << 8) | ((page[at + 2] as number) << 16);
  }

  /** Sets a link. */
  putLink(row: number, link: number, to: number): void {
    this.#links[row >>> PAGE_BITS] ??= new Uint8Array(LINKS * PAGE_SIZE);
    const page = this.#links[row >>> PAGE_BITS] as Uint8Array;
    const at = LINKS * (row & PAGE_MASK) + LINK * link;
    page[at] = to;
    page[at + 1] = to >>> 8;
    page[at + 2] = to >>> 16;
  }

  /** The smoothed time of its answers over Do53, to seven digits. */
  clear(row: number): Smoothed | undefined {
    const pair = this.#clear.get(row);
    if (pair === undefined) return undefined;
    PAIR_AS_ONE[0] = pair;
    return { mean: PAIR[0] as number, deviation: PAIR[1] as number };
  }

  /** Sets the smoothed time of its answers over Do53. */
  putClear(row: number, smoothed: Smoothed | undefined): void {
    if (smoothed !== undefined) PAIR.set([smoothed.mean, smoothed.deviation]);
    this.#clear.set(row, smoothed && PAIR_AS_ONE[0]);
  }
}

/** The verdict of a row as a number; 0: time, or this contact, may have changed it, and the table must be asked. */
export type Glance = 0 | 1 | 2 | 3 | 4;

/** The values of {@link Glance}: `stale` is no verdict, `busy` is Unknown with its probe in flight. */
export const GLANCE = { stale: 0, good: 1, unknown: 2, bad: 3, busy: 4 } as const;

/** The verdict in the flags of a row, as it was last written. */
export function glanceOf(flags: number): Exclude<Glance, 0> {
  const verdict = flags & FLAG.verdict;
  if (verdict === VERDICT.bad) return GLANCE.bad;
  if (verdict === VERDICT.good) return GLANCE.good;
  return (flags & FLAG.inFlight) === 0 ? GLANCE.unknown : GLANCE.busy;
}
