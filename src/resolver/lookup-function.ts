import type { LookupAddress, LookupOptions } from 'node:dns';
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
}

type Callback = (error: Error | null, ...result: unknown[]) => void;

/**
 * A `dns.lookup` whose questions a resolver asks.
 *
 * @param resolver - which
 */
export function lookupBy(resolver: AddressResolver): Lookup {
  return (hostname: string, given: unknown, last?: unknown): void => {
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
  };
}
