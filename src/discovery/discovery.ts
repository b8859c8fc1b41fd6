import { closedError, DotscoutError } from '../common/errors.js';
import { refusedByGuard } from '../contact/guard.js';
import type { ProbeBound } from '../observe/names.js';
import type { ProbeResult } from '../probe/prober.js';
import { type ProbeOrder, ProbeRequests } from '../probe/requests.js';
import { Scheduler } from '../probe/scheduler.js';
import { isLame, soundAnswer } from '../state/lame.js';
import type { Endpoint, Evidence, EvidenceSource, Failure, Times, Verdict } from '../state/model.js';
import type { Policy } from '../state/policy.js';
import { measured } from '../state/smoothing.js';
import type { EndpointRecord } from '../state/table/endpoint-record.js';
import { GLANCE } from '../state/table/packed-rows.js';
import type { EndpointTable } from '../state/table/table.js';
import type { Store } from '../store/store.js';
import { Effects } from './effects.js';
import { Hearsay } from './hearsay.js';
import { PathWatch } from './path-watch.js';
import { detailOf, ProbeRuns, type ProbeRunsParts } from './probe-runs.js';
import { Restarts } from './restarts.js';
import { StoreSync } from './store-sync.js';
import { Sweeper } from './sweeper.js';
import { type ProbedZone, Weighing } from './weighing.js';
import { ZoneProofs } from './zone-proofs.js';

/**
 * An answer over Do53 this soon after another, in milliseconds, is not looked at: it says nothing new of our path or of the
 * server's speed (RFC 6298 section 3 asks for one time a round trip), and a busy server gives thousands a second.
 */
const NOTHING_NEW_MS = 5;

/** What discovery needs. */
export interface DiscoveryDeps extends ProbeRunsParts {
  /** Where verdicts outlive the process. */
  readonly store: Store | undefined;
}

/** What a contact tells beside the endpoint. */
type ContactFacts = Partial<Pick<EndpointRecord, 'zone' | 'nameserver' | 'clear'>>;

/** What a live query or a host's report has shown. */
export interface LiveFinding {
  readonly source: EvidenceSource;
  readonly evidence: Evidence;
  readonly startedAt: number;
  readonly endedAt: number;
  /** Do53 was asked as well and has failed: the whole server may be away. */
  readonly away?: boolean | undefined;
  /** It was silent and refuses now: it may have been away, and be starting. */
  readonly returns?: boolean | undefined;
  /** A sound answer came over DoT, which ends a run of lame ones. */
  readonly sound?: boolean | undefined;
}

/**
 * How we learn, as others see it: it is told of contacts, answers and failures, and asked what is known. It sends no query
 * of a host's and decides none.
 */
export class Discovery {
  /** All endpoints that are remembered. */
  readonly table: EndpointTable;
  /** Who is probed next, and when. */
  readonly scheduler: Scheduler;
  /** What DoT has shown of zones. */
  readonly proofs: ZoneProofs = new ZoneProofs();
  /** What comparisons show of zones. */
  readonly weighing: Weighing;
  /** Takes in what others know. */
  readonly hearsay: Hearsay;
  /** Keeps what is known in a store. */
  readonly storeSync: StoreSync;
  /** The probes that are under way. */
  readonly probeRuns: ProbeRuns;
  readonly #deps: Pick<DiscoveryDeps, 'clock' | 'counters' | 'guard' | 'random'>;
  readonly #requests = new ProbeRequests();
  readonly #path: PathWatch;
  readonly #restarts = new Restarts();
  readonly #effects: Effects;
  readonly #sweeper: Sweeper;
  #closed = false;

  /** @param deps - what it needs */
  constructor(deps: DiscoveryDeps) {
    const requests = this.#requests;
    const { clock, events, counters, table, guard, random } = deps;
    // Not spread, as the deps of queries: each query reads them.
    const own = { requests, clock, events, counters, table, guard, random };
    const path = new PathWatch(events);
    const effects = new Effects(own);
    const weighing = new Weighing({ clock, table, path, restarts: this.#restarts });
    const shared = { ...deps, weighing, requests, effects, proofs: this.proofs };
    const hearsay = new Hearsay(shared);
    const storeSync = new StoreSync({ ...shared, hearsay });
    const probeRuns = new ProbeRuns({ ...shared, storeSync });
    const schedulerDeps = {
      clock,
      begin: (record: EndpointRecord) => probeRuns.begin(record),
      dropped: (record: EndpointRecord, bound: ProbeBound) => effects.probeDropped(record, bound),
      isOffline: (record: EndpointRecord) => path.isOffline(record.address.family),
    };
    const scheduler = new Scheduler(schedulerDeps, table.policy);
    const sweeper = new Sweeper(shared);
    effects.start({ scheduler, probeRuns, storeSync, sweeper });
    this.table = table;
    this.scheduler = scheduler;
    this.#deps = own;
    this.#path = path;
    this.#effects = effects;
    this.hearsay = hearsay;
    this.storeSync = storeSync;
    this.weighing = weighing;
    this.probeRuns = probeRuns;
    this.#sweeper = sweeper;
  }

  // --- Contacts and what is known -----------------------------------------------------------------------------------

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
    else this.#effects.rowDropped(endpoint);
    this.#effects.carryOut(applied);
    return record;
  }

  /** The row of an endpoint as it is at this moment, without counting anything. */
  look(endpoint: Endpoint): EndpointRecord | undefined {
    const row = this.table.find(endpoint);
    if (row < 0) return undefined;
    if (this.table.numbered.glance(row, this.#now()) !== GLANCE.stale) return this.table.recordAt(row);
    this.#effects.apply(endpoint, { type: 'tick' });
    return this.table.recordOf(endpoint);
  }

  // --- Evidence -----------------------------------------------------------------------------------------------------

  /** The server has answered over Do53. */
  answered(endpoint: Endpoint): void {
    const record = this.table.recordOf(endpoint);
    if (record === undefined) return;
    record.answeredAt = this.#now();
    this.#path.heard(record);
    this.#effects.apply(endpoint, { type: 'answered' });
    const isBack = this.#restarts.answered(endpoint.key, this.#now()) && record.state?.verdict === 'good';
    if (isBack) this.#effects.apply(endpoint, { type: 'asked' });
  }

  /**
   * The server has answered a live query over Do53.
   *
   * @param endpoint - its DoT
   * @param times - how long that took
   * @param at - when it did, on the monotonic clock
   */
  answeredIn(endpoint: Endpoint, times: Times, at: number): void {
    const row = this.table.find(endpoint);
    if (row < 0 || at - this.table.numbered.answeredAt(row) < NOTHING_NEW_MS) return;
    const record = this.table.recordAt(row);
    record.timing = measured(record.timing, times, false);
    this.answered(endpoint);
  }

  /** A live query or a report has shown something. */
  learn(endpoint: Endpoint, finding: LiveFinding, now: number = this.#now()): void {
    const { source, startedAt, endedAt } = finding;
    const known = this.table.recordOf(endpoint);
    if (known === undefined && finding.evidence.result !== 'success') return;
    if (finding.away === true) this.#restarts.away(endpoint.key, now);
    else if (finding.returns === true) this.#restarts.returns(endpoint.key, now);
    const evidence = known === undefined ? finding.evidence : this.weighing.weigh(known, finding.evidence, startedAt);
    if (finding.sound === true && known !== undefined) known.lame = soundAnswer(known.lame, now);
    const event = { type: 'evidence', source, evidence, startedAt, endedAt, draw: this.#deps.random() } as const;
    const applied = this.table.apply(endpoint, event, now, detailOf(evidence));
    if (applied.record === undefined) this.#effects.rowDropped(endpoint);
    else if (applied.isWritten === true && evidence.result === 'success') this.storeSync.changed(endpoint);
    this.#effects.carryOut(applied);
  }

  /**
   * An endpoint has failed outside of any attempt, just now.
   *
   * @param endpoint - which
   * @param failure - how; what the endpoint itself has shown
   */
  strike(endpoint: Endpoint, { phase, kind }: Failure): void {
    if (this.#closed) return;
    const now = this.#now();
    const evidence = { result: 'failure', phase, kind, controlled: true } as const;
    this.learn(endpoint, { source: 'live', evidence, startedAt: now, endedAt: now });
  }

  /** A comparison of a live answer with Do53's, or a host's report, has shown that the zone is served worse over DoT. */
  lame(record: EndpointRecord, found: ProbedZone): void {
    const { dot = 'rcode', do53 = 'answer' } = found;
    this.#deps.counters.lame.add(`${dot} ${do53}`);
    const isConvicted = this.weighing.lame(record, { ...found, probe: false }) !== 'no';
    if (isConvicted) this.strike(record.endpoint, { phase: 'answer', kind: 'lame' });
  }

  // --- Probes that somebody asks for --------------------------------------------------------------------------------

  /** A probe because somebody asks for one. */
  probe(endpoint: Endpoint, facts: ContactFacts, how: ProbeOrder): Promise<ProbeResult> {
    if (this.#closed) return Promise.reject(closedError('the selector'));
    const { guard } = this.#deps;
    const { address } = endpoint;
    if (!guard.admits(address)) return Promise.reject(refusedByGuard(guard, address));
    const { key } = endpoint;
    const before = this.table.recordOf(endpoint)?.state?.probe.phase ?? 'idle';
    // One that others want is evidence for them.
    this.#requests.order(key, { ...how, record: how.record || before !== 'idle' });
    const applied = this.table.apply(endpoint, { type: 'asked' }, this.#now());
    if (applied.record === undefined) {
      this.#effects.rowDropped(endpoint);
      this.#requests.begin(key);
      return Promise.reject(new DotscoutError('BUDGET', 'the table has no room for another endpoint'));
    }
    this.#remember(applied.record, facts, this.#now());
    const awaited = this.#requests.await(key);
    this.#effects.carryOut(applied);
    // A probe that waits already is not wanted anew, but it need not wait for budgets any more.
    if (how.force && applied.record.state?.probe.phase === 'wanted') {
      this.scheduler.want(applied.record, 'asked', this.#now(), true);
    }
    return awaited;
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
    if (this.#closed || isResting || (state?.probe.phase ?? 'idle') !== 'idle') return;
    const purpose = state?.verdict === 'bad' ? 'retry' : 'discover';
    const applied = this.table.apply(endpoint, { type: 'asked', purpose }, now);
    if (applied.record === undefined) this.#effects.rowDropped(endpoint);
    this.#effects.carryOut(applied);
  }

  // --- Operation ----------------------------------------------------------------------------------------------------

  /** Forgets what is held for an endpoint. */
  forget(endpoint: Endpoint): void {
    // Of all: what is proven is not kept by endpoint.
    this.proofs.clear();
    this.#effects.apply(endpoint, { type: 'forget' });
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
    this.#restarts.reset();
    this.proofs.clear();
    for (const { record, effects } of this.table.newEpoch(this.#now())) this.#effects.ofRow(record, effects);
    this.#sweeper.hurry();
    this.storeSync.link?.networkChanged(id);
  }

  /** No probe begins or ends any more, and nobody waits for one. */
  close(): void {
    this.#closed = true;
    this.hearsay.close();
    this.#sweeper.close();
    this.scheduler.close();
    this.probeRuns.close();
    this.#requests.refuseAll(closedError('the selector'));
  }

  #now(): number {
    return this.#deps.clock.now();
  }

  #remember(record: EndpointRecord, { zone, nameserver, clear }: ContactFacts, now: number): void {
    if (clear !== undefined) record.clear = clear;
    if (nameserver !== undefined) record.nameserver = nameserver;
    if (zone !== undefined && !isLame(record.lame, zone, this.table.policy, now)) record.zone = zone;
  }
}

/**
 * The verdict in an endpoint's row; time may have ended it meanwhile.
 *
 * @param table - where the rows are
 * @param endpoint - which
 */
export function lastVerdictOf(table: EndpointTable, endpoint: Endpoint): Verdict {
  const row = table.find(endpoint);
  const glance = row < 0 ? GLANCE.unknown : table.numbered.verdictAt(row);
  if (glance === GLANCE.good) return 'good';
  return glance === GLANCE.bad ? 'bad' : 'unknown';
}
