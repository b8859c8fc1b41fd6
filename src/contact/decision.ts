import { InvalidInputError } from '../state/invalid-input.js';
import type { Endpoint, Transport } from '../state/model.js';
import { type Authentication, canonicalAuthentication } from './authentication.js';
import { type ContactFacts, withFacts } from './contact.js';
import { type ResolvedServer, resolveServer, type ServerRef } from './server.js';

/**
 * Why a transport was chosen. Encrypt: `good`; `port-853` (DoT and nothing else). Clear: `unknown`, `busy` (its probe is
 * in flight), `bad`, `lame-zone` (this zone is served worse over DoT there), `port` (a Do53 port of its own and no DoT
 * port), `guard` (we may not connect there), `full` (the table has no room), `dry-run` (it would have been encrypted),
 * `loading` (what was stored is still being read), `closed`.
 *
 * By demand, and so encrypted or not sent at all: `rule-require`, `rule-authenticate` (a rule requires it, with
 * authentication), `source-require` (a source says that nothing else will do), `demand` (the caller does). In clear by a rule:
 * `rule-never`; because a source knows that there is no DoT: `source-never`.
 *
 * Refuse, where nothing may be tried: `guard`, `closed`, `port`, `rule-never` (and the demand, or port 853, forbids clear
 * text), `authentication` (demanded, and nothing here can check it).
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
  | 'loading'
  | 'closed'
  | 'rule-never'
  | 'rule-require'
  | 'rule-authenticate'
  | 'source-never'
  | 'source-require'
  | 'demand'
  | 'authentication';

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
  /** How the server has to prove who it is before anything is sent to it; `undefined`: not at all. */
  readonly authentication: Authentication | undefined;
  /** Whether the caller demanded encryption (`context.demand`): then it holds whatever rules say when the decision is used. */
  readonly demanded: boolean;
  /** When it was made, on the monotonic clock; it may be used for 10 s. */
  readonly at: number;
  /** On which network it was made; it may not be used on another. */
  readonly epoch: number;
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

/** When and where a decision is made. */
export interface DecisionMoment {
  /** On the monotonic clock. */
  readonly now: number;
  /** The network that the host is on. */
  readonly epoch: number;
}

/** How a query is to be sent, as {@link Decision} has it; what is absent: no fallback, no hedge, no proof, no demand. */
type How = Pick<Decision, 'action' | 'reason' | 'timeoutMs'> &
  Partial<Pick<Decision, 'fallback' | 'hedgeAfterMs' | 'authentication' | 'demanded'>>;

const NEVER = Number.POSITIVE_INFINITY;

/** A decision as we make it. */
class MadeDecision<S> implements Decision<S> {
  readonly action: Decision['action'];
  readonly transport: Transport;
  readonly reason: DecisionReason;
  readonly fallback: boolean;
  readonly ref: S;
  readonly hedgeAfterMs: number;
  readonly timeoutMs: number;
  readonly authentication: Authentication | undefined;
  readonly demanded: boolean;
  readonly at: number;
  readonly epoch: number;
  [SOURCE]: ServerSource;
  #notes: object | undefined;

  constructor(ref: S, source: ServerSource, how: How, { now, epoch }: DecisionMoment) {
    const { action } = how;
    this.action = action;
    this.transport = action === 'clear' ? 'do53' : 'dot';
    this.reason = how.reason;
    this.fallback = how.fallback === true;
    this.ref = ref;
    this.hedgeAfterMs = how.hedgeAfterMs ?? NEVER;
    this.timeoutMs = how.timeoutMs;
    this.authentication = how.authentication;
    this.demanded = how.demanded === true;
    this.at = now;
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

  /** Whether it is one itself: what a host has put around one, a proxy for instance, is a copy. */
  static is(decision: object): decision is MadeDecision<unknown> {
    return #notes in decision;
  }

  static notesOf(decision: MadeDecision<unknown>): object {
    decision.#notes ??= {};
    return decision.#notes;
  }

  /** All of it, for those who write it down. */
  toJSON(): Decision<S> {
    const { [SOURCE]: _, ...parts }: MadeDecision<S> = this;
    return { ...parts, server: this.server, endpoints: this.endpoints };
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
export type InClearReason = Exclude<DecisionReason, 'good' | 'port-853' | StrictReason | 'authentication'>;

/** Why a query is encrypted or not sent at all. */
export type StrictReason = 'port-853' | 'rule-require' | 'rule-authenticate' | 'source-require' | 'demand';

/**
 * The query goes out in clear text.
 *
 * @param ref - as the host gave it
 * @param source - of what the server is made
 * @param reason - why
 * @param timeoutMs - how long an attempt may live, in milliseconds
 * @param moment - when and where it is decided
 */
export function inClear<S>(
  ref: S,
  source: ServerSource,
  reason: InClearReason,
  timeoutMs: number,
  moment: DecisionMoment,
): Decision<S> {
  return new MadeDecision(ref, source, { action: 'clear', reason, timeoutMs }, moment);
}

/**
 * The query is encrypted, and may go out in clear text as well if that takes too long.
 *
 * @param ref - as the host gave it
 * @param source - of what the server is made
 * @param limits - how long to wait for DoT, how long an attempt may live, what the server has to prove
 * @param moment - when and where it is decided
 */
export function encrypted<S>(
  ref: S,
  source: ServerSource,
  { hedgeAfterMs, timeoutMs, authentication }: Pick<Decision, 'hedgeAfterMs' | 'timeoutMs' | 'authentication'>,
  moment: DecisionMoment,
): Decision<S> {
  const how: How = { action: 'encrypt', reason: 'good', fallback: true, hedgeAfterMs, timeoutMs, authentication };
  return new MadeDecision(ref, source, how, moment);
}

/**
 * DoT and nothing else: no hedge, no fallback, no comparison.
 *
 * @param ref - as the host gave it
 * @param source - of what the server is made
 * @param how - why, how long an attempt may live, what the server has to prove, and whether it was demanded
 * @param moment - when and where it is decided
 */
export function dotOnly<S>(
  ref: S,
  source: ServerSource,
  how: Pick<Decision, 'timeoutMs' | 'authentication'> & Pick<How, 'demanded'> & { readonly reason: StrictReason },
  moment: DecisionMoment,
): Decision<S> {
  return new MadeDecision(ref, source, { ...how, action: 'encrypt' }, moment);
}

/** Whether a decision is of a demand to encrypt; where port 853 is the server's only one, nobody demands anything. */
export function isStrict({ action, fallback, reason }: Decision): boolean {
  return action === 'encrypt' && !fallback && reason !== 'port-853';
}

/** What a query is not sent for. */
export type RefusedReason = 'guard' | 'closed' | 'port' | 'rule-never' | 'authentication';

/**
 * Nothing may be sent.
 *
 * @param ref - as the host gave it
 * @param source - of what the server is made
 * @param reason - why
 * @param timeoutMs - how long an attempt might have lived, in milliseconds
 * @param moment - when and where it is decided
 */
export function refused<S>(
  ref: S,
  source: ServerSource,
  reason: RefusedReason,
  timeoutMs: number,
  moment: DecisionMoment,
): Decision<S> {
  return new MadeDecision(ref, source, { action: 'refuse', reason, timeoutMs }, moment);
}

/** Whether a value is a decision, and not what names a server. */
export function isDecision(target: unknown): target is Decision {
  if (target instanceof MadeDecision) return true;
  const { action, server, [SOURCE]: source } = Object(target) as Partial<MadeDecision<unknown>>;
  return typeof action === 'string' && (source !== undefined || (typeof server === 'object' && server !== null));
}

const ACTIONS: readonly Decision['action'][] = ['encrypt', 'clear', 'refuse'];
/** What copies were made whole: one of each, so that the second report of a copy is known for one. */
const wholes = new WeakMap<Decision, Decision>();

/**
 * A decision with all its parts and nothing else, which a copy has not got: one by spreading lacks the server, and one
 * from JSON has `null` for what is endless.
 *
 * @param decision - one of ours, or a copy
 * @throws `InvalidInputError` `INVALID_DECISION`, or of its server
 */
export function whole(decision: Decision): Decision {
  if (MadeDecision.is(decision)) return decision;
  const known = wholes.get(decision);
  if (known !== undefined) return known;
  const { action, reason, ref, at, epoch, timeoutMs, fallback } = decision;
  const { [SOURCE]: source = asRef(decision.server) } = decision as Partial<MadeDecision<ServerRef>>;
  const hedgeAfterMs = decision.hedgeAfterMs ?? NEVER;
  const proof = decision.authentication ?? undefined;
  const authentication = proof === undefined ? undefined : canonicalAuthentication(proof);
  const demanded = decision.demanded === true || reason === 'demand';
  const how = { action, reason, fallback, hedgeAfterMs, timeoutMs, authentication, demanded };
  const made = new MadeDecision(ref, source, how, { now: at, epoch });
  const isUsable = ACTIONS.includes(action) && hedgeAfterMs >= 0 && timeoutMs > 0;
  if (!isUsable || (action !== 'refuse' && made.endpoints.length === 0))
    throw new InvalidInputError('INVALID_DECISION', decision, 'a decision, or a copy of one');
  wholes.set(decision, made);
  return made;
}

/**
 * What was noted of a decision by the one selector that made it and hears reports of it. A weak map would take several times
 * as long.
 *
 * @param decision - as {@link whole} gave it
 * @returns to be written into
 */
export function notesOf(decision: Decision): object {
  return MadeDecision.notesOf(decision as MadeDecision<unknown>);
}

/** What a copy says of its server is read again, as if the host had named it. */
function asRef({ address, port, localAddress, zone, nameserver, dot }: ResolvedServer): ResolvedServer {
  const own = { address, port, localAddress, zone, nameserver };
  if (dot === undefined || dot.address === address) return resolveServer({ ...own, dotPort: dot?.port });
  // A source has led elsewhere.
  const elsewhere = resolveServer({ address: dot.address, dotPort: dot.port, localAddress: dot.localAddress });
  return { ...resolveServer(own), dot: elsewhere.dot };
}
