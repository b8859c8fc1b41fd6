/** The root's server. */
export const ROOT = '10.53.0.1';
/** The server of the one top-level domain. */
export const TOP_LEVEL = '10.53.0.2';
/** The network in which all servers are, as routes have it. */
export const SERVERS = '10.53.0.0/16';
/** The network in which resolvers listen. */
export const RESOLVERS = '10.98.0.0/16';
/** The two ends of the wire between the namespaces. */
export const WIRE = { servers: '10.97.0.1', resolvers: '10.97.0.2' } as const;
/** The top-level domain; some resolvers answer `test` themselves. */
export const TLD = 'lab';

/** Servers of scenarios by number, from 0. */
export function leafAddress(index: number): string {
  return `10.53.${1 + Math.floor(index / 250)}.${1 + (index % 250)}`;
}

/** Where the resolver of a try listens, by number, from 0. */
export function resolverAddress(index: number): string {
  return `10.98.${Math.floor(index / 250)}.${1 + (index % 250)}`;
}
