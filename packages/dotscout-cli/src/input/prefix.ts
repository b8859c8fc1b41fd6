import type { Address } from 'dotscout/state';
import { parsePrefix as readPrefix } from '../../../../src/contact/guard.js';
import { addressOfWords, maskWords, wordsOf } from '../../../../src/state/address/address.js';

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
  const read = text.includes('/') ? tryReadPrefix(text) : undefined;
  if (read === undefined) return undefined;
  const { address, bits } = read;
  const free = (address.family === 4 ? 32 : 128) - bits;
  if (2 ** free > MAX_RANGE) return undefined;
  const mask = maskWords(address, bits);
  const base = wordsOf(address).map((word, index) => word & (mask[index] ?? 0));
  return { first: addressOfWords(Uint32Array.from(base), undefined), count: 2 ** free };
}

function tryReadPrefix(text: string): ReturnType<typeof readPrefix> | undefined {
  try {
    return readPrefix(text);
  } catch {
    return undefined;
  }
}

/**
 * The addresses of a range, one after the other. It lies within the last 32 bits.
 *
 * @param range - which
 */
export function* addressesOf({ first, count }: AddressRange): Generator<Address> {
  if (count === 1) {
    yield first;
    return;
  }
  const [w0, w1, w2, from] = wordsOf(first);
  for (let at = 0; at < count; at++) yield addressOfWords(Uint32Array.of(w0, w1, w2, from + at), undefined);
}
