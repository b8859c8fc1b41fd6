import { matchAnswer, rcodeOf } from './message.js';
import { nameOfQuestion, presentOctet } from './names.js';
import { countsExceedLength, type RecordPlace, u16, walkRecords } from './octets.js';

/** What was found under a name. */
export interface RecordSet {
  /** The data of each record; empty for none. */
  readonly records: readonly Uint8Array[];
  /** How long that holds, in milliseconds: the shortest of all TTLs that led there. */
  readonly ttlMs: number;
}

const CNAME = 5;
/** Records of an answer that are looked at. */
const MAX_RECORDS = 64;
const MAX_CHAIN = 8;
const MAX_NAME = 255;
const NXDOMAIN = 3;

/**
 * The records of one type that an answer holds of its question, by way of aliases (RFC 1034 section 3.6.2).
 *
 * @param query - as it was sent
 * @param answer - whatever came
 * @param type - which records
 * @returns `undefined` where it is no answer, or says that there is none to be had now
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
    const owned = places.filter((place) => nameIn(answer, place.start) === name);
    const found = owned.filter((place) => place.type === type);
    const alias = owned.find((place) => place.type === CNAME);
    for (const place of found.length > 0 ? found : owned) ttlMs = Math.min(ttlMs, ttlOf(answer, place));
    if (found.length > 0 || alias === undefined) {
      return { records: found.map(({ rdata, end: last }) => answer.slice(rdata, last)), ttlMs };
    }
    name = nameIn(answer, alias.rdata) ?? '.';
  }
  return { records: [], ttlMs };
}

/** RFC 2181 section 8: what has the highest bit set counts as 0. */
function ttlOf(message: Uint8Array, { rdata }: RecordPlace): number {
  const seconds = u16(message, rdata - 6) * 0x1_0000 + u16(message, rdata - 4);
  return seconds > 0x7fff_ffff ? 0 : seconds * 1_000;
}

/** A name with its pointers followed, each of which leads further back, so that no circle is walked. */
function nameIn(message: Uint8Array, start: number): string | undefined {
  let text = '';
  let octets = 0;
  let least = start;
  for (let at = start; ; ) {
    const length = message[at];
    if (length === undefined) return undefined;
    if (length === 0) return text === '' ? '.' : text;
    if (length >= 0xc0) {
      const to = u16(message, at) & 0x3fff;
      if (to >= least) return undefined;
      least = to;
      at = to;
      continue;
    }
    octets += length + 1;
    if (length > 63 || octets >= MAX_NAME || at + 1 + length > message.length) return undefined;
    for (const octet of message.subarray(at + 1, at + 1 + length)) text += presentOctet(octet);
    text += '.';
    at += length + 1;
  }
}
