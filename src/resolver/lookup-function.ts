import type { LookupAddress, LookupOptions } from 'node:dns';
import { promisify } from 'node:util';
import { wrongType } from './arguments.js';
import { type AddressResolver, findAddresses } from './find-addresses.js';
import { requireHostname, wanted } from './lookup-options.js';

/** A function in the shape of `dns.lookup`. */
export interface Lookup {
  /** One address of either family. */
  (hostname: string, callback: (error: NodeJS.ErrnoException | null, address: string, family: number) => void): void;
  /** One address of a family: 4, 6, or 0 for either. */
  (
    hostname: string,
    family: number,
    callback: (error: NodeJS.ErrnoException | null, address: string, family: number) => void,
  ): void;
  /** As the options say: with `all`, a list of addresses. */
  (
    hostname: string,
    options: LookupOptions,
    callback: (error: NodeJS.ErrnoException | null, address: string | LookupAddress[], family?: number) => void,
  ): void;
  /** What `promisify` of node:util makes of it: an address with its family, or with `all` a list of these. */
  readonly [promisify.custom]: (
    hostname: string,
    options?: LookupOptions | number,
  ) => Promise<LookupAddress | LookupAddress[]>;
}

type Callback = (error: Error | null, ...result: unknown[]) => void;

/**
 * A `dns.lookup` whose questions a resolver asks.
 *
 * @param resolver - which
 */
export function lookupBy(resolver: AddressResolver): Lookup {
  return withPromise((hostname: string, given: unknown, last?: unknown): void => {
    const callback = (typeof given === 'function' ? given : last) as Callback;
    requireHostname(hostname);
    const want = wanted(typeof given === 'function' ? undefined : (given as LookupOptions | number));
    if (typeof callback !== 'function') throw wrongType('callback', 'of type function', callback);
    const show = ([first, ...others]: LookupAddress[]): unknown[] =>
      want.all
        ? [first === undefined ? [] : [first, ...others]]
        : [first?.address ?? null, first?.family ?? (want.family || 4)];
    const found = hostname ? findAddresses(hostname, want, resolver) : Promise.resolve([]);
    // From outside of the promise, so that what a callback throws is its own.
    found.then(
      (addresses) => process.nextTick(callback, null, ...show(addresses)),
      (error: Error) => process.nextTick(callback, error),
    );
  });
}

/**
 * Gives a function in the shape of `dns.lookup` what `promisify` makes of that.
 *
 * @param lookup - the function
 */
export function withPromise(lookup: (hostname: string, given: unknown, last?: unknown) => void): Lookup {
  const promised = (hostname: string, options: unknown = {}): Promise<LookupAddress | LookupAddress[]> =>
    new Promise((resolve, reject) => {
      lookup(hostname, options, (error: Error | null, address: string | LookupAddress[], family: number) => {
        if (error !== null) reject(error);
        else resolve(Array.isArray(address) ? address : { address, family });
      });
    });
  return Object.assign(lookup, { [promisify.custom]: promised });
}
