import { rcodeOf } from '../wire/message.js';
import { countsExceedLength, type RecordPlace, TYPE, u16, walkRecords } from '../wire/octets.js';
import { NameReader } from './name-reader.js';
import { readData } from './read-data.js';
import type { ResourceRecord } from './record-data.js';
import { typeName } from './types.js';

/** What an answer holds. */
export interface ReadAnswer {
  /** Its response code with its extension, as a number. */
  readonly rcode: number;
  readonly answers: readonly OwnedRecord[];
  readonly authorities: readonly ResourceRecord[];
  readonly additionals: readonly ResourceRecord[];
}

/** A record with the names that lead to it or on from it, in the one spelling in which names are compared. */
export interface OwnedRecord {
  readonly record: ResourceRecord;
  /** Its owner. */
  readonly owner: string;
  /** Where an alias (CNAME) leads. */
  readonly target: string | undefined;
}

const CLASSES: ReadonlyMap<number, string> = new Map([
  [1, 'IN'],
  [3, 'CH'],
  [4, 'HS'],
  [254, 'NONE'],
  [255, 'ANY'],
]);

const NSEC = 47;
const NSEC3 = 50;
/** Octets of lists of types that are read at most: one with all types has 8,704, and each bit in it costs. */
const MAX_BITMAPS = 10_000;

/**
 * Reads an answer. The OPT is left out: it is no record of the zone's.
 *
 * @param message - an answer that matched its query
 * @throws an error of any kind where something in it is malformed
 */
export function readAnswer(message: Buffer): ReadAnswer {
  if (countsExceedLength(message)) throw new Error('more records than octets');
  const places: RecordPlace[] = [];
  const reader = new NameReader(message);
  if (walkRecords(message, (place) => places.push(place)) < 0) throw new Error('malformed records');
  const bitmaps = places.filter(({ type }) => type === NSEC || type === NSEC3);
  const octets = bitmaps.reduce((sum, { rdata, end }) => sum + end - rdata, 0);
  if (octets > MAX_BITMAPS) throw new Error('too many types in NSEC');
  const authorities = u16(message, 6);
  const additionals = authorities + u16(message, 8);
  const read = (from: number, to?: number): OwnedRecord[] =>
    places
      .slice(from, to)
      .filter(({ type }) => type !== TYPE.OPT)
      .map((place) => readRecord(message, place, reader));
  const recordsOf = (owned: OwnedRecord[]): ResourceRecord[] => owned.map(({ record }) => record);
  return {
    rcode: rcodeOf(message),
    answers: read(0, authorities),
    authorities: recordsOf(read(authorities, additionals)),
    additionals: recordsOf(read(additionals)),
  };
}

function readRecord(message: Buffer, place: RecordPlace, reader: NameReader): OwnedRecord {
  const { start, type: number, rdata } = place;
  const type = typeName(number);
  const owner = reader.at(start);
  if (owner === undefined) throw new Error('malformed owner');
  const classNumber = u16(message, rdata - 8);
  const ttl = message.readUInt32BE(rdata - 6);
  const head = { name: owner.text, class: CLASSES.get(classNumber) ?? `CLASS${classNumber}`, ttl };
  const record = { ...head, type, data: readData(message, type, place, reader) } as ResourceRecord;
  return { record, owner: owner.canonical, target: type === 'CNAME' ? reader.at(rdata)?.canonical : undefined };
}
