import type { Counts } from '../../observe/metrics.js';

/** What was counted in some time of a simulated life. */
export interface SimulationCounts {
  /** Queries of the resolver's clients, an attacker's included. */
  readonly queries: number;
  /** Queries to endpoints that spoke DoT at that moment, whether that was known or not. */
  readonly toCapable: number;
  /** Queries that went out over DoT alone. */
  readonly encrypted: number;
  /** Queries that an oracle, which knows every server at every moment, would have encrypted over the same transport. */
  readonly oracle: number;
  /** Queries to Good endpoints that went out in clear text, by reason. */
  readonly clearToGood: Counts;
  /** Queries that Do53 joined because DoT was slow. */
  readonly hedges: number;
  /** Probes begun. */
  readonly probes: number;
  /** Queries without an answer although the server answers over Do53. */
  readonly failedQueries: number;
  /** Queries without an answer while the server was down, or our own uplink: no transport would have helped. */
  readonly hopeless: number;
  /** Queries that got a worse answer than Do53 had at that moment. */
  readonly wrongAnswers: number;
}

/** One moment of a simulated life: what was counted since the one before, and what was held then. */
export interface SimulationSample extends SimulationCounts {
  /** Hours since the beginning. */
  readonly hour: number;
  /** Endpoints held Good. */
  readonly good: number;
  /** Endpoints held Bad. */
  readonly bad: number;
  /** Endpoints of which nothing is known, those being probed included. */
  readonly unknown: number;
}

/** What a simulated life came to. */
export interface SimulationResult {
  /** All of it. */
  readonly total: SimulationCounts;
  /** All but its first hour, in which a new resolver learns; equal to `total` where there is no more than that. */
  readonly afterFirstHour: SimulationCounts;
  /** The same over time, in order. */
  readonly samples: readonly SimulationSample[];
  /** Endpoints of the fleet: addresses, two a server. */
  readonly endpoints: number;
  /** How many of them speak DoT at some time. */
  readonly capableEndpoints: number;
  /** How long probes held a socket, together, in seconds. */
  readonly probeSocketSeconds: number;
  /** From an endpoint's first query to its being known Good, in seconds: of half of those that got so far; `NaN` for none. */
  readonly timeToGoodP50: number;
  /** The same of 9 in 10. */
  readonly timeToGoodP90: number;
  /** How much longer queries took than over Do53 alone, at most, but for the slowest 1 %; milliseconds. */
  readonly addedLatencyP99Ms: number;
  /** Answers over DoT that waited for our acknowledgement of the one before, as those of servers with Nagle's algorithm do. */
  readonly heldAnswers: number;
  /** Queries that went through the selector one by one; the others were counted in place. */
  readonly livedQueries: number;
  /** Changes of verdict, `from-to`. */
  readonly transitions: Counts;
}
