import type { FailureKind, Phase } from '../../state/model.js';
import type { ServerKind } from './fleet-plans.js';
import type { Says } from './message.js';

/** How a failed attempt looks; a silent one lasts as long as it may. */
export interface KindFailure {
  readonly phase: Phase;
  readonly kind: FailureKind;
  /** Round trips until it is seen; of no meaning where it is silent. */
  readonly trips: number;
}

/** What is on port 853 of a kind of server. */
export interface KindTraits {
  /** How an attempt fails; absent for what speaks DoT. */
  readonly failure?: KindFailure;
  /** Round trips to the answer where no session is open: three with TLS 1.3, and with TLS 1.2 resumed. */
  readonly trips: number;
  /** Queries that a session answers before the server closes it. */
  readonly answers: number;
  /** How long the server keeps an idle session, in milliseconds, where that is less than we do. */
  readonly idleMs: number;
  /** The probability that a new connection meets DoT. */
  readonly pool: number;
  /** Whether it leaves Nagle's algorithm on: an answer waits until we have acknowledged the one before on the same session. */
  readonly holds: boolean;
  /** Whether it is sometimes dark for hours. */
  readonly flaps: boolean;
  /** What it says over DoT to whatever it is asked. */
  readonly says: Exclude<Says, 'servfail'>;
  /** Whether it loses what is behind it for hours at times, and says SERVFAIL over DoT then. */
  readonly cutsOff: boolean;
}

const COLD_TRIPS = 3;
const GOOD: KindTraits = {
  trips: COLD_TRIPS,
  answers: Number.POSITIVE_INFINITY,
  idleMs: Number.POSITIVE_INFINITY,
  pool: 1,
  holds: false,
  flaps: false,
  says: 'right',
  cutsOff: false,
};

function failing(phase: Phase, kind: FailureKind, trips: number): KindTraits {
  return { ...GOOD, failure: { phase, kind, trips } };
}

/** Every kind. */
export const KINDS: Readonly<Record<ServerKind, KindTraits>> = {
  drop: failing('connect', 'silent', 0),
  refuse: failing('connect', 'refused', 1),
  icmp: failing('connect', 'unreachable', 1),
  good13: GOOD,
  'good-selfsigned': GOOD,
  'good12-noalpn': GOOD,
  nagle: { ...GOOD, holds: true },
  'one-shot': { ...GOOD, answers: 1 },
  'short-idle': { ...GOOD, idleMs: 500 },
  'tls-mute': failing('answer', 'silent', 0),
  'tls-close': failing('answer', 'closed', COLD_TRIPS),
  // The last trip is the comparison's.
  'lame-on-dot': failing('answer', 'lame', COLD_TRIPS + 1),
  // Asked again without padding the first time, which the exchange remembers.
  'formerr-pad': GOOD,
  'wrong-alpn': failing('handshake', 'alert', 2),
  'not-tls': failing('handshake', 'not-tls', 2),
  slow: failing('handshake', 'silent', 0),
  flapper: { ...GOOD, flaps: true },
  'half-pool': { ...GOOD, pool: 0.5 },
  'wrong-view': { ...GOOD, says: 'nxdomain' },
  'cut-off': { ...GOOD, cutsOff: true },
  stripped: { ...GOOD, says: 'unsigned' },
};

/** Whether servers of a kind speak DoT, at least at times, and say no worse over it. */
export function speaksDot(kind: ServerKind): boolean {
  const { failure, says } = KINDS[kind];
  return failure === undefined && says === 'right';
}
