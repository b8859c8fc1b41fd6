import { fold, HEADER_LENGTH, skipName, TYPE, u16 } from './octets.js';

/**
 * What an answer says, whatever is known of its server:
 *
 * - `answer`: records, with AA or from a forwarder; `referral`: to servers of a zone below the one asked;
 * - `nxdomain`, `nodata`: there is no such name, or nothing of that type, with AA or from a forwarder;
 * - `no-aa`, `nxdomain-no-aa`: records or NXDOMAIN without AA, which is no word of the zone's own server;
 * - `upward`: a referral to the servers of the zone itself, of one above it or beside it; `empty`: nothing at all;
 * - `truncated`: cut short (TC);
 * - `servfail`, `refused`, `rcode`: any code but NOERROR and NXDOMAIN, extended ones such as BADVERS included.
 */
export type AnswerKind =
  | 'answer'
  | 'referral'
  | 'nxdomain'
  | 'nodata'
  | 'no-aa'
  | 'nxdomain-no-aa'
  | 'upward'
  | 'empty'
  | 'truncated'
  | 'servfail'
  | 'refused'
  | 'rcode';

/** What makes an answer doubtful, or what another transport had instead, in one word for people and metrics. */
export type AnswerWord = AnswerKind | 'no-opt' | 'no-rrsig' | 'none';

/** How far an answer may be believed, from best to worst; `none` stands for no answer. */
export const WORTHS = ['sound', 'doubtful', 'rcode', 'none'] as const;

/** See {@link WORTHS}. */
export type Worth = (typeof WORTHS)[number];

/** What an answer is worth, and why. */
export interface Appraisal {
  readonly worth: Worth;
  readonly kind: AnswerKind;
  /** The query had an OPT record and the answer has none (RFC 6891 section 7). */
  readonly lacksOpt: boolean;
  /** The query had the DO bit and no record of the answer is a signature (RFC 4035 section 3.1). */
  readonly lacksRrsig: boolean;
}

/**
 * What is known of an endpoint and a zone. Facts cost a look-up, so each is asked for only where the answer depends on it.
 */
export interface Known {
  /** How many labels the zone's name has; 0 for the root. */
  zoneLabels(): number;
  /**
   * `proven`: this endpoint has answered this zone positively, so that its NXDOMAIN and NODATA are believed. `unsigned`: Do53
   * has no signatures there either; `no-edns`: nor an OPT record.
   */
  has(fact: ZoneFact): boolean;
}

/** What can be known of an endpoint and a zone; see {@link Known.has}. */
export type ZoneFact = 'proven' | 'unsigned' | 'no-edns';

const NXDOMAIN = 3;
const SERVFAIL = 2;
const REFUSED = 5;

/** Records of an authority section that are looked at: a referral or a negative answer shows by its first. */
const MAX_AUTHORITY = 64;

/** Labels of a name, at most (RFC 1035 section 2.3.4), and as many pointers. */
const MAX_LABELS = 128;

/** How good each kind is beside another; see {@link isWorse}. What is cut short is no better than a code. */
const SCORES: Readonly<Record<AnswerKind, number>> = {
  answer: 5,
  referral: 5,
  nxdomain: 5,
  nodata: 5,
  'no-aa': 4,
  'nxdomain-no-aa': 2,
  upward: 2,
  empty: 2,
  truncated: 1,
  servfail: 1,
  refused: 1,
  rcode: 1,
};

/** A negative answer of an endpoint that has proven nothing of the zone: better than nothing, worse than records. */
const UNPROVEN_SCORE = 3;

/** Every word for an answer. */
export const ANSWER_WORDS: readonly AnswerWord[] = [
  ...(Object.keys(SCORES) as AnswerKind[]),
  ...(['no-opt', 'no-rrsig', 'none'] as const),
];

/** Every appraisal that there can be, made once: a sound answer costs no object. */
const APPRAISALS: ReadonlyMap<AnswerKind, readonly Appraisal[]> = new Map(
  (Object.keys(SCORES) as AnswerKind[]).map((kind) => [kind, appraisalsOf(kind)]),
);

function appraisalsOf(kind: AnswerKind): readonly Appraisal[] {
  return Array.from({ length: 8 }, (_, bits) => {
    const isSound = (bits & 4) !== 0;
    const worth = isSound ? 'sound' : SCORES[kind] === 1 && kind !== 'truncated' ? 'rcode' : 'doubtful';
    return Object.freeze({ worth, kind, lacksOpt: (bits & 1) !== 0, lacksRrsig: (bits & 2) !== 0 });
  });
}

function appraisal(kind: AnswerKind, isSound: boolean, lacksOpt = false, lacksRrsig = false): Appraisal {
  const bits = (lacksOpt ? 1 : 0) | (lacksRrsig ? 2 : 0) | (isSound ? 4 : 0);
  return APPRAISALS.get(kind)?.[bits] as Appraisal;
}

/**
 * Says what an answer is worth. That it came proves the transport; this is about whether it may be given to the caller, who
 * must not get a worse answer because the query was encrypted.
 *
 * Sound is NOERROR or NXDOMAIN with AA, or a referral that leads down. From a forwarder (RD=1 asked, RA=1 answered) AA is not
 * asked for. A negative answer is sound once the endpoint has answered the zone positively; an answer without the OPT or the
 * signatures that the query asked for once Do53 is known to have none either. A sound answer is told by its header and
 * counts, unless a referral, a negative answer or a query with OPT asks for a walk through its records.
 *
 * @param query - as the host sent it, well-formed
 * @param answer - a well-formed answer to it
 * @param known - what is known of the endpoint and the zone
 */
export function appraise(query: Uint8Array, answer: Uint8Array, known: Known): Appraisal {
  const edns = u16(query, 10) > 0 ? ednsOf(query) : 'none';
  const parts = edns === 'none' ? 0 : partsOf(answer);
  const kind = kindOf(query, answer, known, (parts & EXTENDED) !== 0);
  if (SCORES[kind] === 1) return appraisal(kind, false);
  const lacksOpt = edns !== 'none' && (parts & HAS_OPT) === 0;
  const lacksRrsig = edns === 'dnssec' && (parts & HAS_RRSIG) === 0;
  const isComplete = !(lacksOpt && !known.has('no-edns')) && !(lacksRrsig && !known.has('unsigned'));
  return appraisal(kind, isComplete && isBelieved(kind, known), lacksOpt, lacksRrsig);
}

/**
 * What a probe's answer is worth: it asks for the SOA of a zone, and sound is that record with AA, nothing else.
 *
 * @param query - for the SOA, without RD
 * @param answer - a well-formed answer to it
 */
export function appraiseSoa(query: Uint8Array, answer: Uint8Array): Appraisal {
  const known: Known = { zoneLabels: () => labelsAt(query, HEADER_LENGTH), has: () => false };
  const kind = kindOf(query, answer, known, (partsOf(answer) & EXTENDED) !== 0);
  if (kind !== 'answer') return appraisal(kind, false);
  return holdsApexSoa(answer) ? appraisal(kind, true) : appraisal('empty', false);
}

/**
 * Whether Do53's answer is better than DoT's: it is worth more, or has the records or signatures that are missing. Where
 * both are alike DoT's stands. Where both are doubtful each in its own way Do53's is, for it is what the caller would have got.
 *
 * @param dot - what DoT gave
 * @param clear - what Do53 gave
 */
export function isWorse(dot: Appraisal, clear: Appraisal): boolean {
  if (dot.kind === clear.kind) return lacksMore(dot, clear);
  const clearScore = SCORES[clear.kind];
  const isUnproven = isNegative(dot.kind) && dot.worth !== 'sound';
  const dotScore = isUnproven ? UNPROVEN_SCORE : SCORES[dot.kind];
  if (clearScore !== dotScore) return clearScore > dotScore;
  if (dotScore === SCORES.answer) return lacksMore(dot, clear);
  return dotScore > SCORES.rcode;
}

/**
 * Whether an answer of Do53 is no better than a response code, so that DoT, which is under way, may bring a better one.
 *
 * @param clear - what Do53 gave
 */
export function isWorthWaitingFor(clear: Appraisal): boolean {
  return SCORES[clear.kind] === 1;
}

/**
 * An appraisal in one word: what is missing, else what the answer says.
 *
 * @param found - the appraisal
 */
export function wordOf(found: Appraisal): AnswerWord {
  if (found.worth === 'sound' || isUnbelievable(found.kind)) return found.kind;
  if (found.lacksOpt) return 'no-opt';
  return found.lacksRrsig ? 'no-rrsig' : found.kind;
}

/**
 * A response code alone in one word, for what a host tells of answers that we have not seen.
 *
 * @param rcode - 0 to 4,095
 */
export function wordOfRcode(rcode: number): AnswerWord {
  if (rcode === 0) return 'answer';
  return rcode === NXDOMAIN ? 'nxdomain' : kindOfRcode(rcode);
}

/**
 * Whether Do53 says the same as DoT, and that is something that a sound answer says: what was missing is missing there too.
 *
 * @param dot - what DoT gave
 * @param clear - what Do53 gave
 */
export function isConfirmed(dot: Appraisal, clear: Appraisal): boolean {
  return dot.kind === clear.kind && !isUnbelievable(dot.kind);
}

/**
 * How many labels the name above a question's has, which is the zone that it is counted to where the host names none.
 *
 * @param query - a well-formed query
 */
export function parentLabels(query: Uint8Array): number {
  return Math.max(0, labelsAt(query, HEADER_LENGTH) - 1);
}

/** Whether an answer says that something is not there. */
export function isNegative(kind: AnswerKind): boolean {
  return kind === 'nxdomain' || kind === 'nodata';
}

function isUnbelievable(kind: AnswerKind): boolean {
  return SCORES[kind] < SCORES.answer;
}

function isBelieved(kind: AnswerKind, known: Known): boolean {
  return !isUnbelievable(kind) && (!isNegative(kind) || known.has('proven'));
}

function lacksMore(dot: Appraisal, clear: Appraisal): boolean {
  return (dot.lacksOpt && !clear.lacksOpt) || (dot.lacksRrsig && !clear.lacksRrsig);
}

function kindOf(query: Uint8Array, answer: Uint8Array, known: Known, isExtended: boolean): AnswerKind {
  const flags = answer[2] as number;
  const rcode = (answer[3] as number) & 0x0f;
  const isTruncated = (flags & 0x02) !== 0;
  const isAuthoritative = (flags & 0x04) !== 0;
  if (rcode !== 0 && rcode !== NXDOMAIN) return kindOfRcode(rcode);
  // BADVERS and its like read as NOERROR in the header: the rest of the code is in the OPT (RFC 6891 section 6.1.3).
  if (isExtended) return 'rcode';
  if (isTruncated) return 'truncated';
  const isForwarder = ((query[2] as number) & 0x01) !== 0 && ((answer[3] as number) & 0x80) !== 0;
  const isOwnWord = isAuthoritative || isForwarder;
  if (rcode === NXDOMAIN) return isOwnWord ? 'nxdomain' : 'nxdomain-no-aa';
  if (u16(answer, 6) > 0) return isOwnWord ? 'answer' : 'no-aa';
  return kindOfEmpty(answer, isAuthoritative, isForwarder, known);
}

function kindOfRcode(rcode: number): AnswerKind {
  if (rcode === SERVFAIL) return 'servfail';
  return rcode === REFUSED ? 'refused' : 'rcode';
}

/** NOERROR without an answer: a negative one with the zone's SOA (RFC 2308 section 2.2), a referral, or neither. */
function kindOfEmpty(answer: Uint8Array, isAuthoritative: boolean, isForwarder: boolean, known: Known): AnswerKind {
  let at = afterQuestions(answer);
  let refers = false;
  for (let left = Math.min(u16(answer, 8), MAX_AUTHORITY); left > 0 && at >= 0; left--) {
    const owner = skipName(answer, at);
    if (owner < 0) break;
    const type = u16(answer, owner);
    if (type === TYPE.SOA && (isAuthoritative || isForwarder)) return 'nodata';
    if (type === TYPE.NS) {
      if (leadsDown(answer, at, known)) return 'referral';
      refers = true;
    }
    at = owner + 10 + u16(answer, owner + 8);
  }
  if (refers) return 'upward';
  return isForwarder ? 'nodata' : 'empty';
}

/** Whether an owner lies below the zone and at or above the question's name: then it is below the zone's apex on the way. */
function leadsDown(answer: Uint8Array, owner: number, known: Known): boolean {
  if (u16(answer, 4) === 0) return false;
  const labels = labelsAt(answer, owner);
  return labels > known.zoneLabels() && isAncestor(answer, owner, labels);
}

/** Whether the name at an offset is the question's or one above it. */
function isAncestor(message: Uint8Array, owner: number, labels: number): boolean {
  let name = HEADER_LENGTH;
  for (let over = labelsAt(message, name) - labels; over !== 0; over--) {
    if (over < 0) return false;
    name += 1 + (message[name] as number);
  }
  let above = landing(message, owner);
  for (let left = labels; left > 0; left--) {
    const length = message[name] as number;
    // An owner that points into the question is the same octets.
    if (above === name) return true;
    if (message[above] !== length) return false;
    for (let i = 1; i <= length; i++) {
      if (fold(message[name + i] as number) !== fold(message[above + i] as number)) return false;
    }
    name += 1 + length;
    above = landing(message, above + 1 + length);
  }
  return true;
}

/** How many labels a name has, its pointers followed (RFC 1035 section 4.1.4); a huge number where it is malformed. */
function labelsAt(message: Uint8Array, start: number): number {
  let labels = 0;
  let at = landing(message, start);
  for (let length = message[at]; length !== 0; length = message[at]) {
    labels++;
    if (length === undefined || length > 63 || labels >= MAX_LABELS) return Number.MAX_SAFE_INTEGER;
    at = landing(message, at + 1 + length);
  }
  return labels;
}

/** Where a pointer leads, and the pointers behind it; each leads further back, so that no circle is walked. */
function landing(message: Uint8Array, start: number): number {
  let at = start;
  for (let length = message[at]; length !== undefined && length >= 0xc0; length = message[at]) {
    const to = u16(message, at) & 0x3fff;
    if (to >= at) return message.length;
    at = to;
  }
  return at;
}

/** Whether the answer section has an SOA of the question's own name. */
function holdsApexSoa(answer: Uint8Array): boolean {
  let at = afterQuestions(answer);
  for (let left = u16(answer, 6); left > 0; left--) {
    const owner = skipName(answer, at);
    if (owner < 0) return false;
    const isSoa = u16(answer, owner) === TYPE.SOA;
    if (isSoa && isAncestor(answer, at, labelsAt(answer, HEADER_LENGTH))) return true;
    at = owner + 10 + u16(answer, owner + 8);
  }
  return false;
}

/** What a query asks for by its OPT; nearly always that is the first record after the question. */
function ednsOf(query: Uint8Array): 'none' | 'plain' | 'dnssec' {
  let at = afterQuestions(query);
  for (let left = u16(query, 10); left > 0; left--) {
    const owner = skipName(query, at);
    if (owner < 0) return 'none';
    if (u16(query, owner) === TYPE.OPT) return ((query[owner + 6] as number) & 0x80) !== 0 ? 'dnssec' : 'plain';
    at = owner + 10 + u16(query, owner + 8);
  }
  return 'none';
}

function afterQuestions(message: Uint8Array): number {
  if (u16(message, 4) === 0) return HEADER_LENGTH;
  const end = skipName(message, HEADER_LENGTH);
  return end < 0 ? end : end + 4;
}

const HAS_OPT = 1;
const HAS_RRSIG = 2;
const EXTENDED = 4;

/** Whether an answer has an OPT in its additional section, and that an extended code, and a signature before it: as bits. */
function partsOf(answer: Uint8Array): number {
  const additionals = u16(answer, 10);
  let parts = 0;
  let at = afterQuestions(answer);
  for (let left = u16(answer, 6) + u16(answer, 8) + additionals; left > 0 && at >= 0; left--) {
    const owner = skipName(answer, at);
    if (owner < 0) break;
    const type = u16(answer, owner);
    if (type === TYPE.RRSIG && left > additionals) parts |= HAS_RRSIG;
    if (type === TYPE.OPT && left <= additionals) return parts | HAS_OPT | (answer[owner + 4] === 0 ? 0 : EXTENDED);
    at = owner + 10 + u16(answer, owner + 8);
  }
  return parts;
}
