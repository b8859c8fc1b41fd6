import type { Clock, Timer } from './clock.js';
import { DotscoutError } from './errors.js';
import type { Events } from './events.js';
import type { Guard } from './guard.js';
import type { DiscoveryCounters } from './observe/metrics.js';
import { closeQuietly, Flight, type Landing } from './probe/flight.js';
import type { ProbeResult, Prober } from './probe/prober.js';
import { Scheduler } from './probe/scheduler.js';
import { prefixKey } from './state/address.js';
import { comparing, isLame, lameAnswer, soundAnswer } from './state/lame.js';
import type { Effect, Endpoint, Evidence, EvidenceSource } from './state/model.js';
import { heard, isOffline, PATH_UP, type PathMemory, pathAttempt } from './state/offline.js';
import { type Policy, probeLifeMs } from './state/policy.js';
import type { EndpointRecord } from './state/record.js';
import { measured } from './state/smoothing.js';
import { type Applied, EndpointTable, type Evicted } from './state/table.js';
import type { WarmSession } from './transport/exchange.js';

/** What discovery needs of its house. */
export interface DiscoveryOptions {
  readonly clock: Clock;
  readonly policy: Policy;
  readonly guard: Guard;
  readonly prober: Prober;
  readonly random: () => number;
  readonly events: Events;
  readonly counters: DiscoveryCounters;
  /** Takes over a probe's open session, or closes it. */
  adopt(endpoint: Endpoint, session: WarmSession): void;
}

/** What a live query or a host's report has shown. */
export interface LiveFinding {
  readonly source: EvidenceSource;
  readonly evidence: Evidence;
  readonly startedAt: number;
  readonly endedAt: number;
  /** NOERROR or NXDOMAIN came over DoT, which ends a run of lame answers. */
  readonly sound?: boolean | undefined;
}

/** Somebody who awaits a probe. */
interface Waiter {
  resolve(result: ProbeResult): void;
  reject(error: Error): void;
}

const SWEEP_MS = 60_000;
/** A sweep looks at so many rows at most before it lets the loop go on: about 5 ms. */
const SWEEP_ROWS = 20_000;
/** The wall clock this far ahead of ours within a sweep means sleep, or a step that is treated alike. */
const SLEEP_MS = 5 * 60_000;
const ABORTED: ProbeResult = { evidence: { result: 'inconclusive', why: 'aborted' }, times: { total: 0 } };

/**
 * How we learn: holds the table, carries out what its transitions ask for, runs the probes and hears the evidence. It
 * sends no query of a host's and decides none.
 */
export class Discovery {
  readonly table: EndpointTable;
  readonly scheduler: Scheduler;
  readonly #options: DiscoveryOptions;
  readonly #flights = new Map<string, Flight>();
  readonly #waiters = new Map<string, Set<Waiter>>();
  readonly #unrecorded = new Set<string>();
  readonly #forced = new Set<string>();
  #path: PathMemory = PATH_UP;
  #tokens = 0;
  #tick: Timer | undefined;
  #ahead: number;
  #closed = false;

  /** @param options - what it needs of its house */
  constructor(options: DiscoveryOptions) {
    const { clock, policy } = options;
    this.#options = options;
    this.table = new EndpointTable(policy);
    this.scheduler = new Scheduler(
      {
        clock,
        begin: (record) => this.#begin(record),
        dropped: (record, bound) => this.#drop(record, bound),
        isOffline: (record) => isOffline(this.#path, record.address.family),
      },
      policy,
    );
    this.#ahead = clock.wall() - clock.now();
    this.#scheduleTick();
  }

  /** Whether a family's failures say nothing now. */
  isOffline(family: 4 | 6): boolean {
    return isOffline(this.#path, family);
  }

  /**
   * A host asks for an endpoint.
   *
   * @returns its row, judged at this moment; `undefined` if the table has no room for it
   */
  contact(
    endpoint: Endpoint,
    facts: Pick<EndpointRecord, 'zone' | 'nameserver' | 'clear'>,
  ): EndpointRecord | undefined {
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
    if (this.table.get(endpoint.key) === undefined) return undefined;
    this.#carryOut(this.table.apply(endpoint, { type: 'tick' }, this.#now()));
    return this.table.get(endpoint.key);
  }

  /** The server has answered over Do53. */
  answered(endpoint: Endpoint): void {
    const now = this.#now();
    const record = this.table.get(endpoint.key);
    if (record === undefined) return;
    record.answeredAt = now;
    this.#hear(record);
    this.#carryOut(this.table.apply(endpoint, { type: 'answered' }, now));
  }

  /** A live query or a report has shown something. */
  learn(endpoint: Endpoint, finding: LiveFinding): void {
    const { source, startedAt, endedAt } = finding;
    const known = this.table.get(endpoint.key);
    if (known === undefined && finding.evidence.result !== 'success') return;
    const evidence = known === undefined ? finding.evidence : this.#weigh(known, finding.evidence, startedAt);
    if (finding.sound === true && known !== undefined) known.lame = soundAnswer(known.lame);
    const event = { type: 'evidence', source, evidence, startedAt, endedAt, draw: this.#options.random() } as const;
    const applied = this.table.apply(endpoint, event, this.#now(), detailOf(evidence));
    if (applied.record === undefined) this.#dropRow(endpoint);
    this.#carryOut(applied);
  }

  /** A comparison of a live answer with Do53's begins. */
  comparing(record: EndpointRecord, zone: string): void {
    record.lame = comparing(record.lame, zone, this.table.policy, this.#now());
  }

  /** Such a comparison has shown that the zone is served worse over DoT. */
  lame(record: EndpointRecord, zone: string): void {
    const now = this.#now();
    if (this.#lame(record, zone, false) === 'no') return;
    const evidence: Evidence = { result: 'failure', phase: 'answer', kind: 'lame', controlled: true };
    this.learn(record.endpoint, { source: 'live', evidence, startedAt: now, endedAt: now });
  }

  /** A probe because somebody asks for one. */
  probe(
    endpoint: Endpoint,
    clear: Endpoint | undefined,
    how: { force: boolean; record: boolean },
  ): Promise<ProbeResult> {
    if (this.#closed) return Promise.reject(closed());
    if (!this.#options.guard.admits(endpoint.address)) {
      return Promise.reject(new DotscoutError('REFUSED_BY_GUARD', `the guard forbids ${endpoint.address}`));
    }
    const { key } = endpoint;
    const before = this.table.get(key)?.state?.probe.phase ?? 'idle';
    if (before === 'idle' && !how.record) this.#unrecorded.add(key);
    if (how.force) this.#forced.add(key);
    const applied = this.table.apply(endpoint, { type: 'asked' }, this.#now());
    if (applied.record === undefined) {
      this.#dropRow(endpoint);
      return Promise.reject(new DotscoutError('BUDGET', 'the table has no room for another endpoint'));
    }
    applied.record.clear ??= clear;
    const awaited = new Promise<ProbeResult>((resolve, reject) => {
      const waiters = this.#waiters.get(key) ?? new Set();
      this.#waiters.set(key, waiters.add({ resolve, reject }));
    });
    this.#carryOut(applied);
    return awaited;
  }

  /** Forgets what is held of an endpoint. */
  forget(endpoint: Endpoint): void {
    this.#carryOut(this.table.apply(endpoint, { type: 'forget' }, this.#now()));
  }

  /** Another policy from now on. */
  setPolicy(policy: Policy): void {
    const evicted = this.table.setPolicy(policy, this.#now());
    this.scheduler.setPolicy(policy);
    for (const one of evicted) this.#carryOutEviction(one);
  }

  /** The host is on another network: nothing that was learned on the old one is used. */
  newEpoch(): void {
    const now = this.#now();
    this.#path = PATH_UP;
    for (const record of [...this.table.records()]) {
      record.lame = { ...record.lame, zones: [], sound: [] };
      record.timing = {};
      this.#carryOut(this.table.apply(record.endpoint, { type: 'epoch' }, now));
    }
  }

  /** No probe begins or ends any more, and nobody waits for one. */
  close(): void {
    this.#closed = true;
    this.#tick?.cancel();
    this.scheduler.close();
    for (const [key, flight] of this.#flights) {
      const endpoint = this.table.get(key)?.endpoint;
      if (endpoint !== undefined)
        this.table.apply(endpoint, { type: 'probe-aborted', token: flight.token }, this.#now());
      flight.abort();
    }
    for (const key of [...this.#waiters.keys()]) this.#refuse(key, closed());
  }

  // --- Probes -------------------------------------------------------------------------------------------------------

  async #begin(record: EndpointRecord): Promise<boolean> {
    const { clock, guard, prober, counters } = this.#options;
    const { endpoint } = record;
    const { policy } = this.table;
    if (!guard.admits(endpoint.address)) {
      this.#drop(record, 'guard');
      return false;
    }
    const token = ++this.#tokens;
    const deadline = clock.now() + probeLifeMs(policy);
    this.#carryOut(this.table.apply(endpoint, { type: 'probe-started', token, deadline }, clock.now()));
    const probe = record.state?.probe;
    if (probe?.phase !== 'in-flight' || probe.token !== token) return false;
    const flight = new Flight(token, this.#unrecorded.delete(endpoint.key));
    this.#forced.delete(endpoint.key);
    this.#flights.set(endpoint.key, flight);
    counters.probes.add('begun');
    const giveUp = clock.after(deadline - clock.now(), () => {
      this.#carryOut(this.table.apply(endpoint, { type: 'tick' }, clock.now()));
    });
    flight.start(prober, { endpoint, clear: record.clear, zone: this.#zoneFor(record) }, policy.probeTimeoutMs);
    const landing = await flight.landed;
    giveUp.cancel();
    if (this.#flights.get(endpoint.key) === flight) this.#flights.delete(endpoint.key);
    return this.#land(record, flight, landing);
  }

  #land(record: EndpointRecord, flight: Flight, landing: Landing): boolean {
    const { clock, random, counters, events, adopt } = this.#options;
    const { endpoint } = record;
    if ('aborted' in landing) {
      counters.probes.add('aborted');
      return false;
    }
    const { result } = landing;
    const startedAt = record.state?.probe.phase === 'in-flight' ? record.state.probe.startedAt : clock.now();
    const evidence = this.#weigh(record, result.evidence, startedAt, true);
    const { token } = flight;
    const event = flight.unrecorded
      ? ({ type: 'probe-aborted', token } as const)
      : ({ type: 'probe-settled', token, evidence, endedAt: clock.now(), draw: random() } as const);
    if (!flight.unrecorded && result.evidence.result === 'success') this.#proven(record, result);
    const applied = this.table.apply(endpoint, event, clock.now(), detailOf(evidence));
    this.#carryOut(applied);
    counters.probes.add(evidence.result === 'failure' ? `failure-${evidence.kind}` : evidence.result);
    const good = record.state?.verdict === 'good' && result.evidence.result === 'success';
    if (good && result.session !== undefined) adopt(endpoint, result.session);
    else closeQuietly(result);
    const { session: _, ...told } = result;
    this.#settleWaiters(endpoint.key, told);
    events.emit('probe', () => ({ endpoint, result: told }));
    return good;
  }

  /** A zone of the latest contact that is not known to be lame there; a user's name never (RFC 9539 section 6). */
  #zoneFor(record: EndpointRecord): string {
    return record.zone ?? '.';
  }

  #proven(record: EndpointRecord, result: ProbeResult): void {
    this.#hear(record);
    record.timing = measured(record.timing, result.times, true);
    if (result.rcode === 0 || result.rcode === 3) record.lame = soundAnswer(record.lame);
  }

  // --- Evidence -----------------------------------------------------------------------------------------------------

  /** What a finding is worth, given what is known of zones and of our own path. */
  #weigh(record: EndpointRecord, evidence: Evidence, startedAt: number, probe = false): Evidence {
    if (evidence.result === 'success') this.#hear(record);
    if (evidence.result !== 'failure') return evidence;
    if (evidence.kind === 'local' || evidence.kind === 'auth') return { result: 'inconclusive', why: evidence.kind };
    if (evidence.kind === 'lame' && probe) return this.#weighLame(record, evidence);
    // Whoever answered the host over Do53 meanwhile has shown that our path was up, whatever the prober saw.
    const controlled = evidence.controlled || record.answeredAt > startedAt;
    this.#noteAttempt(record, controlled, evidence.kind === 'unreachable');
    if (!controlled && isOffline(this.#path, record.address.family)) return { result: 'inconclusive', why: 'offline' };
    return { ...evidence, controlled };
  }

  #weighLame(record: EndpointRecord, evidence: Evidence): Evidence {
    this.#hear(record);
    const convicted = this.#lame(record, this.#zoneFor(record), true);
    // Against a Good endpoint three probes of one zone prove nothing: the zone may be a stranger's.
    const enough = convicted === 'answers' || (convicted === 'probes' && record.state?.verdict !== 'good');
    return enough ? evidence : { result: 'inconclusive', why: 'lame' };
  }

  #lame(record: EndpointRecord, zone: string, probe: boolean): 'no' | 'answers' | 'probes' {
    const { memory, convicted } = lameAnswer(record.lame, { zone, probe }, this.table.policy, this.#now());
    record.lame = memory;
    return convicted;
  }

  #noteAttempt(record: EndpointRecord, wasHeard: boolean, unreachable: boolean): void {
    const { address } = record;
    const prefix = prefixKey(address, address.family === 4 ? 24 : 48);
    const attempt = { prefix, family: address.family, heard: wasHeard, unreachable } as const;
    this.#setPath(pathAttempt(this.#path, attempt, this.table.policy));
  }

  #hear(record: EndpointRecord): void {
    this.#setPath(heard(this.#path, record.address.family));
  }

  #setPath(path: PathMemory): void {
    const before = this.#path;
    this.#path = path;
    const ipv4 = isOffline(path, 4);
    const ipv6 = isOffline(path, 6);
    if (ipv4 === isOffline(before, 4) && ipv6 === isOffline(before, 6)) return;
    this.#options.events.emit('offline', () => ({ offline: path.offline, ipv4, ipv6 }));
  }

  // --- Effects ------------------------------------------------------------------------------------------------------

  #carryOut(applied: Applied): void {
    for (const one of applied.evicted) this.#carryOutEviction(one);
    if (applied.record !== undefined) this.#carryOutEffects(applied.record, applied.effects);
  }

  #carryOutEviction(evicted: Evicted): void {
    this.#carryOutEffects(evicted.record, evicted.effects);
    this.#dropRow(evicted.record.endpoint);
    this.#refuse(evicted.record.endpoint.key, new DotscoutError('BUDGET', 'the endpoint had to leave the table'));
  }

  #carryOutEffects(record: EndpointRecord, effects: readonly Effect[]): void {
    const { events, counters } = this.#options;
    const { endpoint } = record;
    for (const effect of effects) {
      if (effect.type === 'want') {
        this.scheduler.want(record, effect.purpose, effect.at, this.#forced.has(endpoint.key));
      } else if (effect.type === 'withdraw') {
        this.scheduler.withdraw(endpoint.key);
        this.#settleWaiters(endpoint.key, ABORTED);
      } else if (effect.type === 'abort') {
        this.#flights.get(endpoint.key)?.abort();
        this.#settleWaiters(endpoint.key, ABORTED);
      } else {
        const { from, to, why, downgrade } = effect;
        const info = () => ({ endpoint, from, to, why });
        counters.transitions.add(`${from}-${to}`);
        events.emit('transition', info);
        if (downgrade) events.emit('downgrade', info);
      }
    }
  }

  #drop(record: EndpointRecord, bound: string): void {
    const { counters, events } = this.#options;
    const { endpoint } = record;
    counters.dropped.add(bound);
    this.#carryOut(this.table.apply(endpoint, { type: 'probe-dropped' }, this.#now()));
    this.#refuse(endpoint.key, new DotscoutError('BUDGET', `the probe gave way: ${bound}`));
    events.emit('dropped', () => ({ endpoint, what: 'candidate', bound }));
  }

  #dropRow(endpoint: Endpoint): void {
    this.#options.counters.dropped.add('table');
    this.#options.events.emit('dropped', () => ({ endpoint, what: 'endpoint', bound: 'table' }));
  }

  #settleWaiters(key: string, result: ProbeResult): void {
    const waiters = this.#waiters.get(key);
    this.#waiters.delete(key);
    for (const waiter of waiters ?? []) waiter.resolve(result);
  }

  #refuse(key: string, error: Error): void {
    const waiters = this.#waiters.get(key);
    this.#waiters.delete(key);
    this.#forced.delete(key);
    this.#unrecorded.delete(key);
    for (const waiter of waiters ?? []) waiter.reject(error);
  }

  // --- Time ---------------------------------------------------------------------------------------------------------

  #now(): number {
    return this.#options.clock.now();
  }

  #remember(record: EndpointRecord, facts: Pick<EndpointRecord, 'zone' | 'nameserver' | 'clear'>, now: number): void {
    if (facts.clear !== undefined) record.clear = facts.clear;
    if (facts.nameserver !== undefined) record.nameserver = facts.nameserver;
    const { zone } = facts;
    if (zone !== undefined && !isLame(record.lame, zone, this.table.policy, now)) record.zone = zone;
  }

  #scheduleTick(): void {
    const parts = Math.max(1, Math.ceil(this.table.size / SWEEP_ROWS));
    this.#tick = this.#options.clock.after(SWEEP_MS / parts, () => {
      this.#noticeSleep();
      for (const { record, effects } of this.table.sweep(SWEEP_ROWS, this.#now())) {
        this.#carryOutEffects(record, effects);
      }
      this.#scheduleTick();
    });
  }

  /** Monotonic time stands still in sleep on most systems; the wall clock does not. A step back is ignored. */
  #noticeSleep(): void {
    const { clock, random } = this.#options;
    const ahead = clock.wall() - clock.now();
    const slept = ahead - this.#ahead > SLEEP_MS;
    this.#ahead = ahead;
    if (!slept) return;
    for (const record of [...this.table.records()]) {
      if (record.state?.verdict !== 'good') continue;
      this.#carryOut(this.table.apply(record.endpoint, { type: 'slept', draw: random() }, clock.now()));
    }
  }
}

function closed(): DotscoutError {
  return new DotscoutError('CLOSED', 'the selector is closed');
}

function detailOf(evidence: Evidence): string | undefined {
  return evidence.result === 'failure' ? `${evidence.phase} ${evidence.kind}` : undefined;
}
