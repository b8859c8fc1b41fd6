import type { Clock } from '../common/clock.js';
import { type Decision, isStrict } from '../contact/decision.js';
import type { Discovery } from '../discovery/discovery.js';
import type { ZoneOf } from '../discovery/zone-proofs.js';
import type { Holdoffs } from '../rules/holdoffs.js';
import type { ReturnProbes } from '../rules/return-probes.js';
import type { Claims } from '../sources/claims.js';
import { isLame, mayCompare, soundAnswer, suspectIn, wasCompared } from '../state/lame.js';
import { type Endpoint, type Failure, isWordless } from '../state/model.js';
import { measured } from '../state/smoothing.js';
import type { EndpointRecord } from '../state/table/endpoint-record.js';
import { demandKey } from '../transport/dot/session-key.js';
import type { Reply } from '../transport/exchange.js';
import { labelCount, zoneOfQuestion } from '../wire/names.js';
import {
  type Appraisal,
  appraise,
  isConfirmed,
  isNegative,
  type Known,
  parentLabels,
  wordOf,
  type ZoneFact,
} from '../wire/worth.js';
import type { Comparisons, ComparisonWaiter } from './comparisons.js';
import type { HedgeWins } from './hedge-wins.js';
import type { TransportTry } from './transport-try.js';

/** What query evidence needs. */
export interface QueryEvidenceDeps {
  readonly clock: Clock;
  readonly discovery: Discovery;
  /** How servers fare that must be asked over DoT or not at all. */
  readonly holdoffs: Holdoffs;
  /** Which answers are being compared with Do53's. */
  readonly comparisons: Comparisons;
  /** Looks for the return of those that do not answer. */
  readonly returns: ReturnProbes;
  /** Where Do53 has had to join DoT. */
  readonly hedges: HedgeWins;
  /** What sources say; only where there are any. */
  readonly claims?: Claims | undefined;
  /** The network that the host is on now. */
  epoch(): number;
}

/** Whether a server is Bad because its answers over DoT were worse than Do53's. */
function isBadForLameness(record: EndpointRecord | undefined): boolean {
  const state = record?.state;
  return state?.verdict === 'bad' && state.kind === 'lame';
}

/**
 * What one query shows of its server, even where nobody waits for the answer. On another network than the one it was decided on
 * it shows nothing.
 */
export class QueryEvidence implements Known {
  readonly #deps: QueryEvidenceDeps;
  readonly #decision: Decision;
  readonly #dot: Endpoint | undefined;
  /** By what its holdoff is known, where it must be encrypted. */
  readonly #strictKey: string | undefined;
  /** The row of the DoT endpoint, where that is asked and has one. */
  readonly #record: EndpointRecord | undefined;
  readonly #message: Uint8Array;
  #startedAt = 0;
  #zone: string | undefined;
  /** Whether Do53 has answered this very question: our own path was up, and the question is one that gets an answer. */
  #heard = false;
  /** A failure without a word from the peer, which waits to hear whether Do53 answers. */
  #unheard: { readonly failure: Failure; readonly endedAt: number } | undefined;

  /**
   * @param deps - who learns
   * @param decision - what was decided
   * @param message - the query
   */
  constructor(deps: QueryEvidenceDeps, decision: Decision, message: Uint8Array) {
    this.#deps = deps;
    this.#decision = decision;
    this.#message = message;
    const { dot } = decision.server;
    this.#dot = dot;
    this.#strictKey = dot !== undefined && isStrict(decision) ? demandKey(dot, decision.authentication) : undefined;
    this.#record = dot && deps.discovery.table.recordOf(dot);
  }

  /** For what DoT is not asked now: it has just failed, and nothing else may be asked. Its return is looked for then. */
  heldBy(): Failure | undefined {
    const { clock, holdoffs, returns } = this.#deps;
    const { authentication } = this.#decision;
    const key = this.#strictKey;
    const endpoint = this.#dot;
    if (key === undefined || endpoint === undefined) return undefined;
    const held = holdoffs.heldBy(key, clock.now());
    if (held !== undefined) returns.want({ key, endpoint, authentication });
    return held;
  }

  /**
   * DoT is asked.
   *
   * @param now - on the monotonic clock
   */
  dotBegins(now: number): void {
    const record = this.#record;
    if (record !== undefined) record.pins++;
    this.#startedAt = now;
  }

  /**
   * DoT has answered, which proves the transport whatever the answer says; but a server that is Bad because its answers over
   * DoT are worse becomes Good by a sound one alone.
   *
   * @param found - what the answer is worth
   * @param now - on the monotonic clock
   */
  dotAnswered(reply: Reply, found: Appraisal, now: number): void {
    const { discovery } = this.#deps;
    const dot = this.#dot;
    const record = this.#unpinned();
    if (dot === undefined || this.#isOld()) return;
    const sound = found.worth === 'sound';
    if (sound && !isNegative(found.kind)) this.#prove('proven', now, discovery.table.policy.goodMs);
    if (!sound && isBadForLameness(record)) return;
    if (this.#strictKey !== undefined) this.#deps.holdoffs.proven(this.#strictKey, now);
    if (record !== undefined) record.timing = measured(record.timing, reply.times, true);
    this.#deps.claims?.observe(dot, this.#decision.authentication, undefined, now);
    const evidence = { result: 'success' } as const;
    discovery.learn(dot, { source: 'live', evidence, startedAt: this.#startedAt, endedAt: now, sound }, now);
  }

  /**
   * DoT has failed.
   *
   * @param failure - how; `undefined` where another query of the same session has shown it already
   * @param clear - how far Do53 is, whose answer shows that our own path and the server are up
   */
  dotFailed(failure: Failure | undefined, clear: TransportTry['phase']): void {
    this.#unpinned();
    if (failure === undefined) return;
    const endedAt = this.#deps.clock.now();
    const key = this.#strictKey;
    if (key !== undefined && !this.#isOld()) {
      this.#deps.holdoffs.failed(key, failure, this.#startedAt, endedAt);
      this.heldBy();
    }
    // Whatever DoT met, the server may be away altogether; octets that make no sense are its fault all the same.
    const isOwnFault = failure.kind === 'malformed';
    if (clear === 'running' && !isOwnFault) this.#unheard = { failure, endedAt };
    else if (clear === 'failed' && !isOwnFault) this.#failed(failure, endedAt, false, true);
    else this.#failed(failure, endedAt, !isWordless(failure.kind) || this.#heard);
  }

  /** Do53 has answered as well. */
  clearAnswered(): void {
    const { clear } = this.#decision.server;
    // Where a source has led elsewhere, it is another server that has answered; on the way there our own path was up as well,
    // if it is of the same family.
    this.#heard = this.#dot?.address.includes(':') === clear?.address.includes(':');
    this.#judgeUnheard(this.#heard);
  }

  /** Do53 has failed as well. */
  clearFailed(): void {
    this.#judgeUnheard(false);
  }

  /** Whether the zone goes over Do53 for now. */
  isLame(): boolean {
    const record = this.#record;
    if (record === undefined || record.lame.zones.length === 0) return false;
    return isLame(record.lame, this.zone, this.#deps.discovery.table.policy, this.#deps.clock.now());
  }

  // --- What answers are worth ---------------------------------------------------------------------------------------

  /** What an answer to the query is worth. */
  appraise({ message }: Reply): Appraisal {
    return appraise(this.#message, message, this);
  }

  /** {@inheritDoc Known.zoneLabels} */
  zoneLabels(): number {
    const { zone } = this.#decision.server;
    return zone === undefined ? parentLabels(this.#message) : labelCount(zone);
  }

  /** {@inheritDoc Known.has} */
  has(fact: ZoneFact): boolean {
    const dot = this.#dot;
    const { discovery, clock } = this.#deps;
    return dot !== undefined && discovery.proofs.has(fact, dot, this.#zoneOf, clock.now());
  }

  /**
   * What is to be done about a doubtful answer of DoT: ask Do53 as well, because the zone is known to be lame there or for a
   * comparison; wait for a comparison that is on its way; look again after a number of milliseconds, because DoT may be worse for
   * all zones; or nothing, because it was compared, or the bounds are reached.
   *
   * @param found - what the answer is worth
   */
  mayCompare(found: Appraisal): 'lame-zone' | 'compare' | 'wait' | number | 'no' {
    const { clock, discovery, comparisons } = this.#deps;
    const record = this.#record;
    if (record === undefined) return 'no';
    const { policy } = discovery.table;
    const { lame, endpoint } = record;
    const { zone } = this;
    const now = clock.now();
    // Others have found out meanwhile.
    if (isLame(lame, zone, policy, now)) return 'lame-zone';
    const suspectMs = suspectIn(lame, policy, now);
    if (suspectMs === 0) return 'compare';
    if (wasCompared(lame, zone, wordOf(found), policy, now)) return 'no';
    if (comparisons.isUnderWay(endpoint.key, zone)) return 'wait';
    if (mayCompare(lame, zone, policy, now)) {
      discovery.weighing.comparing(record);
      return 'compare';
    }
    if (comparisons.isUnderWay(endpoint.key)) return 'wait';
    return suspectMs === Number.POSITIVE_INFINITY ? 'no' : suspectMs;
  }

  /** A doubtful answer waits for a comparison that is on its way. */
  waitForOthers(waiter: ComparisonWaiter): void {
    if (this.#dot !== undefined) this.#deps.comparisons.wait(this.#dot.key, waiter);
  }

  /** It waits no more. */
  waitNoMore(waiter: ComparisonWaiter): void {
    if (this.#dot !== undefined) this.#deps.comparisons.leave(this.#dot.key, waiter);
  }

  /** Do53 is asked for a comparison; {@link compared} follows. */
  comparisonBegan(): void {
    if (this.#dot !== undefined) this.#deps.comparisons.began(this.#dot.key, this.zone);
  }

  /**
   * A comparison has ended.
   *
   * @param dot - what DoT gave
   * @param clear - what Do53 gave; `undefined` for nothing
   * @param worse - whether DoT's answer was the worse one
   */
  compared(dot: Appraisal, clear: Appraisal | undefined, worse: boolean): void {
    const { comparisons, discovery } = this.#deps;
    const { zone } = this;
    const record = this.#record;
    if (record !== undefined && !this.#isOld()) {
      const { proofs } = discovery;
      if (clear === undefined) discovery.weighing.alike(record, { zone, dot: wordOf(dot), isAnswered: false });
      else if (worse) {
        proofs.remove('proven', record.endpoint, this.#zoneOf);
        discovery.lame(record, { zone, dot: wordOf(dot), do53: wordOf(clear) });
      } else this.#agreed(record, dot, clear);
    }
    if (this.#dot !== undefined) comparisons.ended(this.#dot.key, zone, worse);
  }

  /** Do53 has nothing better: what it has not either is not missed any more, and what it confirms is sound. */
  #agreed(record: EndpointRecord, dot: Appraisal, clear: Appraisal): void {
    const { discovery } = this.#deps;
    const { goodMs, lameZoneMs } = discovery.table.policy;
    const now = this.#deps.clock.now();
    if (dot.lacksOpt && clear.lacksOpt) this.#prove('no-edns', now, goodMs);
    if (dot.lacksRrsig && clear.lacksRrsig) this.#prove('unsigned', now, goodMs);
    if (isNegative(dot.kind) && dot.kind === clear.kind) this.#prove('proven', now, lameZoneMs);
    if (isConfirmed(dot, clear)) record.lame = soundAnswer(record.lame, now);
    else discovery.weighing.alike(record, { zone: this.zone, dot: wordOf(dot), isAnswered: true });
  }

  /** The zone that is asked about. */
  get zone(): string {
    this.#zone ??= this.#decision.server.zone ?? zoneOfQuestion(this.#message);
    return this.#zone;
  }

  #prove(fact: ZoneFact, now: number, ms: number): void {
    const dot = this.#dot;
    if (dot !== undefined) this.#deps.discovery.proofs.add(fact, dot, this.#zoneOf, now, ms);
  }

  /** By what proofs know the zone. */
  get #zoneOf(): ZoneOf {
    return this.#decision.server.zone ?? this.#message;
  }

  #isOld(): boolean {
    return this.#decision.epoch !== this.#deps.epoch();
  }

  #unpinned(): EndpointRecord | undefined {
    const record = this.#record;
    if (record !== undefined) record.pins--;
    return record;
  }

  #judgeUnheard(heard: boolean): void {
    const unheard = this.#unheard;
    this.#unheard = undefined;
    if (unheard !== undefined) this.#failed(unheard.failure, unheard.endedAt, heard, !heard);
  }

  #failed({ phase, kind }: Failure, endedAt: number, controlled: boolean, away: boolean = false): void {
    const dot = this.#dot;
    if (dot === undefined || this.#isOld()) return;
    this.#deps.claims?.observe(dot, this.#decision.authentication, { phase, kind }, endedAt);
    const evidence = { result: 'failure', phase, kind, controlled } as const;
    const startedAt = this.#startedAt;
    // What Do53 was asked is sent again, and answered when the server is back: that alone shows no absence.
    const returns = kind === 'refused' && this.#deps.hedges.isSilent(dot, endedAt);
    this.#deps.discovery.learn(dot, { source: 'live', evidence, startedAt, endedAt, away, returns });
  }
}
