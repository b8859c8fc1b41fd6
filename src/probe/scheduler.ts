import PQueue from 'p-queue';
import type { Clock, Timer } from '../clock.js';
import type { ProbePurpose } from '../state/model.js';
import type { Policy } from '../state/policy.js';
import { popularityOf } from '../state/popularity.js';
import type { EndpointRecord } from '../state/record.js';
import { ProbeBudgets } from './budgets.js';
import { type Candidate, Candidates, GroupCounts, groupsOf, isOpen } from './candidates.js';

/** A bound that kept a probe from happening. */
export type SchedulerBound = 'candidates' | 'group-candidates';

/** What a scheduler needs of its house. */
export interface SchedulerHost {
  readonly clock: Clock;
  /**
   * Begins a probe. The promise settles when the probe has ended for the state, whatever the prober still does.
   *
   * @returns whether it ended Good
   */
  begin(record: EndpointRecord): Promise<boolean>;
  /** A candidate gave way. */
  dropped(record: EndpointRecord, bound: SchedulerBound): void;
  /** Whether failures of this endpoint's family say nothing now, so that probes are to be few. */
  isOffline(record: EndpointRecord): boolean;
}

/**
 * Who is probed next and when: the most popular first, within budgets, in a bounded number of slots. Of the slots, p-queue
 * counts the concurrency; the queue itself stays empty, because who is next can change until a slot is free.
 */
export class Scheduler {
  readonly #host: SchedulerHost;
  #policy: Policy;
  readonly #candidates = new Candidates();
  readonly #budgets: ProbeBudgets;
  readonly #slots: PQueue;
  readonly #slotGroups = new GroupCounts();
  #running = 0;
  #openRunning = 0;
  #lastBegin = Number.NEGATIVE_INFINITY;
  #paused = false;
  #closed = false;
  #pumping = false;
  #wake: Timer | undefined;

  /**
   * @param host - what it needs of its house
   * @param policy - the bounds
   */
  constructor(host: SchedulerHost, policy: Policy) {
    this.#host = host;
    this.#policy = policy;
    this.#budgets = new ProbeBudgets(policy, host.clock.now());
    this.#slots = new PQueue({ concurrency: policy.probesAtOnce });
  }

  /** How many wait. */
  get waiting(): number {
    return this.#candidates.size;
  }

  /** How many slots are taken. */
  get running(): number {
    return this.#running;
  }

  /** The bounds change. */
  setPolicy(policy: Policy): void {
    this.#policy = policy;
    this.#budgets.setPolicy(policy, this.#host.clock.now());
    this.#slots.concurrency = policy.probesAtOnce;
    this.#schedulePump();
  }

  /** No probe begins until {@link resume}; what is in flight ends as usual. */
  pause(): void {
    this.#paused = true;
  }

  /** Probes begin again. */
  resume(): void {
    this.#paused = false;
    this.#schedulePump();
  }

  /** No probe begins any more. */
  close(): void {
    this.#closed = true;
    this.#wake?.cancel();
  }

  /**
   * An endpoint wants a probe.
   *
   * @param record - the endpoint's row
   * @param purpose - why
   * @param at - not before this time
   * @param force - without budgets
   */
  want(record: EndpointRecord, purpose: ProbePurpose, at: number, force = false): void {
    if (this.#closed) return;
    const candidate: Candidate = { record, purpose, at, force, groups: groupsOf(record) };
    const gone = this.#candidates.add(candidate, this.#policy, this.#host.clock.now());
    if (gone !== undefined) this.#host.dropped(gone.dropped.record, gone.bound);
    if (gone?.dropped !== candidate) this.#schedulePump();
  }

  /** An endpoint wants none any more. */
  withdraw(key: string): void {
    this.#candidates.remove(key);
  }

  /** Later, so that no I/O happens inside a call of the host's that only wanted a decision. */
  #schedulePump(): void {
    if (this.#pumping) return;
    this.#pumping = true;
    queueMicrotask(() => {
      this.#pumping = false;
      this.#pump();
    });
  }

  #pump(): void {
    this.#wake?.cancel();
    this.#wake = undefined;
    if (this.#closed || this.#paused) return;
    for (;;) {
      const now = this.#host.clock.now();
      const { next, wakeAt } = this.#choose(now);
      if (next === undefined) {
        if (wakeAt < Number.POSITIVE_INFINITY) {
          this.#wake = this.#host.clock.after(wakeAt - now, () => this.#pump());
        }
        return;
      }
      this.#begin(next, now);
    }
  }

  /** The best of those that may begin now, or else when to look again; a slot's end looks again by itself. */
  #choose(now: number): { readonly next?: Candidate; readonly wakeAt: number } {
    let wakeAt = Number.POSITIVE_INFINITY;
    if (this.#running >= this.#policy.probesAtOnce) return { wakeAt };
    let best: Candidate | undefined;
    let bestRank = Number.NEGATIVE_INFINITY;
    for (const candidate of this.#candidates.values()) {
      if (this.#lacksSlot(candidate)) continue;
      const readyAt = this.#readyAt(candidate, now);
      if (readyAt > now) {
        wakeAt = Math.min(wakeAt, readyAt);
        continue;
      }
      const rank = rankOf(candidate, now);
      if (rank > bestRank) {
        best = candidate;
        bestRank = rank;
      }
    }
    return best === undefined ? { wakeAt } : { next: best, wakeAt };
  }

  /** Neither strangers nor servers that were Good once may hold all slots: each leaves the others theirs. */
  #lacksSlot(candidate: Candidate): boolean {
    const { probesAtOnce, reservedShare, groupShare } = this.#policy;
    const open = Math.max(1, probesAtOnce - Math.floor(probesAtOnce * reservedShare));
    if (!isOpen(candidate.purpose)) return this.#running - this.#openRunning >= open;
    const ofGroup = Math.max(1, Math.floor(probesAtOnce * groupShare));
    return this.#openRunning >= open || this.#slotGroups.reached(candidate.groups, ofGroup);
  }

  #readyAt(candidate: Candidate, now: number): number {
    if (candidate.at > now || candidate.force) return candidate.at;
    const budget = this.#budgets.readyAt(candidate.record.address, now);
    if (!this.#host.isOffline(candidate.record)) return budget;
    return Math.max(budget, this.#lastBegin + this.#policy.offlineProbeMs);
  }

  #begin(candidate: Candidate, now: number): void {
    const { record, groups, force } = candidate;
    const open = isOpen(candidate.purpose);
    this.#candidates.remove(record.endpoint.key);
    this.#budgets.begin(record.address, now, force);
    this.#lastBegin = now;
    this.#running++;
    if (open) {
      this.#openRunning++;
      this.#slotGroups.add(groups);
    }
    const over = (good: boolean): void => {
      this.#running--;
      if (open) {
        this.#openRunning--;
        this.#slotGroups.remove(groups);
      }
      this.#budgets.end(record.address, this.#host.clock.now(), good && !force);
      this.#schedulePump();
    };
    this.#slots
      .add(() => this.#host.begin(record))
      .then(
        (good) => over(good === true),
        () => over(false),
      );
  }
}

/** What keeps a Good endpoint Good comes first, and what somebody awaits; then the most popular. */
function rankOf(candidate: Candidate, now: number): number {
  return (isOpen(candidate.purpose) ? 0 : 100) + popularityOf(candidate.record.popularity, now);
}
