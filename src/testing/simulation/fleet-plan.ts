/** How a server behaves on port 853; `requirements.md` section 5. Over Do53 all of them answer. */
export type ServerKind =
  | 'drop'
  | 'refuse'
  | 'icmp'
  | 'good13'
  | 'good-selfsigned'
  | 'good12-noalpn'
  | 'one-shot'
  | 'short-idle'
  | 'tls-mute'
  | 'tls-close'
  | 'lame-on-dot'
  | 'formerr-pad'
  | 'wrong-alpn'
  | 'not-tls'
  | 'slow'
  | 'flapper'
  | 'half-pool'
  | 'wrong-view'
  | 'cut-off'
  | 'stripped';

/** Which servers there are, and what happens to them: the three built-in ones are {@link fleetPlans}, or a file of JSON. */
export interface FleetPlan {
  /** What people call it. */
  readonly name: string;
  /** How many of each kind, as weights: they need not add up to anything. */
  readonly mix: Readonly<Partial<Record<ServerKind, number>>>;
  /**
   * The share of all queries that goes to servers which speak DoT; they are placed among the popular accordingly. Absent:
   * popularity and DoT have nothing to do with each other.
   */
  readonly capableTraffic?: number | undefined;
  /** The part of servers that speak DoT whose other address is drawn for itself; default 0.2. */
  readonly splitAddresses?: number | undefined;
  /** Zipf's exponent of popularity; default 1. */
  readonly zipf?: number | undefined;
  /** Half of the servers' round trips are below, in milliseconds; default 30. */
  readonly medianRttMs?: number | undefined;
  /** The share of messages that are lost on the way and sent again; default 0.0005. */
  readonly lossShare?: number | undefined;
  /** Port 853 of an endpoint that speaks DoT goes dark: how often a day, and for how many minutes on average. */
  readonly outages?: { readonly perDay: number; readonly minutes: number } | undefined;
  /** All of a server goes dark, Do53 included: how often a day, and for how many minutes on average. */
  readonly breakdowns?: { readonly perDay: number; readonly minutes: number } | undefined;
  /** Our own uplink is down: when, in hours from the beginning, and for how many seconds. */
  readonly uplinkOutages?: readonly { readonly atHour: number; readonly seconds: number }[] | undefined;
  /** We begin anew, and have forgotten all: when, in hours. */
  readonly restarts?: readonly number[] | undefined;
  /** We are on another network: when, in hours. */
  readonly networkChanges?: readonly number[] | undefined;
  /** The share of all queries by which an attacker has addresses of his own asked that were never asked before. */
  readonly attackShare?: number | undefined;
}
