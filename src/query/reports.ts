import type { Clock } from '../common/clock.js';
import { type Decision, isDecision, notesOf, whole } from '../contact/decision.js';
import type { Discovery } from '../discovery/discovery.js';
import type { SelectorCounters } from '../observe/metrics.js';
import { FAILURE_KINDS, isTimes, PHASES } from '../state/checks.js';
import { InvalidInputError } from '../state/invalid-input.js';
import { isLame, mayCompare, wasCompared } from '../state/lame.js';
import {
  type Endpoint,
  type Failure,
  type FailureKind,
  isWordless,
  type Phase,
  type Times,
  type Transport,
} from '../state/model.js';
import { measured } from '../state/smoothing.js';
import { answerRank } from '../wire/message.js';
import { wordOfRcode } from '../wire/worth.js';

/**
 * What became of a query that a host sent itself: over which transport, when it ended (`at`, on the selector's monotonic
 * clock; now if absent), and either the answer's rcode or the failure, which `classifyError` makes of any error of
 * Node's.
 */
export type Outcome = {
  readonly transport: Transport;
  readonly at?: number | undefined;
  readonly times?: Times | undefined;
} & ({ readonly ok: true; readonly rcode: number } | ({ readonly ok: false } & Failure));

/** What has been reported of one decision. */
interface Reported {
  dot?: Outcome;
  do53?: Outcome;
  /** Whether DoT's failure has counted in full; a later answer over Do53 adds nothing then. */
  counted?: boolean;
}

/** What reports need. */
export interface ReportsDeps {
  readonly clock: Clock;
  /** Who learns. */
  readonly discovery: Discovery;
  readonly counters: SelectorCounters;
  /** The network that the host is on now; `closed` once nothing is learned any more. */
  epoch(): number | 'closed';
}

/**
 * Hears what hosts report of their own queries: once a decision and transport. A DoT and a Do53 report of one decision
 * are a comparison, and the one's answer a control of the other's silence.
 */
export class Reports {
  readonly #deps: ReportsDeps;
  readonly #discovery: Discovery;

  /** @param deps - what they need */
  constructor(deps: ReportsDeps) {
    this.#deps = deps;
    this.#discovery = deps.discovery;
  }

  /**
   * One report. The second of a decision and transport, and one of another network, are counted and ignored.
   *
   * @param given - a decision of this selector, or a copy of one
   * @throws `InvalidInputError` `INVALID_DECISION` or `INVALID_OUTCOME`
   */
  report(given: Decision, outcome: Outcome): void {
    if (!isDecision(given)) throw new InvalidInputError('INVALID_DECISION', given, 'a decision of this selector');
    checkOutcome(outcome);
    const epoch = this.#deps.epoch();
    const ignored = epoch === 'closed' ? epoch : given.epoch === epoch ? undefined : 'epoch';
    const why = ignored ?? this.#hear(whole(given), outcome, this.#deps.clock.now());
    if (why !== undefined) this.#deps.counters.ignored.add(why);
  }

  /** Why it was ignored, if it was. */
  #hear(decision: Decision, outcome: Outcome, now: number): 'repeated' | 'transport' | 'guard' | undefined {
    const { transport } = outcome;
    const known = transport === 'dot' ? 'dot' : transport === 'do53' ? 'do53' : undefined;
    const { dot } = decision.server;
    if (known === undefined || dot === undefined) return 'transport';
    // Nothing is remembered of where we may not go.
    if (decision.reason === 'guard') return 'guard';
    const both: Reported = notesOf(decision);
    if (both[known] !== undefined) return 'repeated';
    both[known] = outcome;
    // As it is now: what follows may lead a listener to report the other, which then compares the two.
    const soFar = { ...both };
    const record = this.#discovery.table.recordOf(dot);
    // Where a source has led elsewhere, it is another server that answers over Do53.
    if (outcome.ok && (known === 'dot' || decision.server.clear?.address === dot.address)) {
      const { times } = outcome;
      if (record !== undefined && times !== undefined) record.timing = measured(record.timing, times, known === 'dot');
      if (known === 'do53') this.#discovery.answered(dot);
    }
    this.#learn(decision, dot, both, known, Math.min(outcome.at ?? now, now));
    this.#compare(decision, soFar);
    return undefined;
  }

  #learn(decision: Decision, dot: Endpoint, both: Reported, transport: 'dot' | 'do53', endedAt: number): void {
    const startedAt = decision.at;
    const about = both.dot;
    if (about === undefined || both.counted === true) return;
    if (about.ok) {
      const sound = answerRank(about.rcode) === 2;
      const success = { source: 'report', evidence: { result: 'success' }, startedAt, endedAt, sound } as const;
      if (transport === 'dot') this.#discovery.learn(dot, success);
      return;
    }
    const { phase, kind } = about;
    const answeredAt = this.#discovery.table.recordOf(dot)?.answeredAt ?? Number.NEGATIVE_INFINITY;
    const controlled = !isWordless(kind) || both.do53?.ok === true || answeredAt > startedAt;
    // A Do53 report that shows nothing of our path adds nothing to the failure that was heard of before.
    if (transport === 'do53' && !controlled) return;
    both.counted = controlled;
    const evidence = { result: 'failure', phase, kind, controlled } as const;
    this.#discovery.learn(dot, { source: 'report', evidence, startedAt, endedAt });
  }

  /**
   * Whether an answer over DoT is doubtful, so that Do53 is to be asked as well, and whether the bounds of comparisons let that be;
   * if so, it is counted as one.
   *
   * @param decision - how it was decided to ask
   * @param rcode - of the answer
   */
  mayCompare({ server: { dot, zone } }: Decision, rcode: number): boolean {
    const { table } = this.#discovery;
    const record = dot === undefined ? undefined : table.recordOf(dot);
    if (record === undefined || zone === undefined || answerRank(rcode) === 2) return false;
    const { lame } = record;
    const now = this.#deps.clock.now();
    if (isLame(lame, zone, table.policy, now)) return true;
    if (wasCompared(lame, zone, wordOfRcode(rcode), table.policy, now)) return false;
    if (!mayCompare(lame, zone, table.policy, now)) return false;
    this.#discovery.weighing.comparing(record);
    return true;
  }

  #compare(decision: Decision, { dot, do53 }: Reported): void {
    const { server } = decision;
    if (dot?.ok !== true || do53?.ok !== true || server.dot === undefined || server.zone === undefined) return;
    const record = this.#discovery.table.recordOf(server.dot);
    if (record === undefined) return;
    const { zone } = server;
    const word = wordOfRcode(dot.rcode);
    if (answerRank(do53.rcode) > answerRank(dot.rcode))
      this.#discovery.lame(record, { zone, dot: word, do53: wordOfRcode(do53.rcode) });
    else if (answerRank(dot.rcode) < 2) this.#discovery.weighing.alike(record, { zone, dot: word, isAnswered: true });
  }
}

/**
 * Checks a report.
 *
 * @param outcome - as a host gave it
 * @throws `InvalidInputError` `INVALID_OUTCOME`
 */
function checkOutcome(outcome: Outcome): void {
  const given = Object(outcome) as Partial<Record<string, unknown>>;
  const { transport, at, times, ok, rcode, phase, kind } = given;
  const invalid = (expected: string) => new InvalidInputError('INVALID_OUTCOME', outcome, expected);
  if (typeof transport !== 'string') throw invalid('transport: a string');
  if (at !== undefined && !Number.isFinite(at)) throw invalid('at: a time of the selector’s clock');
  if (times !== undefined && !isTimes(times)) throw invalid('times: milliseconds, with a total');
  if (ok === true) {
    if (!Number.isInteger(rcode) || Number(rcode) < 0 || Number(rcode) > 4_095) throw invalid('rcode: 0 to 4095');
  } else if (ok === false) {
    if (!PHASES.includes(phase as Phase)) throw invalid(`phase: one of ${PHASES.join(', ')}`);
    if (!FAILURE_KINDS.includes(kind as FailureKind)) throw invalid(`kind: one of ${FAILURE_KINDS.join(', ')}`);
  } else {
    throw invalid('ok: true with an rcode, or false with phase and kind');
  }
}
