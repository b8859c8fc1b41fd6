/** A way to carry DNS messages. `dot` is DNS over TLS (RFC 7858), `do53` plain DNS over UDP and TCP (RFC 9499). */
export type Transport = 'do53' | 'dot' | (string & {});

/**
 * Where DNS is spoken over one transport. Verdicts belong to endpoints (RFC 9539 section 4.5): an address, never a name
 * and never a zone.
 */
export interface Endpoint {
  /** Canonical and unique: two spellings of one endpoint have one key. */
  readonly key: string;
  /** The canonical IP address, with its scope id where there is one. */
  readonly address: string;
  /** The port, 853 for DoT by default. */
  readonly port: number;
  /** Our own address to send from, where the host names one. */
  readonly localAddress?: string | undefined;
  /** What is spoken there. */
  readonly transport: Transport;
}

/** How long each phase of an exchange took, in milliseconds; a phase that did not happen is absent. */
export interface Times {
  /** Until TCP was up. */
  readonly connect?: number | undefined;
  /** From there until TLS was up. */
  readonly handshake?: number | undefined;
  /** From the query's writing to the answer. */
  readonly answer?: number | undefined;
  /** All of it, waiting included. */
  readonly total: number;
}

/** In which phase of an attempt something failed. */
export type Phase = 'connect' | 'handshake' | 'answer';

/**
 * How an attempt failed. By phase: connect: `refused`, `unreachable`, `silent`; handshake: `silent`, `closed`,
 * `not-tls`, `alert`; answer: `silent`, `closed`, `malformed`, `lame`. Never evidence about the server, in any phase:
 * `local` (our own trouble) and `auth` (our demand was not met).
 */
export type FailureKind =
  | 'refused'
  | 'unreachable'
  | 'silent'
  | 'closed'
  | 'not-tls'
  | 'alert'
  | 'malformed'
  | 'lame'
  | 'local'
  | 'auth';

/**
 * Whether a failure came without a word from the peer, so that our own path may be what failed.
 *
 * @param kind - how the attempt failed
 */
export function isWordless(kind: FailureKind): boolean {
  return kind === 'silent' || kind === 'unreachable';
}

/**
 * A part that a host has brought: an exchange, by what it speaks; the `connect` of one of ours; a prober, a store, a source,
 * a guard, the random numbers, or a listener to events.
 */
export type HostPart = Transport | 'connect' | 'prober' | 'store' | 'source' | 'guard' | 'random' | 'listener';

/** One failure: the phase, the kind, and what the system said. */
export interface Failure {
  /** In which phase. */
  readonly phase: Phase;
  /** How. */
  readonly kind: FailureKind;
  /** What the system or the peer said, for people; at most 200 characters. */
  readonly detail?: string | undefined;
  /** Which part of the host's own broke, where one did; the kind is `local` then. */
  readonly part?: HostPart | undefined;
}

/**
 * What an attempt has shown about an endpoint.
 *
 * - `success`: a well-formed answer came over the transport, with whatever rcode.
 * - `failure`: it failed. `controlled` says that our own path was up meanwhile: the peer itself said something (refused,
 *   alert, closed …), or the server answered over Do53 after the attempt began.
 * - `inconclusive`: nothing was learned.
 */
export type Evidence =
  | { readonly result: 'success' }
  | { readonly result: 'failure'; readonly phase: Phase; readonly kind: FailureKind; readonly controlled: boolean }
  | { readonly result: 'inconclusive'; readonly why: InconclusiveReason };

/**
 * Why an attempt showed nothing: `local` trouble of ours, a certificate that did not meet our demand (`auth`), a broken
 * prober (`broken`), a zone that is worse served over DoT (`lame`, which belongs to the zone), our own network down
 * (`offline`), given up (`aborted`).
 */
export type InconclusiveReason = 'local' | 'auth' | 'broken' | 'lame' | 'offline' | 'aborted';

/** What we hold true of an endpoint. */
export type Verdict = 'unknown' | 'good' | 'bad';

/** What people see, in the words of PowerDNS Recursor: Busy is unknown with a probe in flight. */
export type Status = 'Unknown' | 'Busy' | 'Good' | 'Bad';

/** Why a probe is wanted. `discover` and `retry` compete for the open slots; the others may use the reserved ones too. */
export type ProbePurpose = 'discover' | 'retry' | 'refresh' | 'recheck' | 'asked';

/**
 * The probe, a fact of its own beside the verdict: a Good endpoint being refreshed stays Good. `misses` counts the
 * inconclusive ends in a row, which space the tries.
 */
export type ProbeState =
  | { readonly phase: 'idle'; readonly misses: number }
  | { readonly phase: 'wanted'; readonly purpose: ProbePurpose; readonly at: number; readonly misses: number }
  | {
      readonly phase: 'in-flight';
      readonly purpose: ProbePurpose;
      readonly token: number;
      readonly startedAt: number;
      readonly deadline: number;
      readonly misses: number;
    };

/** Nothing is known: never proven, expired, or learned on another network. */
export interface UnknownState {
  /** Which of the three this is. */
  readonly verdict: 'unknown';
  /** Since when, on the monotonic clock; attempts begun before it are no evidence any more. */
  readonly since: number;
  /** The probe. */
  readonly probe: ProbeState;
  /** Hits in the window that began at `windowStart`. */
  readonly hits: number;
  /** When that window began. */
  readonly windowStart: number;
  /** Whether the server has answered over Do53, which `onlyAfterAnswer` asks for before a probe. */
  readonly answered: boolean;
  /** It was Good until it expired or the network changed: its next contact wants a probe at once. */
  readonly formerlyGood: boolean;
  /** How often its last Good times ended in demotion; spaces the retries after the next one. */
  readonly level: number;
  /** When it is forgotten. */
  readonly keepUntil: number;
}

/** DoT is proven. */
export interface GoodState {
  /** Which of the three this is. */
  readonly verdict: 'good';
  /** Since when, on the monotonic clock; attempts begun before it are no evidence any more. */
  readonly since: number;
  /** The probe. */
  readonly probe: ProbeState;
  /** When the trust ends. */
  readonly until: number;
  /** From when on a refresh is wanted, if it was used since `lastSuccess`. */
  readonly refreshAt: number;
  /** When the latest success ended that was written down; before `since` where it is Good by hearsay alone. */
  readonly lastSuccess: number;
  /** The latest contact. */
  readonly usedAt: number;
  /** The failures that count at the moment, oldest first; at most as many as demote. */
  readonly strikes: readonly Strike[];
  /** How often its Good times ended in demotion; spaces the retries. */
  readonly level: number;
}

/** One counted failure of a Good endpoint. */
export interface Strike {
  /** When. */
  readonly at: number;
  /** Whether the session stood and no answer came, which takes one more to demote. */
  readonly silent: boolean;
}

/** DoT failed; not tried again before `retryAt`. */
export interface BadState {
  /** Which of the three this is. */
  readonly verdict: 'bad';
  /** Since when, on the monotonic clock; attempts begun before it are no evidence any more. */
  readonly since: number;
  /** The probe. */
  readonly probe: ProbeState;
  /** When a contact may want a probe again. */
  readonly retryAt: number;
  /** In which phase the latest attempt failed. */
  readonly phase: Phase;
  /** How. */
  readonly kind: FailureKind;
  /** Whether our own path was up meanwhile. */
  readonly controlled: boolean;
  /** Whether it was Good before, so that it is tried again sooner. */
  readonly formerlyGood: boolean;
  /** How often its Good times ended in demotion; spaces the retries. */
  readonly level: number;
}

/** The state of one endpoint. `undefined` in its place means absent: never met, or forgotten. */
export type EndpointState = UnknownState | GoodState | BadState;

/** Where evidence comes from: a probe of ours, a live query of ours, or a host's report of its own. */
export type EvidenceSource = 'probe' | 'live' | 'report';

/** What can happen to an endpoint. */
export type StateEvent =
  /** A host asked which transport to use. */
  | { readonly type: 'contact' }
  /** The server answered over Do53. */
  | { readonly type: 'answered' }
  /** A live query or a report showed something. */
  | {
      readonly type: 'evidence';
      readonly source: EvidenceSource;
      readonly evidence: Evidence;
      readonly startedAt: number;
      readonly endedAt: number;
      readonly draw: number;
    }
  /** A caller asks for a probe, whatever the thresholds say. */
  | { readonly type: 'asked'; readonly purpose?: 'discover' | 'retry' | undefined }
  /** The wanted probe's task begins. */
  | { readonly type: 'probe-started'; readonly token: number; readonly deadline: number }
  /** The wanted probe gave way to another, or the guard or a rule refused it. */
  | { readonly type: 'probe-dropped' }
  /** The probe in flight has ended. */
  | {
      readonly type: 'probe-settled';
      readonly token: number;
      readonly evidence: Evidence;
      readonly endedAt: number;
      readonly draw: number;
    }
  /** The probe in flight was given up by us, or was never meant to be evidence. */
  | { readonly type: 'probe-aborted'; readonly token: number }
  /** Time has passed. */
  | { readonly type: 'tick' }
  /** The machine slept, or its wall clock was set ahead: a Good endpoint is due for refresh within a spread of time. */
  | { readonly type: 'slept'; readonly draw: number }
  /** Its failure may have been the network's, or may not any more: a Bad endpoint is retried from `at` on. */
  | { readonly type: 'retry-at'; readonly at: number }
  /** The host is on another network. */
  | { readonly type: 'epoch' }
  /** The operator wants it forgotten. */
  | { readonly type: 'forget' }
  /** A state from before this process began, its times on our clock; used only where none is held. */
  | { readonly type: 'restored'; readonly state: EndpointState }
  /** Others hold this state: hearsay, which outweighs nothing that we found out ourselves. */
  | { readonly type: 'hint'; readonly state: GoodState | BadState };

/** What is to be done about a change, as data. */
export type Effect =
  /** Put it among the candidates for a probe, not before `at`. */
  | { readonly type: 'want'; readonly purpose: ProbePurpose; readonly at: number }
  /** Take it out of the candidates. */
  | { readonly type: 'withdraw' }
  /** Abort the probe in flight; what it brings later is dropped. */
  | { readonly type: 'abort'; readonly token: number }
  /** The verdict has changed; `downgrade` says that it was Good and is so no more for a failure. */
  | {
      readonly type: 'announce';
      readonly from: Verdict;
      readonly to: Verdict;
      readonly why: TransitionReason;
      readonly downgrade: boolean;
    };

/** Why a verdict changed. */
export type TransitionReason =
  | 'probe-success'
  | 'live-success'
  | 'report-success'
  | 'probe-failure'
  | 'strikes'
  | 'lame'
  | 'expired'
  | 'epoch'
  | 'forgotten'
  | 'restored'
  | 'hint';

/** The next state, and what is to be done; `state` undefined means forgotten. */
export interface Transition {
  /** The next state. */
  readonly state: EndpointState | undefined;
  /** What is to be done. */
  readonly effects: readonly Effect[];
}

/** The status that people see. */
export function statusOf(state: EndpointState | undefined): Status {
  if (state?.verdict === 'good') return 'Good';
  if (state?.verdict === 'bad') return 'Bad';
  return state?.probe.phase === 'in-flight' ? 'Busy' : 'Unknown';
}

/** An endpoint without its key, which is made where somebody asks for it: of those that a start restores, nobody does. */
export type EndpointPlace = Omit<Endpoint, 'key'>;

/** The endpoint, with its key. */
export function endpointAt(place: EndpointPlace | Endpoint): Endpoint {
  if ('key' in place) return place;
  const { address, port, transport, localAddress } = place;
  return { key: endpointKey(place), address, port, transport, localAddress };
}

/** The key of an endpoint: what makes it the same or another. */
export function endpointKey(endpoint: EndpointPlace): string {
  const { address, port, transport, localAddress } = endpoint;
  const key = `${address}|${port}|${transport}`;
  return localAddress === undefined ? key : `${key}|${localAddress}`;
}
