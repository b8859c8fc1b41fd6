import { isIPv4 } from 'node:net';
import { type Answer, encode, type PacketOpt } from 'dns-packet';
import { SVC_PARAM } from '../wire/svcb.js';
import { KEEPALIVE_OPTION, PADDING_OPTION, type ParsedQuery } from './query.js';

/** The response codes that a fault server can be told to give, by name (RFC 6895). */
export const rcodes = {
  NOERROR: 0,
  FORMERR: 1,
  SERVFAIL: 2,
  NXDOMAIN: 3,
  NOTIMP: 4,
  REFUSED: 5,
  NOTAUTH: 9,
} as const;

/** A response code by name. */
export type RcodeName = keyof typeof rcodes;

/** What a fault server answers to A, over every transport. */
export const ANSWER_ADDRESS = '192.0.2.1';

/** What a fault server with the fault `different-answers` answers to A over DoT. */
export const DOT_ONLY_ADDRESS = '192.0.2.85';

/** What the forged datagrams of `clear: 'forge'` carry for A. */
export const FORGED_ADDRESS = '192.0.2.66';

/** A DoT port that SVCB points to. */
export interface DesignatedPort {
  /** IPv4 or IPv6. */
  readonly address: string;
  /** From 1 to 65535. */
  readonly port: number;
}

/** How an answer is made. */
export interface AnswerOptions {
  /** The response code; by default what the name says. */
  readonly rcode?: RcodeName | undefined;
  /** The address for A. */
  readonly address?: string | undefined;
  /** Whether to set TC and leave the records out. */
  readonly truncated?: boolean | undefined;
  /** Adds edns-tcp-keepalive with this time, in units of 100 ms, if the query had an OPT record. */
  readonly keepalive?: number | undefined;
  /** Pads to a multiple of 468 octets if the query was padded (RFC 8467). */
  readonly pad?: boolean | undefined;
  /** What SVCB at `_dns.resolver.arpa` answers (RFC 9462), with the name `auth.test`; by default no data. */
  readonly designated?: DesignatedPort | undefined;
  /** Adds TXT records until the answer has at least this many octets. */
  readonly atLeast?: number | undefined;
}

const TYPES = { A: 1, NS: 2, SOA: 6, SVCB: 64 } as const;
/** Under this name resolvers designate encrypted ones (RFC 9462 section 4). */
const DESIGNATION = '_dns.resolver.arpa.';
const FLAGS = { authoritative: 0x0400, truncated: 0x0200 } as const;
const HEADER = 12;
const PADDING_BLOCK = 468;
const PAYLOAD_SIZE = 1232;
const TTL = 60;
/** A pointer to the question's name. */
const ASKED = Buffer.from([0xc0, HEADER]);

interface Sections {
  readonly flags: number;
  readonly answer: readonly Buffer[];
  readonly authority: readonly Buffer[];
}

/** Records as dns-packet encodes them. Their owner is the root, whose name is one octet. */
function encoded(answers: Answer[]): Buffer {
  return encode({ type: 'response', answers }).subarray(HEADER);
}

/** A record of the name that was asked for: a pointer keeps its octets, which dns-packet's names would not. */
function ofAsked(answer: Answer): Buffer {
  return Buffer.concat([ASKED, encoded([{ ...answer, name: '.' }]).subarray(1)]);
}

function soa(): Buffer {
  const data = { mname: 'ns.test', rname: 'hostmaster.test', serial: 1, refresh: 7200, retry: 3600 };
  return ofAsked({ type: 'SOA', name: '.', ttl: TTL, data: { ...data, expire: 1209600, minimum: 60 } });
}

function ns(target: string): Buffer {
  return ofAsked({ type: 'NS', name: '.', ttl: TTL, data: target });
}

function a(address: string): Answer {
  return { type: 'A', name: '.', ttl: TTL, data: address };
}

/** What the question's name and type ask for: its first label may choose, see `FaultServerOptions`. */
function sectionsFor(
  query: ParsedQuery,
  address: string,
  designated?: DesignatedPort,
): Sections & { rcode: RcodeName } {
  const sound = { flags: FLAGS.authoritative, rcode: 'NOERROR' as RcodeName };
  const label = query.name.split('.', 1)[0] ?? '';
  if (label.startsWith('nx')) return { ...sound, rcode: 'NXDOMAIN', answer: [], authority: [soa()] };
  if (label.startsWith('nodata')) return { ...sound, answer: [], authority: [soa()] };
  if (label.startsWith('referral')) {
    return {
      ...sound,
      flags: 0,
      answer: [],
      authority: [ns('ns.elsewhere.test')],
    };
  }
  if (label.startsWith('cname')) {
    const alias = ofAsked({ type: 'CNAME', name: '.', ttl: TTL, data: 'target.test' });
    return { ...sound, answer: [alias, encoded([{ ...a(address), name: 'target.test' }])], authority: [] };
  }
  if (query.type === TYPES.A) return { ...sound, answer: [ofAsked(a(address))], authority: [] };
  if (query.type === TYPES.SOA) return { ...sound, answer: [soa()], authority: [] };
  if (query.type === TYPES.SVCB && query.name === DESIGNATION && designated !== undefined) {
    return { ...sound, answer: [designation(designated)], authority: [] };
  }
  if (query.type === TYPES.NS) return { ...sound, answer: [ns('ns.test')], authority: [] };
  return { ...sound, answer: [], authority: [soa()] };
}

/** The one designated resolver, in service mode (RFC 9461 section 4). */
function designation({ address, port }: DesignatedPort): Buffer {
  const hint = encoded([isIPv4(address) ? a(address) : { type: 'AAAA', name: '.', ttl: TTL, data: address }]).subarray(
    isIPv4(address) ? -4 : -16,
  );
  const parameters = [
    svcbParameter(SVC_PARAM.alpn, Buffer.from('\x03dot')),
    svcbParameter(SVC_PARAM.port, u16(port)),
    svcbParameter(isIPv4(address) ? SVC_PARAM.ipv4Hint : SVC_PARAM.ipv6Hint, hint),
  ];
  const data = Buffer.concat([u16(1), Buffer.from('\x04auth\x04test\0'), ...parameters]);
  const fixed = Buffer.concat([ASKED, u16(TYPES.SVCB), u16(1), u16(0), u16(TTL), u16(data.length)]);
  return Buffer.concat([fixed, data]);
}

function svcbParameter(key: number, value: Buffer): Buffer {
  return Buffer.concat([u16(key), u16(value.length), value]);
}

function filler(octets: number): Buffer[] {
  const text = ofAsked({ type: 'TXT', name: '.', ttl: TTL, data: Buffer.alloc(255, 'x') });
  return octets <= 0 ? [] : Array<Buffer>(Math.ceil(octets / text.length)).fill(text);
}

function opt(options: PacketOpt[]): Buffer {
  const fixed = { udpPayloadSize: PAYLOAD_SIZE, extendedRcode: 0, ednsVersion: 0, flags: 0, flag_do: false };
  return encoded([{ type: 'OPT', name: '.', ...fixed, options }]);
}

function padding(octets: number): PacketOpt {
  return { code: PADDING_OPTION, data: Buffer.alloc(octets) };
}

/** The OPT record for an answer that has this many octets before it; none if the query had none. */
function ednsFor(query: ParsedQuery, before: number, options: AnswerOptions): Buffer[] {
  if (query.edns === undefined) return [];
  // By its data: dns-packet writes a time of 0 as none.
  const chosen: PacketOpt[] =
    options.keepalive === undefined ? [] : [{ code: KEEPALIVE_OPTION, data: u16(options.keepalive) }];
  if (options.pad !== true || !query.edns.options.has(PADDING_OPTION)) return [opt(chosen)];
  const unpadded = before + opt([...chosen, padding(0)]).length;
  const missing = (PADDING_BLOCK - (unpadded % PADDING_BLOCK)) % PADDING_BLOCK;
  return [opt([...chosen, padding(missing)])];
}

function u16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(value);
  return bytes;
}

function header(query: ParsedQuery, flags: number, rcode: RcodeName, counts: readonly number[]): Buffer {
  // Opcode and RD are the query's (RFC 1035 section 4.1.1).
  const bytes = encode({ type: 'response', id: query.id, flags: (query.flags & 0x7900) | flags | rcodes[rcode] });
  for (const [section, count] of counts.entries()) bytes.writeUInt16BE(count, 4 + 2 * section);
  return bytes;
}

/**
 * A well-formed answer: question echoed, OPT if the query had one.
 *
 * @param query - what was asked
 * @param options - what to put in
 * @returns a DNS message without length octets
 */
export function answerTo(query: ParsedQuery, options: AnswerOptions = {}): Buffer {
  const meant = sectionsFor(query, options.address ?? ANSWER_ADDRESS, options.designated);
  const rcode = options.rcode ?? meant.rcode;
  const flags = meant.flags | (options.truncated === true ? FLAGS.truncated : 0);
  const empty = options.truncated === true || (rcode !== 'NOERROR' && rcode !== meant.rcode);
  const answer = empty ? [] : [...meant.answer, ...filler((options.atLeast ?? 0) - 64)];
  const authority = empty ? [] : meant.authority;
  const body = Buffer.concat([query.question, ...answer, ...authority]);
  const edns = ednsFor(query, 12 + body.length, options);
  return Buffer.concat([header(query, flags, rcode, [1, answer.length, authority.length, edns.length]), body, ...edns]);
}

/**
 * An answer of a header alone, without the question, as servers give that could not or would not read the query.
 *
 * @param query - what was asked
 * @param rcode - the response code
 * @returns twelve octets
 */
export function bareAnswerTo(query: ParsedQuery, rcode: RcodeName): Buffer {
  return header(query, 0, rcode, [0, 0, 0, 0]);
}

/**
 * Puts the two length octets of TCP before a message (RFC 1035 section 4.2.2).
 *
 * @param message - a DNS message
 * @returns the frame
 */
export function frame(message: Uint8Array): Buffer {
  return Buffer.concat([u16(message.length), message]);
}

/**
 * The question of a query with its name's first octet changed.
 *
 * @param query - the query
 * @returns another question, of the same length
 */
export function otherQuestion(query: ParsedQuery): Buffer {
  const question = Buffer.from(query.question);
  // The root's name is one octet, so its type is changed instead: A to SOA, all others to A.
  if (query.name === '.') question.writeUInt16BE(query.type === 1 ? 6 : 1, 1);
  else question[1] = question[1] === 0x77 ? 0x76 : 0x77;
  return question;
}
