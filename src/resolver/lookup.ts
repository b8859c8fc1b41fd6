import { type Lookup, withPromise } from './lookup-function.js';
import { Resolver } from './resolver.js';

/** Made with the first look-up; it asks the system's servers. */
let system: Resolver | undefined;

/**
 * In the place of `dns.lookup`: the hosts file first, then the system's servers, over DNS over TLS where they speak it. Short
 * names are completed by the search list of /etc/resolv.conf.
 *
 * @example
 * ```ts
 * http.get({ host: 'www.example.org', lookup }, onResponse);
 * const agent = new Agent({ connect: { lookup } }); // undici
 * ```
 *
 * @param args - as `dns.lookup` takes them: a name, options or a family, a callback
 * @throws `TypeError` with Node's codes
 */
export const lookup: Lookup = withPromise((...args) => {
  system ??= new Resolver();
  system.lookup(...(args as Parameters<Lookup>));
});
