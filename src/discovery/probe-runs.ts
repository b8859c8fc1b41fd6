import type { Clock, Timer } from '../common/clock.js';
import { DotscoutError } from '../common/errors.js';
import type { Guard } from '../contact/guard.js';
import type { Events } from '../observe/events.js';
import type { KeysSeen } from '../observe/keys-seen.js';
import type { DiscoveryCounters } from '../observe/metrics.js';
import { ProbeRun } from '../probe/probe-run.js';
import type { ProbeResult, Prober } from '../probe/prober.js';
import { ABORTED } from '../probe/read-result.js';
import type { ProbeRequests, ProbeTerms } from '../probe/requests.js';
import type { RulesInForce } from '../rules/rules-in-force.js';
import { termsOf } from '../rules/terms.js';
import { soundAnswer } from '../state/lame.js';
import type { Endpoint, Evidence } from '../state/model.js';
import { probeLifeMs } from '../state/policy.js';
import { measured } from '../state/smoothing.js';
import type { EndpointRecord } from '../state/table/endpoint-record.js';
import type { EndpointTable } from '../state/table/table.js';
import type { WarmSession } from '../transport/exchange.js';
import type { Effects } from './effects.js';
import type { StoreSync } from './store-sync.js';
import type { Weighing } from './weighing.js';
import type { ZoneProofs } from './zone-proofs.js';

/** What the running of probes asks of the selector's parts. */
export interface ProbeRunsParts {
  readonly clock: Clock;
  readonly rules: RulesInForce;
  readonly guard: Guard;
  readonly prober: Prober;
  readonly random: () => number;
  /** All endpoints that are remembered; what happens to them goes through discovery from now on. */
  readonly table: EndpointTable;
  readonly events: Events;
  readonly counters: DiscoveryCounters;
  readonly keys: KeysSeen;
  /** What a probe of an endpoint has to keep to because a source has led there. */
  claimTermsOf?(endpoint: Endpoint): ProbeTerms | undefined;
  /** Takes over a probe's open session; returns whether it did. */
  adopt(endpoint: Endpoint, session: WarmSession): boolean;
}

/** What it needs. */
export interface ProbeRunsDeps extends ProbeRunsParts {
  readonly weighing: Weighing;
  readonly proofs: ZoneProofs;
  readonly requests: ProbeRequests;
  readonly effects: Effects;
  readonly storeSync: StoreSync;
}

/** How long the contacts of an endpoint that somebody else probes are only counted, in milliseconds. */
const ELSEWHERE_MS = 2_000;

/** Runs the probes that the scheduler lets begin, and hands on what they have shown. */
export class ProbeRuns {
  readonly #deps: ProbeRunsDeps;
  /** Those under way, by the key of their endpoint. */
  readonly #running = new Map<string, ProbeRun>();
  #tokens = 0;

  /** @param deps - what it needs */
  constructor(deps: ProbeRunsDeps) {
    this.#deps = deps;
  }

  /**
   * Runs a probe to its end.
   *
   * @param record - whose state wants one
   * @returns whether it has proven DoT
   */
  async begin(record: EndpointRecord): Promise<boolean> {
    const { clock, guard, prober, counters, table, requests, effects, storeSync } = this.#deps;
    const { endpoint } = record;
    const { policy } = table;
    const terms = guard.admits(endpoint.address) ? this.#termsFor(record) : 'guard';
    if (typeof terms === 'string') {
      effects.probeDropped(record, terms);
      return false;
    }
    const token = ++this.#tokens;
    const startedAt = clock.now();
    const lifeMs = probeLifeMs(policy);
    const deadline = startedAt + lifeMs;
    effects.apply(endpoint, { type: 'probe-started', token, deadline });
    const probe = record.state?.probe;
    if (probe?.phase !== 'in-flight' || probe.token !== token) return false;
    const run = new ProbeRun(token, zoneFor(record), requests.orderOf(endpoint.key)?.record === false, terms);
    requests.begin(endpoint.key);
    this.#running.set(endpoint.key, run);
    counters.probes.add('begun');
    counters.dryRun?.add(record.zone, 'probed');
    const limit = this.#limit(endpoint, deadline);
    // What must be encrypted is asked nothing in clear text: no control, no comparison.
    const clear = terms === undefined ? record.clear : undefined;
    // What was Good may be away altogether, as in a restart: only with an answer over Do53 is DoT at fault.
    const needsControl = clear !== undefined && record.state?.verdict === 'good';
    const target = { endpoint, clear, zone: run.zone, ...(needsControl ? { needsControl } : {}), ...terms };
    // Somebody who asks for a probe gets one, whatever others find out meanwhile; and others cannot prove what has to be
    // proven to us.
    const isOurs = probe.purpose === 'asked' || terms !== undefined;
    const lease = isOurs ? undefined : storeSync.link?.lease(target, lifeMs);
    void run.start(prober, target, policy.probeTimeoutMs, lease);
    const end = await run.ended;
    limit.cancel();
    if (lease !== undefined && end !== 'elsewhere') queueMicrotask(() => storeSync.link?.release(endpoint));
    if (this.#running.get(endpoint.key) === run) this.#running.delete(endpoint.key);
    if (typeof end !== 'string') return this.#settled(record, run, end, startedAt);
    counters.probes.add(end);
    if (end === 'elsewhere') this.#leave(endpoint, run);
    return false;
  }

  /**
   * Gives a probe up.
   *
   * @param key - its endpoint's key
   */
  abort(key: string): void {
    this.#running.get(key)?.abort();
  }

  /** Gives all up. */
  close(): void {
    for (const [key, run] of this.#running) this.#giveUp(key, run);
  }

  /** Gives up what other rules forbid; those who await it are told. */
  rulesChanged(): void {
    const { table, requests } = this.#deps;
    for (const [key, run] of this.#running) {
      const record = table.get(key);
      const terms = record === undefined ? undefined : this.#termsFor(record);
      if (terms === undefined || (terms !== 'rule' && isOn(run, terms))) continue;
      this.#giveUp(key, run);
      requests.refuse(key, () => new DotscoutError('REFUSED_BY_RULE', 'other rules are in force'));
    }
  }

  #giveUp(key: string, run: ProbeRun): void {
    const { table, effects } = this.#deps;
    const endpoint = table.get(key)?.endpoint;
    if (endpoint !== undefined) effects.apply(endpoint, { type: 'probe-aborted', token: run.token });
    run.abort();
  }

  /** What a probe must keep to; `rule` where rules let there be none, and `undefined` where it may do as it likes. */
  #termsFor(record: EndpointRecord): ProbeTerms | 'rule' | undefined {
    const { rules, prober, requests } = this.#deps;
    const { lookup } = rules;
    const { address, key } = record.endpoint;
    const subject = { address, zone: zoneFor(record), nameserver: record.nameserver };
    const ruled = lookup === undefined ? undefined : termsOf(lookup, subject);
    const asked = requests.orderOf(key)?.terms;
    const claimed = this.#deps.claimTermsOf?.(record.endpoint);
    if (ruled === undefined && asked === undefined && claimed === undefined) return undefined;
    const authentication = asked?.authentication ?? ruled?.authentication ?? claimed?.authentication;
    const unproven = ruled?.reason === 'rule-authenticate' && authentication === undefined;
    const unchecked = authentication !== undefined && prober.authenticates !== true;
    return ruled?.reason === 'rule-never' || unproven || unchecked ? 'rule' : { authentication };
  }

  /** Lets the state see that a prober has broken its contract. */
  #limit(endpoint: Endpoint, deadline: number): Timer {
    const { clock, effects } = this.#deps;
    let timer: Timer | undefined;
    // A timer of Node's may fire up to a millisecond early, and the state believes only the time.
    const wait = (): void => {
      timer = clock.after(Math.max(1, deadline - clock.now()), () => {
        if (clock.now() < deadline) wait();
        else effects.apply(endpoint, { type: 'tick' });
      });
    };
    wait();
    return { cancel: () => timer?.cancel() };
  }

  /** Somebody else probes: what they find out comes meanwhile; if not, the next contact asks again. */
  #leave(endpoint: Endpoint, { token }: ProbeRun): void {
    const { clock, table, requests, effects, storeSync } = this.#deps;
    effects.apply(endpoint, { type: 'probe-aborted', token });
    table.rest(endpoint, clock.now() + ELSEWHERE_MS);
    requests.settle(endpoint.key, ABORTED);
    storeSync.link?.leave(endpoint);
  }

  #settled(record: EndpointRecord, run: ProbeRun, result: ProbeResult, startedAt: number): boolean {
    const { clock, counters, events, keys, requests, effects } = this.#deps;
    const { endpoint } = record;
    const { times } = result;
    counters.probeTimes.add(clock.now() - startedAt);
    if (times.handshake !== undefined) counters.handshakes.add(times.handshake);
    events.hostErrors.heard(result.part, result.cause, 'prober');
    let { evidence } = result;
    if (run.unrecorded) effects.apply(endpoint, { type: 'probe-aborted', token: run.token }, detailOf(evidence));
    else evidence = this.#record(record, run, result, startedAt);
    counters.probes.add(evidence.result === 'failure' ? `failure-${evidence.kind}` : evidence.result);
    const good = record.state?.verdict === 'good' && result.evidence.result === 'success';
    const { session, ...told } = result;
    if (result.tls?.spki !== undefined) keys.see(endpoint, result.tls.spki);
    requests.settle(endpoint.key, told);
    if (!good || session === undefined || !this.#deps.adopt(endpoint, session))
      events.hostErrors.call('prober', () => session?.close());
    events.emit('probe', () => ({ endpoint, result: told }));
    return good;
  }

  /** A probe's result is evidence; returns what that is worth. */
  #record(record: EndpointRecord, run: ProbeRun, result: ProbeResult, startedAt: number): Evidence {
    const { clock, random, counters, weighing, effects, storeSync } = this.#deps;
    const { endpoint } = record;
    const { token, zone } = run;
    const { evidence: found, answer: dot, comparison } = result;
    const do53 = comparison?.answer;
    if (found.result === 'failure' && found.kind === 'lame') counters.lame.add(`${dot ?? 'rcode'} ${do53 ?? 'answer'}`);
    const evidence = weighing.weigh(record, found, startedAt, { zone, dot, do53 });
    if (found.result === 'success') this.#proven(record, run, result);
    const event = { type: 'probe-settled', token, evidence, endedAt: clock.now(), draw: random() } as const;
    effects.apply(endpoint, event, detailOf(evidence));
    // A Bad that goes on is announced to nobody, and lasts longer all the same.
    if (evidence.result !== 'inconclusive') storeSync.changed(endpoint);
    return evidence;
  }

  /** A prober of the host's own may tell the code alone. */
  #proven(record: EndpointRecord, { zone }: ProbeRun, { times, rcode, answer }: ProbeResult): void {
    const { proofs, clock, table } = this.#deps;
    record.timing = measured(record.timing, times, true);
    const isSound = answer === undefined ? rcode === 0 || rcode === 3 : answer === 'answer';
    if (isSound) record.lame = soundAnswer(record.lame, clock.now());
    if (answer === 'answer') proofs.add('proven', record.endpoint, zone, clock.now(), table.policy.goodMs);
  }
}

/** Whether a probe keeps to terms already. */
function isOn({ terms: kept }: ProbeRun, terms: ProbeTerms): boolean {
  return kept !== undefined && kept.authentication === terms.authentication;
}

/** The zone of the latest contact that is not known to be lame there; never a user's name. */
function zoneFor(record: EndpointRecord): string {
  return record.zone ?? '.';
}

/**
 * A failure in two words, for the history.
 *
 * @param evidence - any; what is no failure has none
 */
export function detailOf(evidence: Evidence): string | undefined {
  return evidence.result === 'failure' ? `${evidence.phase} ${evidence.kind}` : undefined;
}
