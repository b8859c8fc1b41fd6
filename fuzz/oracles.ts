import { Buffer } from 'node:buffer';
import dnsPacket from 'dns-packet';
import { type InvalidInputCode, InvalidInputError } from '../src/state/invalid-input.js';
import { checkQuery, type QueryInfo } from '../src/wire/message.js';
import { must } from './promise.js';
import { folded, optOf, type ReadMessage, type ReadRecord, readMessage, readOptions } from './reference.js';

/** The parts of dns-packet that its types leave out. */
interface RecordCodec {
  decode: ((octets: Buffer, at: number) => unknown) & { bytes: number };
}
const { answer: record } = dnsPacket as unknown as { answer: RecordCodec };

/** The longest `value` of an {@link InvalidInputError}. */
const MAX_SHOWN = 100;

/**
 * Runs what may refuse its input, but only by the one error that callers can act on.
 *
 * @param codes - the codes it may carry
 * @param run - what to run
 * @returns what it gave, or `undefined` where it refused
 */
export function acceptedOr<T>(codes: readonly InvalidInputCode[], run: () => T): T | undefined {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error;
    must(codes.includes(error.code), `refuses by ${codes.join(' or ')}`, error.code);
    must(error.value.length <= MAX_SHOWN, 'shows a bounded part of what it refused', error.value);
    return undefined;
  }
}

/** What `checkQuery` says of a message; `undefined` where it refuses it. */
export function queryInfo(message: Uint8Array): QueryInfo | undefined {
  return acceptedOr(['INVALID_MESSAGE', 'UNSUPPORTED_MESSAGE'], () => checkQuery(message));
}

/** Whether a message is a query that dotscout can carry, by the reference. */
export function isOurQuery(read: ReadMessage | undefined, length: number): boolean {
  if (read === undefined || !read.whole || read.end !== length || length > 65_535) return false;
  const [question] = read.questions;
  const [questions, answers, authorities] = read.counts;
  if (read.isResponse || read.opcode !== 0 || questions !== 1 || answers + authorities > 0) return false;
  if (question?.labels === undefined || question.type === 251 || question.type === 252) return false;
  const opts = read.records.filter(({ type }) => type === 41);
  return opts.length <= 1 && opts.every(({ ownedByRoot, rdata }) => ownedByRoot && readOptions(rdata) !== undefined);
}

/** What `readAnswer` should say, by the reference. */
export type Expected =
  | 'mismatch'
  | 'malformed'
  | { readonly rcode: number; readonly opt: ReadRecord | undefined; readonly signed: boolean };

/**
 * Reads an answer to a query by the rules of design section 4, "Success is a well-formed answer".
 *
 * @param query - a query that `checkQuery` accepts
 * @param answer - whatever came
 */
export function expectedOf(query: Uint8Array, answer: Uint8Array): Expected {
  const asked = readMessage(query);
  const read = readMessage(answer);
  if (read === undefined || !read.isResponse || read.opcode !== asked?.opcode) return 'malformed';
  const [questions, answers, authorities, additionals] = read.counts;
  const records = answers + authorities + additionals;
  if (questions > 1 || 12 + 5 * questions + 11 * records > answer.length) return 'malformed';
  if (questions === 1 && !sameQuestion(query, asked, answer)) return 'mismatch';
  if (!read.whole && !read.isTruncated) return 'malformed';
  const opt = optOf(read);
  const rcode = (opt?.ttl[0] ?? 0) * 16 + read.rcode;
  if (questions === 0 && (rcode === 0 || rcode === 3)) return 'malformed';
  const last = read.records.at(-1);
  const signed = read.whole && last !== undefined && isSignature(last, answer);
  return { rcode, opt, signed };
}

/** The same name in any case of ASCII letters, the same type and class. */
function sameQuestion(query: Uint8Array, { questions }: ReadMessage, answer: Uint8Array): boolean {
  const end = questions[0]?.end ?? 12;
  if (answer.length < end) return false;
  const name = [query, answer].map((message) => folded(message.subarray(12, end - 4)));
  const rest = [query, answer].map((message) => Buffer.from(message.subarray(end - 4, end)));
  return Buffer.concat([name[0] ?? Buffer.alloc(0), rest[0] ?? Buffer.alloc(0)]).equals(
    Buffer.concat([name[1] ?? Buffer.alloc(0), rest[1] ?? Buffer.alloc(0)]),
  );
}

/** TSIG, or a SIG that covers no type; the two octets behind a SIG without data count as its data. */
function isSignature({ type, rdataStart }: ReadRecord, message: Uint8Array): boolean {
  const covered = ((message[rdataStart] ?? 0) << 8) | (message[rdataStart + 1] ?? 0);
  return type === 250 || (type === 24 && covered === 0);
}

/** A record as dns-packet decodes it, with what it reads beyond an option's data left out. */
export interface Decoded {
  readonly section: ReadRecord['section'];
  readonly isOpt: boolean;
  readonly value: unknown;
}

/**
 * A message's records as dns-packet decodes them. It is lenient where a record's length and its data disagree, and then
 * goes on somewhere else: each is decoded with the message cut off behind it, and must end where its length says. The
 * header is blank, because names may point into it and it differs from one message to the next.
 *
 * @param message - anything
 * @returns `undefined` where a record does not decode, or where there is more or less than the counts say
 */
export function decodedRecords(message: Uint8Array): Decoded[] | undefined {
  const read = readMessage(message);
  if (read === undefined || !read.whole || read.end !== message.length) return undefined;
  const octets = Buffer.from(message).fill(0, 0, 12);
  const decoded: Decoded[] = [];
  for (const { start, end, section, type } of read.records) {
    try {
      const value = record.decode(octets.subarray(0, end), start);
      if (record.decode.bytes !== end - start) return undefined;
      decoded.push({ section, isOpt: type === 41, value: type === 41 ? withoutDerived(value) : value });
    } catch {
      // It throws Errors of any class; that it refuses is all that is asked.
      return undefined;
    }
  }
  return decoded;
}

function withoutDerived(value: unknown): unknown {
  const opt = value as { options?: { code: number; data: Uint8Array }[] };
  return { ...opt, options: opt.options?.map(({ code, data }) => ({ code, data })) };
}

/** Whether dns-packet decodes all of a message. */
export function decodes(message: Uint8Array): boolean {
  try {
    return dnsPacket.decode(Buffer.from(message)) !== undefined && decodedRecords(message) !== undefined;
  } catch {
    return false;
  }
}
