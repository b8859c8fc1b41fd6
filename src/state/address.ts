import { InvalidInputError } from './invalid.js';

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

const EXPECTED = 'an IPv4 or IPv6 address';
/** The longest text an address can have: 45 octets (RFC 4291 with an IPv4 tail), and a scope id of 15 (IFNAMSIZ). */
const MAX_TEXT = 45 + 1 + 15;
const MAPPED_PREFIX = [0, 0, 0, 0, 0, 0xffff];

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
  const address = tryParseAddress(text);
  if (address === undefined) throw new InvalidInputError('INVALID_ADDRESS', text, EXPECTED);
  return address;
}

/**
 * As {@link parseAddress}, for text that may be no address at all.
 *
 * @param text - any text
 * @returns the canonical form, or `undefined`
 */
export function tryParseAddress(text: string): Address | undefined {
  if (typeof text !== 'string' || text.length > MAX_TEXT) return undefined;
  if (!text.includes(':')) return parseIpv4(text);
  const percent = text.indexOf('%');
  const scope = percent < 0 ? undefined : text.slice(percent + 1);
  if (scope !== undefined && !/^[\w.-]{1,15}$/.test(scope)) return undefined;
  const groups = parseIpv6(percent < 0 ? text : text.slice(0, percent));
  if (groups === undefined) return undefined;
  if (MAPPED_PREFIX.every((group, index) => groups[index] === group)) {
    return scope === undefined ? ipv4Address(groups.slice(6)) : undefined;
  }
  const canonical = formatIpv6(groups);
  return { family: 6, text: scope === undefined ? canonical : `${canonical}%${scope}`, groups, scope };
}

function parseIpv4(text: string): Address | undefined {
  const octets = parseOctets(text);
  return octets === undefined ? undefined : ipv4Address(octets);
}

/** Dotted decimal to two groups; no leading zeros, which some read as octal (RFC 6943 section 3.1.1). */
function parseOctets(text: string): number[] | undefined {
  const parts = text.split('.');
  if (parts.length !== 4 || !parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255)) {
    return undefined;
  }
  const [a = 0, b = 0, c = 0, d = 0] = parts.map(Number);
  return [(a << 8) | b, (c << 8) | d];
}

function ipv4Address(groups: readonly number[]): Address {
  const text = groups.map((group) => `${group >> 8}.${group & 0xff}`).join('.');
  return { family: 4, text, groups };
}

function parseIpv6(text: string): number[] | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const head = parseGroups(halves[0] ?? '', halves.length === 1);
  if (head === undefined) return undefined;
  if (halves.length === 1) return head.length === 8 ? head : undefined;
  const tail = parseGroups(halves[1] ?? '', true);
  // '::' stands for at least one group (RFC 4291 section 2.2).
  if (tail === undefined || head.length + tail.length > 7) return undefined;
  return [...head, ...new Array<number>(8 - head.length - tail.length).fill(0), ...tail];
}

function parseGroups(text: string, mayEndInIpv4: boolean): number[] | undefined {
  if (text === '') return [];
  const groups: number[] = [];
  const parts = text.split(':');
  for (const [index, part] of parts.entries()) {
    if (mayEndInIpv4 && index === parts.length - 1 && part.includes('.')) {
      const octets = parseOctets(part);
      if (octets === undefined) return undefined;
      groups.push(...octets);
    } else if (/^[\da-f]{1,4}$/i.test(part)) {
      groups.push(Number.parseInt(part, 16));
    } else {
      return undefined;
    }
  }
  return groups;
}

/** RFC 5952 section 4: lower case, no leading zeros, the longest run of two zero groups or more as '::'. */
function formatIpv6(groups: readonly number[]): string {
  let start = -1;
  let length = 1;
  for (let index = 0; index < groups.length; index++) {
    let end = index;
    while (groups[end] === 0) end++;
    if (end - index > length) {
      start = index;
      length = end - index;
    }
    if (end > index) index = end;
  }
  const hex = groups.map((group) => group.toString(16));
  if (start < 0) return hex.join(':');
  return `${hex.slice(0, start).join(':')}::${hex.slice(start + length).join(':')}`;
}

/**
 * The leading bits of an address, as a key for budgets and bounds.
 *
 * @param address - the canonical address
 * @param bits - how many bits, a multiple of 8 within the address
 * @returns for instance `4/24:192.0.2`; equal for two addresses exactly if these bits are
 */
export function prefixKey(address: Address, bits: number): string {
  const whole = bits >> 4;
  const parts = address.groups.slice(0, whole).map((group) => group.toString(16));
  if (bits % 16 !== 0) parts.push(((address.groups[whole] ?? 0) >> (16 - (bits % 16))).toString(16));
  return `${address.family}/${bits}:${parts.join(':')}`;
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
