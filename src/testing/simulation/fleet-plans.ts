/** How a server behaves on port 853; `requirements.md` section 5. Over Do53 all of them answer. */
export type ServerKind =
  | 'drop'
  | 'refuse'
  | 'icmp'
  | 'good13'
  | 'good-selfsigned'
  | 'good12-noalpn'
  | 'nagle'
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

/** Which servers there are, and what happens to them: the built-in ones are {@link fleetPlans}, or a file of JSON. */
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
  /**
   * How many servers one provider has, whose addresses all lie in eight IPv4 /24 of one /16, and in eight IPv6 /48 of one /32;
   * 16 to 2,048. Absent: four servers stand side by side in a /24, no other is near them, and sixteen share an IPv6 /32.
   */
  readonly providerSize?: number | undefined;
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
  /**
   * Port 853 of every server becomes another kind's: when, in hours from the beginning, and which; the latest holds. Open
   * sessions end, but not where it becomes `drop`, behind which they fall silent. `flapper` and `cut-off` are dark at times
   * only where they are so from the beginning.
   */
  readonly changes?: readonly { readonly atHour: number; readonly kind: ServerKind }[] | undefined;
  /** We begin anew, and have forgotten all: when, in hours. */
  readonly restarts?: readonly number[] | undefined;
  /** We are on another network: when, in hours. */
  readonly networkChanges?: readonly number[] | undefined;
  /** The share of all queries by which an attacker has addresses of his own asked that were never asked before. */
  readonly attackShare?: number | undefined;
}

/** The share of all upstream queries that could be encrypted in 2026, by what measurements of resolvers say. */
const CAPABLE_TRAFFIC_2026 = 0.06;

/**
 * The built-in fleets. `2026`: what is out there; nine of ten answer a try with silence. `2030`: hopes come true.
 * `hostile`: a laboratory in which everything that can go wrong does. `crowded`: more than half speak DoT, all are one
 * provider's, and many hold answers back until we have acknowledged the one before.
 */
export const fleetPlans: Readonly<Record<'2026' | '2030' | 'hostile' | 'crowded', FleetPlan>> = {
  2026: {
    name: '2026',
    mix: {
      drop: 90,
      refuse: 8.6,
      icmp: 0.4,
      good13: 0.4,
      'good-selfsigned': 0.3,
      'good12-noalpn': 0.1,
      'one-shot': 0.05,
      'short-idle': 0.05,
      'tls-mute': 0.02,
      'tls-close': 0.02,
      'lame-on-dot': 0.03,
      'formerr-pad': 0.01,
      'wrong-alpn': 0.01,
      'not-tls': 0.005,
      slow: 0.005,
      'wrong-view': 0.7,
      'cut-off': 0.7,
      stripped: 0.6,
    },
    capableTraffic: CAPABLE_TRAFFIC_2026,
    outages: { perDay: 0.05, minutes: 20 },
    breakdowns: { perDay: 0.02, minutes: 10 },
  },
  2030: {
    name: '2030',
    mix: {
      drop: 55,
      refuse: 15,
      icmp: 1,
      good13: 20,
      'good-selfsigned': 4,
      'good12-noalpn': 1,
      'one-shot': 1,
      'short-idle': 1,
      'tls-mute': 0.3,
      'tls-close': 0.2,
      'lame-on-dot': 0.5,
      'formerr-pad': 0.2,
      'wrong-alpn': 0.2,
      'not-tls': 0.1,
      slow: 0.2,
      flapper: 0.2,
      'half-pool': 0.1,
      'wrong-view': 0.7,
      'cut-off': 0.7,
      stripped: 0.6,
    },
    outages: { perDay: 0.05, minutes: 20 },
    breakdowns: { perDay: 0.02, minutes: 10 },
  },
  hostile: {
    name: 'hostile',
    mix: {
      drop: 20,
      refuse: 15,
      icmp: 3,
      good13: 15,
      'good-selfsigned': 8,
      'good12-noalpn': 4,
      'one-shot': 5,
      'short-idle': 4,
      'tls-mute': 5,
      'tls-close': 5,
      'lame-on-dot': 4,
      'formerr-pad': 2,
      'wrong-alpn': 2,
      'not-tls': 2,
      slow: 3,
      flapper: 2,
      'half-pool': 1,
      'wrong-view': 0.7,
      'cut-off': 0.7,
      stripped: 0.6,
    },
    lossShare: 0.002,
    outages: { perDay: 1, minutes: 10 },
    breakdowns: { perDay: 0.2, minutes: 10 },
    uplinkOutages: [{ atHour: 6, seconds: 60 }],
    restarts: [12],
    networkChanges: [18],
    attackShare: 0.05,
  },
  crowded: {
    name: 'crowded',
    mix: { drop: 20, refuse: 25, nagle: 45, good13: 10 },
    providerSize: 2_048,
    outages: { perDay: 0.05, minutes: 20 },
    breakdowns: { perDay: 0.02, minutes: 10 },
  },
};
