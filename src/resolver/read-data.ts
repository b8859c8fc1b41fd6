import { SocketAddress } from 'node:net';
import * as dnsPacket from 'dns-packet';
import { type RecordPlace, skipName } from '../wire/octets.js';
import type { NameReader } from './name-reader.js';
import type { ReadType } from './record-data.js';

/** A codec of dns-packet's for one type's data, from its two octets of length on. */
interface Codec {
  readonly decode: ((octets: Buffer, at: number) => unknown) & { bytes: number };
}

/** dns-packet exports it; its types do not say so. */
const { record: codecOf } = dnsPacket as unknown as { record(type: string): Codec };

/** The names in a type's data. */
interface Names {
  /** Where the first begins. */
  readonly at: (data: Uint8Array) => number;
  /** The fields that hold them, one after the other; none where the data is a name and nothing else. */
  readonly fields: readonly string[];
  /** How many octets follow, where that is known. */
  readonly rest?: number;
}

const after = (octets: number) => (): number => octets;
const NAME: Names = { at: after(0), fields: [], rest: 0 };

/** The types that are read, and what names they have. SSHFP is not one: dns-packet throws at a hash that it does not know. */
const TYPES: Readonly<Record<ReadType, Names | undefined>> = {
  A: undefined,
  AAAA: undefined,
  CAA: undefined,
  CNAME: NAME,
  DNAME: NAME,
  DNSKEY: undefined,
  DS: undefined,
  HINFO: undefined,
  MX: { at: after(2), fields: ['exchange'], rest: 0 },
  NAPTR: { at: afterStrings, fields: ['replacement'], rest: 0 },
  NS: NAME,
  NSEC: { at: after(0), fields: ['nextDomain'] },
  NSEC3: undefined,
  PTR: NAME,
  RP: { at: after(0), fields: ['mbox', 'txt'], rest: 0 },
  RRSIG: { at: after(18), fields: ['signersName'] },
  SOA: { at: after(0), fields: ['mname', 'rname'], rest: 20 },
  SRV: { at: after(6), fields: ['target'], rest: 0 },
  TLSA: undefined,
  TXT: undefined,
};

/**
 * The data of a record.
 *
 * @param message - the record's message
 * @param type - its type's mnemonic
 * @param place - where it lies
 * @param reader - reads the message's names
 * @returns as dns-packet has it; the octets where the type is none that is read
 * @throws an error of any kind where the data is malformed
 */
export function readData(message: Buffer, type: string, { rdata, end }: RecordPlace, reader: NameReader): unknown {
  // A copy, so that nothing of it is more than itself: neither to dns-packet, nor to who keeps it.
  const octets = Buffer.from(message.subarray(rdata, end));
  if (!Object.hasOwn(TYPES, type)) return octets;
  const names = TYPES[type as ReadType];
  return names === undefined
    ? checked(type, decoded(type, octets), octets)
    : withNames(type, octets, names, { message, rdata, end }, reader);
}

function decoded(type: string, octets: Buffer): unknown {
  const withLength = Buffer.alloc(2 + octets.length);
  withLength.writeUInt16BE(octets.length);
  octets.copy(withLength, 2);
  const { decode } = codecOf(type);
  const data = decode(withLength, 0);
  if (decode.bytes !== withLength.length) throw malformed(type);
  return data;
}

/**
 * dns-packet drops what is escaped in names, and follows each by itself. So it is given roots in their places, and they are
 * read here.
 */
function withNames(
  type: string,
  octets: Buffer,
  { at: first, fields, rest }: Names,
  { message, rdata, end }: { message: Buffer; rdata: number; end: number },
  reader: NameReader,
): unknown {
  const begin = first(octets);
  const bounded = message.subarray(0, end);
  const read: string[] = [];
  let at = rdata + begin;
  for (let left = Math.max(1, fields.length); left > 0; left--) {
    const name = reader.at(at);
    at = skipName(bounded, at);
    if (name === undefined || at < 0) throw malformed(type);
    read.push(name.text);
  }
  if (rest !== undefined && at + rest !== end) throw malformed(type);
  if (fields.length === 0) return read[0];
  const roots = Buffer.alloc(read.length);
  const data = decoded(type, Buffer.concat([octets.subarray(0, begin), roots, octets.subarray(at - rdata)]));
  const named = { ...Object(data), ...Object.fromEntries(fields.map((field, index) => [field, read[index]])) };
  return type === 'NAPTR' ? checkTexts(named) : named;
}

function checked(type: string, data: unknown, octets: Buffer): unknown {
  if (type === 'AAAA') return new SocketAddress({ address: String(data), family: 'ipv6' }).address;
  if (type === 'TXT') return checkStrings(data);
  if (type === 'HINFO') return checkTexts(data);
  return type === 'CAA' ? readCaa(data, octets) : data;
}

/** NAPTR: two numbers, then three strings (RFC 3403 section 4.1). */
function afterStrings(data: Uint8Array): number {
  let at = 4;
  for (let left = 3; left > 0; left--) at += 1 + (data[at] ?? 0);
  return at;
}

/** A TXT has at least one string (RFC 1035 section 3.3.14). */
function checkStrings(data: unknown): unknown {
  if (Array.isArray(data) && data.length === 0) throw malformed('TXT');
  return data;
}

/** dns-packet takes strings for UTF-8, and what is none for something else. */
function checkTexts(data: unknown): unknown {
  for (const text of Object.values(Object(data))) {
    if (typeof text === 'string' && !/^[ -~]*$/.test(text)) throw malformed('string');
  }
  return data;
}

/** dns-packet takes the value for UTF-8; here each octet is a character, so that none is lost. */
function readCaa(data: unknown, octets: Buffer): unknown {
  const tag = octets[1] ?? 0;
  if (tag === 0 || 2 + tag > octets.length) throw malformed('CAA');
  return { ...Object(data), value: octets.toString('latin1', 2 + tag) };
}

function malformed(what: string): Error {
  return new Error(`malformed ${what}`);
}
