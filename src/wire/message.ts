import { InvalidInputError } from '../common/errors.js';
import { readAnswer } from './answer.js';
import { findOption, KEEPALIVE, optionsAreSound, PADDING } from './edns-options.js';
import {
  countsExceedLength,
  HEADER_LENGTH,
  isResponse,
  isSignature,
  MAX_MESSAGE,
  opcodeOf,
  questionEnd,
  type RecordPlace,
  TYPE,
  u16,
  walkRecords,
} from './octets.js';

export { soaQuery, zoneOfQuestion } from './names.js';

/** What a query from the host has, found by {@link checkQuery}. Offsets are in octets. */
export interface QueryInfo {
  /** The caller's id, which its answer will carry again. */
  readonly id: number;
  /** The offset after the question, which begins at 12. */
  readonly questionEnd: number;
  /** The question's type. */
  readonly qtype: number;
  /** The OPT record, where there is one (RFC 6891). */
  readonly opt: RecordPlace | undefined;
  /** Whether the OPT is the message's last record, so that it can grow. */
  readonly optIsLast: boolean;
  /** Whether the last record is a TSIG (RFC 8945) or SIG(0) (RFC 2931): not an octet may change then. */
  readonly signed: boolean;
  /** Whether the host asks for padding itself, so that the answer's padding is left in. */
  readonly padded: boolean;
  /** Whether the host asks for keepalive itself. */
  readonly keepalive: boolean;
}

/**
 * Checks a message that the host wants sent, before anything has been sent.
 *
 * @param message - in wire format, without the two length octets of TCP
 * @throws {@link InvalidInputError} `INVALID_MESSAGE`: no well-formed query with one question; `UNSUPPORTED_MESSAGE`: an
 *   opcode other than QUERY, or a zone transfer, whose answers are more than one message
 */
export function checkQuery(message: Uint8Array): QueryInfo {
  const end = checkQuestion(message);
  const { opt, last } = additionalOf(message, end);
  return {
    id: u16(message, 0),
    questionEnd: end,
    qtype: u16(message, end - 4),
    opt,
    optIsLast: opt !== undefined && opt === last,
    signed: last !== undefined && isSignature(message, last.type, last.rdata),
    padded: opt !== undefined && findOption(message, opt, PADDING) !== undefined,
    keepalive: opt !== undefined && findOption(message, opt, KEEPALIVE) !== undefined,
  };
}

/** The same where nobody asks what it has: no object is made of a query that has no OPT. */
export function requireQuery(message: Uint8Array): void {
  additionalOf(message, checkQuestion(message));
}

/** Gives the offset after the question. */
function checkQuestion(message: Uint8Array): number {
  const bytes = message as unknown;
  if (!(bytes instanceof Uint8Array)) throw invalid(typeof bytes, 'a Uint8Array');
  const { length } = message;
  if (length < HEADER_LENGTH || length > MAX_MESSAGE) throw invalid(`${length} octets`, '12 to 65,535 octets');
  if (isResponse(message)) throw invalid('a response (QR=1)', 'a query');
  if (opcodeOf(message) !== 0) throw unsupported(`opcode ${opcodeOf(message)}`, 'opcode QUERY');
  if (u16(message, 4) !== 1) throw invalid(`${u16(message, 4)} questions`, 'one question');
  const end = questionEnd(message);
  if (end < 0) throw invalid('a malformed question', 'a name, a type and a class');
  const qtype = u16(message, end - 4);
  if (qtype === TYPE.AXFR || qtype === TYPE.IXFR) throw unsupported('a zone transfer', 'a query with one answer');
  if (u16(message, 6) + u16(message, 8) > 0) throw invalid('answer or authority records', 'none in a query');
  return end;
}

/** What a query may have behind its question. */
interface Additional {
  readonly opt: RecordPlace | undefined;
  readonly last: RecordPlace | undefined;
}

const NO_RECORDS: Additional = { opt: undefined, last: undefined };

/** Most queries that pass through here have no OPT. */
function additionalOf(message: Uint8Array, end: number): Additional {
  return u16(message, 10) > 0 || end !== message.length ? readAdditional(message) : NO_RECORDS;
}

function readAdditional(message: Uint8Array): Additional {
  const opts: RecordPlace[] = [];
  let last: RecordPlace | undefined;
  const note = (place: RecordPlace): void => {
    last = place;
    if (place.type === TYPE.OPT) opts.push(place);
  };
  const end = countsExceedLength(message) ? -1 : walkRecords(message, note);
  if (end !== message.length) throw invalid(end < 0 ? 'malformed records' : 'octets after the last record', 'a query');
  const [opt] = opts;
  // RFC 6891 section 6.1.1.
  if (opts.length > 1) throw invalid(`${opts.length} OPT records`, 'at most one');
  if (opt !== undefined && !(message[opt.start] === 0 && optionsAreSound(message, opt)))
    throw invalid('a malformed OPT record', 'the root as owner and whole options');
  return { opt, last };
}

function invalid(value: string, expected: string): InvalidInputError {
  return new InvalidInputError('INVALID_MESSAGE', value, expected);
}

function unsupported(value: string, expected: string): InvalidInputError {
  return new InvalidInputError('UNSUPPORTED_MESSAGE', value, expected);
}

/** What {@link matchAnswer} finds. */
export type Match = 'match' | 'mismatch' | 'malformed';

/**
 * Whether a message is the answer to a query of ours: id, QR and opcode fit, and the question is ours; see
 * {@link readAnswer}.
 *
 * @param query - the query as it was sent, well-formed
 * @param answer - whatever came
 * @returns `mismatch` for another id or question: not ours; `malformed` for our id on what is no answer
 */
export function matchAnswer(query: Uint8Array, answer: Uint8Array): Match {
  if (answer.length < HEADER_LENGTH) return 'malformed';
  if (u16(query, 0) !== u16(answer, 0)) return 'mismatch';
  const found = readAnswer(query, questionEnd(query), answer);
  return typeof found === 'string' ? found : 'match';
}

/**
 * The response code: four bits of the header, and eight more from the OPT where there is one (RFC 6891 section 6.1.3).
 *
 * @param answer - a DNS message; 0 where it is too short
 */
export function rcodeOf(answer: Uint8Array): number {
  const opt = u16(answer, 10) > 0 ? findOpt(answer) : undefined;
  const extended = opt === undefined ? 0 : (answer[opt.rdata - 6] ?? 0);
  return (extended << 4) | ((answer[3] ?? 0) & 0x0f);
}

/**
 * The first OPT record of a message's additional section; elsewhere it says nothing (RFC 6891 section 6.1.1).
 *
 * @param message - whatever came
 */
export function findOpt(message: Uint8Array): RecordPlace | undefined {
  if (countsExceedLength(message)) return undefined;
  let opt: RecordPlace | undefined;
  let before = u16(message, 6) + u16(message, 8);
  walkRecords(message, (place) => {
    if (before-- <= 0 && place.type === TYPE.OPT) opt ??= place;
  });
  return opt;
}

/** Whether an answer says that it is cut short (TC). */
export function isTruncated(answer: Uint8Array): boolean {
  return ((answer[2] ?? 0) & 0x02) !== 0;
}

/**
 * How good an answer is: 2 for NOERROR and NXDOMAIN, which say something about the name; 1 for any other rcode; 0 for
 * none. Two answers to one question are compared by it.
 *
 * @param rcode - the response code, or `undefined` for no answer
 */
export function answerRank(rcode: number | undefined): 0 | 1 | 2 {
  if (rcode === undefined) return 0;
  return rcode === 0 || rcode === 3 ? 2 : 1;
}
