import type { promises } from 'node:dns';
import { type Address, tryParseAddress } from 'dotscout/state';
import { localhostAddresses, readHosts } from '../../../../src/resolver/hosts-file.js';

/** What is asked for names: `Resolver` of `dotscout/resolver`, or what has its methods. */
export type NameResolver = Pick<promises.Resolver, 'resolve4' | 'resolve6' | 'resolveNs'>;

/** One of a zone's name servers. */
export interface NameServer {
  /** As the zone names it, in presentation format. */
  readonly name: string;
  /** None where the name leads nowhere. */
  readonly addresses: readonly Address[];
}

/** No zone has more; a stranger's zone must not make us probe the world. */
const MAX_SERVERS = 32;
/** More addresses than any name server has; of a zone's, no more are probed. */
const MAX_ADDRESSES = 32;
/** What says that there is no such thing, and not that nobody answered. */
const NOTHING_THERE: readonly unknown[] = ['ENODATA', 'ENOTFOUND'];

/**
 * The names of a zone's name servers.
 *
 * @param resolver - whom to ask
 * @param name - a domain name
 * @returns none where the name is no zone's
 * @throws what the resolver rejects with where it has no answer
 */
export async function serverNamesOf(resolver: NameResolver, name: string): Promise<readonly string[]> {
  try {
    return (await resolver.resolveNs(name)).slice(0, MAX_SERVERS);
  } catch (error) {
    if (NOTHING_THERE.includes((error as NodeJS.ErrnoException).code)) return [];
    throw error;
  }
}

/**
 * The addresses of a host: from the hosts file, else by DNS, IPv6 before IPv4.
 *
 * @param resolver - whom to ask
 * @param name - the host's
 * @returns none where the name leads nowhere
 */
export async function hostAddresses(resolver: NameResolver, name: string): Promise<readonly Address[]> {
  const known = await ownAddresses(name);
  if (known !== undefined) return known;
  const answers = await Promise.allSettled([resolver.resolve6(name), resolver.resolve4(name)]);
  return addressesIn(answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : [])));
}

/**
 * The addresses that this machine itself knows of a name: those of the hosts file; of `localhost` the loopback ones, which
 * nobody is asked for (RFC 6761 section 6.3).
 *
 * @param name - a host's
 * @returns `undefined` where DNS is to be asked
 */
export async function ownAddresses(name: string): Promise<readonly Address[] | undefined> {
  const lower = name.toLowerCase();
  const known = (await readHosts()).addresses.get(lower) ?? localhostAddresses(lower);
  return known.length > 0 ? addressesIn(known) : undefined;
}

/**
 * A zone's name servers with their addresses, in the order of their names.
 *
 * @param resolver - whom to ask
 * @param zone - a domain name
 * @returns none where the name is no zone's
 * @throws what the resolver rejects with where it has no answer
 */
export async function nameServersOf(resolver: NameResolver, zone: string): Promise<readonly NameServer[]> {
  const names = [...(await serverNamesOf(resolver, zone))].sort();
  return Promise.all(names.map(async (name) => ({ name, addresses: await hostAddresses(resolver, name) })));
}

function addressesIn(texts: readonly string[]): readonly Address[] {
  return distinct(texts.flatMap((text) => tryParseAddress(text) ?? []));
}

/**
 * Each address once, as many as are looked at.
 *
 * @param addresses - in their order
 */
export function distinct(addresses: readonly Address[]): readonly Address[] {
  return [...new Map(addresses.map((address) => [address.text, address])).values()].slice(0, MAX_ADDRESSES);
}
