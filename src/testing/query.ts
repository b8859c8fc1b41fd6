import { type Answer, decode, type OptAnswer } from 'dns-packet';
import { readName } from '../wire/names.js';
import { countsExceedLength, HEADER_LENGTH, isResponse, questionEnd, u16, walkRecords } from '../wire/octets.js';

/** The EDNS part of a query that a fault server received (RFC 6891). */
export interface ReceivedEdns {
  /** The UDP payload size it announced. */
  readonly udpSize: number;
  /** The DO bit. */
  readonly dnssecOk: boolean;
  /** The options by code, in the order received; 11 is keepalive, 12 padding. */
  readonly options: ReadonlyMap<number, Uint8Array>;
}

/** A query as a fault server understood it. */
export interface ParsedQuery {
  /** The message id. */
  readonly id: number;
  /** The header's second 16 bits. */
  readonly flags: number;
  /**
   * The question's name in lower case with a final dot; octets other than letters, digits, `-`, `_`, `*` and `/` as `\DDD`.
   */
  readonly name: string;
  /** The question's type. */
  readonly type: number;
  /** The question section as it came. */
  readonly question: Uint8Array;
  /** Absent where the query had no OPT record. */
  readonly edns: ReceivedEdns | undefined;
}

/** The EDNS option code of edns-tcp-keepalive (RFC 7828). */
export const KEEPALIVE_OPTION = 11;

/** The EDNS option code of padding (RFC 7830). */
export const PADDING_OPTION = 12;

/**
 * Reads what a server needs of a query: header, one question, OPT. The OPT is read by dns-packet, so that another's codec
 * says what our own octets mean.
 *
 * @param bytes - a DNS message without length octets
 * @returns the query, or `undefined` if it is none
 */
export function parseQuery(bytes: Uint8Array): ParsedQuery | undefined {
  const message = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (u16(message, 4) !== 1 || isResponse(message)) return undefined;
  const end = questionEnd(message);
  const name = end < 0 ? undefined : readName(message, HEADER_LENGTH);
  if (name === undefined) return undefined;
  return {
    id: u16(message, 0),
    flags: u16(message, 2),
    name,
    type: u16(message, end - 4),
    question: message.subarray(HEADER_LENGTH, end),
    edns: message.length === end ? undefined : readEdns(message),
  };
}

/** The OPT record, in whichever section it is; `undefined` too where the records cannot be decoded. */
function readEdns(message: Buffer): ReceivedEdns | undefined {
  // dns-packet allocates by the header's counts before it reads, and takes records that run over the message's end.
  const isWhole = !countsExceedLength(message) && walkRecords(message, () => undefined) > 0;
  const records = isWhole ? recordsOf(message) : [];
  const opt = records.find((record): record is OptAnswer => record.type === 'OPT');
  if (opt === undefined) return undefined;
  const options = opt.options.map(({ code, data }): [number, Uint8Array] => [code, data ?? Buffer.alloc(0)]);
  return { udpSize: opt.udpPayloadSize, dnssecOk: opt.flag_do, options: new Map(options) };
}

function recordsOf(message: Buffer): readonly Answer[] {
  try {
    const { answers = [], authorities = [], additionals = [] } = decode(message);
    return [...answers, ...authorities, ...additionals];
  } catch {
    return [];
  }
}
