/** The length of a DNS message's header (RFC 1035 section 4.1.1). */
export const HEADER_LENGTH: number = 12;

/** The longest DNS message: its length over TCP has two octets (RFC 1035 section 4.2.2). */
export const MAX_MESSAGE: number = 65_535;

/** The record and query types that this room distinguishes. */
export const TYPE: {
  readonly A: 1;
  readonly NS: 2;
  readonly SOA: 6;
  readonly SIG: 24;
  readonly AAAA: 28;
  readonly OPT: 41;
  readonly RRSIG: 46;
  readonly TSIG: 250;
  readonly IXFR: 251;
  readonly AXFR: 252;
} = { A: 1, NS: 2, SOA: 6, SIG: 24, AAAA: 28, OPT: 41, RRSIG: 46, TSIG: 250, IXFR: 251, AXFR: 252 };

/** Where a record lies in its message; all are offsets in octets, `end` the first one after it. */
export interface RecordPlace {
  readonly start: number;
  readonly type: number;
  readonly rdata: number;
  readonly end: number;
}

/**
 * Reads two octets in network order. Octets outside the message read as 0, so that no offset can throw.
 *
 * @param message - a DNS message
 * @param at - the offset of the first octet
 */
export function u16(message: Uint8Array, at: number): number {
  return ((message[at] ?? 0) << 8) | (message[at + 1] ?? 0);
}

/**
 * Writes two octets in network order.
 *
 * @param message - where to
 * @param at - the offset of the first octet
 * @param value - 0 to 65,535
 */
export function putU16(message: Uint8Array, at: number, value: number): void {
  message[at] = value >> 8;
  message[at + 1] = value & 0xff;
}

/** The four bits of the opcode (RFC 1035 section 4.1.1). */
export function opcodeOf(message: Uint8Array): number {
  return ((message[2] ?? 0) >> 3) & 0x0f;
}

/** Whether the message is a response (QR). */
export function isResponse(message: Uint8Array): boolean {
  return ((message[2] ?? 0) & 0x80) !== 0;
}

/** An octet of a name with its case folded: names compare so (RFC 4343 section 3). */
export function fold(octet: number): number {
  return octet >= 0x41 && octet <= 0x5a ? octet + 0x20 : octet;
}

/**
 * Whether a record signs the message before it: TSIG, or a SIG that covers no type, which is SIG(0).
 *
 * @param message - the record's message
 * @param type - the record's type
 * @param rdata - where its data begins
 */
export function isSignature(message: Uint8Array, type: number, rdata: number): boolean {
  return type === TYPE.TSIG || (type === TYPE.SIG && u16(message, rdata) === 0);
}

/**
 * Whether the header's counts cannot fit into the message: a question has at least 5 octets, a record 11. It is checked
 * before anything is walked, so that a header full of 65,535 costs nothing.
 */
export function countsExceedLength(message: Uint8Array): boolean {
  const records = u16(message, 6) + u16(message, 8) + u16(message, 10);
  return HEADER_LENGTH + u16(message, 4) * 5 + records * 11 > message.length;
}

/**
 * The offset after a name, or -1 where there is no name.
 *
 * @param message - a DNS message
 * @param start - where the name begins
 * @param pointers - whether a pointer (RFC 1035 section 4.1.4) may end the name; it is not followed
 */
export function skipName(message: Uint8Array, start: number, pointers = true): number {
  let at = start;
  for (;;) {
    const length = message[at];
    if (length === undefined) return -1;
    if (length === 0) return at + 1;
    if (length > 63) return length >= 0xc0 && pointers && at + 2 <= message.length ? at + 2 : -1;
    at += length + 1;
    // 255 octets at most, the final zero among them (RFC 1035 section 2.3.4).
    if (at - start > 254) return -1;
  }
}

/**
 * The offset after the first question, or -1 where it is malformed. A pointer has nothing to point to in it.
 *
 * @param message - a DNS message
 */
export function questionEnd(message: Uint8Array): number {
  const name = skipName(message, HEADER_LENGTH, false);
  return name < 0 || name + 4 > message.length ? -1 : name + 4;
}

/**
 * Walks the records of all sections.
 *
 * @param message - a DNS message whose counts were checked with {@link countsExceedLength}
 * @param visit - is given each record's place, in order
 * @returns the offset after the last record, or -1 where something does not parse
 */
export function walkRecords(message: Uint8Array, visit: (place: RecordPlace) => void): number {
  let at = HEADER_LENGTH;
  for (let left = u16(message, 4); left > 0; left--) {
    const end = skipName(message, at);
    if (end < 0 || end + 4 > message.length) return -1;
    at = end + 4;
  }
  for (let left = u16(message, 6) + u16(message, 8) + u16(message, 10); left > 0; left--) {
    const owner = skipName(message, at);
    if (owner < 0 || owner + 10 > message.length) return -1;
    const end = owner + 10 + u16(message, owner + 8);
    if (end > message.length) return -1;
    visit({ start: at, type: u16(message, owner), rdata: owner + 10, end });
    at = end;
  }
  return at;
}
