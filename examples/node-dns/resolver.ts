// The Resolver of node:dns/promises with dotscout behind it. A program swaps one line:
//   import { Resolver } from 'node:dns/promises';   →   import { Resolver } from './node-dns/resolver.js';
import {
  type AnyRecord,
  getServers,
  type promises,
  type RecordWithTtl,
  type ResolveOptions,
  type SoaRecord,
} from 'node:dns';
import { type Answer, decode, encode, type Question, RECURSION_DESIRED } from 'dns-packet';
import { createGuard, parseAddress, queryServers, type ServerObject, TransportSelector } from 'dotscout';
import { anyRecord, type RecordName, shaped } from './records.js';

/** What the constructor takes; node:dns knows `timeout` alone of it. */
export interface ResolverOptions {
  /** How long one server may take, in milliseconds; default 5,000. */
  readonly timeout?: number | undefined;
  /** Shared by several resolvers; by default each has one of its own. */
  readonly selector?: TransportSelector | undefined;
  /** The DoT port of servers whose port is not 53. */
  readonly dotPort?: number | undefined;
}

const TIMEOUT_MS = 5_000;
/** node:dns names what a server says like this. */
const CODES: Readonly<Record<number, string>> = {
  ...{ 1: 'EFORMERR', 2: 'ESERVFAIL', 3: 'ENOTFOUND', 4: 'ENOTIMP', 5: 'EREFUSED' },
};

/** Asks the configured servers, over DoT those that speak it. */
export class Resolver implements promises.Resolver {
  readonly #selector: TransportSelector;
  readonly #timeoutMs: number;
  readonly #dotPort: number | undefined;
  readonly #named = new Set<string>();
  #servers: ServerObject[] = [];
  #local: { ipv4?: string | undefined; ipv6?: string | undefined } = {};
  #cancel = new AbortController();

  constructor(options: ResolverOptions = {}) {
    const { timeout = TIMEOUT_MS, selector, dotPort } = options;
    this.#timeoutMs = timeout;
    this.#dotPort = dotPort;
    // Nobody but the operator names servers here: they may be probed before they have answered. Where they are, we may
    // connect: in a private network, or on this machine.
    const usual = createGuard();
    const guard = { admits: (address: string) => this.#named.has(address) || usual.admits(address) };
    this.#selector = selector ?? new TransportSelector({ guard, policy: { onlyAfterAnswer: false } });
    this.setServers(getServers());
  }

  /** What is known of the servers. */
  get selector(): TransportSelector {
    return this.#selector;
  }

  cancel(): void {
    this.#cancel.abort();
    this.#cancel = new AbortController();
  }

  getServers(): string[] {
    return this.#servers.map(({ address = '', port = 53 }) => {
      if (port === 53) return address;
      return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
    });
  }

  setServers(servers: readonly string[]): void {
    const read = servers.map((server) => readServer(server));
    this.#servers = read;
    this.#named.clear();
    for (const { address } of read) this.#named.add(address);
  }

  setLocalAddress(ipv4?: string, ipv6?: string): void {
    this.#local = { ipv4, ipv6 };
  }

  readonly resolve4 = ((name: string, options?: ResolveOptions) =>
    this.#addresses('A', name, options)) as promises.Resolver['resolve4'];
  readonly resolve6 = ((name: string, options?: ResolveOptions) =>
    this.#addresses('AAAA', name, options)) as promises.Resolver['resolve6'];
  readonly resolveCaa: promises.Resolver['resolveCaa'] = this.#method('CAA');
  readonly resolveCname: promises.Resolver['resolveCname'] = this.#method('CNAME');
  readonly resolveMx: promises.Resolver['resolveMx'] = this.#method('MX');
  readonly resolveNaptr: promises.Resolver['resolveNaptr'] = this.#method('NAPTR');
  readonly resolveNs: promises.Resolver['resolveNs'] = this.#method('NS');
  readonly resolvePtr: promises.Resolver['resolvePtr'] = this.#method('PTR');
  readonly resolveSrv: promises.Resolver['resolveSrv'] = this.#method('SRV');
  readonly resolveTxt: promises.Resolver['resolveTxt'] = this.#method('TXT');

  async resolveSoa(name: string): Promise<SoaRecord> {
    const [record] = await this.#records('SOA', name);
    return record as SoaRecord;
  }

  async resolveAny(name: string): Promise<AnyRecord[]> {
    const answers = await this.#answers('ANY', name, 'queryAny');
    return answers.map(anyRecord).filter((record) => record !== undefined);
  }

  async reverse(address: string): Promise<string[]> {
    const answers = await this.#answers('PTR', reverseName(address), 'getHostByAddr', address);
    return ofType('PTR', answers).map(shaped) as string[];
  }

  readonly resolve = ((name: string, type: string = 'A'): Promise<unknown> => {
    if (type === 'ANY') return this.resolveAny(name);
    if (type === 'SOA') return this.resolveSoa(name);
    return this.#records(type as RecordName, name);
  }) as promises.Resolver['resolve'];

  #method<T>(type: RecordName): T {
    return ((name: string) => this.#records(type, name)) as T;
  }

  async #addresses(type: 'A' | 'AAAA', name: string, options?: ResolveOptions): Promise<(string | RecordWithTtl)[]> {
    const answers = ofType(type, await this.#answers(type, name));
    if (options?.ttl !== true) return answers.map(shaped) as string[];
    return answers.map(
      (record) => ({ address: shaped(record), ttl: 'ttl' in record ? record.ttl : 0 }) as RecordWithTtl,
    );
  }

  async #records(type: RecordName, name: string): Promise<unknown[]> {
    return ofType(type, await this.#answers(type, name)).map(shaped);
  }

  /** The records of an answer; none of the type that was asked for is an error, as in node:dns. */
  async #answers(type: RecordName | 'ANY', name: string, syscall = syscallOf(type), shown = name): Promise<Answer[]> {
    const questions = [{ type: type as Question['type'], name }];
    const message = encode({ type: 'query', id: 0, flags: RECURSION_DESIRED, questions });
    const { signal } = this.#cancel;
    const result = await queryServers(this.#selector, this.#refs(), message, {
      timeoutMs: this.#timeoutMs,
      signal,
    }).catch((error: { code?: string }) => {
      throw failed(
        signal.aborted ? 'ECANCELLED' : error.code === 'TIMEOUT' ? 'ETIMEOUT' : 'ECONNREFUSED',
        syscall,
        shown,
      );
    });
    const code = CODES[(result.message[3] ?? 0) & 0x0f];
    if (code !== undefined) throw failed(code, syscall, shown);
    const { answers = [] } = decode(Buffer.from(result.message));
    if (type !== 'ANY' && ofType(type, answers).length === 0) throw failed('ENODATA', syscall, shown);
    return answers;
  }

  #refs(): ServerObject[] {
    return this.#servers.map((server) => ({
      ...server,
      dotPort: this.#dotPort,
      localAddress: server.address?.includes(':') ? this.#local.ipv6 : this.#local.ipv4,
    }));
  }
}

function ofType(type: RecordName, answers: readonly Answer[]): Answer[] {
  return answers.filter((record) => record.type === type);
}

/** As node:dns takes them: `192.0.2.1`, `192.0.2.1:5353`, `2001:db8::1`, `[2001:db8::1]:5353`. */
function readServer(text: string): { address: string; port: number } {
  const [, inBrackets, plain, port] = /^(?:\[(.*)\]|([^:]*|.*:.*:.*?))(?::(\d+))?$/.exec(text) ?? [];
  return { address: parseAddress(inBrackets ?? plain ?? text).text, port: Number(port ?? 53) };
}

/** The name under which an address is looked up backwards (RFC 1035 section 3.5, RFC 3596 section 2.5). */
function reverseName(text: string): string {
  const { family, text: canonical, groups } = parseAddress(text);
  if (family === 4) return `${canonical.split('.').reverse().join('.')}.in-addr.arpa`;
  const digits = groups.map((group) => group.toString(16).padStart(4, '0')).join('');
  return `${[...digits].reverse().join('.')}.ip6.arpa`;
}

function syscallOf(type: string): string {
  return `query${type[0]}${type.slice(1).toLowerCase()}`;
}

/** An error as node:dns makes it. */
function failed(code: string, syscall: string, hostname: string): Error {
  return Object.assign(new Error(`${syscall} ${code} ${hostname}`), { code, syscall, hostname });
}
