import type { AnswerInfo } from './answer.js';
import { KEEPALIVE, type OptionPlace, optionsAreSound, optionsOf, PADDING } from './edns-options.js';
import { checkQuery, type QueryInfo } from './message.js';
import { MAX_MESSAGE, putU16, type RecordPlace, TYPE, u16 } from './octets.js';
import { holdsOpt } from './opt-pointers.js';

/**
 * How a query is dressed for DoT: `padded` with keepalive and padding; `unpadded` for servers that answer FORMERR to
 * padding; `bare` just as the host gave it, for those that choke on EDNS.
 */
export type Shape = 'padded' | 'unpadded' | 'bare';

/** Clients pad to multiples of this (RFC 8467 section 4.1). */
const BLOCK = 128;

/** The fixed part of an OPT record: root, type, payload size, extended rcode, version, flags, length of the data. */
const OPT_FIXED = 11;

/** The UDP payload size in our own OPT. It never travels over UDP, but servers read it. */
const PAYLOAD_SIZE = 1232;

/** The rcode that replaces one which a header alone cannot express. */
const SERVFAIL = 2;

const NO_OPTIONS: readonly OptionPlace[] = [];

/**
 * Adds what DoT asks for: edns-tcp-keepalive (RFC 7828), and padding as the last option to a multiple of 128 octets
 * (RFC 7830, RFC 8467), at the size limit to the limit. A query without OPT gets one. Padding of the host's own is
 * replaced. A signed message goes as it is because it must not change; so does one whose OPT is followed by other
 * records, because these would move away from pointers that lead to them.
 *
 * @param message - a query that {@link checkQuery} accepts
 * @param shape - how to dress it
 * @param info - what {@link checkQuery} said of it
 * @returns the message to send; the same array where nothing changes
 */
export function addEdns(message: Uint8Array, shape: Shape, info: QueryInfo = checkQuery(message)): Uint8Array {
  const { opt } = info;
  if (info.signed || shape === 'bare' || (opt !== undefined && !info.optIsLast)) return message;
  const kept = opt === undefined ? NO_OPTIONS : optionsOf(message, opt).filter(({ code }) => code !== PADDING);
  const addKeepalive = !kept.some(isKeepalive);
  const head = opt?.start ?? message.length;
  const size = head + OPT_FIXED + sizeOf(kept) + (addKeepalive ? 4 : 0);
  if (size > MAX_MESSAGE) return message;
  const full = shape === 'padded' ? paddedSize(size) : size;

  const dressed = new Uint8Array(full);
  dressed.set(opt === undefined ? message : message.subarray(0, head + OPT_FIXED));
  if (opt === undefined) {
    putU16(dressed, 10, u16(message, 10) + 1);
    putU16(dressed, head + 1, TYPE.OPT);
    putU16(dressed, head + 3, PAYLOAD_SIZE);
  }
  putU16(dressed, head + OPT_FIXED - 2, full - head - OPT_FIXED);
  let at = copyOptions(message, kept, dressed, head + OPT_FIXED);
  if (addKeepalive) {
    putU16(dressed, at, KEEPALIVE);
    at += 4;
  }
  if (full > size) {
    putU16(dressed, at, PADDING);
    putU16(dressed, at + 2, full - at - 4);
  }
  return dressed;
}

function isKeepalive({ code }: OptionPlace): boolean {
  return code === KEEPALIVE;
}

/** The size with a padding option; unchanged where not even an empty option fits. */
function paddedSize(size: number): number {
  if (size + 4 > MAX_MESSAGE) return size;
  return Math.min(Math.ceil((size + 4) / BLOCK) * BLOCK, MAX_MESSAGE);
}

function sizeOf(options: readonly OptionPlace[]): number {
  let size = 0;
  for (const { start, end } of options) size += end - start;
  return size;
}

function copyOptions(from: Uint8Array, options: readonly OptionPlace[], to: Uint8Array, start: number): number {
  let at = start;
  for (const option of options) {
    to.set(from.subarray(option.start, option.end), at);
    at += option.end - option.start;
  }
  return at;
}

/**
 * The answer as the host's own query would have got it: with the caller's id, without the OPT where the query had none,
 * otherwise without the options that only we had asked for. A signed answer keeps every octet but its id (which TSIG
 * does not cover, and which SIG(0) queries had kept).
 *
 * Octets that are cut out move all octets behind them. Pointers lead back, so names in records before the OPT are safe, and
 * only those in records after it could change; where one may, the OPT stays as the server sent it. It also stays before a
 * second OPT.
 *
 * @param answer - an answer that matched; not changed
 * @param query - what {@link checkQuery} said of the host's query
 * @param found - what the check of the answer found in it
 */
export function stripEdns(answer: Uint8Array, query: QueryInfo, found: AnswerInfo): Uint8Array {
  const opt = query.signed || found.signed ? undefined : found.opt;
  const undressed = opt === undefined ? copyOf(answer) : withoutOurs(answer, opt, query);
  putU16(undressed, 0, query.id);
  return undressed;
}

function withoutOurs(answer: Uint8Array, opt: RecordPlace, query: QueryInfo): Uint8Array {
  if (query.opt === undefined) {
    if (holdsOpt(answer, opt, opt.start)) return copyOf(answer);
    const cut = replaced(answer, opt.start, NO_OPTIONS, opt.end);
    putU16(cut, 10, u16(answer, 10) - 1);
    // BADVERS and its like live in the OPT; without it they would read as NOERROR.
    if (answer[opt.rdata - 6] !== 0) cut[3] = ((answer[3] ?? 0) & 0xf0) | SERVFAIL;
    return cut;
  }
  const all = optionsOf(answer, opt);
  const kept = all.filter(({ code }) => (code !== KEEPALIVE || query.keepalive) && (code !== PADDING || query.padded));
  const asSent = kept.length === all.length || !optionsAreSound(answer, opt);
  if (asSent || holdsOpt(answer, opt, opt.rdata)) return copyOf(answer);
  const cut = replaced(answer, opt.rdata, kept, opt.end);
  putU16(cut, opt.rdata - 2, sizeOf(kept));
  return cut;
}

/** A copy on memory of its own: many messages share the memory that the socket read into. */
function copyOf(message: Uint8Array): Uint8Array {
  return new Uint8Array(message);
}

/** A copy of a message with some of its options in the place of what lies between two offsets. */
function replaced(message: Uint8Array, start: number, options: readonly OptionPlace[], end: number): Uint8Array {
  const result = new Uint8Array(start + sizeOf(options) + message.length - end);
  result.set(message.subarray(0, start));
  const at = copyOptions(message, options, result, start);
  if (end < message.length) result.set(message.subarray(end), at);
  return result;
}
