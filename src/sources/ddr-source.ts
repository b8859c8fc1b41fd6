import { randomInt } from 'node:crypto';
import { BlockList } from 'node:net';
import type { Timer } from '../common/clock.js';
import { within } from '../common/within.js';
import { type Authentication, canonicalAuthentication } from '../contact/authentication.js';
import type { Claim, ClaimedEndpoint } from '../contact/claim.js';
import { resolveServer } from '../contact/server.js';
import { type Names, requireNames } from '../state/known-names.js';
import type { Endpoint } from '../state/model.js';
import { canonicalZone, soaQuery } from '../wire/names.js';
import { putU16 } from '../wire/octets.js';
import { recordsOf } from '../wire/records.js';
import {
  checkPorts,
  invalid,
  type LookupAnswer,
  type Source,
  type SourceContact,
  type SourceHost,
  type SourceOutcome,
} from './source.js';
import { DOT_PORT, findEndpoints } from './svcb-find.js';

/** A resolver to which queries are forwarded. */
export interface Forwarder {
  /** Its IP address; never a name. */
  readonly address: string;
  /** Its Do53 port; default 53. */
  readonly port?: number | undefined;
  /** Its name, where the operator knows it: then that is asked about and proven, not the address (RFC 9462 section 5). */
  readonly name?: string | undefined;
}

/** How a {@link DdrSource} works. */
export interface DdrSourceOptions {
  /** The resolvers, at most 64. The guard admits their addresses. */
  readonly forwarders: readonly (string | Forwarder)[];
  /** The ports that they may designate, at most 64; default 853 alone (RFC 9461 section 7.1). */
  readonly ports?: readonly number[] | undefined;
  /**
   * Whether an encrypted resolver may be used that cannot prove who it is: `private` (the default), where it is at the very
   * address that was configured and this is private, local or loopback; `never` (RFC 9462 section 4.3).
   */
  readonly opportunistic?: 'private' | 'never' | undefined;
}

/** The names that are asked for (RFC 9462 section 4). */
const WELL_KNOWN = '_dns.resolver.arpa.';
const SPECIAL = 'resolver.arpa.';
const MAX_FORWARDERS = 64;
const NAMES: Names<DdrSourceOptions> = { forwarders: true, ports: true, opportunistic: true };
const FORWARDER_NAMES: Names<Forwarder> = { address: true, port: true, name: true };
const TYPES = { A: 1, AAAA: 28, SVCB: 64 } as const;
/** How long one question, and one proof, may take, in milliseconds. */
const ASK_MS = 5_000;
const PROVE_MS = 4_000;
/** The least and the longest time for which a designation holds, in milliseconds; between them its TTL counts. */
const LEAST_MS = 60_000;
const MOST_MS = 86_400_000;
/** The time until we ask again where none was found, in milliseconds: an attacker may have dropped it (RFC 9462 section 4). */
const NONE_MS = 3_600_000;
/** The same where the resolver did not answer at all; it doubles up to the above. */
const SILENT_MS = 60_000;
/** A designation is asked for again this long before its end, as a share of its time. */
const EARLY = 0.2;

/** Addresses that only hosts of the operator's own network can have (RFC 9462 section 4.3). */
const PRIVATE = privateAddresses();

/** One forwarder, and what it designates. */
class Known {
  readonly address: string;
  readonly clear: Endpoint;
  /** The name that it is asked for. */
  readonly asked: string;
  /** The certificate that proves a designated resolver. */
  readonly proof: Authentication;
  /** Whether the operator named it: then the certificate has to be for that name (RFC 9462 section 5). */
  readonly isNamed: boolean;
  claim: Claim | undefined;
  silences = 0;
  timer: Timer | undefined;
  abort: AbortController | undefined;

  constructor(given: string | Forwarder) {
    if (typeof given !== 'string') requireNames('INVALID_SOURCE', given, FORWARDER_NAMES, 'forwarder: ');
    const server = resolveServer(typeof given === 'string' ? given : { address: given.address, port: given.port });
    const name = typeof given === 'string' ? undefined : given.name;
    if (server.clear === undefined) throw invalid(given, 'a Do53 port, not 853');
    this.address = server.address;
    this.clear = server.clear;
    this.isNamed = name !== undefined;
    this.asked = name === undefined ? WELL_KNOWN : `_dns.${canonicalZone(name)}`;
    // Not the target's name, which a forged answer can set freely (RFC 9462 sections 4.2 and 5).
    this.proof = canonicalAuthentication({ type: 'pkix', name: name ?? (server.address.split('%')[0] as string) });
  }
}

/**
 * Finds the encrypted resolvers that the operator's forwarders designate (DDR, RFC 9462): each is asked for
 * `_dns.resolver.arpa` when the selector begins, and again by TTL. A designated resolver is used in the forwarder's place
 * once it has proven, by a certificate for the forwarder's address, that it belongs to it; every session proves it anew. On
 * every network it is found again.
 *
 * **Bounds.** 64 forwarders; for each one question at a time, 8 endpoints, 8 aliases, 5 s for an answer and 4 s for a proof.
 * No query waits for them.
 *
 * @example
 * ```ts
 * const selector = new TransportSelector({ sources: [new DdrSource({ forwarders: ['192.0.2.53'] })] });
 * ```
 */
export class DdrSource implements Source {
  /** {@inheritDoc Source.name} */
  readonly name = 'ddr';
  /** {@inheritDoc Source.addresses} */
  readonly addresses: readonly string[];
  readonly #ports: readonly number[];
  readonly #isOpportunistic: boolean;
  readonly #known: readonly Known[];
  #host: SourceHost | undefined;

  /**
   * @param options - the forwarders, and how they are asked
   * @throws `InvalidInputError` `INVALID_SOURCE`, or of an address, port, zone or authentication
   */
  constructor(options: DdrSourceOptions) {
    requireNames('INVALID_SOURCE', options, NAMES);
    const { forwarders, ports = [DOT_PORT], opportunistic = 'private' } = options;
    if (!Array.isArray(forwarders) || forwarders.length > MAX_FORWARDERS)
      throw invalid(forwarders, `forwarders: a list of at most ${MAX_FORWARDERS}`);
    if (opportunistic !== 'private' && opportunistic !== 'never')
      throw invalid(opportunistic, 'opportunistic: private or never');
    this.#ports = checkPorts(ports);
    this.#isOpportunistic = opportunistic === 'private';
    this.#known = forwarders.map((forwarder) => new Known(forwarder));
    this.addresses = this.#known.map(({ address }) => address);
  }

  /** {@inheritDoc Source.open} */
  open(host: SourceHost): void {
    this.#host = host;
    this.#askAll();
  }

  /** {@inheritDoc Source.claims} */
  claims({ address, port }: SourceContact): readonly Claim[] {
    return this.#known.flatMap(({ clear, claim }) =>
      claim !== undefined && clear.address === address && clear.port === port ? [claim] : [],
    );
  }

  /** {@inheritDoc Source.observe} */
  observe({ claim, failure }: SourceOutcome): void {
    // A resolver that fails to prove itself is not used again before its TTL is over (RFC 9462 section 4.2).
    if (failure?.kind !== 'auth') return;
    for (const known of this.#known) if (known.claim === claim) known.claim = undefined;
  }

  /** {@inheritDoc Source.networkChanged} */
  networkChanged(): void {
    // At the same address there may be another resolver (RFC 9462 section 4.4).
    this.#stop();
    this.#askAll();
  }

  /** {@inheritDoc Source.inspect} */
  inspect(): readonly Claim[] {
    return this.#known.flatMap(({ claim }) => claim ?? []);
  }

  /** {@inheritDoc Source.close} */
  close(): void {
    this.#host = undefined;
    this.#stop();
  }

  #stop(): void {
    for (const known of this.#known) {
      known.timer?.cancel();
      known.abort?.abort(new Error('no longer wanted'));
      known.abort = undefined;
      known.claim = undefined;
      known.silences = 0;
    }
  }

  // --- Asking -------------------------------------------------------------------------------------------------------

  #askAll(): void {
    const host = this.#host;
    if (host === undefined) return;
    for (const known of this.#known) void this.#discover(known, host);
  }

  /** Asks, proves, and sets the time to ask again; never rejects. */
  async #discover(known: Known, host: SourceHost): Promise<void> {
    const abort = new AbortController();
    known.abort = abort;
    let againMs = NONE_MS;
    try {
      const { endpoints, ttlMs } = await findEndpoints(known.asked, {
        lookup: (name, type, { signal }) => ask(known.clear, name, type, signal, host),
        ports: this.#ports,
        own: undefined,
        isTarget: isDesignated,
        random: host.random,
        signal: abort.signal,
      });
      if (abort.signal.aborted) return;
      // A designation holds for its TTL; the lack of one may be an attacker's work, and is asked about again.
      if (endpoints.length > 0) {
        againMs = Math.min(MOST_MS, Math.max(LEAST_MS, ttlMs));
        const claim = await this.#prove(known, endpoints, againMs, abort.signal, host);
        if (claim === 'unanswered') againMs = Math.min(againMs, this.#isHeld(known, host) ? SILENT_MS : NONE_MS);
        else known.claim = claim;
        if (typeof claim === 'object') againMs *= 1 - EARLY;
      }
      known.silences = 0;
    } catch {
      if (abort.signal.aborted) return;
      againMs = Math.min(NONE_MS, SILENT_MS * 2 ** known.silences++);
    }
    known.timer = host.clock.after(againMs, () => void this.#discover(known, host));
  }

  #isHeld({ claim }: Known, { clock }: SourceHost): boolean {
    return claim !== undefined && clock.now() < claim.validUntil;
  }

  /** Claims the endpoints that have proven to be the forwarder's; else one at its own address, where that may be used. */
  async #prove(
    known: Known,
    endpoints: readonly ClaimedEndpoint[],
    holdsMs: number,
    signal: AbortSignal,
    host: SourceHost,
  ): Promise<Claim | 'unanswered' | undefined> {
    const validUntil = host.clock.now() + holdsMs;
    const about = { source: this.name, scope: { type: 'address', address: known.address }, onFailure: 'open' } as const;
    const proven: ClaimedEndpoint[] = [];
    let isOpen = false;
    for (const endpoint of endpoints) {
      const result = await prove(endpoint, known.proof, signal, host);
      signal.throwIfAborted();
      if (result === 'proven') proven.push({ ...endpoint, authentication: known.proof });
      isOpen ||= result === 'unanswered';
    }
    // An endpoint that was not reached has not failed its proof: an earlier claim holds to its end.
    if (proven.length === 0 && isOpen) return 'unanswered';
    if (proven.length > 0) return { ...about, evidence: 'probed', endpoints: proven, validUntil };
    const own = endpoints.filter(({ address }) => address === known.address);
    const mayBe = this.#isOpportunistic && !known.isNamed && isPrivate(known.address);
    if (own.length === 0 || !mayBe) return undefined;
    return { ...about, evidence: 'signalled-unsigned', endpoints: own, validUntil };
  }
}

/** Whether a name can be a resolver's: `resolver.arpa` and the names below it cannot (RFC 9462 section 4). */
function isDesignated(name: string): boolean {
  return name !== SPECIAL && !name.endsWith(`.${SPECIAL}`);
}

/** Asks the forwarder, in clear text: no encrypted resolver has proven anything yet. */
async function ask(
  clear: Endpoint,
  name: string,
  type: keyof typeof TYPES,
  signal: AbortSignal,
  { clock, do53 }: SourceHost,
): Promise<LookupAnswer> {
  const query = soaQuery(name, randomInt(65_536));
  putU16(query, query.length - 4, TYPES[type]);
  // RD is set: the forwarder is a resolver.
  putU16(query, 2, 0x0100);
  const exchange = (limited: AbortSignal) => do53.exchange(clear, query, { signal: limited });
  const answer = await within(clock, ASK_MS, exchange, { signal });
  const found = recordsOf(query, answer, TYPES[type]);
  if (found === undefined) throw new Error('no answer to be had');
  return { records: found.records, ttl: found.ttlMs / 1_000, secure: false };
}

/** Whether an endpoint is the forwarder's: it has proven so, or failed to, or was not reached. */
async function prove(
  { address, port }: ClaimedEndpoint,
  authentication: Authentication,
  signal: AbortSignal,
  { guard, prober }: SourceHost,
): Promise<'proven' | 'failed' | 'unanswered'> {
  try {
    const { dot } = resolveServer({ address, dotPort: port });
    if (dot === undefined || prober.authenticates !== true || !guard.admits(dot.address)) return 'failed';
    const target = { endpoint: dot, zone: '.', authentication };
    const { evidence, session } = await prober.probe(target, { signal, timeoutMs: PROVE_MS, keepAlive: false });
    session?.close();
    if (evidence.result === 'success') return 'proven';
    return evidence.result === 'inconclusive' && evidence.why === 'auth' ? 'failed' : 'unanswered';
  } catch {
    return 'unanswered';
  }
}

function isPrivate(address: string): boolean {
  const [text = address] = address.split('%');
  return PRIVATE.check(text, text.includes(':') ? 'ipv6' : 'ipv4');
}

function privateAddresses(): BlockList {
  const list = new BlockList();
  const v4 = [
    ['10.0.0.0', 8],
    ['172.16.0.0', 12],
    ['192.168.0.0', 16],
    ['169.254.0.0', 16],
    ['127.0.0.0', 8],
  ] as const;
  for (const [prefix, bits] of v4) list.addSubnet(prefix, bits, 'ipv4');
  for (const [prefix, bits] of [
    ['fc00::', 7],
    ['fe80::', 10],
    ['::1', 128],
  ] as const)
    list.addSubnet(prefix, bits, 'ipv6');
  return list;
}
