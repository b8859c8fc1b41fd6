import type { Clock } from '../common/clock.js';
import { weigh } from '../state/evidence.js';
import { comparedAlike, comparing, type LameAnswer, lameAnswer } from '../state/lame.js';
import type { Evidence } from '../state/model.js';
import type { EndpointRecord } from '../state/table/endpoint-record.js';
import type { EndpointTable } from '../state/table/table.js';
import type { AnswerWord } from '../wire/worth.js';
import type { PathWatch } from './path-watch.js';
import type { Restarts } from './restarts.js';

/** What weighing needs. */
export interface WeighingDeps {
  readonly clock: Clock;
  readonly path: PathWatch;
  /** Which servers were away altogether. */
  readonly restarts: Restarts;
  /** Has the policy in force. */
  readonly table: EndpointTable;
}

/** The zone that a probe asked for, and what DoT and Do53 answered, each in a word. */
export interface ProbedZone extends Omit<LameAnswer, 'probe'> {
  readonly dot?: AnswerWord | undefined;
  readonly do53?: AnswerWord | undefined;
}

/** Whether lame answers convict the server itself, and by what. */
type Conviction = 'no' | 'answers' | 'probes';

/**
 * What a finding is worth, given what is known of zones and of our own path: a stranger's lame zone and our own broken
 * network say nothing about a server's TLS.
 */
export class Weighing {
  readonly #deps: WeighingDeps;

  /** @param deps - what it needs */
  constructor(deps: WeighingDeps) {
    this.#deps = deps;
  }

  /**
   * Weighs a finding.
   *
   * @param record - the endpoint's row
   * @param found - what was found
   * @param startedAt - when the attempt began
   * @param probed - the zone that a probe asked for; `undefined` for a live query
   */
  weigh(record: EndpointRecord, found: Evidence, startedAt: number, probed?: ProbedZone): Evidence {
    const { clock, path, restarts, table } = this.#deps;
    const { policy } = table;
    const evidence = weigh(found);
    if (evidence.result === 'success') path.attempt(record, true, false, policy);
    if (evidence.result !== 'failure') return evidence;
    if (evidence.kind === 'lame' && probed !== undefined) return this.#weighLame(record, probed, evidence);
    // An answer over Do53 meanwhile shows that our path was up. It does not show that a question on an open session should
    // have been answered: the question may be a stranger's, and unanswered over Do53 as well.
    const heard = evidence.phase !== 'answer' && record.answeredAt > startedAt;
    const controlled = evidence.controlled || heard;
    path.attempt(record, controlled, evidence.kind === 'unreachable', policy);
    if (!controlled && path.isOffline(record.address.family)) return { result: 'inconclusive', why: 'offline' };
    // A probe looks again until all of the server is back.
    const isStarting = record.state?.verdict === 'good' && restarts.isStarting(record.endpoint.key, clock.now());
    return { ...evidence, controlled: controlled && !isStarting };
  }

  /** A comparison of a live answer with Do53's begins. */
  comparing(record: EndpointRecord): void {
    record.lame = comparing(record.lame, this.#deps.table.policy, this.#deps.clock.now());
  }

  /** Such a comparison has shown that the zone is served no worse. */
  alike(record: EndpointRecord, found: { zone: string; dot: string; isAnswered: boolean }): void {
    record.lame = comparedAlike(record.lame, found, this.#deps.table.policy, this.#deps.clock.now());
  }

  /**
   * A zone is served worse over DoT.
   *
   * @param record - the endpoint's row
   * @param answer - which zone, whether a probe has shown it, and what the two answers were
   * @returns whether that is enough to convict the server itself
   */
  lame(record: EndpointRecord, answer: LameAnswer): Conviction {
    const now = this.#deps.clock.now();
    const { memory, convicted } = lameAnswer(record.lame, answer, this.#deps.table.policy, now);
    record.lame = memory;
    return convicted;
  }

  #weighLame(record: EndpointRecord, probed: ProbedZone, evidence: Evidence): Evidence {
    this.#deps.path.heard(record);
    const convicted = this.lame(record, { ...probed, probe: true });
    // Against a Good endpoint three probes of one zone prove nothing: the zone may be a stranger's.
    const enough = convicted === 'answers' || (convicted === 'probes' && record.state?.verdict !== 'good');
    return enough ? evidence : { result: 'inconclusive', why: 'lame' };
  }
}
