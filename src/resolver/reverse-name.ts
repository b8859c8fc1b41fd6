import { isIP } from 'node:net';
import { parseAddress } from '../state/address/address.js';

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
