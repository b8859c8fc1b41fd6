import { isIP } from 'node:net';
import { InvalidInputError } from '../common/errors.js';
import { type ResolvedServer, resolveServer, type ServerObject, type ServerRef } from '../contact/server.js';
import { outOfRange, requireString, wrongType, wrongValue } from './arguments.js';

const DO53_PORT = 53;
const DOT_PORT = 853;

/**
 * Reads the servers of a `Resolver`.
 *
 * @param servers - as `setServers` of `node:dns` takes them, or as the selector does; each is taken once
 * @param dotPort - the DoT port of those whose port is neither 53 nor 853, and that name none
 * @throws `TypeError` or `RangeError` with Node's codes; of an object, `InvalidInputError`
 */
export function readServers(servers: readonly ServerRef[], dotPort: number | undefined): ResolvedServer[] {
  if (!Array.isArray(servers)) throw wrongType('servers', 'an instance of Array', servers);
  const read = servers.map((server: ServerRef, index) => readServer(server, dotPort, index));
  const byKey = new Map(read.map((server) => [`${server.clear?.key} ${server.dot?.key}`, server]));
  return [...byKey.values()];
}

function readServer(server: ServerRef, dotPort: number | undefined, index: number): ResolvedServer {
  if (typeof server !== 'object' || server === null) requireString(server, `servers[${index}]`);
  try {
    const { address, port, dot, localAddress } = resolveServer(server);
    const ref = { address, port, localAddress };
    return resolveServer(
      dot === undefined && dotPort !== undefined ? { ...ref, dotPort } : { ...ref, dotPort: dot?.port },
    );
  } catch (error) {
    if (typeof server === 'object') throw error;
    if (error instanceof InvalidInputError && error.code === 'INVALID_PORT')
      throw outOfRange(error.message, 'ERR_SOCKET_BAD_PORT');
    throw wrongValue(`Invalid IP address: ${server}`, 'ERR_INVALID_IP_ADDRESS');
  }
}

/**
 * A server as `getServers` of `node:dns` shows it: with its port where that is not 53.
 *
 * @param server - which
 */
export function showServer({ address, port }: ResolvedServer): string {
  if (port === DO53_PORT) return address;
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

/** Our own addresses to ask from, by family. */
export interface LocalAddresses {
  readonly ipv4?: string | undefined;
  readonly ipv6?: string | undefined;
}

const ANY_ADDRESS: readonly string[] = ['0.0.0.0', '::', '::0'];

/**
 * Reads the arguments of `setLocalAddress`.
 *
 * @param first - of either family
 * @param second - of the other
 * @throws `TypeError` with Node's codes
 */
export function readLocalAddresses(first: unknown, second: unknown): LocalAddresses {
  requireString(first, 'ipv4');
  if (second !== undefined) requireString(second, 'ipv6');
  const both = second === undefined ? [first] : [first, second];
  const [family, other] = both.map((address) => isIP(address));
  if (both.some((address) => isIP(address) === 0)) throw wrongValue('Invalid IP address.');
  if (family === other) throw wrongValue(`Cannot specify two IPv${family} addresses.`);
  const of = (wanted: number) => both.find((address) => isIP(address) === wanted && !ANY_ADDRESS.includes(address));
  return { ipv4: of(4), ipv6: of(6) };
}

/**
 * A server as a selector takes it.
 *
 * @param server - which
 * @param local - whence it is asked
 */
export function refOf(server: ResolvedServer, local: LocalAddresses): ServerObject {
  const { address, port, dot } = server;
  const localAddress = server.localAddress ?? (address.includes(':') ? local.ipv6 : local.ipv4);
  return { address, port, dotPort: port === DOT_PORT ? undefined : dot?.port, localAddress };
}
