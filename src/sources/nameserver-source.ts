import { BoundedMap } from '../common/bounded-map.js';
import { TokenBucket } from '../common/token-bucket.js';
import { within } from '../common/within.js';
import type { Claim } from '../contact/claim.js';
import { type Names, requireNames } from '../state/known-names.js';
import { canonicalZone, wildcardBase } from '../wire/names.js';
import { checkPorts, invalid, type Lookup, type Source, type SourceContact, type SourceHost } from './source.js';
import { DOT_PORT, type Found, findEndpoints } from './svcb-find.js';

/** How a {@link NameserverSource} works. */
export interface NameserverSourceOptions {
  /** The host's own resolver. */
  readonly lookup: Lookup;
  /**
   * The ports that a record may lead to, at most 64; default 853 alone. In a trusted network, strangers must not choose any
   * port (RFC 9461 section 7.1).
   */
  readonly ports?: readonly number[] | undefined;
  /**
   * Name server names, and all below them, that must not fall back where a secure record says that they speak DoT: their
   * queries are encrypted and the certificate is for the name, or they fail. Default none: name servers' names come from
   * referrals that prove nothing (RFC 9461 section 6), unless the operator stands up for them.
   */
  readonly reliant?: readonly string[] | undefined;
  /**
   * Whether look-ups go over a channel that is safe from tampering. A look-up that fails there does not let `reliant` names
   * fall back (RFC 9460 section 3.1).
   */
  readonly isProtected?: boolean | undefined;
}

const NAMES: Names<NameserverSourceOptions> = { lookup: true, ports: true, reliant: true, isProtected: true };
/** Names that are remembered. */
const MAX_NAMES = 10_000;
/** Look-ups at once, and each second; others wait for the next contact. */
const MAX_AT_ONCE = 4;
const PER_SECOND = 5;
const BURST = 10;
/** A name is looked up at its second contact, as a server is probed. */
const THRESHOLD = 2;
/** How long a look-up may take with all its steps, in milliseconds. */
const LOOKUP_MS = 10_000;
/** The least and the longest time for which a result holds, in milliseconds; between them its TTL counts. */
const LEAST_MS = 60_000;
const MOST_MS = 86_400_000;
/** The time until a failed look-up is tried again, in milliseconds. */
const FAILED_MS = 300_000;
/** How long a claim is used beyond its time until it is looked up again, in milliseconds. */
const STALE_MS = 86_400_000;
const MAX_RELIANT = 1_000;

/** A name, and the claim that was found for it. */
interface Known {
  contacts: number;
  claim: Claim | undefined;
  /** When to look again, on the monotonic clock. */
  dueAt: number;
  isAsked: boolean;
}

/** Names with bounds of their own, and the look-ups for them. */
class LookupClass {
  readonly known = new BoundedMap<string, Known>(MAX_NAMES);
  readonly running = new Set<AbortController>();
  bucket: TokenBucket | undefined;
}

/**
 * Finds what name servers say of themselves: SVCB records at `_dns.` before a name server's name (RFC 9461), which the host
 * gives with each contact (`nameserver`). A record leads to a probe at once, whatever thresholds say, at its port and address;
 * queries are encrypted once that has proven DoT.
 *
 * **Bounds.** 10,000 names, the oldest forgotten first; 4 names looked up at once and 5 a second, each with at most 8 aliases and
 * the addresses of 4 targets, within 10 s; none before the second contact. Names under `reliant` have the same bounds for
 * themselves. No query waits for them.
 *
 * @example
 * ```ts
 * const signals = new NameserverSource({ lookup: (name, type, { signal }) => resolver.lookup(name, type, signal) });
 * const selector = new TransportSelector({ sources: [signals] });
 * ```
 */
export class NameserverSource implements Source {
  /** {@inheritDoc Source.name} */
  readonly name = 'svcb';
  readonly #lookup: Lookup;
  readonly #ports: readonly number[];
  readonly #reliant: readonly string[];
  readonly #isProtected: boolean;
  /** Two sets, so that strangers' names neither push out nor hold up the operator's. */
  readonly #names = { reliant: new LookupClass(), others: new LookupClass() };
  #host: SourceHost | undefined;

  /**
   * @param options - how it works
   * @throws `InvalidInputError` `INVALID_SOURCE`
   */
  constructor(options: NameserverSourceOptions) {
    requireNames('INVALID_SOURCE', options, NAMES);
    const { lookup, ports = [DOT_PORT], reliant = [], isProtected = false } = options;
    if (typeof lookup !== 'function') throw invalid(lookup, 'lookup: a function');
    if (!Array.isArray(reliant) || reliant.length > MAX_RELIANT)
      throw invalid(reliant, `reliant: a list of at most ${MAX_RELIANT} names`);
    if (typeof isProtected !== 'boolean') throw invalid(isProtected, 'isProtected: true or false');
    this.#lookup = lookup;
    this.#ports = checkPorts(ports);
    this.#reliant = reliant.map(reliantName);
    this.#isProtected = isProtected;
  }

  /** {@inheritDoc Source.open} */
  open(host: SourceHost): void {
    this.#host = host;
    for (const names of Object.values(this.#names))
      names.bucket = new TokenBucket(BURST, PER_SECOND / 1_000, host.clock.now());
  }

  /** {@inheritDoc Source.claims} */
  claims({ nameserver, port, now, counts }: SourceContact): readonly Claim[] {
    if (nameserver === undefined || nameserver === '.') return [];
    // RFC 9461 section 3: the port is named where it is not that of DNS.
    const asked = port === 53 ? `_dns.${nameserver}` : `_${port}._dns.${nameserver}`;
    const names = this.#isReliant(nameserver) ? this.#names.reliant : this.#names.others;
    let known = names.known.get(asked);
    if (counts) {
      known ??= { contacts: 0, claim: undefined, dueAt: now, isAsked: false };
      known.contacts++;
      if (known.contacts === 1) names.known.set(asked, known);
      const isDue = known.contacts >= THRESHOLD && now >= known.dueAt && !known.isAsked;
      if (isDue) this.#ask(names, asked, nameserver, known, now);
    }
    return known?.claim === undefined ? [] : [known.claim];
  }

  #isReliant(nameserver: string): boolean {
    return this.#reliant.some((name) => nameserver === name || nameserver.endsWith(`.${name}`));
  }

  #ask({ bucket, running }: LookupClass, asked: string, nameserver: string, known: Known, now: number): void {
    const host = this.#host;
    if (host === undefined || bucket === undefined || running.size >= MAX_AT_ONCE || bucket.readyAt(now) > now) return;
    bucket.take(now);
    known.isAsked = true;
    const abort = new AbortController();
    running.add(abort);
    // A host's look-up may throw, or never settle.
    const find = (signal: AbortSignal) => this.#find(asked, nameserver, signal, host);
    within(host.clock, LOOKUP_MS, find, { signal: abort.signal })
      .then(
        (result) => this.#learn(known, nameserver, result, host),
        () => this.#failed(known, host.clock.now()),
      )
      .finally(() => {
        known.isAsked = false;
        running.delete(abort);
      });
  }

  async #find(asked: string, nameserver: string, signal: AbortSignal, { random }: SourceHost): Promise<Found> {
    const isTarget = () => true;
    return findEndpoints(asked, {
      lookup: this.#lookup,
      ports: this.#ports,
      own: nameserver,
      isTarget,
      random,
      signal,
    });
  }

  #learn(known: Known, nameserver: string, { endpoints, ttlMs, secure }: Found, { clock }: SourceHost): void {
    const now = clock.now();
    const holdsMs = Math.min(MOST_MS, Math.max(LEAST_MS, ttlMs));
    known.dueAt = now + holdsMs;
    if (endpoints.length === 0) {
      known.claim = undefined;
      return;
    }
    const reliant = secure && this.#isReliant(nameserver);
    // RFC 9461 section 4.3: the name that is proven is the one that was asked for, never the target.
    const authentication = reliant ? ({ type: 'pkix', name: nameserver.slice(0, -1) } as const) : undefined;
    known.claim = {
      source: this.name,
      scope: { type: 'nameserver', name: nameserver },
      evidence: secure ? 'signalled-dnssec' : 'signalled-unsigned',
      endpoints: endpoints.map((endpoint) => ({ ...endpoint, authentication })),
      onFailure: reliant ? 'closed' : 'open',
      // The first contact after its time looks it up again. Until that is answered the old claim is better than none, and a
      // reliant name does not fall back for want of contacts (RFC 8767).
      validUntil: known.dueAt + STALE_MS,
    };
  }

  /**
   * Notes a failed look-up. A strict claim holds on where only an attacker could have caused the failure, and else ends: a
   * resolver in trouble must not let queries fail for a day.
   */
  #failed(known: Known, now: number): void {
    known.dueAt = now + FAILED_MS;
    const { claim } = known;
    if (claim === undefined || claim.onFailure === 'open') return;
    known.claim = this.#isProtected ? { ...claim, validUntil: known.dueAt + STALE_MS } : undefined;
  }

  // --- Operation ----------------------------------------------------------------------------------------------------

  /** {@inheritDoc Source.networkChanged} */
  networkChanged(): void {
    for (const { known, running } of Object.values(this.#names)) {
      for (const one of running) one.abort(new Error('the host is on another network'));
      known.clear();
    }
  }

  /** {@inheritDoc Source.inspect} */
  inspect(): readonly Claim[] {
    const known = Object.values(this.#names).flatMap((names) => names.known.values());
    return known.flatMap(({ claim }) => claim ?? []);
  }

  /** {@inheritDoc Source.close} */
  close(): void {
    this.#host = undefined;
    this.networkChanged();
  }
}

function reliantName(given: string): string {
  const name = canonicalZone(given);
  const base = wildcardBase(name);
  if (base !== undefined) throw invalid(given, `reliant: names without a wildcard; "${base}" covers all below it`);
  return name;
}
