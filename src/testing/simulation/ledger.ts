import type { Verdict } from '../../state/model.js';
import type { Draws } from './draws.js';
import type { HeldAnswers } from './held-answers.js';
import type { InPlace } from './in-place.js';
import { type LoggedWay, type LogLine, LogWriter } from './log-writer.js';
import type { Oracle } from './oracle.js';
import type { OutcomeCounts } from './outcome-counts.js';
import type { Sessions } from './sessions.js';
import type { SimulationClock } from './sim-clock.js';
import type { World } from './world.js';

/** The reason of what goes in clear because a server wants more sessions than may be opened. */
const CHURN = 'churn';
/** Why a query was not answered that was under way when we began anew: no transport would have helped it. */
export const RESTART = 'restart';

/** What a ledger needs. */
export interface LedgerDeps {
  readonly clock: SimulationClock;
  readonly world: World;
  readonly sessions: Sessions;
  readonly held: HeldAnswers;
  readonly draws: Draws;
  readonly oracle: Oracle;
  readonly inPlace: InPlace;
  readonly tally: OutcomeCounts;
}

/** Writes down each endpoint's truth and verdict, and every query. */
export class Ledger {
  readonly #deps: LedgerDeps;
  readonly #log: LogWriter | undefined;
  readonly #verdicts: Verdict[];
  readonly #wasCapable: boolean[];
  /** Queries counted in place that the log does not have yet. */
  readonly #unlogged: Float64Array;

  /**
   * @param deps - what it needs
   * @param log - is given the lines, where anybody wants them
   */
  constructor(deps: LedgerDeps, log: ((line: LogLine) => void) | undefined) {
    const { length } = deps.world.endpoints;
    this.#deps = deps;
    this.#log = log === undefined ? undefined : new LogWriter(log);
    this.#verdicts = Array<Verdict>(length).fill('unknown');
    this.#wasCapable = Array<boolean>(length).fill(false);
    this.#unlogged = new Float64Array(length);
  }

  /** What the selector knows of an endpoint. */
  verdict(endpoint: number): Verdict {
    return this.#verdicts[endpoint] ?? 'unknown';
  }

  /** How many of the fleet's endpoints are held so. */
  held(verdict: Verdict): number {
    return this.#verdicts.filter((one) => one === verdict).length;
  }

  /** An endpoint's reach has changed, or is told for the first time. */
  reach(endpoint: number): void {
    const capable = this.#deps.world.isCapable(endpoint);
    if (capable === this.#wasCapable[endpoint]) return;
    this.#wasCapable[endpoint] = capable;
    this.#log?.add({ type: 'capable', at: this.#deps.clock.now(), endpoint, capable });
  }

  /** The selector holds something else of an endpoint. */
  judged(endpoint: number, verdict: Verdict): void {
    if (verdict === this.#verdicts[endpoint]) return;
    this.#verdicts[endpoint] = verdict;
    this.#log?.add({ type: 'verdict', at: this.#deps.clock.now(), endpoint, verdict });
  }

  /** A probe has ended. */
  probed(endpoint: number | undefined, startedAt: number): void {
    const at = this.#deps.clock.now();
    this.#log?.add({ type: 'probe', at, endpoint: endpoint ?? -1, ms: at - startedAt });
  }

  /** Counts a query that an attacker causes: it is never encrypted, and its answer is of no use. */
  attacked(): void {
    this.#deps.tally.add(1, 'do53', 'unknown', false, true);
    const at = this.#deps.clock.now();
    this.#log?.add({ type: 'queries', at, endpoint: -1, count: 1, way: 'do53', why: 'unknown' });
  }

  /**
   * A query that is asked one by one begins.
   *
   * @returns tells how it went, once; how much longer it took than over Do53, in milliseconds
   */
  query(endpoint: number): (way: LoggedWay, why: string, addedMs: number) => void {
    const { clock, world, tally, oracle } = this.#deps;
    const at = clock.now();
    const isGood = this.verdict(endpoint) === 'good';
    const wasAnswerable = world.answersClear(endpoint);
    const isCapable = world.isCapable(endpoint);
    const oracles = isCapable && oracle.encrypts(endpoint, at) ? 1 : 0;
    this.#writeUnlogged(endpoint);
    const fill = this.#log?.reserve();
    return (way, why, addedMs) => {
      // A server that went down meanwhile would not have answered anybody.
      tally.add(1, way, why, isGood, wasAnswerable && world.answersClear(endpoint) && why !== RESTART);
      if (isCapable) tally.capable(1, oracles);
      tally.slower(1, addedMs);
      fill?.({ type: 'queries', at, endpoint, count: 1, way, why });
    };
  }

  /** A query that went in clear at once, as there is no more to be told of it. */
  clear(endpoint: number, why: string): void {
    const { clock, world, tally, oracle } = this.#deps;
    const at = clock.now();
    const isAnswerable = world.answersClear(endpoint);
    const way = isAnswerable ? 'do53' : 'none';
    if (world.isCapable(endpoint)) tally.capable(1, oracle.encrypts(endpoint, at) ? 1 : 0);
    tally.add(1, way, why, this.verdict(endpoint) === 'good', isAnswerable);
    this.#writeUnlogged(endpoint);
    this.#log?.add({ type: 'queries', at, endpoint, count: 1, way, why });
  }

  /** Counts what has come in place up to now. Has to be called before anything about the endpoint changes. */
  count(endpoint: number): void {
    const { clock, world, tally, inPlace, oracle } = this.#deps;
    const mode = inPlace.mode(endpoint);
    if (mode === 'live') return;
    const now = clock.now();
    const from = inPlace.since(endpoint);
    const count = inPlace.take(endpoint, now);
    if (count === 0) return;
    const isDot = mode === 'dot';
    let dot = isDot ? count : 0;
    if (world.isCapable(endpoint)) {
      const carried = oracle.carries(endpoint, count, from, now, isDot);
      dot = carried.dot;
      tally.capable(count, carried.oracle);
    }
    if (dot > 0) {
      tally.add(dot, 'dot', '', true, true);
      this.#slower(endpoint, dot);
    }
    if (dot < count) this.#clearInPlace(endpoint, count - dot, isDot);
    if (this.#log !== undefined) this.#unlogged[endpoint] = (this.#unlogged[endpoint] ?? 0) + (isDot ? dot : count);
  }

  #clearInPlace(endpoint: number, count: number, isDot: boolean): void {
    const { clock, world, tally } = this.#deps;
    const isAnswerable = world.answersClear(endpoint);
    const [way, why] = [isAnswerable ? 'do53' : 'none', isDot ? CHURN : 'bad'] as const;
    tally.add(count, way, why, this.verdict(endpoint) === 'good', isAnswerable);
    if (isDot) this.#log?.add({ type: 'queries', at: clock.now(), endpoint, count, way, why });
  }

  /** The same, and what was counted of it stands in the log. */
  countAndWrite(endpoint: number): void {
    this.count(endpoint);
    this.#writeUnlogged(endpoint);
  }

  #writeUnlogged(endpoint: number): void {
    const count = this.#unlogged[endpoint] ?? 0;
    if (count === 0 || this.#log === undefined) return;
    this.#unlogged[endpoint] = 0;
    const { clock, inPlace, world } = this.#deps;
    const isDot = inPlace.mode(endpoint) === 'dot';
    const way = isDot ? 'dot' : world.answersClear(endpoint) ? 'do53' : 'none';
    this.#log.add({ type: 'queries', at: clock.now(), endpoint, count, way, why: isDot ? '' : 'bad' });
  }

  /** Those that found no session open had to open one; the answers to some of the others waited for an acknowledgement. */
  #slower(endpoint: number, count: number): void {
    const { world, sessions, held, tally, draws } = this.#deps;
    const { answers, trips } = world.traits(endpoint);
    const { rate, rttMs } = world.at(endpoint);
    const cold = answers === 1 ? 1 : Math.exp(-rate * sessions.idleMs(endpoint));
    const opened = draws.successes(count, cold);
    tally.slower(opened, (trips - 1) * rttMs);
    for (const [waiting, ms] of held.waits(endpoint, count - opened)) tally.slower(waiting, ms);
  }
}
