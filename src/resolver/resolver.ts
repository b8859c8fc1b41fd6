import {
  type AnyRecord,
  type CaaRecord,
  getServers,
  type MxRecord,
  type NaptrRecord,
  type promises,
  type RecordWithTtl,
  type ResolveOptions,
  type SoaRecord,
  type SrvRecord,
} from 'node:dns';
import type { ResolvedServer, ServerRef } from '../contact/server.js';
import type { TransportSelector } from '../selector.js';
import { canonicalText } from '../state/address/address.js';
import { recordsFor } from './answered-records.js';
import { requireString, wrongValue } from './arguments.js';
import { DnsError, type DnsErrorCode, syscallOf } from './dns-error.js';
import { type Answered, type Asked, type Asking, findAnswers } from './find-answers.js';
import { type Found, recordsOf } from './follow-aliases.js';
import { reverseName } from './host-name.js';
import { readHosts } from './hosts-file.js';
import { type Lookup, lookupBy } from './lookup-function.js';
import {
  anyRecords,
  NODE_TYPES,
  type NodeRecords,
  type NodeType,
  nodeRecords,
  type TlsaRecord,
} from './node-records.js';
import { OwnSelector } from './own-selector.js';
import { type ResolverOptions, type Rounds, roundsOf } from './resolver-options.js';
import { type LocalAddresses, readLocalAddresses, readServers, refOf, showServer } from './servers.js';
import { type QuestionType, typeNumber } from './types.js';

/** What `reverse` says as it is; all else is ENOTFOUND to Node, and what it was is the cause. */
const ENDED: readonly DnsErrorCode[] = ['ECANCELLED', 'EDESTRUCTION'];

/**
 * The `Resolver` of `node:dns/promises`, with the same methods, records and errors, whose questions go encrypted to the servers
 * that speak DNS over TLS. It finds out by itself which do; no question waits for that.
 *
 * @example
 * ```ts
 * import { Resolver } from 'dotscout/resolver'; // was: 'node:dns/promises'
 *
 * const resolver = new Resolver();
 * console.log(await resolver.resolve4('www.example.org'));
 * console.log(resolver.selector.metrics().queries); // { dot: 1 }, or { do53: 1 }
 * ```
 */
export class Resolver implements promises.Resolver {
  readonly #rounds: Rounds;
  readonly #dotPort: number | undefined;
  readonly #given: TransportSelector | undefined;
  #own: OwnSelector | undefined;
  #servers: readonly ResolvedServer[] = [];
  #local: LocalAddresses = {};
  #cancel = new AbortController();

  /**
   * @param options - all have defaults
   * @throws `InvalidInputError` `INVALID_OPTION`; `TypeError` or `RangeError` with Node's codes
   */
  constructor(options: ResolverOptions = {}) {
    this.#rounds = roundsOf(options);
    this.#dotPort = options.dotPort;
    this.#given = options.selector;
    this.setServers(options.servers ?? getServers());
  }

  /** What chooses the transports: its `explain`, `metrics` and events say what is known of the servers. */
  get selector(): TransportSelector {
    if (this.#given !== undefined) return this.#given;
    this.#own ??= new OwnSelector(this.#servers);
    return this.#own.selector;
  }

  /** Rejects all questions that wait, with `ECANCELLED`. */
  cancel(): void {
    this.#cancel.abort();
    this.#cancel = new AbortController();
  }

  /** The servers, as `setServers` takes them. */
  getServers(): string[] {
    return this.#servers.map(showServer);
  }

  /**
   * Whom to ask from now on. Unlike Node's it may be called while questions wait: these go on with those of before.
   *
   * @param servers - for instance `['192.0.2.53', '[2001:db8::53]:5353']`, or objects with a `dotPort`
   * @throws `TypeError` or `RangeError` with Node's codes
   */
  setServers(servers: readonly ServerRef[]): void {
    this.#servers = readServers(servers, this.#dotPort);
    this.#own?.use(this.#servers);
  }

  /**
   * From which of our addresses to ask.
   *
   * @param ipv4 - of either family
   * @param ipv6 - of the other; left out, that is the system's choice
   * @throws `TypeError` with Node's codes
   */
  setLocalAddress(ipv4?: string, ipv6?: string): void {
    this.#local = readLocalAddresses(ipv4, ipv6);
  }

  /** Ends its own selector: what waits, and what is asked later, rejects with `EDESTRUCTION`. One that it was given stays open. */
  async close(): Promise<void> {
    // Where there was no question yet, what follows is not to make one.
    if (this.#given === undefined) await this.selector.close();
  }

  /** The same as {@link Resolver.close}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** In the place of `dns.lookup`, for `http.request({ lookup })` and its like: the hosts file first, then the servers. */
  readonly lookup: Lookup = lookupBy(this);

  // --- Questions ----------------------------------------------------------------------------------------------------

  /** The IPv4 addresses of a name. */
  resolve4(hostname: string): Promise<string[]>;
  /** The same, with the time for which each holds, in seconds. */
  resolve4(hostname: string, options: { ttl: true }): Promise<RecordWithTtl[]>;
  /** Either. */
  resolve4(hostname: string, options: ResolveOptions): Promise<string[] | RecordWithTtl[]>;
  resolve4(hostname: string, options?: ResolveOptions): Promise<string[] | RecordWithTtl[]> {
    return this.#addresses('A', hostname, options);
  }

  /** The IPv6 addresses of a name. */
  resolve6(hostname: string): Promise<string[]>;
  /** The same, with the time for which each holds, in seconds. */
  resolve6(hostname: string, options: { ttl: true }): Promise<RecordWithTtl[]>;
  /** Either. */
  resolve6(hostname: string, options: ResolveOptions): Promise<string[] | RecordWithTtl[]>;
  resolve6(hostname: string, options?: ResolveOptions): Promise<string[] | RecordWithTtl[]> {
    return this.#addresses('AAAA', hostname, options);
  }

  /** Who may issue certificates for a name (RFC 8659). */
  resolveCaa(hostname: string): Promise<CaaRecord[]> {
    return this.#records('CAA', hostname);
  }

  /** What a name is an alias of. */
  resolveCname(hostname: string): Promise<string[]> {
    return this.#records('CNAME', hostname);
  }

  /** Where mail for a name goes. */
  resolveMx(hostname: string): Promise<MxRecord[]> {
    return this.#records('MX', hostname);
  }

  /** The rewriting rules of a name (RFC 3403). */
  resolveNaptr(hostname: string): Promise<NaptrRecord[]> {
    return this.#records('NAPTR', hostname);
  }

  /** The name servers of a zone. */
  resolveNs(hostname: string): Promise<string[]> {
    return this.#records('NS', hostname);
  }

  /** The pointers of a name. */
  resolvePtr(hostname: string): Promise<string[]> {
    return this.#records('PTR', hostname);
  }

  /** Where a service is. */
  resolveSrv(hostname: string): Promise<SrvRecord[]> {
    return this.#records('SRV', hostname);
  }

  /** The certificates of a service (RFC 6698). */
  resolveTlsa(hostname: string): Promise<TlsaRecord[]> {
    return this.#records('TLSA', hostname);
  }

  /** The texts of a name, each in its chunks. */
  resolveTxt(hostname: string): Promise<string[][]> {
    return this.#records('TXT', hostname);
  }

  /** The start of a zone's authority. */
  resolveSoa(hostname: string): Promise<SoaRecord> {
    return this.#records('SOA', hostname).then(([record]) => record as SoaRecord);
  }

  /** All records of a name that the server likes to show (RFC 8482), of those types that have a method here. */
  resolveAny(hostname: string): Promise<AnyRecord[]> {
    requireString(hostname, 'name');
    return this.#any(hostname);
  }

  /** The records of a name, of a type for which there is a method here; default `A`. */
  readonly resolve: promises.Resolver['resolve'] = ((hostname: string, rrtype: string = 'A'): Promise<unknown> => {
    requireString(hostname, 'name');
    requireString(rrtype, 'rrtype');
    if (rrtype === 'ANY') return this.resolveAny(hostname);
    if (rrtype === 'SOA') return this.resolveSoa(hostname);
    const type = NODE_TYPES.find((known) => known === rrtype);
    if (type === undefined) throw wrongValue(`The argument 'rrtype' is invalid. Received '${rrtype}'`);
    return this.#records(type, hostname);
  }) as promises.Resolver['resolve'];

  /** The names of an address: those of the hosts file, else those of DNS. */
  reverse(ip: string): Promise<string[]> {
    requireString(ip, 'name');
    return this.#reverse(ip);
  }

  #records<T extends NodeType>(type: T, hostname: string): Promise<NodeRecords[T][]> {
    requireString(hostname, 'name');
    return this.#find(type, hostname).then(({ records }) => nodeRecords(records, type));
  }

  #addresses(type: 'A' | 'AAAA', hostname: string, options?: ResolveOptions): Promise<string[] | RecordWithTtl[]> {
    requireString(hostname, 'name');
    return this.#find(type, hostname).then(({ records, aliases }) => {
      const addresses = nodeRecords(records, type);
      if (!options?.ttl) return addresses;
      // An address holds no longer than the aliases that lead to it.
      const most = Math.min(...aliases.map(({ ttl }) => ttl));
      return addresses.map((address, index) => ({ address, ttl: Math.min(most, records[index]?.ttl ?? 0) }));
    });
  }

  async #any(hostname: string): Promise<AnyRecord[]> {
    const asked = { syscall: syscallOf('ANY'), hostname };
    const { answers, name } = await this.#ask(hostname, 'ANY', asked);
    const records = recordsOf(answers, name);
    if (records.length === 0) throw new DnsError('ENODATA', asked.syscall, hostname);
    return anyRecords(records);
  }

  async #reverse(address: string): Promise<string[]> {
    const asked = { syscall: 'getHostByAddr', hostname: address };
    const asking = this.#asking();
    const name = reverseName(address);
    if (name === undefined) throw new DnsError('EINVAL', asked.syscall, address);
    const names = (await readHosts()).names.get(canonicalText(address) ?? address);
    if (names !== undefined) return [...names];
    try {
      const { records } = recordsFor(await this.#ask(name, 'PTR', asked, asking), 'PTR', asked);
      return nodeRecords(records, 'PTR');
    } catch (cause) {
      const isEnded = cause instanceof DnsError && ENDED.includes(cause.code);
      throw isEnded ? cause : new DnsError('ENOTFOUND', asked.syscall, address, { cause });
    }
  }

  async #find(type: NodeType, hostname: string): Promise<Found> {
    const asked = { syscall: syscallOf(type), hostname };
    return recordsFor(await this.#ask(hostname, type, asked), type, asked);
  }

  #ask(name: string, type: QuestionType, asked: Asked, asking: Asking = this.#asking()): Promise<Answered> {
    return findAnswers(name, typeNumber(type) ?? 0, asked, asking);
  }

  #asking(): Asking {
    return {
      selector: this.selector,
      servers: this.#servers.map((server) => refOf(server, this.#local)),
      rounds: this.#rounds,
      signal: this.#cancel.signal,
    };
  }
}
