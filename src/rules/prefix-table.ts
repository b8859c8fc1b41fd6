import { bitMask } from '../state/address/address.js';
import { isIpv4, MAPPED } from '../state/address/words.js';
import { type CheckedRule, MAPPED_BITS } from './rule.js';
import { copied, FIRST_CAPACITY, RuleTable } from './rule-table.js';

/** Of a prefix: its four words. */
const WORDS_EACH = 4;
/** Of a length: itself, and the four words of its mask. */
const MASK_WORDS = 5;
/** How many /16 IPv4 has. */
const IPV4_SIXTEENS = 65_536;
/**
 * Rules by prefix: finds the longest one of an address, by a look-up for each length that there is, in words and without
 * garbage. An IPv6 prefix covers no IPv4 address, however short it is.
 */
export class PrefixTable extends RuleTable {
  #words: Int32Array = new Int32Array(WORDS_EACH * FIRST_CAPACITY);
  #lengths: Uint8Array = new Uint8Array(FIRST_CAPACITY);
  /** A bit for each IPv4 /16 that one of them lies in or covers: most addresses are passed over by a look at these 8 KB. */
  readonly #reach: Uint32Array = new Uint32Array(IPV4_SIXTEENS / 32);
  /** The lengths that there are, longest first, with their masks. */
  #masks: Int32Array = new Int32Array(0);

  /** Adds a rule, whose address's bits beyond its length are passed over. */
  override add(rule: CheckedRule): void {
    const { prefix } = rule;
    if (prefix === undefined) throw new Error('a rule by address without one');
    const { bits } = prefix;
    const mask = this.#maskOf(bits);
    const masks = this.#masks;
    const w0 = prefix.w0 & (masks[mask + 1] as number);
    const w1 = prefix.w1 & (masks[mask + 2] as number);
    const w2 = prefix.w2 & (masks[mask + 3] as number);
    const w3 = prefix.w3 & (masks[mask + 4] as number);
    const hash = hashOf(highOf(w0, w1, w2), w3, bits);
    const known = this.#findExact(w0, w1, w2, w3, bits, hash);
    const number = this.put(known, rule, hash);
    if (known >= 0) return;
    if (isIpv4(w0, w1, w2)) this.#reaches(w3 >>> 16, bits - MAPPED_BITS);
    const words = this.#words;
    const at = number * WORDS_EACH;
    words[at] = w0;
    words[at + 1] = w1;
    words[at + 2] = w2;
    words[at + 3] = w3;
    this.#lengths[number] = bits;
  }

  #reaches(first: number, bits: number): void {
    const count = bits >= 16 ? 1 : 2 ** (16 - bits);
    const reach = this.#reach;
    for (let at = first; at < first + count; at++) reach[at >>> 5] = (reach[at >>> 5] as number) | (1 << (at & 31));
  }

  /** {@inheritDoc RuleTable.grow} */
  protected override grow(capacity: number): void {
    super.grow(capacity);
    this.#words = copied(this.#words, new Int32Array(WORDS_EACH * capacity));
    this.#lengths = copied(this.#lengths, new Uint8Array(capacity));
  }

  /** {@inheritDoc RuleTable.selectedBy} */
  protected override selectedBy(number: number): Pick<CheckedRule, 'name' | 'prefix'> {
    const [w0 = 0, w1 = 0, w2 = 0, w3 = 0] = this.#words.subarray(number * WORDS_EACH);
    return { name: '', prefix: { w0, w1, w2, w3, bits: this.#lengths[number] as number } };
  }

  /**
   * The number of the longest prefix of an address in words.
   *
   * @returns -1 for none
   */
  find(w0: number, w1: number, w2: number, w3: number): number {
    const masks = this.#masks;
    // Of an IPv4 address only the last word is ever masked.
    if (isIpv4(w0, w1, w2)) {
      const sixteen = w3 >>> 16;
      if (((this.#reach[sixteen >>> 5] as number) & (1 << (sixteen & 31))) === 0) return -1;
      const high = highOf(0, 0, MAPPED);
      for (let at = 0; at < masks.length; at += MASK_WORDS) {
        const bits = masks[at] as number;
        if (bits < MAPPED_BITS) return -1;
        const low = w3 & (masks[at + 4] as number);
        const number = this.#findExact(0, 0, MAPPED, low, bits, hashOf(high, low, bits));
        if (number >= 0) return number;
      }
      return -1;
    }
    for (let at = 0; at < masks.length; at += MASK_WORDS) {
      const m0 = w0 & (masks[at + 1] as number);
      const m1 = w1 & (masks[at + 2] as number);
      const m2 = w2 & (masks[at + 3] as number);
      const m3 = w3 & (masks[at + 4] as number);
      const bits = masks[at] as number;
      const number = this.#findExact(m0, m1, m2, m3, bits, hashOf(highOf(m0, m1, m2), m3, bits));
      if (number >= 0) return number;
    }
    return -1;
  }

  // Its arguments are numbers: an object for each look-up would be the only garbage of a decision (bench: decide.rules).
  #findExact(w0: number, w1: number, w2: number, w3: number, bits: number, hash: number): number {
    const { index } = this;
    for (let at = index.first(hash); at >= 0; at = index.next(at, hash)) {
      const number = index.numberAt(at);
      const words = this.#words;
      const start = number * WORDS_EACH;
      const difference =
        (w0 ^ (words[start] as number)) |
        (w1 ^ (words[start + 1] as number)) |
        (w2 ^ (words[start + 2] as number)) |
        (w3 ^ (words[start + 3] as number));
      if (difference === 0 && this.#lengths[number] === bits) return number;
    }
    return -1;
  }

  /** Where a length stands among the masks; one that is new is put there. */
  #maskOf(bits: number): number {
    const known = this.#masks;
    let at = 0;
    while (at < known.length && (known[at] as number) > bits) at += MASK_WORDS;
    if (known[at] === bits) return at;
    const masks = new Int32Array(known.length + MASK_WORDS);
    masks.set(known.subarray(0, at));
    masks.set([bits, ...bitMask(bits)], at);
    masks.set(known.subarray(at), at + MASK_WORDS);
    this.#masks = masks;
    return at;
  }
}

/** What the words above the last one come to. */
function highOf(w0: number, w1: number, w2: number): number {
  return Math.imul(Math.imul(Math.imul(w0, 0x9e37_79b1) ^ w1, 0x85eb_ca6b) ^ w2, 0xc2b2_ae35);
}

/** The operator chooses what stands here; strangers can but look, and find no longer a chain than there is. */
function hashOf(high: number, w3: number, bits: number): number {
  let hash = Math.imul(w3 ^ high ^ Math.imul(bits, 0x27d4_eb2f), 0x9e37_79b1);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b_3c6d);
  return hash ^ (hash >>> 13);
}
