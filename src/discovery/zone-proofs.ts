import type { Endpoint } from '../state/model.js';
import { HEADER_LENGTH } from '../wire/octets.js';
import type { ZoneFact } from '../wire/worth.js';

/** Facts that are held at once; a power of two. One that needs another's place takes it, which costs that one a comparison. */
const SLOTS = 32_768;

const DOT = 0x2e;

/** Each fact's own part of the hash. */
const SALTS: Readonly<Record<ZoneFact, number>> = { proven: 1, unsigned: 2, 'no-edns': 3 };

/** What is about a zone: its name where the host named it, else a query whose question's name less its first label it is. */
export type ZoneOf = string | Uint8Array;

/**
 * What DoT has shown of (endpoint, zone), so that an answer is not compared with Do53's twice. Of each fact there is no
 * more than 31 bits of a hash and the time at which it ends: a query on an open session costs no string and no object.
 * The hash is seeded, so that nobody can choose names that take each other's place; two names share one by chance once in
 * 2^31, and then a negative answer of the one is believed as the other's would be.
 */
export class ZoneProofs {
  readonly #seeds = crypto.getRandomValues(new Uint32Array(2));
  /** Made by the first fact: most programs' selectors need none. */
  #marks = new Uint32Array(0);
  #ends = new Float64Array(0);
  /** What was looked for last: the answers of a busy server's zone show the same again and again. */
  #fact: ZoneFact | undefined;
  #key = '';
  #zone: ZoneOf = '';
  #slot = 0;
  #mark = 0;

  /**
   * Whether something is known.
   *
   * @param fact - what
   * @param endpoint - of which endpoint
   * @param zone - of which zone
   * @param now - the monotonic time
   */
  has(fact: ZoneFact, endpoint: Endpoint, zone: ZoneOf, now: number): boolean {
    if (this.#marks.length === 0) return false;
    const slot = this.#slotOf(fact, endpoint, zone);
    return this.#marks[slot] === this.#mark && now < (this.#ends[slot] as number);
  }

  /**
   * Something is known from now on; what is known for longer already stays so.
   *
   * @param fact - what
   * @param endpoint - of which endpoint
   * @param zone - of which zone
   * @param now - the monotonic time
   * @param ms - how long that holds, in milliseconds
   */
  add(fact: ZoneFact, endpoint: Endpoint, zone: ZoneOf, now: number, ms: number): void {
    if (this.#marks.length === 0) {
      this.#marks = new Uint32Array(SLOTS);
      this.#ends = new Float64Array(SLOTS);
    }
    const slot = this.#slotOf(fact, endpoint, zone);
    const end = this.#marks[slot] === this.#mark ? (this.#ends[slot] as number) : 0;
    this.#marks[slot] = this.#mark;
    this.#ends[slot] = Math.max(end, now + ms);
  }

  /**
   * Something is not so any more.
   *
   * @param fact - what
   * @param endpoint - of which endpoint
   * @param zone - of which zone
   */
  remove(fact: ZoneFact, endpoint: Endpoint, zone: ZoneOf): void {
    const slot = this.#slotOf(fact, endpoint, zone);
    if (this.#marks[slot] === this.#mark) this.#ends[slot] = 0;
  }

  /** Nothing is known any more. */
  clear(): void {
    this.#ends.fill(0);
  }

  /** Where a fact belongs; what it is told by is left in `#mark`. */
  #slotOf(fact: ZoneFact, { key }: Endpoint, zone: ZoneOf): number {
    if (zone === this.#zone && key === this.#key && fact === this.#fact) return this.#slot;
    this.#fact = fact;
    this.#key = key;
    this.#zone = zone;
    one = (this.#seeds[0] as number) ^ SALTS[fact];
    other = this.#seeds[1] as number;
    for (let i = 0; i < key.length; i++) mix(key.charCodeAt(i));
    if (typeof zone === 'string') for (let i = 0; i < zone.length; i++) mix(zone.charCodeAt(i));
    else mixParentOf(zone);
    // Zero is an empty slot's.
    this.#mark = (other | 1) >>> 0;
    const slot = Math.imul(one ^ (one >>> 15), 0x2c1b3c6d);
    this.#slot = (slot ^ (slot >>> 16)) & (SLOTS - 1);
    return this.#slot;
  }
}

/** Two hashes under way: where a fact belongs, and what it is told by. */
let one = 0;
let other = 0;

function mix(code: number): void {
  one = Math.imul(one ^ code, 0x01000193);
  other = Math.imul(other ^ code, 0x85ebca6b);
  other ^= other >>> 13;
}

/** The name of a question less its first label, as its text would be: a dot behind each label, letters in lower case. */
function mixParentOf(query: Uint8Array): void {
  const first = query[HEADER_LENGTH] ?? 0;
  let at = first === 0 ? HEADER_LENGTH : HEADER_LENGTH + 1 + first;
  if (query[at] === 0) mix(DOT);
  for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
    for (const end = at + length; at < end; ) {
      const octet = query[++at] ?? 0;
      mix(octet >= 0x41 && octet <= 0x5a ? octet + 0x20 : octet);
    }
    mix(DOT);
    at++;
  }
}
