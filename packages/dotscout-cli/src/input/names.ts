import { Resolver } from 'dotscout/resolver';
import type { Address } from 'dotscout/state';
import { distinct, hostAddresses, type NameResolver, nameServersOf, ownAddresses } from './name-servers.js';
import type { NameTarget } from './target.js';

/** Where a name leads. */
export interface Place {
  /** All addresses, IPv6 and IPv4; none where the name leads nowhere. */
  readonly addresses: readonly Address[];
  /** The zone that these are the name servers of; `undefined` where they are a host's own. */
  readonly zone: string | undefined;
}

/** Finds the addresses of names. */
export interface Names {
  /**
   * The addresses of a server, or those of a zone's name servers. Never rejects.
   *
   * @param target - a name as it was given
   */
  find(target: NameTarget): Promise<Place>;
  /** Gives up what is being asked. */
  cancel(): void;
  /** Ends it. */
  close(): Promise<void>;
}

const TIMEOUT_MS = 2_000;
const TRIES = 2;

/**
 * The resolver that the command asks.
 *
 * @param server - `address` or `address:port`; default the system's
 */
export function makeResolver(server: string | undefined): Resolver {
  return new Resolver({ timeout: TIMEOUT_MS, tries: TRIES, servers: server === undefined ? undefined : [server] });
}

/**
 * Names by a resolver: NS, A and AAAA.
 *
 * @param server - the resolver to ask, `address` or `address:port`; default the system's
 */
export function makeNames(server: string | undefined): Names {
  const resolver = makeResolver(server);
  return {
    find: (target) => findPlace(resolver, target).catch(() => ({ addresses: [], zone: undefined })),
    cancel: () => resolver.cancel(),
    close: () => resolver.close(),
  };
}

/**
 * Where a name leads. The name of a zone means its name servers: what has its name may be a web server.
 *
 * @param resolver - whom to ask
 * @param target - a name as it was given
 * @throws what the resolver rejects with where nobody says whether the name is a zone's
 */
export async function findPlace(resolver: NameResolver, { name, isServer }: NameTarget): Promise<Place> {
  const own = await ownAddresses(name);
  if (own !== undefined) return { addresses: own, zone: undefined };
  const servers = isServer || !name.includes('.') ? [] : await nameServersOf(resolver, name);
  if (servers.length === 0) return { addresses: await hostAddresses(resolver, name), zone: undefined };
  return { addresses: distinct(servers.flatMap(({ addresses }) => addresses)), zone: name };
}
