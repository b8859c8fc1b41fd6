import { BoundedMap } from '../common/bounded-map.js';
import { ignoreRejection, quietly } from '../common/errors.js';
import type { Authentication } from '../contact/authentication.js';
import type { Claim, ClaimedEndpoint } from '../contact/claim.js';
import type { ContactFacts } from '../contact/contact.js';
import { type ResolvedServer, resolveServer } from '../contact/server.js';
import type { ProbeTerms } from '../probe/requests.js';
import type { Endpoint, Failure, Verdict } from '../state/model.js';
import { demandKey } from '../transport/dot/session-key.js';
import { tryCanonicalZone } from '../wire/names.js';
import { byWeight, isAllowed, isBelieved, isClosed, isDenial, isInScope, requireClaim } from './claim-weight.js';
import type { Source, SourceContact, SourceHost } from './source.js';

/** The most claims of a source, and endpoints of a claim, that are looked at. */
const MAX_CLAIMS = 16;
const MAX_ENDPOINTS = 16;
/** Endpoints whose latest claim is remembered; it is a cache, no policy. */
const MAX_REMEMBERED = 16_384;
/** The least time between two probes of an endpoint because of claims, in milliseconds. */
const TRY_MS = 60_000;
/** How long an endpoint is passed over that could not prove what a claim demands, in milliseconds. */
const UNPROVEN_MS = 3_600_000;
const DO53_PORT = 53;
const DOT_PORT = 853;

/** An endpoint that a claim names, and how it has to prove who it is. */
export interface Lead {
  readonly endpoint: Endpoint;
  readonly authentication: Authentication | undefined;
}

/** Why nothing may be sent where Do53 is forbidden. */
export type ClaimRefusal = 'guard' | 'authentication' | 'port';

/** What the sources' claims mean for a contact. */
export interface Claimed {
  readonly claim: Claim;
  /** The server; its DoT is where the claim says, if that is used. */
  readonly server: ResolvedServer;
  /** What has to be proven there. */
  readonly authentication: Authentication | undefined;
  /** Whether the server's endpoint is the claim's. */
  readonly leads: boolean;
  /** Endpoints that the claim prefers, but which are not proven, or have failed. */
  readonly passedOver: readonly Lead[];
  /** Why nothing may be sent, where the claim forbids Do53 and names no endpoint that can be used. */
  readonly refusal: ClaimRefusal | undefined;
}

/** What claims need. */
export interface ClaimsDeps {
  readonly random: () => number;
  /** Whether the exchange checks proofs. */
  readonly authenticates: boolean;
  /** Whether guard and rules let us connect to an address. */
  admits(address: string): boolean;
  /** The verdict of an endpoint. */
  verdictOf(endpoint: Endpoint): Verdict;
  /** How queries to an endpoint fared that had to be encrypted; see `Holdoffs.standing`. */
  standing(key: string, now: number): 'proven' | 'held' | 'failed' | 'untried';
  /** A source has thrown, or returned what is no claim. */
  readonly failed: (error: unknown) => void;
}

/** A contact as sources see it; the parameters are those of {@link Claims.of}. */
export function contactOf(
  server: ResolvedServer,
  { zone, nameserver, demand }: ContactFacts,
  asked: string | undefined,
  now: number,
  counts: boolean,
): SourceContact {
  const { address, port, localAddress } = server;
  return {
    address,
    family: address.includes(':') ? 6 : 4,
    port,
    localAddress,
    demand,
    now,
    counts,
    zone: zone ?? server.zone ?? asked,
    nameserver: tryCanonicalZone(nameserver ?? server.nameserver),
  };
}

/** Asks all sources of a selector, and chooses the claim that holds for a contact. */
export class Claims {
  readonly #sources: readonly Source[];
  readonly #deps: ClaimsDeps;
  /** The claim by which an endpoint and proof were last used. */
  readonly #latest = new BoundedMap<string, Claim>(MAX_REMEMBERED);
  /** The claim that last named an endpoint, and the terms for its probes. */
  readonly #leads = new BoundedMap<string, { readonly claim: Claim; readonly terms: ProbeTerms | undefined }>(
    MAX_REMEMBERED,
  );
  readonly #triedAt = new BoundedMap<string, number>(MAX_REMEMBERED);
  /** Until when an endpoint that could not prove something is passed over. */
  readonly #unprovenUntil = new BoundedMap<string, number>(MAX_REMEMBERED);

  /**
   * @param sources - in the operator's order
   * @param deps - what it needs
   */
  constructor(sources: readonly Source[], deps: ClaimsDeps) {
    this.#sources = sources;
    this.#deps = deps;
  }

  /**
   * The claim that holds for a contact: the strictest; of these the one with the best evidence; of these the first.
   *
   * @param server - the server
   * @param facts - what the contact is about
   * @param asked - the name that is asked for
   * @param now - the monotonic time
   * @param counts - whether it is a contact
   * @returns `undefined` where nothing is claimed, and for port 853, where no claim is needed
   */
  of(
    server: ResolvedServer,
    facts: ContactFacts,
    asked: string | undefined,
    now: number,
    counts: boolean,
  ): Claimed | undefined {
    if (server.clear === undefined) return undefined;
    for (const claim of this.all(contactOf(server, facts, asked, now, counts)).sort(byWeight)) {
      if (claim.share !== undefined && this.#deps.random() * 100 >= claim.share) continue;
      const claimed = this.#choose(claim, server, now);
      if (claimed !== undefined) return claimed;
    }
    return undefined;
  }

  /** All claims about a contact, in the order of the sources. */
  all(contact: SourceContact): Claim[] {
    return this.#sources.flatMap((source) => {
      try {
        const claims = source.claims(contact);
        // It may be an async function, whose rejection would end the process.
        ignoreRejection(claims, this.#deps.failed);
        return claims.slice(0, MAX_CLAIMS).filter((claim) => this.#holds(claim, contact));
      } catch (error) {
        this.#deps.failed(error);
        return [];
      }
    });
  }

  /** Whether a claim says something of a contact. One that is malformed does not, and takes no other along. */
  #holds(claim: Claim, contact: SourceContact): boolean {
    try {
      requireClaim(claim);
      return contact.now < claim.validUntil && isInScope(claim, contact) && isAllowed(claim);
    } catch (error) {
      this.#deps.failed(error);
      return false;
    }
  }

  // --- Where it leads -----------------------------------------------------------------------------------------------

  #choose(claim: Claim, server: ResolvedServer, now: number): Claimed | undefined {
    const nowhere = { claim, server, authentication: undefined, leads: false, passedOver: [], refusal: undefined };
    if (isDenial(claim)) return nowhere;
    const found = claim.endpoints.slice(0, MAX_ENDPOINTS).map((endpoint) => this.#leadTo(endpoint, server, now));
    const usable = found.filter((lead) => typeof lead === 'object');
    const chosen = isClosed(claim) ? this.#strictly(usable, now) : this.#openly(usable, isBelieved(claim));
    if (chosen !== undefined) {
      const { endpoint: dot, authentication } = chosen;
      const passedOver = usable.slice(0, usable.indexOf(chosen));
      return { ...nowhere, server: { ...server, dot }, authentication, leads: true, passedOver };
    }
    // A claim that DoT may be there must not take away what we know of another endpoint.
    if (!isClosed(claim)) return usable.length === 0 ? undefined : { ...nowhere, passedOver: usable };
    return { ...nowhere, refusal: found.find((lead) => typeof lead === 'string') ?? 'port' };
  }

  /** The first lead that is Good; where the claim is believed, also the first that is Unknown. */
  #openly(leads: readonly Lead[], believed: boolean): Lead | undefined {
    const by = (verdict: Verdict) => leads.find(({ endpoint }) => this.#deps.verdictOf(endpoint) === verdict);
    return by('good') ?? (believed ? by('unknown') : undefined);
  }

  /** The first of the best: proven, then not tried, then failed a while ago, then failed just now. */
  #strictly(leads: readonly Lead[], now: number): Lead | undefined {
    const ranks = leads.map((lead) => this.#rank(lead, now));
    return leads[ranks.indexOf(Math.min(...ranks))];
  }

  #rank({ endpoint, authentication }: Lead, now: number): number {
    const standing = this.#deps.standing(demandKey(endpoint, authentication), now);
    if (standing === 'held') return 3;
    const verdict = this.#deps.verdictOf(endpoint);
    // One that is Good in spite of a failure was proven by a probe since, or ends with its next failure.
    if (standing === 'proven' || verdict === 'good') return 0;
    return standing === 'failed' || verdict === 'bad' ? 2 : 1;
  }

  #leadTo(claimed: ClaimedEndpoint, server: ResolvedServer, now: number): Lead | ClaimRefusal | undefined {
    try {
      const { transport, authentication } = claimed;
      if (transport !== 'dot') return undefined;
      const endpoint = endpointOf(claimed, server);
      if (endpoint === undefined) return 'port';
      if (!this.#deps.admits(endpoint.address)) return 'guard';
      if (authentication === undefined) return { endpoint, authentication };
      if (!this.#deps.authenticates) return 'authentication';
      const until = this.#unprovenUntil.get(demandKey(endpoint, authentication));
      return until !== undefined && now < until ? 'authentication' : { endpoint, authentication };
    } catch (error) {
      this.#deps.failed(error);
      return undefined;
    }
  }

  // --- What follows from it -----------------------------------------------------------------------------------------

  /** Whether a claim leads to its endpoint for the first time. */
  isNews({ claim, server: { dot }, authentication, leads }: Claimed): boolean {
    return leads && dot !== undefined && this.#latest.get(demandKey(dot, authentication)) !== claim;
  }

  /** Notes that a claim leads to its endpoints. */
  note({ claim, server: { dot }, authentication, leads, passedOver }: Claimed): void {
    if (leads && dot !== undefined) this.#note(claim, { endpoint: dot, authentication });
    for (const lead of passedOver) this.#note(claim, lead);
  }

  #note(claim: Claim, { endpoint, authentication }: Lead): void {
    this.#latest.set(demandKey(endpoint, authentication), claim);
    const terms = isClosed(claim) || authentication !== undefined ? { authentication } : undefined;
    if (this.#leads.get(endpoint.key)?.claim !== claim) this.#leads.set(endpoint.key, { claim, terms });
  }

  /** The terms for a probe of an endpoint that a claim has named; `undefined` where there are none. */
  probeTermsOf({ key }: Endpoint, now: number): ProbeTerms | undefined {
    const lead = this.#leads.get(key);
    return lead !== undefined && now < lead.claim.validUntil ? lead.terms : undefined;
  }

  /** Whether an endpoint may be probed because of a claim: once a minute, because its probe may find no room. */
  mayTry({ key }: Endpoint, now: number): boolean {
    const triedAt = this.#triedAt.get(key);
    if (triedAt !== undefined && now - triedAt < TRY_MS) return false;
    this.#triedAt.set(key, now);
    return true;
  }

  /**
   * Tells the source that has led to an endpoint whether a query there was answered.
   *
   * @param endpoint - which
   * @param authentication - the proof that was demanded
   * @param failure - how it failed; `undefined` where it was answered
   * @param now - the monotonic time
   */
  observe(
    endpoint: Endpoint,
    authentication: Authentication | undefined,
    failure: Failure | undefined,
    now: number,
  ): void {
    const key = demandKey(endpoint, authentication);
    const claim = this.#latest.get(key);
    if (claim === undefined) return;
    if (failure?.kind === 'auth') this.#unprovenUntil.set(key, now + UNPROVEN_MS);
    for (const source of this.#sources)
      if (source.name === claim.source) quietly(() => source.observe?.({ claim, failure }), this.#deps.failed);
  }

  // --- Life ---------------------------------------------------------------------------------------------------------

  /** Begins all sources; one that cannot begin makes no claims. */
  open(host: SourceHost): void {
    for (const source of this.#sources) quietly(() => source.open?.(host), this.#deps.failed);
  }

  /** Ends all sources; never rejects. */
  async close(): Promise<void> {
    await Promise.allSettled(this.#sources.map(async (source) => source.close?.()));
  }

  /** Forgets what was learned of endpoints; sources keep their claims. */
  forget(): void {
    for (const map of [this.#latest, this.#leads, this.#triedAt, this.#unprovenUntil]) map.clear();
  }

  /** The host is on another network. */
  networkChanged(id: string | undefined): void {
    this.forget();
    for (const source of this.#sources) quietly(() => source.networkChanged?.(id), this.#deps.failed);
  }
}

/** A claim's endpoint; `undefined` where it may be another server's: on another Do53 port there may be another server. */
function endpointOf({ address, port }: ClaimedEndpoint, server: ResolvedServer): Endpoint | undefined {
  const isOwn = address === undefined || address === server.address;
  if (isOwn && port === undefined && server.port !== DO53_PORT) return undefined;
  const { localAddress } = server;
  const where = address ?? server.address;
  const isOurs = localAddress !== undefined && localAddress.includes(':') === where.includes(':');
  const place = { address: where, dotPort: port ?? DOT_PORT, localAddress: isOurs ? localAddress : undefined };
  // The Do53 port of another server is its own business; this one's must not be where DoT is.
  return resolveServer(isOwn ? { ...place, port: server.port } : place).dot;
}
