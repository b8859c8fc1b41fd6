import { networkInterfaces } from 'node:os';
import { DotscoutError, ignoreRejection } from '../common/errors.js';
import { type Address, maskWords, readAddress, tryParseAddress, wordsOf } from '../state/address/address.js';
import { MAPPED, WORDS } from '../state/address/words.js';
import { InvalidInputError } from '../state/invalid-input.js';
import { type Names, requireNames } from '../state/known-names.js';

/**
 * Where dotscout never connects of its own accord: DoT to any address, and a probe's Do53. What a host asks for over
 * Do53 goes where the host says. A nameserver's address comes from strangers; without a guard a zone could aim our
 * connections at the resolver's own network.
 */
export interface Guard {
  /**
   * Whether an address is one to connect to.
   *
   * @param address - a canonical IP address
   * @returns whether we may connect there
   */
  admits(address: string): boolean;
}

/**
 * What a guard says, which may be a host's own: anything but yes is no.
 *
 * @param guard - which
 * @param address - a canonical IP address
 * @throws as the guard does
 */
export function isAdmitted(guard: Guard, address: string): boolean {
  const said: unknown = guard.admits(address);
  ignoreRejection(said);
  return said === true;
}

/** A guard that remembers what it threw. */
export interface TellingGuard extends Guard {
  /** What it threw when it was last asked of an address; `undefined` where it has not. */
  errorOf?(address: string): { readonly cause: unknown } | undefined;
}

/**
 * Why a guard has refused an address, for the error that tells of it.
 *
 * @param guard - which
 * @param address - whose; `undefined` for none
 */
export function refusalCause(guard: TellingGuard, address: string | undefined): { readonly cause?: unknown } {
  return (address === undefined ? undefined : guard.errorOf?.(address)) ?? {};
}

/**
 * The error of a connection that a guard has refused, with what it threw as its cause.
 *
 * @param guard - which
 * @param address - where to
 */
export function refusedByGuard(guard: TellingGuard, address: string): DotscoutError {
  return new DotscoutError(
    'REFUSED_BY_GUARD',
    `the guard forbids connecting to ${address}`,
    refusalCause(guard, address),
  );
}

/** What to admit or forbid beyond the default list. */
export interface GuardOptions {
  /** Prefixes to admit although they are on the default list, for instance `['10.0.0.0/8', '::1/128']`. */
  readonly allow?: readonly string[] | undefined;
  /** Prefixes to forbid, stronger than `allow`. */
  readonly deny?: readonly string[] | undefined;
}

/**
 * The prefixes of both IANA special-use registries (RFC 6890 and its updates, as of 2026) that are not globally
 * reachable, or whose traffic ends at a relay, a group or nowhere.
 */
const SPECIAL_USE: readonly string[] = [
  '0.0.0.0/8', // this network, RFC 791
  '10.0.0.0/8', // private use, RFC 1918
  '100.64.0.0/10', // shared address space, RFC 6598
  '127.0.0.0/8', // loopback, RFC 1122
  '169.254.0.0/16', // link-local, RFC 3927; clouds serve credentials at 169.254.169.254
  '172.16.0.0/12', // private use, RFC 1918
  '192.0.0.0/24', // IETF protocol assignments, RFC 6890
  '192.0.2.0/24', // documentation, RFC 5737
  '192.31.196.0/24', // AS112, RFC 7535
  '192.52.193.0/24', // AMT, RFC 7450
  '192.88.99.0/24', // 6to4 relay anycast, RFC 7526
  '192.168.0.0/16', // private use, RFC 1918
  '192.175.48.0/24', // AS112, RFC 7534
  '198.18.0.0/15', // benchmarking, RFC 2544
  '198.51.100.0/24', // documentation, RFC 5737
  '203.0.113.0/24', // documentation, RFC 5737
  '224.0.0.0/4', // multicast, RFC 5771
  '240.0.0.0/4', // reserved and limited broadcast, RFC 1112, RFC 919
  '::/128', // unspecified, RFC 4291
  '::1/128', // loopback, RFC 4291
  '64:ff9b:1::/48', // local-use IPv4/IPv6 translation, RFC 8215
  '100::/64', // discard-only, RFC 6666
  '100:0:0:1::/64', // dummy prefix, RFC 9780
  '2001::/23', // IETF protocol assignments, Teredo, benchmarking, ORCHID, RFC 2928
  '2001:db8::/32', // documentation, RFC 3849
  '2620:4f:8000::/48', // AS112, RFC 7534
  '3fff::/20', // documentation, RFC 9637
  '5f00::/16', // segment routing SIDs, RFC 9602
  'fc00::/7', // unique local, RFC 4193
  'fe80::/10', // link-local, RFC 4291
  'fec0::/10', // site-local, RFC 3879
  'ff00::/8', // multicast, RFC 4291
];

/** How long the system's list of our own interfaces is kept, in milliseconds; a cache of a system call, no policy. */
const OWN_ADDRESSES_MS = 10_000;

/**
 * Makes a guard of the default list: special-use prefixes, the same hidden in IPv6 transition addresses, and our own
 * interfaces' addresses.
 *
 * @param options - prefixes to admit or forbid beyond it
 * @throws {@link InvalidInputError} `INVALID_OPTION` or `INVALID_PREFIX`
 *
 * @example
 * ```ts
 * const guard = createGuard({ allow: ['10.53.0.0/16'] });
 * guard.admits('10.53.0.1'); // true
 * guard.admits('10.54.0.1'); // false
 * ```
 */
export function createGuard(options: GuardOptions = {}): Guard {
  return new PrefixGuard(options);
}

const NAMES: Names<GuardOptions> = { allow: true, deny: true };

/** A guard of prefixes. It takes an address in words as well, which is what a decision on a stranger's address has. */
export class PrefixGuard implements Guard {
  readonly #allowed: Uint32Array;
  readonly #denied: Uint32Array;

  /** @param options - prefixes to admit or forbid beyond the default list */
  constructor(options: GuardOptions) {
    requireNames('INVALID_OPTION', options, NAMES, 'guard: ');
    this.#allowed = rulesOf(options.allow ?? []);
    this.#denied = rulesOf(options.deny ?? []);
  }

  /** {@inheritDoc Guard.admits} */
  admits(text: string): boolean {
    return readAddress(text) && this.admitsWords(WORDS[0] ?? 0, WORDS[1] ?? 0, WORDS[2] ?? 0, WORDS[3] ?? 0);
  }

  /** The same of an address as `state/address/words.ts` reads it; a scope id makes no difference. */
  admitsWords(w0: number, w1: number, w2: number, w3: number): boolean {
    const denied = this.#denied;
    if (matches(denied, w0, w1, w2, w3)) return false;
    const embedded = embeddedIpv4(w0, w1, w2, w3);
    if (embedded >= 0 && matches(denied, 0, 0, MAPPED, embedded)) return false;
    return matches(this.#allowed, w0, w1, w2, w3) || !isSpecial(w0, w1, w2, w3);
  }
}

/** Read when it is first needed. */
let specialRules: Uint32Array | undefined;

function isSpecial(w0: number, w1: number, w2: number, w3: number): boolean {
  specialRules ??= rulesOf(SPECIAL_USE);
  if (matches(specialRules, w0, w1, w2, w3) || isOwn(w0, w1, w2, w3)) return true;
  const embedded = embeddedIpv4(w0, w1, w2, w3);
  return embedded >= 0 && isSpecial(0, 0, MAPPED, embedded);
}

/** Interface identifiers of ISATAP, of a local and of a global IPv4 address (RFC 5214 section 6.1). */
const ISATAP_LOCAL = 0x0000_5efe;
const ISATAP_GLOBAL = 0x0200_5efe;

/** The IPv4 address that an IPv6 transition address leads to, -1 for none; IPv4-mapped ones are IPv4 already. */
function embeddedIpv4(w0: number, w1: number, w2: number, w3: number): number {
  if (w0 >>> 16 === 0x2002) return ((w0 << 16) | (w1 >>> 16)) >>> 0; // 6to4, RFC 3056
  if (w0 === 0 && w1 === 0 && w2 === 0xffff_0000) return w3; // IPv4-translated, RFC 2765, RFC 7915
  // ISATAP stands under any prefix, and its packets leave as IPv4 to the last word.
  if (w2 === ISATAP_LOCAL || w2 === ISATAP_GLOBAL) return w3;
  if ((w1 | w2) !== 0) return -1;
  // NAT64, RFC 6052; IPv4-compatible, RFC 4291 section 2.5.5.1
  return w0 === 0x0064_ff9b || w0 === 0 ? w3 : -1;
}

let own: { readonly at: number; readonly byLastWord: ReadonlyMap<number, Uint32Array> } | undefined;
/** Interfaces come and go, but listing them is a system call or several. */
function isOwn(w0: number, w1: number, w2: number, w3: number): boolean {
  const now = performance.now();
  if (own === undefined || now - own.at > OWN_ADDRESSES_MS) own = { at: now, byLastWord: ownRules() };
  const rules = own.byLastWord.get(w3);
  return rules !== undefined && matches(rules, w0, w1, w2, w3);
}

function ownRules(): ReadonlyMap<number, Uint32Array> {
  const all = Object.values(networkInterfaces()).flatMap((entries) => entries ?? []);
  const byLastWord = new Map<number, string[]>();
  for (const entry of all) {
    const address = tryParseAddress(entry.address);
    if (address === undefined) continue;
    const last = wordsOf(address)[3];
    byLastWord.set(last, [...(byLastWord.get(last) ?? []), address.text.split('%')[0] ?? address.text]);
  }
  return new Map([...byLastWord].map(([last, texts]) => [last, rulesOf(texts)]));
}

/** A rule is eight words: those of the prefix, and those of its mask. */
const RULE_WORDS = 8;

function matches(rules: Uint32Array, w0: number, w1: number, w2: number, w3: number): boolean {
  for (let at = 0; at < rules.length; at += RULE_WORDS) {
    const difference =
      ((w0 ^ (rules[at] as number)) & (rules[at + 4] as number)) |
      ((w1 ^ (rules[at + 1] as number)) & (rules[at + 5] as number)) |
      ((w2 ^ (rules[at + 2] as number)) & (rules[at + 6] as number)) |
      ((w3 ^ (rules[at + 3] as number)) & (rules[at + 7] as number));
    if (difference === 0) return true;
  }
  return false;
}

function rulesOf(prefixes: readonly string[]): Uint32Array {
  if (!Array.isArray(prefixes)) throw new InvalidInputError('INVALID_PREFIX', prefixes, 'a list of prefixes');
  const rules = new Uint32Array(prefixes.length * RULE_WORDS);
  for (const [index, prefix] of prefixes.entries()) {
    const { address, bits } = parsePrefix(prefix);
    rules.set([...wordsOf(address), ...maskWords(address, bits)], index * RULE_WORDS);
  }
  return rules;
}

/**
 * Reads a prefix.
 *
 * @param text - an address, or an address, a slash and a length: `192.0.2.0/24`, `2001:db8::/32`, `192.0.2.1`
 * @throws {@link InvalidInputError} `INVALID_PREFIX`
 */
export function parsePrefix(text: string): { readonly address: Address; readonly bits: number } {
  const invalid = () =>
    new InvalidInputError('INVALID_PREFIX', text, 'an address, or an address, a slash and a length in bits');
  if (typeof text !== 'string') throw invalid();
  const [head = '', length, ...rest] = text.split('/');
  const address = tryParseAddress(head);
  if (address === undefined || address.scope !== undefined || rest.length > 0) throw invalid();
  const most = address.family === 4 ? 32 : 128;
  if (length === undefined) return { address, bits: most };
  // A mapped prefix counts its 96 leading bits; as IPv4 it has 32.
  const bits = Number(length) - (head.includes(':') && address.family === 4 ? 96 : 0);
  if (!/^\d{1,3}$/.test(length) || bits < 0 || bits > most) throw invalid();
  return { address, bits };
}
