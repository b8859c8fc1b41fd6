import { BlockList } from 'node:net';
import { networkInterfaces } from 'node:os';
import { type Address, parseAddress, tryParseAddress } from './state/address.js';
import { InvalidInputError } from './state/invalid.js';

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
 * @throws {@link InvalidInputError} `INVALID_PREFIX`
 *
 * @example
 * ```ts
 * const guard = createGuard({ allow: ['10.53.0.0/16'] });
 * guard.admits('10.53.0.1'); // true
 * guard.admits('10.54.0.1'); // false
 * ```
 */
export function createGuard(options: GuardOptions = {}): Guard {
  const allowed = blockList(options.allow ?? []);
  const denied = blockList(options.deny ?? []);
  return {
    admits(text) {
      const address = tryParseAddress(text);
      if (address === undefined || contains(denied, address)) return false;
      const embedded = embeddedIpv4(address);
      if (embedded !== undefined && contains(denied, embedded)) return false;
      return contains(allowed, address) || !isSpecial(address);
    },
  };
}

function isSpecial(address: Address): boolean {
  if (contains(special(), address) || ownAddresses().has(withoutScope(address))) return true;
  const embedded = embeddedIpv4(address);
  return embedded !== undefined && isSpecial(embedded);
}

/** The IPv4 address that an IPv6 transition address leads to; IPv4-mapped ones were unwrapped by the parser. */
function embeddedIpv4(address: Address): Address | undefined {
  if (address.family === 4) return undefined;
  const [g0 = 0, g1 = 0, g2 = 0, g3 = 0, g4 = 0, g5 = 0, g6 = 0, g7 = 0] = address.groups;
  const middle = g2 | g3 | g4 | g5;
  if (g0 === 0x2002) return ipv4(g1, g2); // 6to4, RFC 3056
  if (g0 === 0x64 && g1 === 0xff9b && middle === 0) return ipv4(g6, g7); // NAT64, RFC 6052
  if ((g0 | g1 | middle) === 0) return ipv4(g6, g7); // IPv4-compatible, RFC 4291 section 2.5.5.1
  return undefined;
}

function ipv4(high: number, low: number): Address {
  return parseAddress(`${high >> 8}.${high & 0xff}.${low >> 8}.${low & 0xff}`);
}

let specialList: BlockList | undefined;
function special(): BlockList {
  specialList ??= blockList(SPECIAL_USE);
  return specialList;
}

let own: { readonly at: number; readonly addresses: ReadonlySet<string> } | undefined;
/** Interfaces come and go, but listing them is a system call or several. */
function ownAddresses(): ReadonlySet<string> {
  const now = performance.now();
  if (own === undefined || now - own.at > OWN_ADDRESSES_MS) {
    const all = Object.values(networkInterfaces()).flatMap((entries) => entries ?? []);
    const parsed = all.map((entry) => tryParseAddress(entry.address)).filter((address) => address !== undefined);
    own = { at: now, addresses: new Set(parsed.map(withoutScope)) };
  }
  return own.addresses;
}

function withoutScope(address: Address): string {
  return address.text.split('%')[0] ?? address.text;
}

function contains(list: BlockList, address: Address): boolean {
  return list.check(withoutScope(address), address.family === 4 ? 'ipv4' : 'ipv6');
}

function blockList(prefixes: readonly string[]): BlockList {
  const list = new BlockList();
  if (!Array.isArray(prefixes)) throw new InvalidInputError('INVALID_PREFIX', prefixes, 'a list of prefixes');
  for (const prefix of prefixes) {
    const { address, bits } = parsePrefix(prefix);
    list.addSubnet(address.text, bits, address.family === 4 ? 'ipv4' : 'ipv6');
  }
  return list;
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

/**
 * Whether an address lies in a prefix.
 *
 * @param address - a canonical address
 * @param prefix - as {@link parsePrefix} returns it
 */
export function inPrefix(address: Address, prefix: { readonly address: Address; readonly bits: number }): boolean {
  if (address.family !== prefix.address.family) return false;
  return address.groups.every((group, index) => {
    const covered = Math.min(16, Math.max(0, prefix.bits - index * 16));
    const mask = (0xffff << (16 - covered)) & 0xffff;
    return (group & mask) === ((prefix.address.groups[index] ?? 0) & mask);
  });
}
