import { prefixKey } from '../state/address.js';
import type { ProbePurpose } from '../state/model.js';
import type { Policy } from '../state/policy.js';
import { popularityOf } from '../state/popularity.js';
import type { EndpointRecord } from '../state/record.js';

/** An endpoint that waits for its probe. */
export interface Candidate {
  readonly record: EndpointRecord;
  readonly purpose: ProbePurpose;
  /** Not before this time. */
  readonly at: number;
  /** The budgets do not bind it; slots do. */
  readonly force: boolean;
  /** Whose candidates and slots are bounded together. */
  readonly groups: readonly string[];
}

/** A candidate that strangers' queries can bring about, and which therefore shares the open slots. */
export function isOpen(purpose: ProbePurpose): boolean {
  return purpose === 'discover' || purpose === 'retry';
}

/** How many of each group there are. */
export class GroupCounts {
  readonly #counts = new Map<string, number>();

  /** Counts one more. */
  add(groups: readonly string[]): void {
    for (const group of groups) this.#counts.set(group, (this.#counts.get(group) ?? 0) + 1);
  }

  /** Counts one less. */
  remove(groups: readonly string[]): void {
    for (const group of groups) {
      const left = (this.#counts.get(group) ?? 1) - 1;
      if (left > 0) this.#counts.set(group, left);
      else this.#counts.delete(group);
    }
  }

  /** Whether any of the groups has so many already. */
  reached(groups: readonly string[], most: number): boolean {
    return groups.some((group) => (this.#counts.get(group) ?? 0) >= most);
  }
}

/**
 * Who waits for a probe: a short bounded list. Full, the least popular gives way, and no group may hold more than its
 * share, so that a zone which invents servers takes only its own places. What is Good, or asked for, has places of its
 * own, as many as it needs: else servers that were Good once would shut out all others.
 */
export class Candidates {
  readonly #waiting = new Map<string, Candidate>();
  readonly #groups = new GroupCounts();
  /** How many of them strangers' queries have brought about. */
  #open = 0;
  #least: { readonly candidate: Candidate; readonly popularity: number } | undefined;

  /** How many wait. */
  get size(): number {
    return this.#waiting.size;
  }

  /** All that wait, in the order in which they came. */
  values(): IterableIterator<Candidate> {
    return this.#waiting.values();
  }

  /**
   * Adds a candidate, or replaces what waits for the same endpoint.
   *
   * @returns which candidate gave way, perhaps this one, and to which bound
   */
  add(
    candidate: Candidate,
    policy: Policy,
    now: number,
  ): { readonly dropped: Candidate; readonly bound: 'candidates' | 'group-candidates' } | undefined {
    this.remove(candidate.record.endpoint.key);
    if (!isOpen(candidate.purpose)) {
      this.#insert(candidate);
      return undefined;
    }
    const mostOfGroup = Math.max(1, Math.floor(policy.candidates * policy.groupShare));
    if (this.#groups.reached(candidate.groups, mostOfGroup)) return { dropped: candidate, bound: 'group-candidates' };
    if (this.#open >= policy.candidates) {
      const least = this.#leastPopular(now);
      const own = popularityOf(candidate.record.popularity, now);
      if (least === undefined || own <= least.popularity) return { dropped: candidate, bound: 'candidates' };
      const gone = this.#giveWay(now);
      this.#insert(candidate);
      return gone;
    }
    this.#insert(candidate);
    return undefined;
  }

  /** Takes a candidate out; harmless if it is not there. */
  remove(key: string): void {
    const candidate = this.#waiting.get(key);
    if (candidate === undefined) return;
    this.#waiting.delete(key);
    this.#least = undefined;
    if (!isOpen(candidate.purpose)) return;
    this.#open--;
    this.#groups.remove(candidate.groups);
  }

  #insert(candidate: Candidate): void {
    this.#waiting.set(candidate.record.endpoint.key, candidate);
    this.#least = undefined;
    if (!isOpen(candidate.purpose)) return;
    this.#open++;
    this.#groups.add(candidate.groups);
  }

  #giveWay(now: number): { readonly dropped: Candidate; readonly bound: 'candidates' } | undefined {
    const least = this.#leastPopular(now);
    if (least === undefined) return undefined;
    this.remove(least.candidate.record.endpoint.key);
    return { dropped: least.candidate, bound: 'candidates' };
  }

  /** Kept until the list changes: under a flood every newcomer asks, and nearly none is let in. */
  #leastPopular(now: number): { readonly candidate: Candidate; readonly popularity: number } | undefined {
    if (this.#least !== undefined) return this.#least;
    for (const candidate of this.#waiting.values()) {
      if (!isOpen(candidate.purpose)) continue;
      const popularity = popularityOf(candidate.record.popularity, now);
      if (this.#least === undefined || popularity < this.#least.popularity) this.#least = { candidate, popularity };
    }
    return this.#least;
  }
}

/**
 * The groups of an endpoint: its IPv4 /16 or IPv6 /32, and the zone family that led to it.
 *
 * @param record - the endpoint's row
 */
export function groupsOf(record: EndpointRecord): readonly string[] {
  const { address, zone } = record;
  const network = prefixKey(address, address.family === 4 ? 16 : 32);
  return zone === undefined ? [network] : [network, `zone:${zoneFamily(zone)}`];
}

/**
 * The zone's parent, which can delegate as many such zones as it likes. Under a top-level domain or the root it is the
 * zone itself: half of the world's zones share those parents.
 */
function zoneFamily(zone: string): string {
  const labels = zone.split('.').filter((label) => label !== '');
  return labels.slice(labels.length > 2 ? 1 : 0).join('.');
}
