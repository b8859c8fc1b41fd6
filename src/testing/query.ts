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
  /** The question's name in lower case with a final dot; octets beyond printable ASCII as `\DDD`. */
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

const HEADER = 12;
const OPT = 41;

/** The name at an offset, uncompressed, and where it ends. */
function readName(message: Uint8Array, start: number): { name: string; end: number } | undefined {
  let name = '';
  let at = start;
  for (;;) {
    const length = message[at];
    if (length === undefined || length > 63) return undefined;
    at += 1;
    if (length === 0) return { name: name === '' ? '.' : name, end: at };
    const label = message.subarray(at, at + length);
    if (label.length < length) return undefined;
    for (const octet of label) name += presentable(octet);
    name += '.';
    at += length;
  }
}

function presentable(octet: number): string {
  const character = String.fromCharCode(octet);
  if (octet <= 0x20 || octet >= 0x7f) return `\\${String(octet).padStart(3, '0')}`;
  return character === '.' || character === '\\' ? `\\${character}` : character.toLowerCase();
}

function readOptions(rdata: Buffer): Map<number, Uint8Array> {
  const options = new Map<number, Uint8Array>();
  for (let at = 0; at + 4 <= rdata.length; ) {
    const length = rdata.readUInt16BE(at + 2);
    options.set(rdata.readUInt16BE(at), rdata.subarray(at + 4, at + 4 + length));
    at += 4 + length;
  }
  return options;
}

/** The OPT record, wherever among the records after the question. */
function readEdns(message: Buffer, start: number): ReceivedEdns | undefined {
  const records = message.readUInt16BE(6) + message.readUInt16BE(8) + message.readUInt16BE(10);
  let at = start;
  for (let i = 0; i < records; i += 1) {
    const owner = readName(message, at);
    if (owner === undefined || owner.end + 10 > message.length) return undefined;
    const type = message.readUInt16BE(owner.end);
    const rdataStart = owner.end + 10;
    const rdataEnd = rdataStart + message.readUInt16BE(owner.end + 8);
    if (rdataEnd > message.length) return undefined;
    if (type === OPT) {
      return {
        udpSize: message.readUInt16BE(owner.end + 2),
        dnssecOk: (message.readUInt16BE(owner.end + 6) & 0x8000) !== 0,
        options: readOptions(message.subarray(rdataStart, rdataEnd)),
      };
    }
    at = rdataEnd;
  }
  return undefined;
}

/**
 * Reads what a server needs of a query: header, one question, OPT.
 *
 * @param bytes - a DNS message without length octets
 * @returns the query, or `undefined` if it is none
 */
export function parseQuery(bytes: Uint8Array): ParsedQuery | undefined {
  const message = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (message.length < HEADER || message.readUInt16BE(4) !== 1) return undefined;
  const flags = message.readUInt16BE(2);
  if ((flags & 0x8000) !== 0) return undefined;
  const asked = readName(message, HEADER);
  if (asked === undefined || asked.end + 4 > message.length) return undefined;
  return {
    id: message.readUInt16BE(0),
    flags,
    name: asked.name,
    type: message.readUInt16BE(asked.end),
    question: message.subarray(HEADER, asked.end + 4),
    edns: readEdns(message, asked.end + 4),
  };
}
