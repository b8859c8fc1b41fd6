import { Buffer } from 'node:buffer';

// A second reading of DNS messages (RFC 1035 section 4.1), written for clearness alone and from the RFC, not from src/:
// what src/ finds in a message is compared with it.

/** A question as it stands in its message. */
export interface ReadQuestion {
  readonly start: number;
  readonly end: number;
  /** Its name's labels; `undefined` where it ends in a pointer. */
  readonly labels: readonly Buffer[] | undefined;
  readonly type: number;
}

/** A record as it stands in its message. */
export interface ReadRecord {
  readonly start: number;
  readonly section: 'answer' | 'authority' | 'additional';
  /** Whether its owner is the root, written as one zero octet. */
  readonly ownedByRoot: boolean;
  readonly type: number;
  /** The octets of its TTL, which an OPT uses for others. */
  readonly ttl: Buffer;
  readonly rdata: Buffer;
  readonly rdataStart: number;
  readonly end: number;
}

/** A message, as far as it could be read. */
export interface ReadMessage {
  readonly id: number;
  readonly isResponse: boolean;
  readonly opcode: number;
  readonly isTruncated: boolean;
  readonly rcode: number;
  readonly counts: readonly [questions: number, answers: number, authorities: number, additionals: number];
  readonly questions: readonly ReadQuestion[];
  readonly records: readonly ReadRecord[];
  /** Whether everything that the counts announce is there. */
  readonly whole: boolean;
  /** The offset after the last that was read. */
  readonly end: number;
}

/** Thrown inside, where a message ends too soon or has no sense. */
class Unreadable extends Error {}

const SECTIONS = ['answer', 'authority', 'additional'] as const;

/**
 * Reads a message.
 *
 * @param octets - anything
 * @returns `undefined` where it is shorter than a header
 */
export function readMessage(octets: Uint8Array): ReadMessage | undefined {
  const message = Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength);
  if (message.length < 12) return undefined;
  const flags = message.readUInt16BE(2);
  const counts = [4, 6, 8, 10].map((at) => message.readUInt16BE(at)) as [number, number, number, number];
  const questions: ReadQuestion[] = [];
  const records: ReadRecord[] = [];
  let end = 12;
  let whole = true;
  try {
    for (let index = 0; index < counts[0]; index++) {
      const question = readQuestion(message, end);
      questions.push(question);
      end = question.end;
    }
    for (const [section, name] of SECTIONS.entries()) {
      for (let index = 0; index < (counts[section + 1] ?? 0); index++) {
        const record = readRecord(message, end, name);
        records.push(record);
        end = record.end;
      }
    }
  } catch (error) {
    if (!(error instanceof Unreadable || error instanceof RangeError)) throw error;
    whole = false;
  }
  return {
    id: message.readUInt16BE(0),
    isResponse: flags >= 0x8000,
    opcode: (flags >> 11) % 16,
    isTruncated: ((flags >> 9) & 1) === 1,
    rcode: flags % 16,
    counts,
    questions,
    records,
    whole,
    end,
  };
}

function readQuestion(message: Buffer, start: number): ReadQuestion {
  const { labels, end } = readName(message, start);
  const type = message.readUInt16BE(end);
  message.readUInt16BE(end + 2);
  return { start, end: end + 4, labels, type };
}

function readRecord(message: Buffer, start: number, section: ReadRecord['section']): ReadRecord {
  const name = readName(message, start);
  const type = message.readUInt16BE(name.end);
  const rdataStart = name.end + 10;
  const end = rdataStart + message.readUInt16BE(name.end + 8);
  if (end > message.length) throw new Unreadable('data behind the end');
  const ttl = message.subarray(name.end + 4, name.end + 8);
  const rdata = message.subarray(rdataStart, end);
  return { start, section, ownedByRoot: message[start] === 0, type, ttl, rdata, rdataStart, end };
}

/** A name as it stands; pointers are not followed. */
function readName(message: Buffer, start: number): { labels: Buffer[] | undefined; end: number } {
  const labels: Buffer[] = [];
  let octets = 0;
  for (let at = start; ; ) {
    const length = message.readUInt8(at);
    if (length === 0) return { labels, end: at + 1 };
    if (length >= 0b1100_0000) {
      message.readUInt16BE(at);
      return { labels: undefined, end: at + 2 };
    }
    if (length > 63) throw new Unreadable('a label of more than 63 octets');
    octets += 1 + length;
    if (octets > 254) throw new Unreadable('a name of more than 255 octets');
    const label = message.subarray(at + 1, at + 1 + length);
    if (label.length < length) throw new Unreadable('a label behind the end');
    labels.push(label);
    at += 1 + length;
  }
}

/** An EDNS option as it stands in its OPT. */
export interface ReadOption {
  readonly code: number;
  readonly data: Buffer;
}

/**
 * The options of an OPT's data (RFC 6891 section 6.1.2).
 *
 * @param rdata - its data
 * @returns `undefined` where it does not consist of whole options
 */
export function readOptions(rdata: Buffer): ReadOption[] | undefined {
  const options: ReadOption[] = [];
  for (let rest = rdata; rest.length > 0; ) {
    if (rest.length < 4) return undefined;
    const length = rest.readUInt16BE(2);
    if (rest.length < 4 + length) return undefined;
    options.push({ code: rest.readUInt16BE(0), data: rest.subarray(4, 4 + length) });
    rest = rest.subarray(4 + length);
  }
  return options;
}

/** The OPT that speaks for a message: the first of its additional section (RFC 6891 section 6.1.1). */
export function optOf({ records }: ReadMessage): ReadRecord | undefined {
  return records.find(({ section, type }) => section === 'additional' && type === 41);
}

/** Lower case of ASCII letters alone, as names are compared (RFC 4343). */
export function folded(octets: Uint8Array): Buffer {
  return Buffer.from(octets.map((octet) => (octet >= 65 && octet <= 90 ? octet + 32 : octet)));
}

/**
 * Cuts a stream into messages by their length octets.
 *
 * @param stream - all of it
 * @param maxLength - the longest message accepted
 * @returns the messages, and whether a length among them is unacceptable
 */
export function cutFrames(stream: Uint8Array, maxLength: number): { messages: Uint8Array[]; wrong: boolean } {
  const messages: Uint8Array[] = [];
  let rest = stream;
  while (rest.length >= 2) {
    const length = ((rest[0] ?? 0) << 8) + (rest[1] ?? 0);
    if (length < 12 || length > maxLength) return { messages, wrong: true };
    if (rest.length < 2 + length) break;
    messages.push(rest.subarray(2, 2 + length));
    rest = rest.subarray(2 + length);
  }
  return { messages, wrong: false };
}
