import { InvalidInputError } from '../invalid-input.js';
import { groupsOfWords, isIpv4, MAPPED, readIpv6, readWords, textOfWords, WORDS } from './words.js';

/** An IP address in its one canonical form. */
export interface Address {
  /** 4 or 6; an IPv4-mapped IPv6 address (`::ffff:192.0.2.1`) is 4, because it is the same server. */
  readonly family: 4 | 6;
  /** The canonical text: dotted decimal, or RFC 5952 with the scope id (`fe80::1%eth0`) where there is one. */
  readonly text: string;
  /** The address in groups of 16 bits: two for IPv4, eight for IPv6. */
  readonly groups: readonly number[];
  /** The scope id of a link-local address, which makes it another server. */
  readonly scope?: string | undefined;
}

/** The longest text an address can have: 45 octets (RFC 4291 with an IPv4 tail), and a scope id of 15 (IFNAMSIZ). */
const MAX_TEXT = 45 + 1 + 15;
const SCOPE = /^[\w.-]{1,15}$/;

/**
 * Reads an IP address in any of its spellings.
 *
 * @param text - for instance `192.0.2.1`, `2001:DB8::0:1`, `::ffff:192.0.2.1`, `fe80::1%eth0`
 * @returns its canonical form
 * @throws {@link InvalidInputError} `INVALID_ADDRESS`
 *
 * @example
 * ```ts
 * parseAddress('2001:DB8::0:1').text; // '2001:db8::1'
 * parseAddress('::ffff:192.0.2.1').text; // '192.0.2.1'
 * ```
 */
export function parseAddress(text: string): Address {
  requireAddress(text);
  return addressOfWords(WORDS, scopeOf(text));
}

/**
 * Reads an address with or without a scope id into `WORDS`, and makes nothing of it.
 *
 * @param text - any text
 * @throws {@link InvalidInputError} `INVALID_ADDRESS`
 */
export function requireAddress(text: string): void {
  if (!readAddress(text)) throw new InvalidInputError('INVALID_ADDRESS', text, 'an IPv4 or IPv6 address');
}

/**
 * As {@link parseAddress}, for text that may be no address at all.
 *
 * @param text - any text
 * @returns the canonical form, or `undefined`
 */
export function tryParseAddress(text: string): Address | undefined {
  return readAddress(text) ? addressOfWords(WORDS, scopeOf(text)) : undefined;
}

/**
 * Reads an address with or without a scope id into `WORDS`, the scope id left out.
 *
 * @param text - any text
 * @returns whether it is one
 */
export function readAddress(text: string): boolean {
  if (typeof text !== 'string' || text.length > MAX_TEXT) return false;
  if (readWords(text)) return true;
  const scope = scopeOf(text);
  if (scope === undefined || !SCOPE.test(scope) || !readIpv6(text, text.indexOf('%'))) return false;
  return !isIpv4(WORDS[0] as number, WORDS[1] as number, WORDS[2] as number);
}

/** The scope id of an address, where it has one. */
export function scopeOf(text: string): string | undefined {
  const percent = text.indexOf('%');
  return percent < 0 ? undefined : text.slice(percent + 1);
}

/**
 * The canonical text of an address, where nothing else of it is needed.
 *
 * @param text - any value
 * @returns the text, or `undefined` if it is no address
 */
export function canonicalText(text: unknown): string | undefined {
  if (typeof text !== 'string' || !readAddress(text)) return undefined;
  // Dotted decimal has one spelling only.
  return text.includes(':') ? textOf(WORDS, scopeOf(text)) : text;
}

/**
 * The canonical text of the address that four words stand for.
 *
 * @param words - see `words.ts`
 * @param scope - the scope id of a link-local address
 */
export function textOf(words: Uint32Array, scope: string | undefined): string {
  // By index: destructuring would iterate.
  const text = textOfWords(words[0] as number, words[1] as number, words[2] as number, words[3] as number);
  return scope === undefined ? text : `${text}%${scope}`;
}

/**
 * The address that four words stand for.
 *
 * @param words - see `words.ts`
 * @param scope - the scope id of a link-local address
 * @param text - its canonical text, where that is there
 */
export function addressOfWords(
  words: Uint32Array,
  scope: string | undefined,
  text: string = textOf(words, scope),
): Address {
  const groups = groupsOfWords(words[0] as number, words[1] as number, words[2] as number, words[3] as number);
  const family = groups.length === 2 ? 4 : 6;
  return scope === undefined ? { family, text, groups } : { family, text, groups, scope };
}

/**
 * The four words that stand for an address.
 *
 * @param address - a canonical address
 */
export function wordsOf({ groups }: Address): [number, number, number, number] {
  const [g0 = 0, g1 = 0, g2 = 0, g3 = 0, g4 = 0, g5 = 0, g6 = 0, g7 = 0] = groups;
  const word = (high: number, low: number) => ((high << 16) | low) >>> 0;
  if (groups.length === 2) return [0, 0, MAPPED, word(g0, g1)];
  return [word(g0, g1), word(g2, g3), word(g4, g5), word(g6, g7)];
}

/**
 * The leading bits of an address that a prefix covers, as ones in four words.
 *
 * @param address - any address in the prefix
 * @param bits - the prefix's length, of an IPv4 prefix at most 32
 */
export function maskWords(address: Address, bits: number): [number, number, number, number] {
  return bitMask(address.family === 4 ? bits + 96 : bits);
}

/** The first of 128 bits as ones, in four words. */
export function bitMask(bits: number): [number, number, number, number] {
  const word = (index: number) => {
    const covered = bits - 32 * index;
    return covered <= 0 ? 0 : (0xffff_ffff << Math.max(0, 32 - covered)) >>> 0;
  };
  return [word(0), word(1), word(2), word(3)];
}

/**
 * The leading bits of an address, as a key for budgets and bounds.
 *
 * @param address - the canonical address
 * @param bits - how many bits, a multiple of 8 within the address
 * @returns for instance `4/24:c000:2`; equal for two addresses exactly if these bits are
 */
export function prefixKey(address: Address, bits: number): string {
  let key = `${address.family}/${bits}`;
  for (let left = bits, group = 0; left > 0; left -= 16, group++)
    key += `:${((address.groups[group] ?? 0) >> Math.max(0, 16 - left)).toString(16)}`;
  return key;
}

/**
 * Orders addresses as PowerDNS Recursor's dump does: IPv4 before IPv6, then by number.
 *
 * @param a - one canonical address
 * @param b - another
 * @returns negative, zero or positive, as `Array.prototype.sort` wants it
 */
export function compareAddresses(a: Address, b: Address): number {
  if (a.family !== b.family) return a.family - b.family;
  for (const [index, group] of a.groups.entries()) {
    const difference = group - (b.groups[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return (a.scope ?? '').localeCompare(b.scope ?? '');
}
