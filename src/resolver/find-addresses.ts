import type { LookupAddress } from 'node:dns';
import { isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import { DnsError, type DnsErrorCode } from './dns-error.js';
import { localhostAddresses, readHosts } from './hosts-file.js';
import type { Wanted } from './lookup-options.js';
import { completed, readSearchList, type SearchList } from './search-list.js';

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
const HAS_NONE: readonly DnsErrorCode[] = ['ENOTFOUND', 'ENODATA', 'EBADNAME'];

/**
 * The addresses of a name: an address is its own, then the hosts file counts, then the name `localhost` (RFC 6761 section
 * 6.3), then DNS, by way of the system's search list.
 *
 * @param hostname - a name or address
 * @param wanted - which addresses
 * @param resolver - who is asked
 * @param searchList - default the system's
 * @throws an error in the shape of `getaddrinfo`'s
 */
export async function findAddresses(
  hostname: string,
  wanted: Wanted,
  resolver: AddressResolver,
  searchList?: SearchList,
): Promise<LookupAddress[]> {
  const itself = isIP(hostname);
  if (itself !== 0) return [{ address: hostname, family: itself }];
  const name = hostname.toLowerCase().replace(/\.$/, '');
  const { addresses } = await readHosts();
  for (const known of [addresses.get(name) ?? [], localhostAddresses(name)]) {
    const found = ordered(known.map(withFamily), wanted);
    if (found.length > 0) return found;
  }
  let failure: DnsError | undefined;
  for (const whole of completed(hostname, searchList ?? (await readSearchList()))) {
    const answers = await ask(whole, wanted, resolver);
    const found = ordered(
      answers.flatMap((answer) => (answer instanceof DnsError ? [] : answer.map(withFamily))),
      wanted,
    );
    if (found.length > 0) return found;
    const errors = answers.filter((answer) => answer instanceof DnsError);
    failure = errors.find(({ code }) => !HAS_NONE.includes(code)) ?? errors[0];
    // Where nobody has said that there is none, another domain's may be another's.
    if (failure !== undefined && !HAS_NONE.includes(failure.code)) break;
  }
  throw noAddress(hostname, failure);
}

/** Both families at once; what one of them says in place of addresses. */
function ask(name: string, wanted: Wanted, resolver: AddressResolver): Promise<(string[] | DnsError)[]> {
  const families = ([4, 6] as const).filter((family) => isAskedFor(family, wanted));
  return Promise.all(
    families.map((family) =>
      (family === 4 ? resolver.resolve4(name) : resolver.resolve6(name)).catch((error: unknown) => {
        if (error instanceof DnsError) return error;
        throw error;
      }),
    ),
  );
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

function noAddress(hostname: string, cause: DnsError | undefined): Error {
  const isNone = cause === undefined || HAS_NONE.includes(cause.code);
  const failure = isNone ? NO_NAME : cause.code === 'ECANCELLED' ? CANCELLED : TRY_AGAIN;
  const error = new Error(`getaddrinfo ${failure.code} ${hostname}`, { cause });
  return Object.assign(error, { ...failure, syscall: 'getaddrinfo', hostname });
}
