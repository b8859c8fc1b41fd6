// The Resolver of node:dns, whose methods take a callback, on top of the one with promises.
import type dns from 'node:dns';
import { Resolver as PromisesResolver, type ResolverOptions } from './resolver.js';

type Callback = (error: unknown, result?: unknown) => void;

/** For `new dns.Resolver()`. */
export class Resolver implements dns.Resolver {
  readonly #promises: PromisesResolver;

  constructor(options?: ResolverOptions) {
    this.#promises = new PromisesResolver(options);
  }

  readonly resolve: dns.Resolver['resolve'] = this.#method('resolve');
  readonly resolve4: dns.Resolver['resolve4'] = this.#method('resolve4');
  readonly resolve6: dns.Resolver['resolve6'] = this.#method('resolve6');
  readonly resolveAny: dns.Resolver['resolveAny'] = this.#method('resolveAny');
  readonly resolveCaa: dns.Resolver['resolveCaa'] = this.#method('resolveCaa');
  readonly resolveCname: dns.Resolver['resolveCname'] = this.#method('resolveCname');
  readonly resolveMx: dns.Resolver['resolveMx'] = this.#method('resolveMx');
  readonly resolveNaptr: dns.Resolver['resolveNaptr'] = this.#method('resolveNaptr');
  readonly resolveNs: dns.Resolver['resolveNs'] = this.#method('resolveNs');
  readonly resolvePtr: dns.Resolver['resolvePtr'] = this.#method('resolvePtr');
  readonly resolveSoa: dns.Resolver['resolveSoa'] = this.#method('resolveSoa');
  readonly resolveSrv: dns.Resolver['resolveSrv'] = this.#method('resolveSrv');
  readonly resolveTxt: dns.Resolver['resolveTxt'] = this.#method('resolveTxt');
  readonly reverse: dns.Resolver['reverse'] = this.#method('reverse');

  cancel(): void {
    this.#promises.cancel();
  }

  getServers(): string[] {
    return this.#promises.getServers();
  }

  setServers(servers: readonly string[]): void {
    this.#promises.setServers(servers);
  }

  setLocalAddress(ipv4?: string, ipv6?: string): void {
    this.#promises.setLocalAddress(ipv4, ipv6);
  }

  #method<T>(name: Exclude<keyof dns.Resolver, 'cancel' | 'getServers' | 'setServers' | 'setLocalAddress'>): T {
    const late = (...args: [...unknown[], Callback]): void => {
      const callback = args.pop() as Callback;
      const call = this.#promises[name] as (...rest: unknown[]) => Promise<unknown>;
      // From outside of the promise, so that what a callback throws is its own.
      call.apply(this.#promises, args).then(
        (result) => process.nextTick(callback, null, result),
        (error) => process.nextTick(callback, error),
      );
    };
    return late as T;
  }
}
