import { isIP } from 'node:net';
import { parseAddress } from '../state/address/address.js';
import { encodeName, readName } from '../wire/names.js';
import { toAscii } from './question.js';

/** A name that Node's `Resolver` takes. */
export interface HostName {
  /** On the wire. */
  readonly octets: readonly number[];
  /** In the one spelling in which names are compared. */
  readonly canonical: string;
}

/** What may be in a label, written plainly or behind a backslash; a dot only behind one. */
const OCTETS: ReadonlySet<number> = new Set(
  Buffer.from('abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_/*.'),
);

/**
 * Reads a name as `node:dns` does: in lower case, Unicode as IDNA, with the characters of host names and `_`, `/` and `*` alone.
 *
 * @param text - as a caller gave it; empty for the root
 * @returns `undefined` for what is no such name
 */
export function hostName(text: string): HostName | undefined {
  const ascii = toAscii(text)?.toLowerCase();
  if (ascii === undefined) return undefined;
  try {
    const octets = encodeName(ascii === '' ? '.' : ascii);
    for (let at = 0; at < octets.length; at += 1 + (octets[at] ?? 0)) {
      const label = octets.slice(at + 1, at + 1 + (octets[at] ?? 0));
      if (!label.every((octet) => OCTETS.has(octet))) return undefined;
    }
    return { octets, canonical: readName(Uint8Array.from(octets), 0) ?? '.' };
  } catch {
    return undefined;
  }
}

/**
 * Whether a name is an onion service's, which DNS must not be asked for (RFC 7686 section 2).
 *
 * @param canonical - a name in its one spelling
 */
export function isOnion(canonical: string): boolean {
  return canonical.endsWith('.onion.');
}

/**
 * The name under which an address is looked up backwards (RFC 1035 section 3.5, RFC 3596 section 2.5).
 *
 * @param text - an address, perhaps with a scope id, which no name has
 * @returns `undefined` where it is none
 */
export function reverseName(text: string): string | undefined {
  const version = isIP(text);
  if (version === 0) return undefined;
  const { text: canonical, groups } = parseAddress(text.split('%')[0] ?? text);
  if (version === 4) return `${canonical.split('.').reverse().join('.')}.in-addr.arpa`;
  // An IPv4-mapped address is an IPv4 one to us, but not to who asks for its name.
  const all = groups.length === 8 ? groups : [0, 0, 0, 0, 0, 0xffff, ...groups];
  const digits = all.map((group) => group.toString(16).padStart(4, '0')).join('');
  return `${[...digits].reverse().join('.')}.ip6.arpa`;
}
