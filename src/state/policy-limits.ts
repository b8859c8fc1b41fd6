const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** The numbers of a policy. Defaults and ranges are in {@link POLICY_LIMITS}. */
export interface PolicyNumbers {
  /** Hits within hitWindowMs that want a probe; PowerDNS Recursor probes at the second. */
  readonly threshold: number;
  /** Milliseconds: How long hits add up, from the first. */
  readonly hitWindowMs: number;
  /** Milliseconds: From a strike that does not demote to the probe that decides. */
  readonly recheckMs: number;
  /** Share of 1: The part of a Good life after which a used endpoint is refreshed; 1: never before. */
  readonly refreshShare: number;
  /** Share of 1: Jitter around refreshShare, so that what was learned together is not refreshed so. */
  readonly refreshSpread: number;
  /** Milliseconds: Over which refreshes are spread after sleep or a clock set ahead, and retries after a network's first success. */
  readonly wakeSpreadMs: number;
  /** Milliseconds: Persistence, RFC 9539 section 4.3. */
  readonly goodMs: number;
  /** Milliseconds: Damping of what was never Good, RFC 9539 section 4.3. */
  readonly badMs: number;
  /**
   * Milliseconds: First retry after ENETUNREACH, EHOSTUNREACH: a route may return; and after TCP without TLS, silent or
   * closed: a server at its limit of connections may have room again.
   */
  readonly unreachableRetryMs: number;
  /** Milliseconds: First retry of what is lame over DoT. */
  readonly lameRetryMs: number;
  /** Milliseconds: First retry after silence on both transports, or where DoT has not worked on this network yet: perhaps our path. */
  readonly uncontrolledRetryMs: number;
  /** Milliseconds: First retry of what was Good. */
  readonly demotedRetryMs: number;
  /** Milliseconds: Where the doubling of retries ends. */
  readonly maxRetryMs: number;
  /** Milliseconds: Good for this long times 2^level starts the doubling anew. */
  readonly levelHoldMs: number;
  /** Milliseconds: Until an unknown endpoint without contact is forgotten. */
  readonly keepUnknownMs: number;
  /** Milliseconds: Until a Bad endpoint is forgotten, from its retry time. */
  readonly keepBadMs: number;
  /** Milliseconds: Until an expired Good endpoint is forgotten. */
  readonly keepExpiredMs: number;
  /** Milliseconds: A success that moves the end by less is not written down. */
  readonly writeMs: number;
  /** Failures of connect, handshake or session within strikeWindowMs that demote. */
  readonly strikes: number;
  /** The same where the session stood and was silent. */
  readonly silentStrikes: number;
  /** Milliseconds: How long a strike counts. */
  readonly strikeWindowMs: number;
  /** Milliseconds: First retry of a probe that showed nothing. */
  readonly inconclusiveRetryMs: number;
  /** Milliseconds: Where the doubling of such retries ends. */
  readonly maxInconclusiveRetryMs: number;
  /** Milliseconds: How long a zone served worse over DoT goes over Do53; and between comparisons. */
  readonly lameZoneMs: number;
  /** Lame zones remembered an endpoint, oldest out. */
  readonly lameZones: number;
  /** Zones lame within lameWindowMs that make the endpoint Bad. */
  readonly lameZonesToConvict: number;
  /** Milliseconds: The window of lameZonesToConvict. */
  readonly lameWindowMs: number;
  /** Lame answers spanning lameSpanMs that make the endpoint Bad. */
  readonly lameAnswersToConvict: number;
  /** Milliseconds: The least span of these, and between two lame probes. */
  readonly lameSpanMs: number;
  /** Lame probes lameSpanMs apart that make an Unknown endpoint Bad. */
  readonly lameProbesToConvict: number;
  /** Milliseconds: The least time between two comparisons of live answers of an endpoint. */
  readonly compareMs: number;
  /** The latest attempts that are looked at to tell whether we are offline. */
  readonly offlineAttempts: number;
  /** How many prefixes they must span. */
  readonly offlinePrefixes: number;
  /** Milliseconds: Between two probes while we are offline. */
  readonly offlineProbeMs: number;
  /** Milliseconds: Connect, handshake and answer of a probe; timeout, RFC 9539 section 4.3. */
  readonly probeTimeoutMs: number;
  /** Milliseconds: More for a comparison or a control query. */
  readonly comparisonMs: number;
  /** Milliseconds: More until the state gives up a prober that breaks its contract; the second that it has for Do53 at least. */
  readonly probeGraceMs: number;
  /** Milliseconds: One live attempt over DoT; timeout, RFC 9539 section 4.3. */
  readonly attemptMs: number;
  /** Milliseconds: The least wait for an answer on an open session before Do53 joins. */
  readonly warmHedgeMinMs: number;
  /** Milliseconds: The longest such wait. */
  readonly warmHedgeMaxMs: number;
  /** Milliseconds: The least wait where a session must be opened first. */
  readonly coldHedgeMinMs: number;
  /** Milliseconds: The longest such wait. */
  readonly coldHedgeMaxMs: number;
  /** Milliseconds: The round trip of what was never measured. */
  readonly assumedRttMs: number;
  /** Milliseconds: How much slower than the best an encrypted server may be and still come first. */
  readonly rankBudgetMs: number;
  /** Share of 1: The part of rankings that put another server first, to learn about it. */
  readonly exploreShare: number;
  /** Endpoints remembered. */
  readonly capacity: number;
  /** Share of 1: The part of capacity that Unknown endpoints may fill. */
  readonly unknownShare: number;
  /** Share of 1: The part of capacity for one IPv4 /24 or IPv6 /32 (a /48 lies in one). */
  readonly prefixShare: number;
  /** Endpoints waiting for a probe, in each of three classes: asked for by a host, Good, and others. */
  readonly candidates: number;
  /**
   * Share of 1: The part of each kind of candidates, and of the slots, for one parent zone, IPv4 /16 or IPv6 /32. To
   * discover, it may hold half of the slots while no other wants them.
   */
  readonly groupShare: number;
  /** Slots: probes in flight. */
  readonly probesAtOnce: number;
  /** Share of 1: The part of the slots that each kind of candidates leaves to the others. */
  readonly reservedShare: number;
  /** Probes begun a second. */
  readonly probesPerSecond: number;
  /** Probes in flight to one IPv4 /24. */
  readonly ipv4AtOnce: number;
  /** Bucket of one IPv4 /24. */
  readonly ipv4Burst: number;
  /** Its filling. */
  readonly ipv4PerMinute: number;
  /** Probes in flight to one IPv6 /48. */
  readonly ipv6AtOnce: number;
  /** Bucket of one IPv6 /48. */
  readonly ipv6Burst: number;
  /** Filling of the bucket of one IPv6 /32, and of a /48. */
  readonly ipv6PerMinute: number;
}

/** One number of a policy: what it starts from and what it may be; its reason stands at its name. */
export interface PolicyLimit {
  /** The default preset's value. */
  readonly default: number;
  /** The least value accepted. */
  readonly min: number;
  /** The greatest value accepted. */
  readonly max: number;
  /** Milliseconds, a whole number, or a part of 1. */
  readonly unit: 'ms' | 'count' | 'share';
}

/** Makes the numbers of one unit. */
function limitsIn(unit: PolicyLimit['unit']) {
  return (value: number, min: number, max: number): PolicyLimit => ({ default: value, min, max, unit });
}

const ms = limitsIn('ms');
const count = limitsIn('count');
const share = limitsIn('share');

/** Every number of a policy with its default and its range. */
export const POLICY_LIMITS: Readonly<Record<keyof PolicyNumbers, PolicyLimit>> = {
  // When to probe
  threshold: count(2, 1, 1_000),
  hitWindowMs: ms(DAY, MINUTE, 30 * DAY),
  recheckMs: ms(SECOND, 100, MINUTE),
  refreshShare: share(0.8, 0.1, 1),
  refreshSpread: share(0.1, 0, 0.5),
  wakeSpreadMs: ms(10 * MINUTE, 0, DAY),
  // How long to believe
  goodMs: ms(3 * DAY, MINUTE, 30 * DAY),
  badMs: ms(DAY, SECOND, 30 * DAY),
  unreachableRetryMs: ms(HOUR, SECOND, 30 * DAY),
  lameRetryMs: ms(HOUR, SECOND, 30 * DAY),
  uncontrolledRetryMs: ms(MINUTE, SECOND, 30 * DAY),
  demotedRetryMs: ms(MINUTE, SECOND, 30 * DAY),
  maxRetryMs: ms(DAY, SECOND, 30 * DAY),
  levelHoldMs: ms(10 * MINUTE, SECOND, DAY),
  keepUnknownMs: ms(DAY, MINUTE, 30 * DAY),
  keepBadMs: ms(7 * DAY, MINUTE, 90 * DAY),
  keepExpiredMs: ms(7 * DAY, MINUTE, 90 * DAY),
  writeMs: ms(HOUR, 0, DAY),
  // What a failure means
  strikes: count(2, 1, 100),
  silentStrikes: count(3, 1, 100),
  strikeWindowMs: ms(MINUTE, SECOND, DAY),
  inconclusiveRetryMs: ms(SECOND, 100, HOUR),
  maxInconclusiveRetryMs: ms(MINUTE, 100, DAY),
  lameZoneMs: ms(HOUR, SECOND, 7 * DAY),
  lameZones: count(8, 1, 64),
  lameZonesToConvict: count(3, 1, 64),
  lameWindowMs: ms(10 * MINUTE, SECOND, DAY),
  lameAnswersToConvict: count(10, 1, 1_000),
  lameSpanMs: ms(MINUTE, SECOND, DAY),
  lameProbesToConvict: count(3, 1, 100),
  compareMs: ms(SECOND, 0, HOUR),
  offlineAttempts: count(20, 4, 1_000),
  offlinePrefixes: count(10, 2, 1_000),
  offlineProbeMs: ms(SECOND, 100, HOUR),
  // Time limits
  probeTimeoutMs: ms(4 * SECOND, 100, MINUTE),
  comparisonMs: ms(SECOND, 50, 10 * SECOND),
  probeGraceMs: ms(2 * SECOND, SECOND, MINUTE),
  attemptMs: ms(4 * SECOND, 100, MINUTE),
  // Hedges
  warmHedgeMinMs: ms(250, 1, MINUTE),
  warmHedgeMaxMs: ms(SECOND, 1, MINUTE),
  coldHedgeMinMs: ms(500, 1, MINUTE),
  coldHedgeMaxMs: ms(1_500, 1, MINUTE),
  assumedRttMs: ms(100, 1, 10 * SECOND),
  // Ranking
  rankBudgetMs: ms(50, 0, 10 * SECOND),
  exploreShare: share(0.05, 0, 0.5),
  // Bounds
  capacity: count(100_000, 16, 4_000_000),
  unknownShare: share(0.5, 0.01, 1),
  prefixShare: share(1 / 64, 0.000_001, 1),
  candidates: count(1_000, 1, 100_000),
  groupShare: share(1 / 8, 0.000_001, 1),
  probesAtOnce: count(32, 1, 1_024),
  reservedShare: share(1 / 4, 0, 0.9),
  probesPerSecond: count(50, 1, 10_000),
  ipv4AtOnce: count(16, 1, 1_024),
  ipv4Burst: count(64, 1, 100_000),
  ipv4PerMinute: count(120, 1, 1_000_000),
  ipv6AtOnce: count(4, 1, 1_024),
  ipv6Burst: count(20, 1, 100_000),
  ipv6PerMinute: count(60, 1, 1_000_000),
};
