import type { Smoothed } from '../smoothing.js';

/** Rows of one page; the table grows by pages. */
const PAGE_BITS = 12;
const PAGE_ROWS = 2 ** PAGE_BITS;
const PAGE_MASK = PAGE_ROWS - 1;
/** Words of one row, 16; those that every contact needs come first, so that they lie in one line of the processor's cache. */
const ROW_BITS = 4;

/** No row. */
export const NONE = 0xffff_ffff;

/** What the words of a row hold. */
export const WORD = {
  /** The address, four words. */
  address: 0,
  /** The port, and above it the number of its variant: see `EndpointVariants`. */
  port: 4,
  /** Until when a contact only counts, in ticks. */
  due: 5,
  /** Verdict and all small parts: see `FLAG`. */
  flags: 6,
  /** Contacts since it was first met. */
  contacts: 7,
  /** Popularity: the minute, the latest 30 minutes, the 30 before. */
  minute: 8,
  recent: 9,
  older: 10,
  /** Hits of an Unknown one, and above them the port of its Do53. */
  hits: 11,
  /** The ring of its verdict: the next row, and after this word the one before. */
  verdictRing: 12,
  /** The ring of its prefix, likewise. */
  prefixRing: 14,
} as const;

/** Bits of the word `flags`. The failure's phase and kind, and the probe's phase, are numbers in some of them. */
export const FLAG = {
  verdict: 0b11,
  phaseShift: 2,
  phase: 0b1100,
  /** The bit that the probe's phase has only in flight. */
  inFlight: 0b1000,
  missesShift: 4,
  levelShift: 9,
  formerlyGood: 0x4000,
  answered: 0x8000,
  controlled: 0x1_0000,
  failurePhaseShift: 17,
  failureKindShift: 19,
  /** The history is the one change that the state implies. */
  implied: 0x80_0000,
  /** Used since eviction passed it over. */
  used: 0x100_0000,
  /** Something rare is remembered beside it: see `RowExtras`. */
  extras: 0x200_0000,
  /** On which network it was written, a number of six bits. */
  epochShift: 26,
  epoch: 0xfc00_0000,
} as const;

/** How many networks can be told apart: the epoch has six bits. */
export const EPOCHS = 64;

/** Verdicts as numbers; 0 is a row that is not in use. */
export const VERDICT = { absent: 0, unknown: 1, good: 2, bad: 3 } as const;

/** One page of what only some tables need; each array is made once one of its rows needs it. */
interface RareFacts {
  answeredAt?: Float64Array;
  clear?: Float32Array;
  zones?: (string | undefined)[];
  nameservers?: (string | undefined)[];
}

/**
 * The packed rows: numbers in pages of typed arrays, about 92 bytes a row. It knows where things stand, not what they
 * mean; `pack-state.ts` does.
 */
export class Rows {
  readonly #words: Uint32Array[] = [];
  readonly #times: Float64Array[] = [];
  readonly #generations: Uint32Array[] = [];
  readonly #rare: RareFacts[] = [];
  #extent = 0;
  #free = NONE;

  /** One more than the highest row that was ever in use. */
  get extent(): number {
    return this.#extent;
  }

  /** A row that is not in use, all words 0. */
  take(): number {
    const row = this.#free;
    if (row !== NONE) {
      this.#free = this.get(row, WORD.verdictRing);
      this.put(row, WORD.verdictRing, 0);
      return row;
    }
    if (this.#extent === this.#words.length * PAGE_ROWS) {
      this.#words.push(new Uint32Array(PAGE_ROWS << ROW_BITS));
      this.#times.push(new Float64Array(PAGE_ROWS * 3));
      this.#generations.push(new Uint32Array(PAGE_ROWS));
      this.#rare.push({});
    }
    return this.#extent++;
  }

  /** Ends the use of a row; a caller who kept its number sees that by its generation. */
  release(row: number): void {
    const page = this.page(row);
    const at = this.at(row);
    page.fill(0, at, at + (1 << ROW_BITS));
    page[at + WORD.verdictRing] = this.#free;
    this.#free = row;
    const generations = this.#generations[row >>> PAGE_BITS] as Uint32Array;
    generations[row & PAGE_MASK] = (generations[row & PAGE_MASK] as number) + 1;
    const { answeredAt, clear, zones, nameservers } = this.#rareOf(row);
    const index = row & PAGE_MASK;
    answeredAt?.fill(Number.NEGATIVE_INFINITY, index, index + 1);
    clear?.fill(Number.NaN, 2 * index, 2 * index + 2);
    zones?.fill(undefined, index, index + 1);
    nameservers?.fill(undefined, index, index + 1);
  }

  /** How often a row was released. */
  generation(row: number): number {
    return (this.#generations[row >>> PAGE_BITS] as Uint32Array)[row & PAGE_MASK] as number;
  }

  /** The page of a row's words. */
  page(row: number): Uint32Array {
    return this.#words[row >>> PAGE_BITS] as Uint32Array;
  }

  /** Where in its page a row's words begin. */
  at(row: number): number {
    return (row & PAGE_MASK) << ROW_BITS;
  }

  /** One word of a row. */
  get(row: number, word: number): number {
    return this.page(row)[this.at(row) + word] as number;
  }

  /** Sets one word of a row. */
  put(row: number, word: number, value: number): void {
    this.page(row)[this.at(row) + word] = value;
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

  /** One of a row's three times. */
  time(row: number, index: 0 | 1 | 2): number {
    return (this.#times[row >>> PAGE_BITS] as Float64Array)[3 * (row & PAGE_MASK) + index] as number;
  }

  /** Sets one of a row's three times. */
  putTime(row: number, index: 0 | 1 | 2, time: number): void {
    (this.#times[row >>> PAGE_BITS] as Float64Array)[3 * (row & PAGE_MASK) + index] = time;
  }

  /** Sets a row's three times. */
  putTimes(row: number, first: number, second: number, third: number): void {
    const times = this.#times[row >>> PAGE_BITS] as Float64Array;
    const at = 3 * (row & PAGE_MASK);
    times[at] = first;
    times[at + 1] = second;
    times[at + 2] = third;
  }

  /** When the server last answered over Do53. */
  answeredAt(row: number): number {
    return this.#rareOf(row).answeredAt?.[row & PAGE_MASK] ?? Number.NEGATIVE_INFINITY;
  }

  /** Sets when the server last answered over Do53. */
  putAnsweredAt(row: number, at: number): void {
    const rare = this.#rareOf(row);
    rare.answeredAt ??= new Float64Array(PAGE_ROWS).fill(Number.NEGATIVE_INFINITY);
    rare.answeredAt[row & PAGE_MASK] = at;
  }

  /** The smoothed time of its answers over Do53, to seven digits. */
  clear(row: number): Smoothed | undefined {
    const clear = this.#rareOf(row).clear;
    const at = 2 * (row & PAGE_MASK);
    const mean = clear?.[at] ?? Number.NaN;
    return Number.isNaN(mean) ? undefined : { mean, deviation: clear?.[at + 1] ?? 0 };
  }

  /** Sets the smoothed time of its answers over Do53. */
  putClear(row: number, smoothed: Smoothed | undefined): void {
    const rare = this.#rareOf(row);
    if (smoothed === undefined && rare.clear === undefined) return;
    rare.clear ??= new Float32Array(2 * PAGE_ROWS).fill(Number.NaN);
    rare.clear[2 * (row & PAGE_MASK)] = smoothed?.mean ?? Number.NaN;
    rare.clear[2 * (row & PAGE_MASK) + 1] = smoothed?.deviation ?? Number.NaN;
  }

  /** A name that a host gave with it: of the latest zone, or of the name server. */
  name(row: number, which: 'zones' | 'nameservers'): string | undefined {
    return this.#rareOf(row)[which]?.[row & PAGE_MASK];
  }

  /** Sets such a name. */
  putName(row: number, which: 'zones' | 'nameservers', name: string | undefined): void {
    const rare = this.#rareOf(row);
    if (name === undefined && rare[which] === undefined) return;
    rare[which] ??= new Array<string | undefined>(PAGE_ROWS).fill(undefined);
    rare[which][row & PAGE_MASK] = name;
  }

  #rareOf(row: number): RareFacts {
    return this.#rare[row >>> PAGE_BITS] as RareFacts;
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
