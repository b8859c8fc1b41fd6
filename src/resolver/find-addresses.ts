import type { LookupAddress } from 'node:dns';
import { isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import type { DnsError, DnsErrorCode } from './dns-error.js';
import { readHosts } from './hosts-file.js';
import type { Wanted } from './lookup-options.js';

/** Whom addresses are asked of. */
export interface AddressResolver {
  resolve4(hostname: string): Promise<string[]>;
  resolve6(hostname: string): Promise<string[]>;
}

/** There is no address, or none can be had now. */
interface LookupFailure {
  readonly code: string;
  /** As libuv numbers it. */
  readonly errno: number;
}

const NO_NAME: LookupFailure = { code: 'ENOTFOUND', errno: -3008 };
const TRY_AGAIN: LookupFailure = { code: 'EAI_AGAIN', errno: -3001 };
const CANCELLED: LookupFailure = { code: 'EAI_CANCELED', errno: -3003 };
/** The servers have said that there is none. */
const HAS_NONE: readonly (DnsErrorCode | undefined)[] = ['ENOTFOUND', 'ENODATA', 'EBADNAME'];

/**
 * The addresses of a name: an address is its own, then the hosts file counts, then the name `localhost` (RFC 6761 section
 * 6.3), then DNS.
 *
 * @param hostname - a name or address
 * @param wanted - which addresses
 * @param resolver - who is asked
 * @throws an error in the shape of `getaddrinfo`'s
 */
export async function findAddresses(
  hostname: string,
  wanted: Wanted,
  resolver: AddressResolver,
): Promise<LookupAddress[]> {
  const itself = isIP(hostname);
  if (itself !== 0) return [{ address: hostname, family: itself }];
  const name = hostname.toLowerCase().replace(/\.$/, '');
  const local = (await readHosts()).addresses.get(name) ?? (isLocalhost(name) ? ['127.0.0.1', '::1'] : []);
  const known = ordered(local.map(withFamily), wanted);
  if (known.length > 0) return known;
  const families = ([4, 6] as const).filter((family) => isAskedFor(family, wanted));
  const answers = await Promise.allSettled(
    families.map((family) => (family === 4 ? resolver.resolve4(hostname) : resolver.resolve6(hostname))),
  );
  const found = ordered(
    answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value.map(withFamily) : [])),
    wanted,
  );
  if (found.length > 0) return found;
  throw noAddress(hostname, answers);
}

function isLocalhost(name: string): boolean {
  return name === 'localhost' || name.endsWith('.localhost');
}

function withFamily(address: string): LookupAddress {
  return { address, family: isIP(address) };
}

/** IPv4 is asked for beside IPv6 where its addresses would do as mapped ones. */
function isAskedFor(family: 4 | 6, { family: only, configuredOnly, mapped }: Wanted): boolean {
  const isOf = only === 0 || only === family || (only === 6 && mapped);
  return isOf && (!configuredOnly || hasAddress(family));
}

function hasAddress(family: 4 | 6): boolean {
  const all = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  // A link-local address reaches nothing that DNS names.
  return all.some(({ address, internal }) => !internal && isIP(address) === family && !address.startsWith('fe80:'));
}

/** Those that are wanted, in the order that is wanted. `verbatim`: IPv6 first where this machine has it (RFC 6724). */
function ordered(addresses: readonly LookupAddress[], { family, order, mapped }: Wanted): LookupAddress[] {
  const [v4, v6] = [4, 6].map((of) => addresses.filter((address) => address.family === of)) as [
    LookupAddress[],
    LookupAddress[],
  ];
  if (family === 4) return v4;
  if (family === 6) {
    if (v6.length > 0 || !mapped) return v6;
    return v4.map(({ address }) => ({ address: `::ffff:${address}`, family: 6 }));
  }
  const isV6First = order === 'ipv6first' || (order === 'verbatim' && v6.length > 0 && hasAddress(6));
  return isV6First ? [...v6, ...v4] : [...v4, ...v6];
}

function noAddress(hostname: string, answers: readonly PromiseSettledResult<string[]>[]): Error {
  const errors = answers.flatMap((answer) => (answer.status === 'rejected' ? [answer.reason as DnsError] : []));
  const reason = errors.find(({ code }) => !HAS_NONE.includes(code));
  const failure = reason === undefined ? NO_NAME : reason.code === 'ECANCELLED' ? CANCELLED : TRY_AGAIN;
  const message = `getaddrinfo ${failure.code} ${hostname}`;
  return Object.assign(new Error(message, { cause: reason ?? errors[0] }), {
    ...failure,
    syscall: 'getaddrinfo',
    hostname,
  });
}
