import { type Address, parseAddress, tryParseAddress } from 'dotscout/state';

/** Addresses that follow each other. */
export interface AddressRange {
  readonly first: Address;
  /** How many there are; 1 for a single one. */
  readonly count: number;
}

/** The most addresses of one prefix: an IPv4 /20, an IPv6 /116. */
export const MAX_RANGE = 4_096;

/**
 * Reads a prefix: `192.0.2.0/24`, `2001:db8::/120`. Bits behind it do not matter: the network of that address is meant.
 *
 * @param text - any text
 * @returns `undefined` where it is none, or holds more than {@link MAX_RANGE} addresses
 */
export function parsePrefix(text: string): AddressRange | undefined {
  const [, host = '', length = ''] = /^([^/]+)\/(\d{1,3})$/.exec(text) ?? [];
  const address = tryParseAddress(host);
  if (address === undefined || address.scope !== undefined) return undefined;
  // An IPv4 address in IPv6 spelling is IPv4 to us, and its prefix counted otherwise.
  if (address.family === 4 && host.includes(':')) return undefined;
  const bits = address.family === 4 ? 32 : 128;
  const free = bits - Number(length);
  if (free < 0 || 2 ** free > MAX_RANGE) return undefined;
  const last = address.groups.at(-1) ?? 0;
  const base = [...address.groups.slice(0, -1), last - (last % 2 ** free)];
  return { first: addressOf(base), count: 2 ** free };
}

/**
 * The addresses of a range, one after the other. It lies within the last 16 bits.
 *
 * @param range - which
 */
export function* addressesOf({ first, count }: AddressRange): Generator<Address> {
  if (count === 1) {
    yield first;
    return;
  }
  const head = first.groups.slice(0, -1);
  const from = first.groups.at(-1) ?? 0;
  for (let at = 0; at < count; at++) yield addressOf([...head, from + at]);
}

function addressOf(groups: readonly number[]): Address {
  if (groups.length === 2) return parseAddress(groups.flatMap((group) => [group >> 8, group & 0xff]).join('.'));
  return parseAddress(groups.map((group) => group.toString(16)).join(':'));
}
