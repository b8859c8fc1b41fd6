import { QueryError } from './errors.js';
import type { ResolvedServer, ServerRef } from './server.js';
import { InvalidInputError } from './state/invalid.js';
import { isLame } from './state/lame.js';
import type { Endpoint, Transport } from './state/model.js';
import type { Policy } from './state/policy.js';
import type { EndpointRecord } from './state/record.js';
import type { Timing } from './state/smoothing.js';
import { canonicalZone } from './transport/zone.js';

/**
 * Why a transport was chosen. Encrypt: `good`; `port-853` (DoT and nothing else). Clear: `unknown`, `busy` (its probe is
 * in flight), `bad`, `lame-zone` (this zone is served worse over DoT there), `port` (a Do53 port of its own and no DoT
 * port), `guard` (we may not connect there), `full` (the table has no room), `dry-run` (it would have been encrypted),
 * `closed`. Refuse: `guard`, `closed`.
 */
export type DecisionReason =
  | 'good'
  | 'unknown'
  | 'busy'
  | 'bad'
  | 'lame-zone'
  | 'port'
  | 'port-853'
  | 'guard'
  | 'full'
  | 'dry-run'
  | 'closed';

/** What a contact is about, beyond the server. */
export interface DecisionContext<S = ServerRef> {
  /** The zone that is asked about, in presentation format; overrides the server reference's own. */
  readonly zone?: string | undefined;
  /** The name server name that led to the server. */
  readonly nameserver?: string | undefined;
  /** What the host knows of a server's round trip, in milliseconds; `undefined` for unknown. Used by `rank`. */
  readonly rtt?: ((server: S) => number | undefined) | undefined;
}

/** Which transport a query to a server is to take, and how. */
export interface Decision<S = ServerRef> {
  /** Send encrypted, send in clear text, or do not send. */
  readonly action: 'encrypt' | 'clear' | 'refuse';
  /** What the query is to be sent over. */
  readonly transport: Transport;
  /** Why. */
  readonly reason: DecisionReason;
  /** Whether a failure over DoT may be followed by Do53. */
  readonly fallback: boolean;
  /** The server in its canonical form, with what this contact is about. */
  readonly server: ResolvedServer;
  /** Where to send to, best first; empty if the action is refuse. */
  readonly endpoints: readonly Endpoint[];
  /** What the host gave. */
  readonly ref: S;
  /**
   * How long to wait for DoT before Do53 joins it, in milliseconds; `Infinity` for never. A query waits half of its own
   * time at most.
   */
  readonly hedgeAfterMs: number;
  /** How long one attempt over this transport may live, in milliseconds. */
  readonly timeoutMs: number;
  /** When it was made, on the monotonic clock; it may be used for 10 s. */
  readonly at: number;
  /** On which network it was made; it may not be used on another. */
  readonly epoch: number;
}

/** What a decision rests on beside the table's row. */
export interface Circumstances {
  readonly policy: Policy;
  readonly now: number;
  readonly epoch: number;
  /** Whether a DoT session stands open, so that no handshake lies before the answer. */
  readonly warm: boolean;
  /** Whether nothing is to be encrypted that could go in clear text. */
  readonly dryRun: boolean;
  /** The limit of an attempt over Do53, in milliseconds. */
  readonly clearMs: number;
  /** The zone that the question is counted to where the host names none. */
  readonly questionZone?: (() => string) | undefined;
}

/** The row of an endpoint, or why there is none. */
export type Standing = EndpointRecord | 'port' | 'guard' | 'full' | 'closed' | undefined;

/**
 * Makes a decision of what is known: pure.
 *
 * @param server - the server
 * @param ref - what the host gave
 * @param standing - its row; `undefined` for an endpoint never met
 * @param circumstances - the rest
 */
export function makeDecision<S>(
  server: ResolvedServer,
  ref: S,
  standing: Standing,
  circumstances: Circumstances,
): Decision<S> {
  const { policy, now, epoch } = circumstances;
  const common = { server, ref, at: now, epoch };
  const { dot, clear } = server;
  if (clear === undefined || dot === undefined) {
    // One of the two is always there: port 853 has no Do53, any other port has.
    if (clear !== undefined) return inClear(common, clear, 'port', circumstances);
    const refused = standing === 'guard' || standing === 'closed' || dot === undefined;
    const action = refused ? 'refuse' : 'encrypt';
    const endpoints = refused ? [] : [dot];
    const reason = standing === 'guard' || standing === 'closed' ? standing : 'port-853';
    const forever = { hedgeAfterMs: Number.POSITIVE_INFINITY, timeoutMs: policy.attemptMs };
    return { ...common, ...forever, action, transport: 'dot', reason, fallback: false, endpoints };
  }
  if (typeof standing === 'string') return inClear(common, clear, standing, circumstances);
  const { state } = standing ?? {};
  if (state?.verdict !== 'good' || standing === undefined) {
    const busy = state?.verdict === 'unknown' && state.probe.phase === 'in-flight';
    return inClear(common, clear, busy ? 'busy' : state?.verdict === 'bad' ? 'bad' : 'unknown', circumstances);
  }
  const zone = standing.lame.zones.length === 0 ? undefined : (server.zone ?? circumstances.questionZone?.());
  if (zone !== undefined && isLame(standing.lame, zone, policy, now)) {
    return inClear(common, clear, 'lame-zone', circumstances);
  }
  if (circumstances.dryRun) return inClear(common, clear, 'dry-run', circumstances);
  return {
    ...common,
    action: 'encrypt',
    transport: 'dot',
    reason: 'good',
    fallback: true,
    endpoints: [dot],
    hedgeAfterMs: hedgeDelay(policy, standing.timing, circumstances.warm),
    timeoutMs: policy.attemptMs,
  };
}

function inClear<S>(
  common: Pick<Decision<S>, 'server' | 'ref' | 'at' | 'epoch'>,
  clear: Endpoint,
  reason: DecisionReason,
  circumstances: Circumstances,
): Decision<S> {
  return {
    ...common,
    action: 'clear',
    transport: 'do53',
    reason,
    fallback: false,
    endpoints: [clear],
    hedgeAfterMs: Number.POSITIVE_INFINITY,
    timeoutMs: circumstances.clearMs,
  };
}

/** A cold start takes three round trips to the answer: TCP, TLS 1.3, the query. */
const COLD_ROUND_TRIPS = 3;
/** How much longer than measured a cold start may take before it counts as slow. */
const COLD_PATIENCE = 1.5;

/**
 * How long DoT is waited for before Do53 joins.
 *
 * @param policy - the policy
 * @param timing - what was measured
 * @param warm - whether a session stands open
 * @returns milliseconds, `Infinity` for never
 */
export function hedgeDelay(policy: Policy, timing: Timing, warm: boolean): number {
  if (policy.hedge === 'off' || (policy.hedge === 'warm' && !warm)) return Number.POSITIVE_INFINITY;
  const { warm: answer, opening } = timing;
  if (warm) {
    const expected = answer === undefined ? policy.assumedRttMs : answer.mean + 4 * answer.deviation;
    return clamp(expected, policy.warmHedgeMinMs, policy.warmHedgeMaxMs);
  }
  const cold =
    opening === undefined || answer === undefined ? COLD_ROUND_TRIPS * policy.assumedRttMs : opening.mean + answer.mean;
  return clamp(COLD_PATIENCE * cold, policy.coldHedgeMinMs, policy.coldHedgeMaxMs);
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(Math.max(value, least), most);
}

/**
 * A server with a contact's own zone and name server name in the place of the reference's.
 *
 * @param server - the server
 * @param context - the contact's context
 * @throws `InvalidInputError` `INVALID_ZONE` or `INVALID_OPTION`
 */
export function inContext<S>(server: ResolvedServer, context: DecisionContext<S> | undefined): ResolvedServer {
  if (context === undefined) return server;
  if (typeof context !== 'object' || context === null) {
    throw new InvalidInputError('INVALID_OPTION', context, 'a context object');
  }
  const { zone, nameserver, rtt } = context;
  if (rtt !== undefined && typeof rtt !== 'function') throw new InvalidInputError('INVALID_OPTION', rtt, 'a function');
  if (nameserver !== undefined && (typeof nameserver !== 'string' || nameserver.length > 1_024)) {
    throw new InvalidInputError('INVALID_OPTION', nameserver, 'a name server name');
  }
  if (zone === undefined && nameserver === undefined) return server;
  return {
    ...server,
    ...(zone === undefined ? {} : { zone: canonicalZone(zone) }),
    ...(nameserver === undefined ? {} : { nameserver }),
  };
}

/** Whether a value is a decision, and not what names a server. */
export function isDecision(target: unknown): target is Decision {
  const { action, endpoints, server } = Object(target) as Partial<Decision>;
  return typeof action === 'string' && Array.isArray(endpoints) && typeof server === 'object';
}

/** How old a decision may be when a query uses it, in milliseconds. */
const DECISION_MS = 10_000;

/**
 * Checks that a decision may still be used.
 *
 * @param decision - as a host gave it
 * @param now - the monotonic time
 * @param epoch - the network that the host is on
 * @throws `QueryError` `STALE_DECISION`
 */
export function checkFresh(decision: Decision, now: number, epoch: number): Decision {
  const age = now - decision.at;
  if (decision.epoch !== epoch) throw new QueryError('STALE_DECISION', 'the decision is of another network');
  if (!(age >= 0 && age <= DECISION_MS)) throw new QueryError('STALE_DECISION', `the decision is ${age} ms old`);
  return decision;
}
