import { textOfWords } from '../state/address/words.js';
import { matchAnswer, rcodeOf } from './message.js';
import { nameOfQuestion, readName } from './names.js';
import { countsExceedLength, type RecordPlace, skipName, u16, walkRecords } from './octets.js';

/** What was found under a name. */
export interface RecordSet {
  /** The data of each record; empty for none. */
  readonly records: readonly Uint8Array[];
  /** How long they are valid, in milliseconds: the shortest of all TTLs that led there. */
  readonly ttlMs: number;
}

const CNAME = 5;
/** Records of an answer section that are read at most. */
const MAX_RECORDS = 64;
/** Aliases that are followed at most. */
const MAX_CHAIN = 8;
const NXDOMAIN = 3;

/**
 * The records of one type that an answer has for its question, by way of aliases (RFC 1034 section 3.6.2).
 *
 * @param query - as it was sent
 * @param answer - whatever came
 * @param type - which records
 * @returns `undefined` where it does not answer the query, or where its rcode says that the server has no answer now
 */
export function recordsOf(query: Uint8Array, answer: Uint8Array, type: number): RecordSet | undefined {
  if (matchAnswer(query, answer) !== 'match' || countsExceedLength(answer)) return undefined;
  const rcode = rcodeOf(answer);
  if (rcode !== 0 && rcode !== NXDOMAIN) return undefined;
  const places: RecordPlace[] = [];
  const inAnswer = Math.min(MAX_RECORDS, u16(answer, 6));
  const end = walkRecords(answer, (place) => {
    if (places.length < inAnswer) places.push(place);
  });
  if (end < 0) return undefined;
  let name = nameOfQuestion(query);
  let ttlMs = Number.POSITIVE_INFINITY;
  for (let step = 0; step < MAX_CHAIN; step++) {
    const owned = places.filter((place) => readName(answer, place.start) === name);
    const found = owned.filter((place) => place.type === type);
    const alias = owned.find((place) => place.type === CNAME);
    for (const place of found.length > 0 ? found : owned) ttlMs = Math.min(ttlMs, ttlOf(answer, place));
    if (found.length > 0 || alias === undefined) {
      return { records: found.map(({ rdata, end: last }) => answer.slice(rdata, last)), ttlMs };
    }
    name = readName(answer, alias.rdata) ?? '.';
  }
  return { records: [], ttlMs };
}

/** A TTL with its highest bit set counts as 0 (RFC 2181 section 8). */
function ttlOf(message: Uint8Array, { rdata }: RecordPlace): number {
  const seconds = u16(message, rdata - 6) * 0x1_0000 + u16(message, rdata - 4);
  return seconds > 0x7fff_ffff ? 0 : seconds * 1_000;
}

/** Reads a block of octets in order. Past its end every read gives `undefined`; nothing throws. */
export class BlockReader {
  readonly #octets: Uint8Array;
  #at = 0;

  /** @param octets - from the wire */
  constructor(octets: Uint8Array) {
    this.#octets = octets;
  }

  /** Whether all octets were read. */
  get isAtEnd(): boolean {
    return this.#at >= this.#octets.length;
  }

  /** One octet. */
  u8(): number | undefined {
    return this.#octets[this.#at++];
  }

  /** Two octets in network order. */
  u16(): number | undefined {
    const high = this.u8();
    const low = this.u8();
    return high === undefined || low === undefined ? undefined : high * 0x100 + low;
  }

  /** The next octets, this many; `undefined` where fewer are left. */
  block(length: number | undefined): Uint8Array | undefined {
    if (length === undefined || this.#at + length > this.#octets.length) return undefined;
    this.#at += length;
    return this.#octets.subarray(this.#at - length, this.#at);
  }

  /** A name without compression (RFC 9460 section 2.2), lower-cased, with a final dot. */
  name(): string | undefined {
    const end = skipName(this.#octets, this.#at, false);
    if (end < 0) return undefined;
    const name = readName(this.#octets, this.#at);
    this.#at = end;
    return name;
  }

  /** An address in its canonical text; the caller has checked that its octets are there. */
  address(length: 4 | 16): string {
    const octets = this.block(length) ?? new Uint8Array(length);
    const view = new DataView(octets.buffer, octets.byteOffset, length);
    if (length === 4) return Array.from(octets).join('.');
    return textOfWords(view.getUint32(0), view.getUint32(4), view.getUint32(8), view.getUint32(12));
  }
}
