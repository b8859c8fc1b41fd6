import type { Counts } from '../src/observe/metrics.js';
import type { SimulationCounts } from '../src/testing/simulation/result.js';
import type { Run } from './run.js';

/** A part of 1, or null where there is nothing to take part of. */
export type Share = number | null;

/** One policy's life in numbers; `--json` prints this. What {@link SimulationCounts} explains is not explained again. */
export interface Summary {
  readonly policy: string;
  readonly fleet: string;
  /** Of all queries, those that went out over DoT alone. */
  readonly encryptedShareOfAll: Share;
  /** The same of the queries to endpoints that spoke DoT at that moment. */
  readonly encryptedShareOfCapable: Share;
  /** What somebody who knows every server at every moment would have had of them. */
  readonly oracleShareOfCapable: Share;
  readonly clearToGood: Counts;
  readonly hedges: number;
  readonly probes: number;
  readonly probeSocketSeconds: number;
  /** Seconds from an endpoint's first query to its being known Good; null where none got so far. */
  readonly timeToGoodP50: number | null;
  readonly timeToGoodP90: number | null;
  readonly failedQueries: number;
  readonly addedLatencyP99Ms: number | null;
  /** Answers over DoT that waited for our acknowledgement of the one before. */
  readonly heldAnswers: number;
  /** How long the simulation took us. */
  readonly wallSeconds: number;
  readonly servers: number;
  readonly endpoints: number;
  readonly capableEndpoints: number;
  readonly qps: number;
  readonly hours: number;
  readonly seed: number;
  readonly queries: number;
  readonly hopeless: number;
  readonly wrongAnswers: number;
  readonly livedQueries: number;
  readonly afterFirstHour: SettledSummary;
}

/** What holds once a new resolver has learned. */
export interface SettledSummary {
  readonly encryptedShareOfCapable: Share;
  readonly oracleShareOfCapable: Share;
  /** The first of these as a part of the second. */
  readonly ofOracle: Share;
  /** Of the queries to Good endpoints, those in clear text. */
  readonly clearToGoodShare: Share;
  /** Probes a query. */
  readonly probesOfQueries: Share;
}

/** Sums a run up. */
export function summarize({ policy, setting, result, wallSeconds }: Run): Summary {
  const { total, afterFirstHour } = result;
  return {
    policy,
    fleet: setting.fleet,
    encryptedShareOfAll: shareOf(total.encrypted, total.queries),
    encryptedShareOfCapable: shareOf(total.encrypted, total.toCapable),
    oracleShareOfCapable: shareOf(total.oracle, total.toCapable),
    clearToGood: total.clearToGood,
    hedges: total.hedges,
    probes: total.probes,
    probeSocketSeconds: rounded(result.probeSocketSeconds),
    timeToGoodP50: measured(result.timeToGoodP50),
    timeToGoodP90: measured(result.timeToGoodP90),
    failedQueries: total.failedQueries,
    addedLatencyP99Ms: measured(result.addedLatencyP99Ms),
    heldAnswers: result.heldAnswers,
    wallSeconds: rounded(wallSeconds),
    servers: setting.servers,
    endpoints: result.endpoints,
    capableEndpoints: result.capableEndpoints,
    qps: setting.queriesPerSecond,
    hours: setting.hours,
    seed: setting.seed,
    queries: total.queries,
    hopeless: total.hopeless,
    wrongAnswers: total.wrongAnswers,
    livedQueries: result.livedQueries,
    afterFirstHour: {
      encryptedShareOfCapable: shareOf(afterFirstHour.encrypted, afterFirstHour.toCapable),
      oracleShareOfCapable: shareOf(afterFirstHour.oracle, afterFirstHour.toCapable),
      ofOracle: shareOf(afterFirstHour.encrypted, afterFirstHour.oracle),
      clearToGoodShare: clearShareOf(afterFirstHour),
      probesOfQueries: shareOf(afterFirstHour.probes, afterFirstHour.queries),
    },
  };
}

/** Of the queries to Good endpoints, those in clear text. */
export function clearShareOf({ clearToGood, encrypted }: SimulationCounts): Share {
  const clear = sumOf(clearToGood);
  return shareOf(clear, clear + encrypted);
}

/** All counts together. */
export function sumOf(counts: Counts): number {
  return Object.values(counts).reduce<number>((sum, count) => sum + (count ?? 0), 0);
}

/** A part of a whole; null where there is no whole. */
export function shareOf(part: number, whole: number): Share {
  return whole > 0 ? Number((part / whole).toPrecision(DIGITS)) : null;
}

/** Enough to see one query in a day's hundred million. */
const DIGITS = 8;
const THOUSAND = 1_000;

function rounded(value: number): number {
  return Math.round(value * THOUSAND) / THOUSAND;
}

/** A measured value, to the thousandth; null where nothing was measured. */
function measured(value: number): number | null {
  return Number.isFinite(value) ? rounded(value) : null;
}
