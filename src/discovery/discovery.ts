import { DotscoutError, type ErrorCode } from '../common/errors.js';
import type { ProbeResult } from '../probe/prober.js';
import { ProbeRequests, type ProbeTerms } from '../probe/requests.js';
import { Scheduler } from '../probe/scheduler.js';
import { isLame, soundAnswer } from '../state/lame.js';
import type { Effect, Endpoint, Evidence, EvidenceSource, StateEvent, Verdict } from '../state/model.js';
import type { Policy } from '../state/policy.js';
import { IDLE } from '../state/steps.js';
import type { Applied, EndpointRecord, Evicted } from '../state/table/endpoint-record.js';
import { GLANCE } from '../state/table/packed-rows.js';
import { EndpointTable } from '../state/table/table.js';
import type { Store, StoreCode } from '../store/store.js';
import { StoreLink } from '../store/store-link.js';
import {
  endpointOfStored,
  type Imported,
  readStored,
  type StoredVerdict,
  stateOfStored,
  storedOf,
} from '../store/verdict.js';
import { PathWatch } from './path-watch.js';
import { detailOf, ProbeRuns, type ProbeRunsParts } from './probe-runs.js';
import { Sweeper } from './sweeper.js';
import { type ProbedZone, Weighing } from './weighing.js';
import { ZoneProofs } from './zone-proofs.js';

/** What discovery needs. */
export interface DiscoveryOptions extends ProbeRunsParts {
  readonly policy: Policy;
  /** Whether a session is open there, which forbids that its row is evicted. */
  isHeld(endpoint: Endpoint): boolean;
  /** Where verdicts outlive the process. */
  readonly store: Store | undefined;
  /** What was stored is in the table. */
  loaded(): void;
}

/** What a contact tells beside the endpoint. */
type ContactFacts = Partial<Pick<EndpointRecord, 'zone' | 'nameserver' | 'clear'>>;

/** How a probe that somebody asks for is to run. */
export interface ProbeOrder {
  /** Without budgets. */
  readonly force: boolean;
  /** Whether its result is evidence. */
  readonly record: boolean;
  /** What it must keep to. */
  readonly terms: ProbeTerms | undefined;
}

/** What a live query or a host's report has shown. */
export interface LiveFinding {
  readonly source: EvidenceSource;
  readonly evidence: Evidence;
  readonly startedAt: number;
  readonly endedAt: number;
  /** A sound answer came over DoT, which ends a run of lame ones. */
  readonly sound?: boolean | undefined;
}

const ABORTED: ProbeResult = { evidence: { result: 'inconclusive', why: 'aborted' }, times: { total: 0 } };

/** What those are told who await a probe that gave way to no bound of ours. */
const REFUSALS: Readonly<Record<string, ErrorCode>> = { guard: 'REFUSED_BY_GUARD', rule: 'REFUSED_BY_RULE' };

/** So long the contacts of an endpoint whose probe gave way only count, in milliseconds. */
const REST_MS = 1_000;

/** So many lines are taken in before the loop goes on: a few milliseconds. */
const SLICE = 500;

/** How much of the table may be full while it takes in what we know of others alone. */
const HEARSAY_SHARE = 0.5;

/**
 * How we learn: holds the table, carries out what its transitions ask for, and hears the evidence. It sends no query of a
 * host's and decides none.
 */
export class Discovery {
  readonly table: EndpointTable;
  readonly scheduler: Scheduler;
  /** What DoT has shown of zones. */
  readonly proofs: ZoneProofs = new ZoneProofs();
  readonly #options: DiscoveryOptions;
  readonly #requests = new ProbeRequests();
  readonly #path: PathWatch;
  readonly #weighing: Weighing;
  readonly #probeRuns: ProbeRuns;
  readonly #sweeper: Sweeper;
  /** Between us and the store, where there is one. */
  readonly storeLink: StoreLink | undefined;
  #closed = false;

  /** @param options - what it needs */
  constructor(options: DiscoveryOptions) {
    const { clock, policy, events, isHeld } = options;
    this.#options = options;
    this.#path = new PathWatch(events);
    this.#weighing = new Weighing({ clock, path: this.#path, policy: () => this.table.policy });
    this.table = new EndpointTable(policy, isHeld);
    this.#probeRuns = new ProbeRuns({
      parts: options,
      table: this.table,
      weighing: this.#weighing,
      requests: this.#requests,
      proofs: this.proofs,
      carryOut: (applied) => this.#carryOut(applied),
      storeLink: () => this.storeLink,
      drop: (record, bound) => this.#drop(record, bound),
    });
    this.scheduler = new Scheduler(
      {
        clock,
        begin: (record) => this.#probeRuns.begin(record),
        dropped: (record, bound) => this.#drop(record, bound),
        isOffline: (record) => this.#path.isOffline(record.address.family),
      },
      policy,
    );
    this.#sweeper = new Sweeper(clock, {
      size: () => this.table.size,
      sweep: (rows) => this.#sweep(rows),
      slept: () => this.table.slept(this.#options.random, this.#now()),
      catchUp: (rows) => this.#catchUp(rows),
    });
    this.storeLink = options.store === undefined ? undefined : this.#keeperOf(options.store);
  }

  /**
   * A host asks for an endpoint.
   *
   * @returns its row, judged at this moment; `undefined` if the table has no room for it
   */
  contact(endpoint: Endpoint, facts: ContactFacts): EndpointRecord | undefined {
    const now = this.#now();
    const applied = this.table.contact(endpoint, now);
    const { record } = applied;
    if (record !== undefined) this.#remember(record, facts, now);
    else this.#dropRow(endpoint);
    this.#carryOut(applied);
    return record;
  }

  /** The row of an endpoint as it is at this moment, without counting anything. */
  look(endpoint: Endpoint): EndpointRecord | undefined {
    const now = this.#now();
    const row = this.table.find(endpoint);
    if (row < 0) return undefined;
    if (this.table.numbered.glance(row, now) !== GLANCE.stale) return this.table.recordAt(row);
    this.#carryOut(this.table.apply(endpoint, { type: 'tick' }, now));
    return this.table.recordOf(endpoint);
  }

  /** What is held of an endpoint, perhaps a moment ago. */
  verdictOf(endpoint: Endpoint): Verdict {
    const row = this.table.find(endpoint);
    const glance = row < 0 ? GLANCE.unknown : this.table.numbered.verdictAt(row);
    if (glance === GLANCE.good) return 'good';
    return glance === GLANCE.bad ? 'bad' : 'unknown';
  }

  /** The server has answered over Do53. */
  answered(endpoint: Endpoint): void {
    const now = this.#now();
    const record = this.table.recordOf(endpoint);
    if (record === undefined) return;
    record.answeredAt = now;
    this.#path.heard(record);
    this.#carryOut(this.table.apply(endpoint, { type: 'answered' }, now));
  }

  /** A live query or a report has shown something. */
  learn(endpoint: Endpoint, finding: LiveFinding): void {
    const { source, startedAt, endedAt } = finding;
    const known = this.table.recordOf(endpoint);
    if (known === undefined && finding.evidence.result !== 'success') return;
    const evidence = known === undefined ? finding.evidence : this.#weighing.weigh(known, finding.evidence, startedAt);
    if (finding.sound === true && known !== undefined) known.lame = soundAnswer(known.lame);
    const event = { type: 'evidence', source, evidence, startedAt, endedAt, draw: this.#options.random() } as const;
    const applied = this.table.apply(endpoint, event, this.#now(), detailOf(evidence));
    if (applied.record === undefined) this.#dropRow(endpoint);
    else if (applied.isWritten === true && evidence.result === 'success') this.storeLink?.changed(endpoint);
    this.#carryOut(applied);
  }

  /** A comparison of a live answer with Do53's begins. */
  comparing(record: EndpointRecord): void {
    this.#weighing.comparing(record);
  }

  /** Such a comparison has shown that the zone is served no worse over DoT. */
  alike(record: EndpointRecord, found: { zone: string; dot: string; isAnswered: boolean }): void {
    this.#weighing.alike(record, found);
  }

  /** Such a comparison, or a host's report, has shown that the zone is served worse over DoT. */
  lame(record: EndpointRecord, found: ProbedZone): void {
    const now = this.#now();
    const { dot = 'rcode', do53 = 'answer' } = found;
    this.#options.counters.lame.add(`${dot} ${do53}`);
    if (this.#weighing.lame(record, { ...found, probe: false }) === 'no') return;
    const evidence: Evidence = { result: 'failure', phase: 'answer', kind: 'lame', controlled: true };
    this.learn(record.endpoint, { source: 'live', evidence, startedAt: now, endedAt: now });
  }

  /** A probe because somebody asks for one. */
  probe(endpoint: Endpoint, facts: ContactFacts, how: ProbeOrder): Promise<ProbeResult> {
    if (this.#closed) return Promise.reject(closed());
    if (!this.#options.guard.admits(endpoint.address)) {
      return Promise.reject(new DotscoutError('REFUSED_BY_GUARD', `the guard forbids ${endpoint.address}`));
    }
    const { key } = endpoint;
    const before = this.table.get(key)?.state?.probe.phase ?? 'idle';
    if (before === 'idle' && !how.record) this.#requests.leaveUnrecorded(key);
    if (how.force) this.#requests.force(key);
    if (how.terms !== undefined) this.#requests.demand(key, how.terms);
    const applied = this.table.apply(endpoint, { type: 'asked' }, this.#now());
    if (applied.record === undefined) {
      this.#dropRow(endpoint);
      this.#requests.begin(key);
      return Promise.reject(new DotscoutError('BUDGET', 'the table has no room for another endpoint'));
    }
    this.#remember(applied.record, facts, this.#now());
    const awaited = this.#requests.await(key);
    this.#carryOut(applied);
    // What waits already is not wanted anew, but it need not wait for budgets any more.
    if (how.force && applied.record.state?.probe.phase === 'wanted') {
      this.scheduler.want(applied.record, 'asked', this.#now(), true);
    }
    return awaited;
  }

  /**
   * A source has seen that an endpoint speaks DoT, or the operator knows: used where we hold nothing ourselves, until it fails.
   *
   * @param endpoint - which
   * @param until - how long that holds, on the monotonic clock
   * @param now - the monotonic time
   * @param isNews - whether it was not believed before; what was is believed again only once it is forgotten
   */
  believe(endpoint: Endpoint, until: number, now: number, isNews: boolean): void {
    const { policy, size } = this.table;
    const isMet = this.table.find(endpoint) >= 0;
    if (isMet && !isNews) return;
    if (!isMet && size >= policy.capacity * HEARSAY_SHARE) return;
    const end = Math.min(until, now + policy.goodMs);
    const times = { since: now, until: end, refreshAt: end, lastSuccess: now, usedAt: now };
    const state = { verdict: 'good', probe: IDLE, strikes: [], level: 0, ...times } as const;
    const applied = this.#outside(endpoint, { type: 'hint', state });
    if (applied.record === undefined) this.#dropRow(endpoint);
  }

  /**
   * A source says that an endpoint speaks DoT: what is not known is probed at once, within the bounds of what is discovered;
   * what has failed is left alone for its time.
   *
   * @param endpoint - which
   * @param now - the monotonic time
   */
  suggest(endpoint: Endpoint, now: number): void {
    const state = this.look(endpoint)?.state;
    const isResting = state?.verdict === 'good' || (state?.verdict === 'bad' && now < state.retryAt);
    if (this.#closed || isResting || (state !== undefined && state.probe.phase !== 'idle')) return;
    const purpose = state?.verdict === 'bad' ? 'retry' : 'discover';
    const applied = this.table.apply(endpoint, { type: 'asked', purpose }, now);
    if (applied.record === undefined) this.#dropRow(endpoint);
    this.#carryOut(applied);
  }

  /** Forgets what is held of an endpoint. */
  forget(endpoint: Endpoint): void {
    // Of all: what is proven is not kept by endpoint.
    this.proofs.clear();
    this.#carryOut(this.table.apply(endpoint, { type: 'forget' }, this.#now()));
  }

  /** Other rules are in force. */
  rulesChanged(): void {
    this.#probeRuns.rulesChanged();
  }

  /** Another policy from now on. */
  setPolicy(policy: Policy): void {
    this.table.setPolicy(policy);
    this.scheduler.setPolicy(policy);
    this.#sweeper.hurry();
  }

  /**
   * The host is on another network: nothing that was learned on the old one is used from this moment on. Where there are
   * many rows, what was known of most is announced to be over a little later, so that it takes no long time at once.
   */
  newEpoch(id: string | undefined): void {
    this.#path.reset();
    this.proofs.clear();
    for (const { record, effects } of this.table.newEpoch(this.#now())) this.#carryOutEffects(record, effects);
    this.#sweeper.hurry();
    this.storeLink?.networkChanged(id);
  }

  /** No probe begins or ends any more, and nobody waits for one. */
  close(): void {
    this.#closed = true;
    this.#sweeper.close();
    this.scheduler.close();
    this.#probeRuns.close();
    this.#requests.refuseAll(closed());
  }

  // --- Effects ------------------------------------------------------------------------------------------------------

  #carryOut(applied: Applied): void {
    for (const one of applied.evicted) this.#carryOutEviction(one);
    if (applied.record !== undefined) this.#carryOutEffects(applied.record, applied.effects);
  }

  #carryOutEviction(evicted: Evicted): void {
    this.#carryOutEffects(evicted.record, evicted.effects);
    this.#dropRow(evicted.record.endpoint);
    const gone = () => new DotscoutError('BUDGET', 'the endpoint had to leave the table');
    this.#requests.refuse(evicted.record.endpoint.key, gone);
  }

  #carryOutEffects(record: EndpointRecord, effects: readonly Effect[]): void {
    const { events, counters } = this.#options;
    const { endpoint } = record;
    for (const effect of effects) {
      if (effect.type === 'want') {
        this.scheduler.want(record, effect.purpose, effect.at, this.#requests.isForced(endpoint.key));
      } else if (effect.type === 'withdraw') {
        this.scheduler.withdraw(endpoint.key);
        this.#requests.settle(endpoint.key, ABORTED);
      } else if (effect.type === 'abort') {
        this.#probeRuns.abort(endpoint.key);
        this.#requests.settle(endpoint.key, ABORTED);
      } else {
        const { from, to, why, downgrade } = effect;
        const info = () => ({ endpoint, from, to, why });
        counters.transitions.add(`${from}-${to}`);
        // What was stored or told is there already, and what another network has ended goes all at once.
        if (why !== 'restored' && why !== 'hint' && why !== 'epoch') this.storeLink?.changed(endpoint);
        events.emit('transition', info);
        if (downgrade) events.emit('downgrade', info);
      }
    }
  }

  #drop(record: EndpointRecord, bound: string): void {
    const { counters, events } = this.#options;
    const { endpoint } = record;
    counters.dropped.add(bound);
    const now = this.#now();
    this.#carryOut(this.table.apply(endpoint, { type: 'probe-dropped' }, now));
    // In a flood every contact would ask again, and in vain.
    this.table.rest(endpoint, now + REST_MS);
    const code = REFUSALS[bound] ?? 'BUDGET';
    this.#requests.refuse(endpoint.key, () => new DotscoutError(code, `the probe gave way: ${bound}`));
    events.emit('dropped', () => ({ endpoint, what: 'candidate', bound }));
  }

  #dropRow(endpoint: Endpoint): void {
    this.#options.counters.dropped.add('table');
    this.#options.events.emit('dropped', () => ({ endpoint, what: 'endpoint', bound: 'table' }));
  }

  // --- What outlives the process ------------------------------------------------------------------------------------

  /** All that is worth keeping, as it is at this moment. */
  verdicts(): Iterable<StoredVerdict> {
    return storedOf(this.table.records(), this.#options.clock);
  }

  /** Takes in what others have exported, a slice at a time. */
  async import(verdicts: Iterable<unknown> | AsyncIterable<unknown>): Promise<Imported> {
    const { clock } = this.#options;
    let taken = 0;
    let seen = 0;
    for await (const one of verdicts) {
      if (this.#closed) break;
      const verdict = readStored(one);
      if (verdict !== undefined && this.#hint(verdict)) taken++;
      if (++seen % SLICE === 0) await new Promise<void>((resolve) => clock.turn(resolve));
    }
    return { taken, skipped: seen - taken };
  }

  /** Others hold this. Of strangers as many are taken in as leave room for those that we meet. */
  #hint(verdict: StoredVerdict): boolean {
    const { clock, random, guard } = this.#options;
    if (this.#closed || !guard.admits(verdict.address)) return false;
    const { size, policy } = this.table;
    const reading = { now: clock.now(), wall: clock.wall(), policy, draw: random() };
    const state = stateOfStored(verdict, reading);
    const endpoint = endpointOfStored(verdict);
    if (state === undefined || state.verdict === 'unknown') return false;
    if (size >= policy.capacity * HEARSAY_SHARE && this.table.find(endpoint) < 0) return false;
    this.#outside(endpoint, { type: 'hint', state });
    return true;
  }

  #keeperOf(store: Store): StoreLink {
    const { clock, guard, counters, events, loaded } = this.#options;
    const deps = {
      clock,
      verdicts: () => this.verdicts(),
      recordOf: (endpoint: Endpoint) => this.table.recordOf(endpoint),
      hint: (verdict: StoredVerdict) => void this.#hint(verdict),
      restore: (verdict: StoredVerdict) => {
        if (guard.admits(verdict.address)) this.#restore(verdict);
      },
      tell: (code: StoreCode, detail: string) => {
        counters.store.add(code);
        events.emit('store', () => ({ code, detail }));
      },
    };
    return new StoreLink(store, deps, loaded);
  }

  #restore(verdict: StoredVerdict): void {
    const { clock, random } = this.#options;
    const reading = { now: clock.now(), wall: clock.wall(), policy: this.table.policy, draw: random() };
    const state = stateOfStored(verdict, reading);
    if (state === undefined) return;
    const { record } = this.#outside(endpointOfStored(verdict), { type: 'restored', state });
    if (record === undefined) return;
    if (verdict.zone !== undefined) record.zone = verdict.zone;
    if (verdict.nameserver !== undefined) record.nameserver = verdict.nameserver;
  }

  #outside(endpoint: Endpoint, event: StateEvent): Applied {
    const applied = this.table.apply(endpoint, event, this.#now());
    this.#carryOut(applied);
    return applied;
  }

  // --- Time ---------------------------------------------------------------------------------------------------------

  #now(): number {
    return this.#options.clock.now();
  }

  #remember(record: EndpointRecord, facts: ContactFacts, now: number): void {
    if (facts.clear !== undefined) record.clear = facts.clear;
    if (facts.nameserver !== undefined) record.nameserver = facts.nameserver;
    const { zone } = facts;
    if (zone !== undefined && !isLame(record.lame, zone, this.table.policy, now)) record.zone = zone;
  }

  #sweep(rows: number): void {
    for (const { record, effects } of this.table.sweep(rows, this.#now())) this.#carryOutEffects(record, effects);
  }

  /** Whether there are more rows to tell. */
  #catchUp(rows: number): boolean {
    const now = this.#now();
    for (const { record, effects } of this.table.catchUp(rows, now)) this.#carryOutEffects(record, effects);
    for (const one of this.table.shrink(rows, now)) this.#carryOutEviction(one);
    return this.table.isBehind;
  }
}

function closed(): DotscoutError {
  return new DotscoutError('CLOSED', 'the selector is closed');
}
