import { KeyCounts } from '../common/key-counts.js';
import type { Policy } from '../state/policy.js';
import { popularityOf } from '../state/popularity.js';
import type { Candidate } from './candidate.js';
import { LeastPopular } from './least-popular.js';

/** A bound that kept a probe from happening. */
export type CandidateBound = 'candidates' | 'group-candidates';

/** Which candidate gave way, and to which bound. */
export interface GaveWay {
  readonly dropped: Candidate;
  readonly bound: CandidateBound;
}

/**
 * The endpoints that wait for a probe of one kind: a short bounded list. When it is full, the least popular gives way. No
 * group may hold more than its share, so that a zone which invents servers takes only its own places. Probes that a caller
 * awaits never give way: there the newcomer is refused.
 */
export class Candidates {
  readonly #waiting = new Map<string, Candidate>();
  readonly #groups = new KeyCounts();
  readonly #least = new LeastPopular(this.#waiting);

  /** How many wait. */
  get size(): number {
    return this.#waiting.size;
  }

  /** All that wait, in the order in which they came. */
  values(): IterableIterator<Candidate> {
    return this.#waiting.values();
  }

  /**
   * Adds a candidate, whose endpoint is not there yet.
   *
   * @returns which candidate gave way, perhaps this one
   */
  add(candidate: Candidate, policy: Policy, now: number): GaveWay | undefined {
    if (this.#groups.most(candidate.groups) >= shareOf(policy.candidates, policy))
      return { dropped: candidate, bound: 'group-candidates' };
    let gone: GaveWay | undefined;
    if (this.#waiting.size < policy.candidates) this.#least.joined();
    else {
      const least = candidate.kind === 'asked' ? undefined : this.#least.find(now);
      const own = popularityOf(candidate.record.popularity, now);
      if (least === undefined || own <= least.popularity) return { dropped: candidate, bound: 'candidates' };
      gone = { dropped: least.candidate, bound: 'candidates' };
      this.remove(least.candidate.record.endpoint.key);
    }
    this.#waiting.set(candidate.record.endpoint.key, candidate);
    this.#least.add(candidate, now);
    this.#groups.add(...candidate.groups);
    return gone;
  }

  /**
   * Takes a candidate out.
   *
   * @returns whether it was there
   */
  remove(key: string): boolean {
    const candidate = this.#waiting.get(key);
    if (candidate === undefined) return false;
    this.#waiting.delete(key);
    this.#groups.remove(...candidate.groups);
    return true;
  }
}

/**
 * The candidates of one kind, and the slots that their probes hold.
 *
 * **Shares.** No kind may hold all slots, so that neither strangers nor servers that were Good once shut out the others. A
 * group may hold `groupShare` of the slots; beyond it, half of them while no other group wants one. Never the last
 * quarter: that is for groups within their share, which need not wait for the end of a probe then.
 */
export class ProbeClass {
  /** The endpoints that wait. */
  readonly waiting: Candidates = new Candidates();
  readonly #groups = new KeyCounts();
  #taken = 0;

  /** How many slots it may still take. */
  slotsLeft({ probesAtOnce, reservedShare }: Policy): number {
    return Math.max(1, probesAtOnce - Math.floor(probesAtOnce * reservedShare)) - this.#taken;
  }

  /** How many slots the groups of this one hold; the most of one group. */
  heldBy({ groups }: Candidate): number {
    return this.#groups.most(groups);
  }

  /** A probe takes a slot. */
  begin({ groups }: Candidate): void {
    this.#taken++;
    this.#groups.add(...groups);
  }

  /** It gives it back. */
  end({ groups }: Candidate): void {
    this.#taken--;
    this.#groups.remove(...groups);
  }
}

/** How many of so many places one group may hold in any case. */
export function shareOf(places: number, { groupShare }: Policy): number {
  return Math.max(1, Math.floor(places * groupShare));
}
