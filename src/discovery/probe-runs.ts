import type { Clock, Timer } from '../common/clock.js';
import { DotscoutError } from '../common/errors.js';
import type { Guard } from '../contact/guard.js';
import type { Events } from '../observe/events.js';
import type { KeysSeen } from '../observe/keys-seen.js';
import type { DiscoveryCounters } from '../observe/metrics.js';
import { closeQuietly, ProbeRun, type ProbeRunEnd } from '../probe/probe-run.js';
import type { ProbeResult, Prober } from '../probe/prober.js';
import type { ProbeRequests, ProbeTerms } from '../probe/requests.js';
import type { RulesInForce } from '../rules/rule-book.js';
import { termsOf } from '../rules/terms.js';
import { soundAnswer } from '../state/lame.js';
import type { Endpoint, Evidence, StateEvent } from '../state/model.js';
import { probeLifeMs } from '../state/policy.js';
import { measured } from '../state/smoothing.js';
import type { Applied, EndpointRecord } from '../state/table/endpoint-record.js';
import type { EndpointTable } from '../state/table/table.js';
import type { StoreLink } from '../store/store-link.js';
import type { WarmSession } from '../transport/exchange.js';
import type { Weighing } from './weighing.js';
import type { ZoneProofs } from './zone-proofs.js';

/** What the running of probes asks of the host's parts. */
export interface ProbeRunsParts {
  readonly clock: Clock;
  readonly rules: RulesInForce;
  readonly guard: Guard;
  readonly prober: Prober;
  readonly random: () => number;
  readonly events: Events;
  readonly counters: DiscoveryCounters;
  readonly keys: KeysSeen;
  /** What a probe of an endpoint has to keep to because a source has led there. */
  claimTermsOf?(endpoint: Endpoint): ProbeTerms | undefined;
  /** Takes over a probe's open session; whether it did. */
  adopt(endpoint: Endpoint, session: WarmSession): boolean;
}

/** What it needs. */
export interface ProbeRunsDeps {
  readonly parts: ProbeRunsParts;
  readonly table: EndpointTable;
  readonly weighing: Weighing;
  readonly requests: ProbeRequests;
  readonly proofs: ZoneProofs;
  /** Carries out what an event asks for. */
  carryOut(applied: Applied): void;
  /** Between us and the store, where there is one. */
  storeLink(): StoreLink | undefined;
  /** A probe gives way to a bound of ours. */
  drop(record: EndpointRecord, bound: string): void;
}

const ABORTED: ProbeResult = { evidence: { result: 'inconclusive', why: 'aborted' }, times: { total: 0 } };

/** So long the contacts of an endpoint that somebody else probes only count, in milliseconds. */
const ELSEWHERE_MS = 2_000;

/** Runs the probes that the scheduler lets begin, and hands on what they have shown. */
export class ProbeRuns {
  readonly #deps: ProbeRunsDeps;
  readonly #flights = new Map<string, ProbeRun>();
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
    const { parts, table, requests } = this.#deps;
    const { clock, guard, prober, counters } = parts;
    const { endpoint } = record;
    const { policy } = table;
    if (!guard.admits(endpoint.address)) {
      this.#deps.drop(record, 'guard');
      return false;
    }
    const terms = this.#termsFor(record);
    if (terms === 'none') {
      this.#deps.drop(record, 'rule');
      return false;
    }
    const token = ++this.#tokens;
    const deadline = clock.now() + probeLifeMs(policy);
    this.#apply(endpoint, { type: 'probe-started', token, deadline });
    const probe = record.state?.probe;
    if (probe?.phase !== 'in-flight' || probe.token !== token) return false;
    const flight = new ProbeRun(token, zoneFor(record), requests.begin(endpoint.key), terms);
    this.#flights.set(endpoint.key, flight);
    counters.probes.add('begun');
    counters.dryRun?.add(record.zone, 'probed');
    const limit = this.#limit(endpoint, deadline);
    // What must be encrypted is asked nothing in clear text: no control, no comparison.
    const clear = terms === undefined ? record.clear : undefined;
    const target = { endpoint, clear, zone: flight.zone, ...terms };
    // Whoever asks for a probe gets one, whatever others find out meanwhile; and what must be proven others cannot prove.
    const isOurs = probe.purpose === 'asked' || terms !== undefined;
    const lease = isOurs ? undefined : this.#deps.storeLink()?.lease(target, probeLifeMs(policy));
    flight.start(prober, target, policy.probeTimeoutMs, lease);
    const landing = await flight.landed;
    limit.cancel();
    if (lease !== undefined && !('elsewhere' in landing))
      queueMicrotask(() => this.#deps.storeLink()?.release(endpoint));
    if (this.#flights.get(endpoint.key) === flight) this.#flights.delete(endpoint.key);
    return this.#land(record, flight, landing);
  }

  /**
   * Gives a probe up.
   *
   * @param key - its endpoint's key
   */
  abort(key: string): void {
    this.#flights.get(key)?.abort();
  }

  /** Gives all up. */
  close(): void {
    for (const [key, flight] of this.#flights) this.#giveUp(key, flight);
  }

  /** Gives up what other rules forbid; those who await it are told. */
  rulesChanged(): void {
    const { table, requests } = this.#deps;
    for (const [key, flight] of this.#flights) {
      const record = table.get(key);
      const terms = record === undefined ? undefined : this.#termsFor(record);
      if (terms === undefined || (terms !== 'none' && isOn(flight, terms))) continue;
      this.#giveUp(key, flight);
      requests.refuse(key, () => new DotscoutError('REFUSED_BY_RULE', 'other rules are in force'));
    }
  }

  #giveUp(key: string, flight: ProbeRun): void {
    const { table, parts } = this.#deps;
    const endpoint = table.get(key)?.endpoint;
    if (endpoint !== undefined)
      table.apply(endpoint, { type: 'probe-aborted', token: flight.token }, parts.clock.now());
    flight.abort();
  }

  /** What a probe must keep to; `none` where there may be none, and `undefined` where it may do as it likes. */
  #termsFor(record: EndpointRecord): ProbeTerms | 'none' | undefined {
    const { parts, requests } = this.#deps;
    const { book } = parts.rules;
    const { address, key } = record.endpoint;
    const subject = { address, zone: zoneFor(record), nameserver: record.nameserver };
    const ruled = book === undefined ? undefined : termsOf(book, subject);
    const asked = requests.termsOf(key);
    const claimed = parts.claimTermsOf?.(record.endpoint);
    if (ruled === undefined && asked === undefined && claimed === undefined) return undefined;
    const authentication = asked?.authentication ?? ruled?.authentication ?? claimed?.authentication;
    const unproven = ruled?.reason === 'rule-authenticate' && authentication === undefined;
    const unchecked = authentication !== undefined && parts.prober.authenticates !== true;
    return ruled?.reason === 'rule-never' || unproven || unchecked ? 'none' : { authentication };
  }

  /** Lets the state see that a prober has broken its contract. */
  #limit(endpoint: Endpoint, deadline: number): Timer {
    const { clock } = this.#deps.parts;
    let timer: Timer | undefined;
    // A timer of Node's may fire up to a millisecond early, and the state believes only the time.
    const wait = (): void => {
      timer = clock.after(Math.max(1, deadline - clock.now()), () => {
        if (clock.now() < deadline) wait();
        else this.#apply(endpoint, { type: 'tick' });
      });
    };
    wait();
    return { cancel: () => timer?.cancel() };
  }

  #land(record: EndpointRecord, flight: ProbeRun, landing: ProbeRunEnd): boolean {
    const { clock, random, counters, events, keys, adopt } = this.#deps.parts;
    const { endpoint } = record;
    if ('aborted' in landing) {
      counters.probes.add('aborted');
      return false;
    }
    if ('elsewhere' in landing) {
      counters.probes.add('elsewhere');
      this.#apply(endpoint, { type: 'probe-aborted', token: flight.token });
      // What the other finds out comes meanwhile; if not, the next contact asks again.
      this.#deps.table.rest(endpoint, clock.now() + ELSEWHERE_MS);
      this.#deps.requests.settle(endpoint.key, ABORTED);
      this.#deps.storeLink()?.leave(endpoint);
      return false;
    }
    const { result } = landing;
    const { token, unrecorded } = flight;
    const evidence = unrecorded ? result.evidence : this.#weigh(record, flight, result);
    const event = unrecorded
      ? ({ type: 'probe-aborted', token } as const)
      : ({ type: 'probe-settled', token, evidence, endedAt: clock.now(), draw: random() } as const);
    if (!unrecorded && result.evidence.result === 'success') this.#proven(record, flight, result);
    this.#apply(endpoint, event, detailOf(evidence));
    // A Bad that goes on is announced to nobody, and lasts longer all the same.
    if (!unrecorded && evidence.result !== 'inconclusive') this.#deps.storeLink()?.changed(endpoint);
    counters.probes.add(evidence.result === 'failure' ? `failure-${evidence.kind}` : evidence.result);
    const good = record.state?.verdict === 'good' && result.evidence.result === 'success';
    const { session, ...told } = result;
    if (result.tls?.spki !== undefined) keys.see(endpoint, result.tls.spki);
    this.#deps.requests.settle(endpoint.key, told);
    if (!good || session === undefined || !adopt(endpoint, session)) closeQuietly(result);
    events.emit('probe', () => ({ endpoint, result: told }));
    return good;
  }

  #weigh(record: EndpointRecord, { zone }: ProbeRun, { evidence, answer, comparison }: ProbeResult): Evidence {
    const { probe } = record.state ?? {};
    const startedAt = probe?.phase === 'in-flight' ? probe.startedAt : this.#deps.parts.clock.now();
    const found = { zone, dot: answer, do53: comparison?.answer };
    if (evidence.result === 'failure' && evidence.kind === 'lame')
      this.#deps.parts.counters.lame.add(`${answer ?? 'rcode'} ${comparison?.answer ?? 'answer'}`);
    return this.#deps.weighing.weigh(record, evidence, startedAt, found);
  }

  /** A prober of the host's own may tell the code alone. */
  #proven(record: EndpointRecord, { zone }: ProbeRun, { times, rcode, answer }: ProbeResult): void {
    const { proofs, parts, table } = this.#deps;
    record.timing = measured(record.timing, times, true);
    if (answer === undefined ? rcode === 0 || rcode === 3 : answer === 'answer') record.lame = soundAnswer(record.lame);
    if (answer === 'answer') proofs.add('proven', record.endpoint, zone, parts.clock.now(), table.policy.goodMs);
  }

  #apply(endpoint: Endpoint, event: StateEvent, detail?: string): void {
    this.#deps.carryOut(this.#deps.table.apply(endpoint, event, this.#deps.parts.clock.now(), detail));
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
