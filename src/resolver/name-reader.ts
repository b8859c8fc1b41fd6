import { presentOctet } from '../common/presentation.js';
import { u16 } from '../wire/octets.js';

/** A name of a message. */
export interface ReadName {
  /**
   * For people and programs: without a final dot, in the case of letters that the server sent, octets that mean something
   * else behind a backslash, others than printable ones as `\DDD` (RFC 1035 section 5.1). `.` for the root.
   */
  readonly text: string;
  /** In the one spelling in which names are compared. */
  readonly canonical: string;
  /** How many octets it has on the wire, uncompressed. */
  readonly octets: number;
}

const ROOT: ReadName = { text: '.', canonical: '.', octets: 1 };
/** 255 octets on the wire (RFC 1035 section 2.3.4). */
const MAX_OCTETS = 255;
/** 127 labels fit into a name, and about as many pointers are followed. */
const MAX_STEPS = 255;
const MAX_LABEL = 63;
const POINTER = 0xc0;

/** What a name shows behind a backslash, as Node does. */
const ESCAPED = '".;\\()@$';

/** The text of each octet, by its number. */
const TEXTS: readonly string[] = Array.from({ length: 256 }, (_, octet) => {
  const char = String.fromCharCode(octet);
  if (octet < 0x20 || octet > 0x7e) return `\\${String(octet).padStart(3, '0')}`;
  return ESCAPED.includes(char) ? `\\${char}` : char;
});

/**
 * Reads the names of one message. What follows an offset is read once, wherever pointers lead to it: a message of 64 KB could
 * otherwise have 4,600 names of 126 labels.
 */
export class NameReader {
  readonly #message: Uint8Array;
  /** By where they begin; those under way are there too, as none, so that no circle is walked. */
  readonly #read = new Map<number, ReadName | undefined>();

  /** @param message - whatever came */
  constructor(message: Uint8Array) {
    this.#message = message;
  }

  /**
   * The name at a place, its pointers followed (RFC 1035 section 4.1.4). Each has to lead back.
   *
   * @param start - where it begins
   * @returns `undefined` where there is no whole name
   */
  at(start: number): ReadName | undefined {
    return this.#at(start, MAX_STEPS);
  }

  #at(start: number, steps: number): ReadName | undefined {
    if (this.#read.has(start) || steps === 0) return this.#read.get(start);
    this.#read.set(start, undefined);
    const name = this.#follow(start, steps - 1);
    this.#read.set(start, name);
    return name;
  }

  #follow(start: number, steps: number): ReadName | undefined {
    const message = this.#message;
    const length = message[start];
    if (length === undefined || (length > MAX_LABEL && length < POINTER)) return undefined;
    if (length === 0) return ROOT;
    if (length >= POINTER) {
      const to = u16(message, start) & 0x3fff;
      return start + 1 < message.length && to < start ? this.#at(to, steps) : undefined;
    }
    const end = start + 1 + length;
    const rest = this.#at(end, steps);
    const octets = length + 1 + (rest?.octets ?? 0);
    if (rest === undefined || octets > MAX_OCTETS) return undefined;
    let label = '';
    let plain = '';
    for (let at = start + 1; at < end; at++) {
      label += TEXTS[message[at] ?? 0] ?? '';
      plain += presentOctet(message[at] ?? 0);
    }
    return {
      text: rest === ROOT ? label : `${label}.${rest.text}`,
      canonical: rest === ROOT ? `${plain}.` : `${plain}.${rest.canonical}`,
      octets,
    };
  }
}
