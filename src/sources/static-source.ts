import { type Authentication, canonicalAuthentication } from '../contact/authentication.js';
import type { Claim, ClaimedEndpoint, ClaimScope } from '../contact/claim.js';
import { parseAddress } from '../state/address/address.js';
import { InvalidInputError } from '../state/invalid-input.js';
import { type Names, requireNames } from '../state/known-names.js';
import { canonicalZone, wildcardBase } from '../wire/names.js';
import { invalid, type Source, type SourceContact } from './source.js';

/** Where a server of the operator's can be asked over DoT. */
export interface StaticEndpoint {
  /** Its IP address; default the server's own. */
  readonly address?: string | undefined;
  /** Its port, 1 to 65,535, not 53; default 853, which is the server's own only where its Do53 port is 53. */
  readonly port?: number | undefined;
  /** How it has to prove who it is; default not at all. */
  readonly authentication?: Authentication | undefined;
}

/** What an operator knows of a server. Exactly one of `address`, `nameserver` and `zone` is given. */
export interface StaticEntry {
  /** The server's address. */
  readonly address?: string | undefined;
  /** Its Do53 port, with `address` alone; default 53. On another port there may be another server. */
  readonly port?: number | undefined;
  /** The name server name that led to it, this very one. */
  readonly nameserver?: string | undefined;
  /** The zone that is asked about, and all below it. */
  readonly zone?: string | undefined;
  /** Where it can be asked, best first; default port 853 of its own address. Empty: it does not speak DoT. */
  readonly endpoints?: readonly StaticEndpoint[] | undefined;
  /** Whether Do53 may follow a failure; default `open`. */
  readonly onFailure?: 'open' | 'closed' | undefined;
}

/** Entries at most. */
const MAX_ENTRIES = 100_000;
const MAX_ENDPOINTS = 16;
const MAX_NAME = 64;
const NAMES: Names<{ readonly name?: string | undefined }> = { name: true };
const ENTRY_NAMES: Names<StaticEntry> = {
  address: true,
  port: true,
  nameserver: true,
  zone: true,
  endpoints: true,
  onFailure: true,
};
const ENDPOINT_NAMES: Names<StaticEndpoint> = { address: true, port: true, authentication: true };

/**
 * What the operator knows of servers: their queries are encrypted at once, without a probe, at any address and port. The
 * guard admits the addresses. Resolver information from DHCP or router advertisements (DNR, RFC 9463) is given in this way,
 * and precedes what DDR finds out (RFC 9463 section 3.1).
 *
 * @example
 * ```ts
 * const known = new StaticSource([
 *   { address: '192.0.2.53', endpoints: [{ port: 8853 }] },
 *   { nameserver: 'ns1.example.net', onFailure: 'closed' },
 * ]);
 * ```
 */
export class StaticSource implements Source {
  /** {@inheritDoc Source.name} */
  readonly name: string;
  /** {@inheritDoc Source.addresses} */
  readonly addresses: readonly string[];
  readonly #byAddress = new Map<string, Claim>();
  readonly #byNameserver = new Map<string, Claim>();
  readonly #byZone = new Map<string, Claim>();

  /**
   * @param entries - the servers, at most 100,000
   * @param options - `name`: what the source is called; default `static`
   * @throws `InvalidInputError` `INVALID_SOURCE`, which names the entry, the value and what was expected
   */
  constructor(entries: readonly StaticEntry[], options: { readonly name?: string | undefined } = {}) {
    requireNames('INVALID_SOURCE', options, NAMES);
    const { name = 'static' } = options;
    if (typeof name !== 'string' || name === '' || name.length > MAX_NAME)
      throw invalid(name, `a name of 1 to ${MAX_NAME} characters`);
    if (!Array.isArray(entries) || entries.length > MAX_ENTRIES)
      throw invalid(entries, `a list of at most ${MAX_ENTRIES} entries`);
    this.name = name;
    const named = new Set<string>();
    entries.forEach((entry, index) => {
      const where = `entry ${index + 1}`;
      try {
        this.#add(entry, named);
      } catch (error) {
        if (!(error instanceof InvalidInputError)) throw error;
        throw invalid(entry, `${where}: ${error.expected}, not ${error.value}`);
      }
    });
    this.addresses = [...named];
  }

  #add(entry: StaticEntry, named: Set<string>): void {
    requireNames('INVALID_SOURCE', entry, ENTRY_NAMES);
    const { address, port, nameserver, zone, endpoints = [{}], onFailure = 'open' } = entry;
    if (port !== undefined && (address === undefined || !isPort(port))) throw invalid(port, 'a port, with an address');
    if ([address, nameserver, zone].filter((one) => one !== undefined).length !== 1)
      throw invalid(entry, 'one of address, nameserver, zone');
    if (onFailure !== 'open' && onFailure !== 'closed') throw invalid(onFailure, 'open or closed');
    if (!Array.isArray(endpoints) || endpoints.length > MAX_ENDPOINTS)
      throw invalid(endpoints, `endpoints: a list of at most ${MAX_ENDPOINTS}`);
    const checked = endpoints.map(endpointOf);
    const said = { source: this.name, evidence: 'operator', endpoints: checked, onFailure } as const;
    const claim = (scope: ClaimScope): Claim => ({ ...said, scope, validUntil: Number.POSITIVE_INFINITY });
    for (const endpoint of checked) if (endpoint.address !== undefined) named.add(endpoint.address);
    if (address !== undefined) {
      const { text } = parseAddress(address);
      if (checked.length > 0) named.add(text);
      this.#byAddress.set(`${text} ${port ?? 53}`, claim({ type: 'address', address: text }));
    } else if (nameserver !== undefined) {
      const canonical = nameOf(nameserver);
      this.#byNameserver.set(canonical, claim({ type: 'nameserver', name: canonical }));
    } else if (zone !== undefined) {
      const canonical = nameOf(zone);
      this.#byZone.set(canonical, claim({ type: 'zone', zone: canonical }));
    }
  }

  /** {@inheritDoc Source.claims} */
  claims({ address, port, nameserver, zone }: SourceContact): readonly Claim[] {
    const found: (Claim | undefined)[] = [this.#byAddress.get(`${address} ${port}`)];
    if (nameserver !== undefined) found.push(this.#byNameserver.get(nameserver));
    if (zone !== undefined && this.#byZone.size > 0) found.push(this.#ofZone(zone));
    return found.filter((claim) => claim !== undefined);
  }

  /** The entry of the longest name that the zone is or stands below. */
  #ofZone(zone: string): Claim | undefined {
    for (let name = zone; ; name = parentOf(name)) {
      const claim = this.#byZone.get(name);
      if (claim !== undefined || name === '.') return claim;
    }
  }

  /** {@inheritDoc Source.inspect} */
  inspect(): readonly Claim[] {
    return [...this.#byAddress.values(), ...this.#byNameserver.values(), ...this.#byZone.values()];
  }
}

/** An entry by zone is for all below it, and one by name server name for that very one: neither takes a wildcard. */
function nameOf(given: string): string {
  const name = canonicalZone(given);
  const base = wildcardBase(name);
  if (base !== undefined) throw invalid(given, `a name without a wildcard; a zone is that and all below it: "${base}"`);
  return name;
}

function endpointOf(given: StaticEndpoint): ClaimedEndpoint {
  requireNames('INVALID_SOURCE', given, ENDPOINT_NAMES, 'endpoint: ');
  const { address, port, authentication } = given;
  if (port !== undefined && (!isPort(port) || port === 53)) throw invalid(port, 'a port from 1 to 65535, not 53');
  return {
    transport: 'dot',
    address: address === undefined ? undefined : parseAddress(address).text,
    port,
    authentication: authentication === undefined ? undefined : canonicalAuthentication(authentication),
  };
}

function isPort(port: number): boolean {
  return Number.isInteger(port) && port >= 1 && port <= 65_535;
}

/** The parent of a canonical name; a dot within a label is spelt `\046` there. */
function parentOf(name: string): string {
  const rest = name.slice(name.indexOf('.') + 1);
  return rest === '' ? '.' : rest;
}
