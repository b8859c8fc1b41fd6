import { QueryError } from './errors.js';
import { type ResolvedServer, resolveServer, type ServerRef } from './server.js';
import { InvalidInputError } from './state/invalid.js';
import type { Endpoint, Transport } from './state/model.js';
import type { Policy } from './state/policy.js';
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

/**
 * Which transport a query to a server is to take, and how.
 *
 * Each call makes one of its own: never shared, not frozen, and never changed by us. `server` and `endpoints` are made
 * when they are first read; a copy by spreading has not got them, and may be used in a query or a report all the same.
 */
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

/** What a contact is about, checked and in canonical form. */
export interface ContactFacts {
  /** The zone, lower case with a final dot. */
  readonly zone: string | undefined;
  /** The name server name. */
  readonly nameserver: string | undefined;
}

/** A server that was given as an address alone, before anybody asks for more of it. */
export class PlainServer {
  readonly text: string;
  readonly facts: ContactFacts;

  /**
   * @param text - an address that was read before
   * @param facts - what the contact is about
   */
  constructor(text: string, facts: ContactFacts) {
    this.text = text;
    this.facts = facts;
  }
}

/** Of what a decision's server is made when it is read: a text that is an address, the same in context, or itself. */
export type ServerSource = string | PlainServer | ResolvedServer;

/** Under this name a copy by spreading takes the source along. */
const SOURCE = Symbol('server');
const NOWHERE: readonly Endpoint[] = [];

/** A decision as we make it. */
class MadeDecision<S> implements Decision<S> {
  readonly action: Decision['action'];
  readonly transport: Transport;
  readonly reason: DecisionReason;
  readonly fallback: boolean;
  readonly ref: S;
  readonly hedgeAfterMs: number;
  readonly timeoutMs: number;
  readonly at: number;
  readonly epoch: number;
  [SOURCE]: ServerSource;

  constructor(
    action: Decision['action'],
    reason: DecisionReason,
    ref: S,
    source: ServerSource,
    hedgeAfterMs: number,
    timeoutMs: number,
    at: number,
    epoch: number,
  ) {
    this.action = action;
    this.transport = action === 'clear' ? 'do53' : 'dot';
    this.reason = reason;
    this.fallback = reason === 'good';
    this.ref = ref;
    this.hedgeAfterMs = hedgeAfterMs;
    this.timeoutMs = timeoutMs;
    this.at = at;
    this.epoch = epoch;
    this[SOURCE] = source;
  }

  get server(): ResolvedServer {
    const source = this[SOURCE];
    const server = resolved(source);
    if (server !== source) this[SOURCE] = server;
    return server;
  }

  get endpoints(): readonly Endpoint[] {
    const { dot, clear } = this.server;
    const endpoint = this.action === 'clear' ? clear : dot;
    return this.action === 'refuse' || endpoint === undefined ? NOWHERE : [endpoint];
  }

  /** All of it, for whoever writes it down. */
  toJSON(): Decision<S> {
    const { action, transport, reason, fallback, server, endpoints, ref, hedgeAfterMs, timeoutMs, at, epoch } = this;
    return { action, transport, reason, fallback, server, endpoints, ref, hedgeAfterMs, timeoutMs, at, epoch };
  }

  /** The same for Node's `console.log`. */
  [Symbol.for('nodejs.util.inspect.custom')](): Decision<S> {
    return this.toJSON();
  }
}

function resolved(source: ServerSource): ResolvedServer {
  if (typeof source === 'string') return resolveServer(source);
  return source instanceof PlainServer ? withFacts(resolveServer(source.text), source.facts) : source;
}

/** What a decision in clear text may be for. */
export type InClearReason = Exclude<DecisionReason, 'good' | 'port-853'>;

/** The query goes out in clear text. */
export function inClear<S>(
  ref: S,
  source: ServerSource,
  reason: InClearReason,
  timeoutMs: number,
  at: number,
  epoch: number,
): Decision<S> {
  return new MadeDecision('clear', reason, ref, source, Number.POSITIVE_INFINITY, timeoutMs, at, epoch);
}

/** The query is encrypted, and may go out in clear text as well if that takes too long. */
export function encrypted<S>(
  ref: S,
  source: ServerSource,
  hedgeAfterMs: number,
  timeoutMs: number,
  at: number,
  epoch: number,
): Decision<S> {
  return new MadeDecision('encrypt', 'good', ref, source, hedgeAfterMs, timeoutMs, at, epoch);
}

/** DoT and nothing else, or nothing at all. */
export function dotOnly<S>(
  ref: S,
  source: ServerSource,
  reason: 'port-853' | 'guard' | 'closed',
  timeoutMs: number,
  at: number,
  epoch: number,
): Decision<S> {
  const action = reason === 'port-853' ? 'encrypt' : 'refuse';
  return new MadeDecision(action, reason, ref, source, Number.POSITIVE_INFINITY, timeoutMs, at, epoch);
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
export function hedgeDelay(policy: Policy, timing: Pick<Timing, 'warm' | 'opening'>, warm: boolean): number {
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

/** The facts of a contact of which nothing was said. */
export const NO_FACTS: ContactFacts = { zone: undefined, nameserver: undefined };

/**
 * What a context says of a contact.
 *
 * @param context - as a host gave it
 * @throws `InvalidInputError` `INVALID_ZONE` or `INVALID_OPTION`
 */
export function factsOf<S>(context: DecisionContext<S> | undefined): ContactFacts {
  if (context === undefined) return NO_FACTS;
  if (typeof context !== 'object' || context === null) {
    throw new InvalidInputError('INVALID_OPTION', context, 'a context object');
  }
  const { zone, nameserver, rtt } = context;
  if (rtt !== undefined && typeof rtt !== 'function') throw new InvalidInputError('INVALID_OPTION', rtt, 'a function');
  if (nameserver !== undefined && (typeof nameserver !== 'string' || nameserver.length > 1_024)) {
    throw new InvalidInputError('INVALID_OPTION', nameserver, 'a name server name');
  }
  if (zone === undefined && nameserver === undefined) return NO_FACTS;
  return { zone: zone === undefined ? undefined : canonicalZone(zone), nameserver };
}

/**
 * A server with a contact's own zone and name server name in the place of the reference's.
 *
 * @param server - the server
 * @param facts - what the contact is about
 */
export function withFacts(server: ResolvedServer, { zone, nameserver }: ContactFacts): ResolvedServer {
  if (zone === undefined && nameserver === undefined) return server;
  return { ...server, zone: zone ?? server.zone, nameserver: nameserver ?? server.nameserver };
}

/** Whether a value is a decision, and not what names a server. */
export function isDecision(target: unknown): target is Decision {
  if (target instanceof MadeDecision) return true;
  const { action, endpoints, server, [SOURCE]: source } = Object(target) as Partial<MadeDecision<unknown>>;
  return (
    typeof action === 'string' && (source !== undefined || (Array.isArray(endpoints) && typeof server === 'object'))
  );
}

/** What copies were made whole: one of each, so that the second report of a copy is known for one. */
const wholes = new WeakMap<Decision, Decision>();

/** A decision with all its parts, which a copy by spreading has not got. */
export function whole(decision: Decision): Decision {
  if (decision instanceof MadeDecision) return decision;
  const { [SOURCE]: source } = decision as Partial<MadeDecision<ServerRef>>;
  if (source === undefined) return decision;
  const known = wholes.get(decision);
  if (known !== undefined) return known;
  const { action, reason, ref, hedgeAfterMs, timeoutMs, at, epoch } = decision;
  const made = new MadeDecision(action, reason, ref, source, hedgeAfterMs, timeoutMs, at, epoch);
  wholes.set(decision, made);
  return made;
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
  return whole(decision);
}
