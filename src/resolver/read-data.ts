import { SocketAddress } from 'node:net';
import * as dnsPacket from 'dns-packet';
import { type RecordPlace, skipName } from '../wire/octets.js';
import { presentName } from './present-name.js';
import type { ReadType } from './record-data.js';

/** A codec of dns-packet's for one type's data, from its two octets of length on. */
interface Codec {
  readonly decode: ((message: Buffer, at: number) => unknown) & { bytes: number };
}

/** dns-packet exports it; its types do not say so. */
const { record: codecOf } = dnsPacket as unknown as { record(type: string): Codec };

/** Where the names of a type's data are: dns-packet drops what is escaped in them, so they are read again. */
interface Names {
  /** Where the first begins, from the data's begin. */
  readonly at: (message: Uint8Array, rdata: number) => number;
  /** The fields that hold them, one after the other; none where the data is a name and nothing else. */
  readonly fields: readonly string[];
  /** How many octets follow, where that is known. */
  readonly rest?: number;
}

const after = (octets: number) => (_message: Uint8Array, rdata: number) => rdata + octets;
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
 * @returns as dns-packet has it; the octets where the type is none that is read
 * @throws an error of any kind where the data is malformed
 */
export function readData(message: Buffer, type: string, { rdata, end }: RecordPlace): unknown {
  // Nothing of a record is read beyond its end.
  const bounded = message.subarray(0, end);
  if (!Object.hasOwn(TYPES, type)) return Buffer.from(bounded.subarray(rdata));
  const { decode } = codecOf(type);
  const data = decode(bounded, rdata - 2);
  if (decode.bytes !== end - rdata + 2) throw malformed(type);
  const names = TYPES[type as ReadType];
  if (names !== undefined) return withNames(bounded, type, rdata, data, names);
  if (type === 'AAAA') return new SocketAddress({ address: String(data), family: 'ipv6' }).address;
  if (type === 'TXT') return checkStrings(data);
  if (type === 'HINFO') return checkTexts(data);
  if (type === 'CAA') return readCaa(bounded, rdata, data);
  return data;
}

function withNames(message: Buffer, type: string, rdata: number, data: unknown, names: Names): unknown {
  let at = names.at(message, rdata);
  const read: string[] = [];
  for (let left = Math.max(1, names.fields.length); left > 0; left--) {
    const name = presentName(message, at);
    at = skipName(message, at);
    if (name === undefined || at < 0) throw malformed(type);
    read.push(name);
  }
  if (names.rest !== undefined && at + names.rest !== message.length) throw malformed(type);
  if (names.fields.length === 0) return read[0];
  const mended = { ...Object(data), ...Object.fromEntries(names.fields.map((field, index) => [field, read[index]])) };
  return type === 'NAPTR' ? checkTexts(mended) : mended;
}

/** NAPTR: two numbers, then three strings (RFC 3403 section 4.1). */
function afterStrings(message: Uint8Array, rdata: number): number {
  let at = rdata + 4;
  for (let left = 3; left > 0; left--) at += 1 + (message[at] ?? 0);
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
function readCaa(message: Buffer, rdata: number, data: unknown): unknown {
  const value = rdata + 2 + (message[rdata + 1] ?? 0);
  if (value === rdata + 2 || value > message.length) throw malformed('CAA');
  return { ...Object(data), value: message.toString('latin1', value) };
}

function malformed(what: string): Error {
  return new Error(`malformed ${what}`);
}
