import { fold, HEADER_LENGTH, isSignature, type RecordPlace, skipName, TYPE, u16 } from './octets.js';

/** What one walk through an answer finds. */
export interface AnswerInfo {
  /** The response code with its extension from the OPT (RFC 6891 section 6.1.3). */
  readonly rcode: number;
  /** The first OPT of the additional section, where there is one. */
  readonly opt: RecordPlace | undefined;
  /** Whether the last record signs the message: TSIG, or SIG(0). */
  readonly signed: boolean;
}

const RCODE_NOERROR = 0;
const RCODE_NXDOMAIN = 3;

/**
 * Whether a message with the id of a query of ours is the answer to it, and what it holds, in one walk: QR and opcode
 * fit, and the question is the same octets, its name in any case of ASCII letters (RFC 7766 section 7); or there is no
 * question and an rcode other than NOERROR and NXDOMAIN, for servers that choke answer with a bare header.
 *
 * @param query - the query as it was sent, well-formed; its id is not looked at
 * @param end - the offset after its question
 * @param answer - whatever came
 * @returns what it holds; `mismatch` for another question: not ours; `malformed` for what is no answer
 */
export function readAnswer(query: Uint8Array, end: number, answer: Uint8Array): AnswerInfo | 'mismatch' | 'malformed' {
  const { length } = answer;
  if (length < HEADER_LENGTH) return 'malformed';
  const flags = answer[2] as number;
  // QR=1, and our opcode.
  if ((flags & 0x80) === 0 || ((flags ^ (query[2] as number)) & 0x78) !== 0) return 'malformed';
  const questions = u16(answer, 4);
  const additionals = u16(answer, 10);
  const records = u16(answer, 6) + u16(answer, 8) + additionals;
  if (questions > 1 || HEADER_LENGTH + questions * 5 + records * 11 > length) return 'malformed';
  if (questions === 1 && !sameQuestion(query, end, answer)) return 'mismatch';
  const rcode = (answer[3] as number) & 0x0f;
  const bare = questions === 0;
  const truncated = (flags & 0x02) !== 0;
  let at = bare ? HEADER_LENGTH : end;
  let opt: RecordPlace | undefined;
  let signed = false;
  for (let left = records; left > 0; left--) {
    const owner = skipName(answer, at);
    const rdata = owner + 10;
    const next = owner < 0 || rdata > length ? -1 : rdata + u16(answer, owner + 8);
    if (next < 0 || next > length) {
      // A truncated message may end anywhere (RFC 2181 section 9); nothing of it is used but its header.
      if (truncated) break;
      return 'malformed';
    }
    const type = u16(answer, owner);
    // An OPT elsewhere says nothing (RFC 6891 section 6.1.1), and could not be taken out of the additional section.
    if (type === TYPE.OPT && left <= additionals) opt ??= { start: at, type, rdata, end: next };
    signed = left === 1 && isSignature(answer, type, rdata);
    at = next;
  }
  const full = opt === undefined ? rcode : ((answer[opt.rdata - 6] as number) << 4) | rcode;
  if (bare && (full === RCODE_NOERROR || full === RCODE_NXDOMAIN)) return 'malformed';
  return { rcode: full, opt, signed };
}

function sameQuestion(query: Uint8Array, end: number, answer: Uint8Array): boolean {
  if (answer.length < end) return false;
  for (let at = HEADER_LENGTH; at < end; at++) {
    const ours = query[at] as number;
    const theirs = answer[at] as number;
    // Length octets are below 64 and never fold, so the name needs no parsing; type and class compare as they are.
    if (ours !== theirs && (at >= end - 4 || fold(ours) !== fold(theirs))) return false;
  }
  return true;
}
