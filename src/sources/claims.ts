import type { ContactFacts } from '../contact-facts.js';
import type { Guard } from '../guard.js';
import { type ResolvedServer, resolveServer } from '../server.js';
import { canonicalText } from '../state/address.js';
import type { Endpoint, Failure, Verdict } from '../state/model.js';
import type { Authentication } from '../transport/authentication.js';
import { authenticatorOf } from '../transport/authenticator.js';
import { BoundedMap } from '../transport/bounded-map.js';
import { tryCanonicalZone } from '../transport/zone.js';
import {
  CLAIM_EVIDENCE,
  type Claim,
  type ClaimedEndpoint,
  type Source,
  type SourceContact,
  type SourceHost,
} from './source.js';

/** What of its claims is looked at, a source and a claim. */
const MAX_CLAIMS = 16;
const MAX_ENDPOINTS = 16;
/** Endpoints whose latest claim is remembered; a cache, no policy. */
const MAX_REMEMBERED = 16_384;
/** How often a claim brings about a probe at most, an endpoint, in milliseconds. */
const TRY_MS = 60_000;
const DOT_PORT = 853;

/** What sources make of a contact. */
export interface Claimed {
  readonly claim: Claim;
  /** The server, its DoT where the claim says. */
  readonly server: ResolvedServer;
  /** How it has to prove who it is. */
  readonly authentication: Authentication | undefined;
  /** Endpoints that the claim would rather have, but whose DoT is not proven. */
  readonly passedOver: readonly Endpoint[];
}

/** What claims need of their house. */
export interface ClaimsHouse {
  readonly guard: Guard;
  readonly random: () => number;
  /** Whether what carries queries checks proofs. */
  readonly authenticates: boolean;
  /** What is held of an endpoint. */
  verdictOf(endpoint: Endpoint): Verdict;
  /** A source has thrown, or said what is no claim. */
  failed(): void;
}

/** All sources of a selector: asks them, and chooses what holds of a contact. */
export class Claims {
  readonly #sources: readonly Source[];
  readonly #house: ClaimsHouse;
  /** By which claim an endpoint was last chosen. */
  readonly #latest = new BoundedMap<string, { readonly claim: Claim; readonly proof: Authentication | undefined }>(
    MAX_REMEMBERED,
  );
  readonly #triedAt = new BoundedMap<string, number>(MAX_REMEMBERED);

  /**
   * @param sources - in the operator's order
   * @param house - what it needs
   */
  constructor(sources: readonly Source[], house: ClaimsHouse) {
    this.#sources = sources;
    this.#house = house;
  }

  /**
   * What holds of a contact: the strictest claim, of equally strict ones that with the best evidence, of those the first.
   *
   * @param server - which
   * @param facts - what the contact is about
   * @param asked - the name that is asked for
   * @param now - the monotonic time
   * @param counts - whether it is a contact
   * @returns `undefined` where nothing is claimed, and for port 853, which says all by itself
   */
  of(
    server: ResolvedServer,
    { zone, nameserver, demand }: ContactFacts,
    asked: string | undefined,
    now: number,
    counts: boolean,
  ): Claimed | undefined {
    if (server.clear === undefined) return undefined;
    const { address, port, localAddress } = server;
    const name = nameserver ?? server.nameserver;
    const contact: SourceContact = {
      ...{ address, family: address.includes(':') ? 6 : 4, port, localAddress, demand, now, counts },
      zone: zone ?? server.zone ?? asked,
      nameserver: name === undefined ? undefined : tryCanonicalZone(name),
    };
    const claims = this.all(contact).sort(byWeight);
    for (const claim of claims) {
      if (!this.#isDrawn(claim)) continue;
      const claimed = isDenial(claim)
        ? { claim, server, authentication: undefined, passedOver: [] }
        : this.#at(claim, server);
      if (claimed !== undefined) return claimed;
    }
    return undefined;
  }

  /** All that is claimed of a contact, in the order of the sources. */
  all(contact: SourceContact): Claim[] {
    return this.#sources.flatMap((source) => {
      try {
        const claims = source.claims(contact).slice(0, MAX_CLAIMS);
        return claims.filter(
          (claim) => contact.now < claim.validUntil && isInScope(claim, contact) && isAllowed(claim),
        );
      } catch {
        this.#house.failed();
        return [];
      }
    });
  }

  /** How an endpoint has to prove who it is, by the latest claim that led there. */
  proofOf({ key }: Endpoint, now: number): Authentication | undefined {
    const latest = this.#latest.get(key);
    return latest !== undefined && now < latest.claim.validUntil ? latest.proof : undefined;
  }

  /** Whether a claim has not led to its endpoint before. */
  isNews({ claim, server }: Claimed): boolean {
    return server.dot !== undefined && this.#latest.get(server.dot.key)?.claim !== claim;
  }

  /** A claim leads to an endpoint from now on. */
  note({ claim, server, authentication }: Claimed): void {
    if (server.dot !== undefined) this.#latest.set(server.dot.key, { claim, proof: authentication });
  }

  /** Whether an endpoint may be probed because a claim says so: once a minute, for there may be no room for its probe. */
  mayTry({ key }: Endpoint, now: number): boolean {
    const triedAt = this.#triedAt.get(key);
    if (triedAt !== undefined && now - triedAt < TRY_MS) return false;
    this.#triedAt.set(key, now);
    return true;
  }

  /** An endpoint has answered a query, or has not: its source is told. */
  observe({ key }: Endpoint, failure: Failure | undefined): void {
    const claim = this.#latest.get(key)?.claim;
    if (claim === undefined) return;
    for (const source of this.#sources)
      if (source.name === claim.source) this.#quietly(() => source.observe?.({ claim, failure }));
  }

  /** All sources begin; one that cannot says nothing. */
  open(host: SourceHost): void {
    for (const source of this.#sources) this.#quietly(() => source.open?.(host));
  }

  /** All sources end; never rejects. */
  async close(): Promise<void> {
    await Promise.allSettled(this.#sources.map(async (source) => source.close?.()));
  }

  /** The host is on another network. */
  networkChanged(id: string | undefined): void {
    this.#latest.clear();
    this.#triedAt.clear();
    for (const source of this.#sources) this.#quietly(() => source.networkChanged?.(id));
  }

  #quietly(tell: () => void): void {
    try {
      tell();
    } catch {
      this.#house.failed();
    }
  }

  #isDrawn({ share }: Claim): boolean {
    return share === undefined || this.#house.random() * 100 < share;
  }

  /** The first endpoint of a claim that is proven; else the first that has not failed; else the first that can be used. */
  #at(claim: Claim, server: ResolvedServer): Claimed | undefined {
    const passedOver: Endpoint[] = [];
    let untried: Claimed | undefined;
    let failed: Claimed | undefined;
    for (const endpoint of claim.endpoints.slice(0, MAX_ENDPOINTS)) {
      const claimed = this.#usable(claim, endpoint, server);
      const dot = claimed?.server.dot;
      if (claimed === undefined || dot === undefined) continue;
      const verdict = this.#house.verdictOf(dot);
      if (verdict === 'good') return { ...claimed, passedOver };
      passedOver.push(dot);
      if (verdict === 'bad') failed ??= claimed;
      else untried ??= claimed;
    }
    return untried ?? failed;
  }

  #usable(claim: Claim, endpoint: ClaimedEndpoint, server: ResolvedServer): Claimed | undefined {
    const { transport, address = server.address, port = DOT_PORT, authentication } = endpoint;
    const { guard, authenticates, failed } = this.#house;
    if (transport !== 'dot' || (authentication !== undefined && !authenticates)) return undefined;
    try {
      if (authentication !== undefined) authenticatorOf(authentication);
      const { localAddress } = server;
      const isOurs = localAddress !== undefined && localAddress.includes(':') === address.includes(':');
      const place = { address, dotPort: port, localAddress: isOurs ? localAddress : undefined };
      // The port of its Do53 is the other server's business; ours must not stand where DoT does.
      const { dot } = resolveServer(address === server.address ? { ...place, port: server.port } : place);
      if (dot === undefined || !guard.admits(dot.address)) return undefined;
      return { claim, server: { ...server, dot }, authentication, passedOver: [] };
    } catch {
      failed();
      return undefined;
    }
  }
}

function isDenial({ endpoints }: Claim): boolean {
  return endpoints.length === 0;
}

/** Strict before open, a better word before a worse, and what says yes before what says no. */
function byWeight(one: Claim, other: Claim): number {
  const strict = Number(isClosed(other)) - Number(isClosed(one));
  const rank = CLAIM_EVIDENCE.indexOf(other.evidence) - CLAIM_EVIDENCE.indexOf(one.evidence);
  return strict || rank || Number(isDenial(one)) - Number(isDenial(other));
}

/** Who could be anybody may not switch encryption off. */
function isAllowed(claim: Claim): boolean {
  return !isDenial(claim) || claim.evidence === 'operator' || claim.evidence === 'signalled-dnssec';
}

/** Who could be anybody may not forbid Do53 either: whoever sits between could let all queries fail. */
function isClosed(claim: Claim): boolean {
  return claim.onFailure === 'closed' && !isDenial(claim) && claim.evidence !== 'signalled-unsigned';
}

function isInScope({ scope }: Claim, { address, zone, nameserver }: SourceContact): boolean {
  switch (scope.type) {
    case 'address':
      return canonicalText(scope.address) === address;
    case 'nameserver':
      return nameserver !== undefined && tryCanonicalZone(scope.name) === nameserver;
    case 'zone':
      return zone !== undefined && isWithin(zone, tryCanonicalZone(scope.zone));
    case 'global':
      return true;
    default:
      return false;
  }
}

function isWithin(name: string, zone: string | undefined): boolean {
  return zone !== undefined && (zone === '.' || name === zone || name.endsWith(`.${zone}`));
}

/** Whether Do53 must not follow a failure. */
export function isStrictClaim({ claim }: Claimed): boolean {
  return isClosed(claim);
}

/** Whether a claim says that there is no DoT. */
export function isDenied({ claim }: Claimed): boolean {
  return isDenial(claim);
}

/** Whether a claim is used at once, and not probed first. */
export function isBelieved({ claim }: Claimed): boolean {
  return claim.evidence === 'operator' || claim.evidence === 'probed';
}
