import type { Policy } from '../state/policy.js';
import { popularityOf } from '../state/popularity.js';
import type { Candidate } from './candidate.js';
import { GroupCounts } from './group-counts.js';
import { LeastPopular } from './least-popular.js';

/** A bound that kept a probe from happening. */
export type CandidateBound = 'candidates' | 'group-candidates';

/** Who gave way, and to which bound. */
export interface GaveWay {
  readonly dropped: Candidate;
  readonly bound: CandidateBound;
}

/**
 * Who waits for a probe of one kind: a short bounded list. Full, the least popular gives way, and no group may hold more
 * than its share, so that a zone which invents servers takes only its own places. What somebody awaits gives way to
 * nobody: there the newcomer is told that there is no room.
 */
export class Candidates {
  readonly #waiting = new Map<string, Candidate>();
  readonly #groups = new GroupCounts();
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
    const mostOfGroup = Math.max(1, Math.floor(policy.candidates * policy.groupShare));
    if (this.#groups.reached(candidate.groups, mostOfGroup)) return { dropped: candidate, bound: 'group-candidates' };
    if (this.#waiting.size < policy.candidates) {
      this.#insert(candidate);
      this.#least.changed();
      return undefined;
    }
    const least = candidate.kind === 'asked' ? undefined : this.#least.find(now);
    const own = popularityOf(candidate.record.popularity, now);
    if (least === undefined || own <= least.popularity) return { dropped: candidate, bound: 'candidates' };
    this.#take(least.candidate);
    this.#insert(candidate);
    return { dropped: least.candidate, bound: 'candidates' };
  }

  /**
   * Takes a candidate out.
   *
   * @returns whether it was there
   */
  remove(key: string): boolean {
    const candidate = this.#waiting.get(key);
    if (candidate === undefined) return false;
    this.#take(candidate);
    return true;
  }

  #insert(candidate: Candidate): void {
    this.#waiting.set(candidate.record.endpoint.key, candidate);
    this.#groups.add(candidate.groups);
  }

  #take(candidate: Candidate): void {
    this.#waiting.delete(candidate.record.endpoint.key);
    this.#groups.remove(candidate.groups);
  }
}
