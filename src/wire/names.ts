import { InvalidInputError } from '../common/errors.js';
import { presentOctet } from '../common/presentation.js';
import { HEADER_LENGTH, putU16, questionEnd, TYPE, u16 } from './octets.js';

/**
 * The zone that a question is counted to where the host names none: its name without the first label, in presentation
 * format with a final dot, lower-cased. Octets other than letters, digits, `-`, `_`, `*` and `/` are written `\DDD`
 * (RFC 1035 section 5.1), so that one name has one spelling.
 *
 * @param message - a DNS message; `.` where its question is the root or malformed
 */
export function zoneOfQuestion(message: Uint8Array): string {
  if (questionEnd(message) < 0) return '.';
  const first = message[HEADER_LENGTH] ?? 0;
  return first === 0 ? '.' : nameAt(message, HEADER_LENGTH + 1 + first);
}

/**
 * How many labels a name has; 0 for the root.
 *
 * @param zone - a name in its one spelling, in which a dot within a label is written `\046`
 */
export function labelCount(zone: string): number {
  if (zone === '.') return 0;
  let labels = 0;
  for (let at = zone.indexOf('.'); at >= 0; at = zone.indexOf('.', at + 1)) labels++;
  return labels;
}

/**
 * The name that a question asks about, in the same spelling.
 *
 * @param message - a DNS message; `.` where its question is the root or malformed
 */
export function nameOfQuestion(message: Uint8Array): string {
  return questionEnd(message) < 0 ? '.' : nameAt(message, HEADER_LENGTH);
}

/**
 * A zone's name in the one spelling that {@link zoneOfQuestion} gives it.
 *
 * @param zone - a domain name in presentation format, in any spelling
 * @throws {@link InvalidInputError} `INVALID_ZONE` where the name is none
 */
export function canonicalZone(zone: string): string {
  if (zone === latest.given) return latest.canonical;
  const canonical = isCanonical(zone) ? withDot(zone) : nameAt(soaQuery(zone, 0), HEADER_LENGTH);
  latest = { given: zone, canonical };
  return canonical;
}

/**
 * As {@link canonicalZone}, for text that may be no name at all.
 *
 * @param text - any value
 * @returns the name in its one spelling, or `undefined`
 */
export function tryCanonicalZone(text: unknown): string | undefined {
  if (typeof text !== 'string') return undefined;
  try {
    return isCanonical(text) ? withDot(text) : canonicalZone(text);
  } catch {
    return undefined;
  }
}

/**
 * The name below which a wildcard would stand: `example.org.` for `*.example.org.`. Rules and claims apply to a name and to
 * all below it, so the author of a wildcard means this name.
 *
 * @param name - in the one spelling of {@link canonicalZone}
 * @returns `undefined` for a name without an asterisk
 */
export function wildcardBase(name: string): string | undefined {
  const last = name.lastIndexOf('*');
  if (last < 0) return undefined;
  const base = name.slice(name.indexOf('.', last) + 1);
  return base === '' ? '.' : base;
}

/** The latest zone: a host that asks a zone's servers names it again and again. */
let latest = { given: '.', canonical: '.' };

function isCanonical(zone: string): boolean {
  return typeof zone === 'string' && zone.length < MAX_TEXT && CANONICAL.test(zone);
}

function withDot(zone: string): string {
  return zone.endsWith('.') ? zone : `${zone}.`;
}

/** Names that are in their one spelling already, escapes aside. */
const CANONICAL = /^(?:[a-z0-9_*/-]{1,63}\.)*[a-z0-9_*/-]{1,63}\.?$/;

/** 253 characters without the final dot are 255 octets on the wire (RFC 1035 section 2.3.4). */
const MAX_TEXT = 254;

/** A name that was checked before. */
function nameAt(message: Uint8Array, start: number): string {
  return readName(message, start) ?? '.';
}

/** 255 octets on the wire (RFC 1035 section 2.3.4). */
const MAX_NAME = 255;

/** How far a name may be followed. */
export interface Reach {
  /** The offset after the last octet that may be read. */
  readonly end: number;
  /** How many labels and pointers may still be followed; counted down. */
  steps: number;
}

/**
 * What following a name finds: `whole`, up to its root; `invalid`, an octet that is neither a length nor a pointer, which
 * ends the name for every reader; `open`, the end of what may be read, a pointer that does not lead back, more than 255 octets,
 * or no steps left.
 */
export type NameEnd = 'whole' | 'invalid' | 'open';

/**
 * Follows a name over its pointers (RFC 1035 section 4.1.4). Each has to lead to before the place where the part of the
 * name that it ends began, so that no circle is walked.
 *
 * @param message - whatever came
 * @param start - where the name begins
 * @param reach - how far
 * @param label - is given the offsets of each label's first octet and of the one after its last; a label that goes on
 *   beyond the reach is given too, and then the name is `open`
 */
export function followName(
  message: Uint8Array,
  start: number,
  reach: Reach,
  label?: (from: number, to: number) => void,
): NameEnd {
  let part = start;
  let octets = 1;
  for (let at = start; ; ) {
    if (at >= reach.end || reach.steps-- <= 0) return 'open';
    const length = message[at] ?? 0;
    if (length === 0) return 'whole';
    if (length >= 0xc0) {
      const to = u16(message, at) & 0x3fff;
      if (at + 1 >= reach.end || to >= part) return 'open';
      part = to;
      at = to;
      continue;
    }
    if (length > 63) return 'invalid';
    octets += length + 1;
    if (octets > MAX_NAME) return 'open';
    label?.(at + 1, at + 1 + length);
    at += length + 1;
  }
}

/**
 * A name in presentation format, in the one spelling of names, with its pointers followed: 127 labels fit into one, and
 * about as many pointers are followed.
 *
 * @param message - whatever came
 * @param start - where the name begins
 * @returns `undefined` where there is no whole name
 */
export function readName(message: Uint8Array, start: number): string | undefined {
  let text = '';
  const end = followName(message, start, { end: message.length, steps: MAX_NAME }, (from, to) => {
    for (let at = from; at < to; at++) text += presentOctet(message[at] ?? 0);
    text += '.';
  });
  if (end !== 'whole') return undefined;
  return text === '' ? '.' : text;
}

/**
 * The probe's query: the SOA of a zone's apex in class IN, without RD, without OPT.
 *
 * @param zone - a domain name in presentation format (RFC 1035 section 5.1), the final dot optional
 * @param id - the message's id, 0 to 65,535
 * @throws {@link InvalidInputError} `INVALID_ZONE` where the name is none
 */
export function soaQuery(zone: string, id: number): Uint8Array {
  return encodeQuestion(encodeName(zone), TYPE.SOA, id);
}

/**
 * A query in class IN, without flags and without OPT.
 *
 * @param name - its name's octets, as {@link encodeName} gives them
 * @param type - its type's number
 * @param id - the message's id, 0 to 65,535
 */
export function encodeQuestion(name: readonly number[], type: number, id: number): Uint8Array {
  const message = new Uint8Array(HEADER_LENGTH + name.length + 4);
  putU16(message, 0, id);
  putU16(message, 4, 1);
  message.set(name, HEADER_LENGTH);
  putU16(message, HEADER_LENGTH + name.length, type);
  putU16(message, HEADER_LENGTH + name.length + 2, 1);
  return message;
}

/**
 * A name's octets on the wire, uncompressed, in the case of letters that was given.
 *
 * @param zone - a domain name in presentation format (RFC 1035 section 5.1), the final dot optional
 * @throws {@link InvalidInputError} `INVALID_ZONE` where the name is none
 */
export function encodeName(zone: string): number[] {
  if (typeof zone !== 'string' || zone === '') throw invalidZone(zone, 'a domain name, or "." for the root');
  if (zone === '.') return [0];
  const name: number[] = [];
  for (const label of labelsOf(zone)) {
    if (label.length === 0 || label.length > 63) throw invalidZone(zone, 'labels of 1 to 63 octets');
    name.push(label.length, ...label);
  }
  name.push(0);
  if (name.length > MAX_NAME) throw invalidZone(zone, 'at most 255 octets');
  return name;
}

/** One token of a name: an octet by its number, one escaped, a dot, or one plain printable octet. */
const TOKEN = /\\(\d{3})|\\([!-/:-~])|(\.)|([!-[\]-~])/y;

function labelsOf(zone: string): number[][] {
  // A name of 255 octets has at most 1,020 characters, even if all octets are escaped.
  if (zone.length > 1024) throw invalidZone(zone, 'at most 255 octets');
  const labels: number[][] = [];
  let label: number[] = [];
  for (let at = 0; at < zone.length; at = TOKEN.lastIndex) {
    TOKEN.lastIndex = at;
    const token = TOKEN.exec(zone);
    if (token === null) throw invalidZone(zone, 'printable ASCII, other octets as \\DDD');
    const [text, decimal, escaped, dot] = token;
    if (dot !== undefined) {
      labels.push(label);
      label = [];
      continue;
    }
    const octet = decimal === undefined ? (escaped ?? text).charCodeAt(0) : Number(decimal);
    if (octet > 255) throw invalidZone(zone, 'escapes from \\000 to \\255');
    label.push(octet);
  }
  // A final dot has already closed the last label; two final dots leave an empty label, which `encodeName` refuses.
  if (label.length > 0) labels.push(label);
  return labels;
}

function invalidZone(zone: unknown, expected: string): InvalidInputError {
  return new InvalidInputError('INVALID_ZONE', zone, expected);
}

/** The zone and the name that a query asks about, read from it only when they are needed. */
export class Question {
  readonly #message: Uint8Array;

  /** @param message - a checked query */
  constructor(message: Uint8Array) {
    this.#message = message;
  }

  /** The zone that the query is counted to where the host names none. */
  get zone(): string {
    return zoneOfQuestion(this.#message);
  }

  /** The name itself, which rules are matched against where the host names no zone. */
  get name(): string {
    return nameOfQuestion(this.#message);
  }
}
