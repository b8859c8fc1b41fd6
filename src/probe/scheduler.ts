import type { Clock, Timer } from '../common/clock.js';
import type { ProbePurpose } from '../state/model.js';
import type { Policy } from '../state/policy.js';
import { isCounted, minuteOf, popularityOf } from '../state/popularity.js';
import type { EndpointRecord } from '../state/table/endpoint-record.js';
import { ProbeBudgets } from './budgets.js';
import { type Candidate, candidateFor, type Kind, MOST } from './candidate.js';
import { type CandidateBound, ProbeClass, shareOf } from './candidates.js';

/** What a scheduler needs. */
export interface SchedulerDeps {
  readonly clock: Clock;
  /**
   * Begins a probe. The promise settles when the probe has ended for the state, whatever the prober still does.
   *
   * @returns whether it ended Good
   */
  begin(record: EndpointRecord): Promise<boolean>;
  /** A candidate gave way. */
  dropped(record: EndpointRecord, bound: CandidateBound): void;
  /** Whether failures of this endpoint's family say nothing now, so that probes are to be few. */
  isOffline(record: EndpointRecord): boolean;
}

/**
 * Decides which endpoint is probed next and when: the most popular first, within budgets, in a bounded number of slots.
 * There is no fixed order of waiting, because the next one can change until a slot is free.
 */
export class Scheduler {
  /** How many slots are taken. */
  running = 0;
  /** Whether no probe begins for now. */
  isPaused = false;
  readonly #deps: SchedulerDeps;
  #policy: Policy;
  readonly #classes: Readonly<Record<Kind, ProbeClass>> = {
    asked: new ProbeClass(),
    kept: new ProbeClass(),
    open: new ProbeClass(),
  };
  /** First what a caller awaits, then what keeps an endpoint Good, then what is new. */
  readonly #inTurn: readonly ProbeClass[] = Object.values(this.#classes);
  readonly #budgets: ProbeBudgets;
  #lastBegin = Number.NEGATIVE_INFINITY;
  #closed = false;
  #pumping = false;
  #wake: Timer | undefined;
  /** Those who wait until it is idle. */
  readonly #awaiting = new Set<() => void>();

  /**
   * @param deps - what it needs
   * @param policy - the bounds
   */
  constructor(deps: SchedulerDeps, policy: Policy) {
    this.#deps = deps;
    this.#policy = policy;
    this.#budgets = new ProbeBudgets(policy, deps.clock.now());
  }

  /** How many wait. */
  get waiting(): number {
    return this.#inTurn.reduce((sum, { waiting }) => sum + waiting.size, 0);
  }

  /** Resolves when no probe runs or waits for its turn. One for later does not wait, nor does any while none may begin. */
  idle(): Promise<void> {
    return new Promise((resolve) => {
      this.#awaiting.add(resolve);
      this.#schedulePump();
    });
  }

  /** The bounds change. */
  setPolicy(policy: Policy): void {
    this.#policy = policy;
    this.#budgets.setPolicy(policy, this.#deps.clock.now());
    this.#schedulePump();
  }

  /** No probe begins until {@link resume}; what is in flight ends as usual. */
  pause(): void {
    this.isPaused = true;
    this.#schedulePump();
  }

  /** Probes begin again. */
  resume(): void {
    this.isPaused = false;
    this.#schedulePump();
  }

  /** No probe begins any more. */
  close(): void {
    this.#closed = true;
    this.#schedulePump();
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
    this.#remove(record.endpoint.key);
    const candidate = candidateFor(record, purpose, at, force);
    const gone = this.#classes[candidate.kind].waiting.add(candidate, this.#policy, this.#deps.clock.now());
    if (gone !== undefined) this.#deps.dropped(gone.dropped.record, gone.bound);
    if (gone?.dropped !== candidate) this.#schedulePump();
  }

  /** An endpoint wants none any more. */
  withdraw(key: string): void {
    this.#remove(key);
    if (this.#awaiting.size > 0) this.#schedulePump();
  }

  #remove(key: string): void {
    for (const { waiting } of this.#inTurn) if (waiting.remove(key)) return;
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
    if (!this.#closed && !this.isPaused) this.#beginAll();
    if (this.#awaiting.size === 0 || !this.#isIdle()) return;
    for (const resolve of this.#awaiting) resolve();
    this.#awaiting.clear();
  }

  #isIdle(): boolean {
    if (this.running > 0) return false;
    if (this.#closed || this.isPaused) return true;
    const now = this.#deps.clock.now();
    return this.#inTurn.every(({ waiting }) => [...waiting.values()].every(({ at }) => at > now));
  }

  #beginAll(): void {
    for (;;) {
      const now = this.#deps.clock.now();
      const next = this.#choose(now);
      if (typeof next !== 'number') this.#begin(next, now);
      else {
        if (next < Number.POSITIVE_INFINITY) this.#wake = this.#deps.clock.after(next - now, () => this.#pump());
        return;
      }
    }
  }

  /** The best of those that may begin now, or else when to look again; a slot's end looks again by itself. */
  #choose(now: number): Candidate | number {
    let wakeAt = Number.POSITIVE_INFINITY;
    if (this.running >= this.#policy.probesAtOnce) return wakeAt;
    for (const probeClass of this.#inTurn) {
      const next = this.#chooseOf(probeClass, now);
      if (typeof next !== 'number') return next;
      wakeAt = Math.min(wakeAt, next);
    }
    return wakeAt;
  }

  /** The same of one class: the most popular within its group's share; where there is none, one of the group that holds least. */
  #chooseOf(probeClass: ProbeClass, now: number): Candidate | number {
    let wakeAt = Number.POSITIVE_INFINITY;
    const policy = this.#policy;
    if (probeClass.waiting.size === 0 || probeClass.slotsLeft(policy) <= 0) return wakeAt;
    // Most of the time the rate of all probes binds, and no candidate need be looked at; forced ones are a class of their own.
    const rateAt = this.#budgets.rateReadyAt(now);
    if (probeClass !== this.#classes.asked && rateAt > now) return rateAt;
    const share = shareOf(policy.probesAtOnce, policy);
    const most = this.#mayExceed(probeClass) ? Math.floor(policy.probesAtOnce / 2) : share;
    let next: Candidate | undefined;
    let best = Number.NEGATIVE_INFINITY;
    /** Slots that the group of the best holds, where that is its share or more; 0 within the share. */
    let least = Number.POSITIVE_INFINITY;
    const minute = minuteOf(now);
    const before = MOST * minute;
    for (const candidate of probeClass.waiting.values()) {
      // Cheap before dear: of a full list all are looked at for each probe, and the rows of few are read. First of all what each
      // can have become at most; then whether it was asked for since; its groups at last, which are found by texts.
      if (least === 0 && candidate.most <= best - before) continue;
      const stamp = minute + candidate.record.contacts;
      if (candidate.stamp !== stamp) {
        const asked = candidate.record.popularity;
        candidate.stamp = stamp;
        candidate.popularity = popularityOf(asked, now);
        candidate.most = candidate.popularity - before + (isCounted(asked, now) ? 0 : 1);
      }
      const { popularity } = candidate;
      if (least === 0 && popularity <= best) continue;
      const held = probeClass.heldBy(candidate);
      const beyond = held < share ? 0 : held;
      if ((beyond > 0 && held >= most) || beyond > least || (beyond === least && popularity <= best)) continue;
      const readyAt = this.#readyAt(candidate, now);
      if (readyAt > now) wakeAt = Math.min(wakeAt, readyAt);
      else [next, best, least] = [candidate, popularity, beyond];
    }
    return next ?? wakeAt;
  }

  /** Whether a group may take more than its share: only to discover, and not of the last quarter of the slots. */
  #mayExceed(probeClass: ProbeClass): boolean {
    const { probesAtOnce } = this.#policy;
    const left = Math.min(probeClass.slotsLeft(this.#policy), probesAtOnce - this.running);
    return probeClass === this.#classes.open && left > Math.floor(probesAtOnce / 4);
  }

  #readyAt(candidate: Candidate, now: number): number {
    if (candidate.at > now || candidate.force) return candidate.at;
    const budget = this.#budgets.readyAt(candidate.record.address, now);
    if (!this.#deps.isOffline(candidate.record)) return budget;
    return Math.max(budget, this.#lastBegin + this.#policy.offlineProbeMs);
  }

  #begin(candidate: Candidate, now: number): void {
    const { record, kind, force } = candidate;
    const probeClass = this.#classes[kind];
    probeClass.waiting.remove(record.endpoint.key);
    this.#budgets.begin(record.address, now, force);
    this.#lastBegin = now;
    this.running++;
    probeClass.begin(candidate);
    const over = (good: boolean): void => {
      this.running--;
      probeClass.end(candidate);
      this.#budgets.end(record.address, this.#deps.clock.now(), good && !force);
      this.#schedulePump();
    };
    this.#deps.begin(record).then(over, () => over(false));
  }
}
