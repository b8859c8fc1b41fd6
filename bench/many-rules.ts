import type { Rule } from '../src/index.js';

/** Of ten rules, four are by address, two by prefix, two by name server and the others by zone. */
const ADDRESSES = 4;
const PREFIXES = 6;
const NAMESERVERS = 8;

/** Lengths of prefixes as operators write them. */
const IPV4_BITS = [16, 20, 22, 24, 28] as const;
const IPV6_BITS = [32, 40, 48, 56] as const;

/** Rules of all kinds, none of them for a server of `addressOf`. */
export function manyRules(count: number): Rule[] {
  return Array.from({ length: count }, (_, index) => ({ action: 'require', ...selector(index) }));
}

function selector(index: number): Omit<Rule, 'action'> {
  const kind = index % 10;
  const ipv4 = `${128 + (index >> 16)}.${(index >> 8) & 255}.${index & 255}.0`;
  if (kind < ADDRESSES) return { address: `${ipv4.slice(0, -1)}53` };
  if (kind < PREFIXES) {
    const isIpv4 = index % 2 === 0;
    const bits = isIpv4 ? IPV4_BITS[index % IPV4_BITS.length] : IPV6_BITS[index % IPV6_BITS.length];
    return { prefix: isIpv4 ? `${ipv4}/${bits}` : `2001:${index.toString(16).slice(-4)}::/${bits}` };
  }
  return kind < NAMESERVERS ? { nameserver: `ns${index}.example.net` } : { zone: `zone${index}.example.org` };
}
