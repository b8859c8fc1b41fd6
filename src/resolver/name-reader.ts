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
 * Reads the names of one message. Each is read once, wherever pointers lead to it: a message of 64 KB could otherwise have
 * 4,600 names of 126 labels.
 */
export class NameReader {
  readonly #message: Uint8Array;
  readonly #read = new Map<number, ReadName | undefined>();

  /** @param message - whatever came */
  constructor(message: Uint8Array) {
    this.#message = message;
  }

  /**
   * The name at a place, its pointers followed (RFC 1035 section 4.1.4). Each has to lead to before the place where the part
   * that it ends began, so that no circle is walked.
   *
   * @param start - where it begins
   * @returns `undefined` where there is no whole name
   */
  at(start: number): ReadName | undefined {
    if (this.#read.has(start)) return this.#read.get(start);
    const name = this.#follow(start);
    this.#read.set(start, name);
    return name;
  }

  #follow(start: number): ReadName | undefined {
    const message = this.#message;
    const labels: number[] = [];
    let at = start;
    for (let length = message[at]; length !== 0; length = message[at]) {
      if (length === undefined || at - start >= MAX_OCTETS) return undefined;
      if (length >= POINTER) {
        const to = u16(message, at) & 0x3fff;
        const rest = at + 1 < message.length && to < start ? this.at(to) : undefined;
        return rest === undefined ? undefined : this.#join(labels, rest);
      }
      if (length > MAX_LABEL) return undefined;
      labels.push(at);
      at += length + 1;
    }
    return this.#join(labels, ROOT);
  }

  /** Labels, by where they begin, and the name behind them. */
  #join(labels: readonly number[], rest: ReadName): ReadName | undefined {
    let { text, canonical, octets } = rest;
    for (const start of labels.toReversed()) {
      const end = start + 1 + (this.#message[start] ?? 0);
      let label = '';
      let plain = '';
      for (let at = start + 1; at < end; at++) {
        label += TEXTS[this.#message[at] ?? 0] ?? '';
        plain += presentOctet(this.#message[at] ?? 0);
      }
      text = text === '.' ? label : `${label}.${text}`;
      canonical = canonical === '.' ? `${plain}.` : `${plain}.${canonical}`;
      octets += end - start;
    }
    return octets > MAX_OCTETS ? undefined : { text, canonical, octets };
  }
}
