import { unlessAborted } from './common/abort.js';
import { type Clock, settleWithin } from './common/clock.js';
import { DeadlineQueue } from './common/deadline-queue.js';
import { DotscoutError, InvalidInputError, QueryError } from './common/errors.js';
import { KeepAlive } from './common/keep-alive.js';
import { SlotList } from './common/slot-list.js';
import type { Claim } from './contact/claim.js';
import { type DecisionContext, NO_FACTS } from './contact/contact.js';
import { checkFresh, type Decision, isDecision, whole } from './contact/decision.js';
import { parsePrefix } from './contact/guard.js';
import { resolveServer, type ServerRef } from './contact/server.js';
import { Decider } from './decide/decider.js';
import { Discovery } from './discovery/discovery.js';
import type { DryRunRow } from './observe/dry-run.js';
import { type DumpOptions, dump } from './observe/dump.js';
import { type EndpointEntry, entriesOf } from './observe/entries.js';
import { Events, type SelectorEventName, type SelectorListener } from './observe/events.js';
import { type Explanation, explain } from './observe/explain.js';
import { KeysSeen } from './observe/keys-seen.js';
import { type Metrics, metricsOf, newCounters, type SelectorCounters } from './observe/metrics.js';
import {
  checkProbeRequest,
  checkQueryOptions,
  type Parts,
  type ProbeRequest,
  partsOf,
  type QueryOptions,
  type SelectorOptions,
} from './options.js';
import type { ProbeResult } from './probe/prober.js';
import { Comparisons } from './query/comparisons.js';
import { HedgeWatch, type Leak } from './query/hedge-watch.js';
import { Query, type QueryDeps, type QueryResult } from './query/query.js';
import type { WakeReason } from './query/race.js';
import { checkOutcome, type Outcome, Reports } from './query/reports.js';
import { Holdoffs } from './rules/holdoffs.js';
import type { Rules } from './rules/rule-book.js';
import { forbids } from './rules/terms.js';
import { BoundedProber } from './sources/bounded-prober.js';
import { Claims, contactOf } from './sources/claims.js';
import { ProbingSource } from './sources/probing-source.js';
import type { Endpoint, FailureKind, Phase } from './state/model.js';
import { type PolicyInput, resolvePolicy } from './state/policy.js';
import type { Imported, StoredVerdict } from './store/verdict.js';
import {
  forgetEndpoint,
  isAdopting,
  isAttempting,
  isFaultTelling,
  isKeyTelling,
  resetExchange,
} from './transport/exchange.js';
import { checkQuery } from './wire/message.js';
import { Question } from './wire/names.js';

const NO_OPTIONS: QueryOptions = {};

/** How long `close` waits for parts of the host's own, in milliseconds. */
const CLOSE_MS = 1_000;

/**
 * Finds out which servers speak DNS over TLS, remembers it, and chooses the transport of every query: opportunistic
 * encryption to authoritative servers (RFC 9539). No query waits for discovery, and none fails because DoT broke.
 *
 * @example
 * ```ts
 * const selector = new TransportSelector();
 * const { message, transport } = await selector.query('192.0.2.53', query, { context: { zone: 'example.org' } });
 * await selector.close();
 * ```
 */
export class TransportSelector {
  readonly #parts: Parts;
  readonly #clock: Clock;
  readonly #events = new Events();
  readonly #counters: SelectorCounters;
  readonly #discovery: Discovery;
  readonly #decider: Decider;
  readonly #reports: Reports;
  readonly #keepAlive: KeepAlive;
  readonly #queries = new SlotList<Query>();
  readonly #deadlines: DeadlineQueue<WakeReason>;
  readonly #hedges: HedgeWatch;
  readonly #holdoffs = new Holdoffs();
  readonly #queryDeps: QueryDeps;
  readonly #keys: KeysSeen;
  readonly #claims: Claims | undefined;
  readonly #stopListening: () => void;
  #epoch = 0;
  #network: string | undefined;
  #closing: Promise<void> | undefined;

  /**
   * @param options - all have defaults
   * @throws `InvalidInputError` `INVALID_OPTION`, `INVALID_POLICY`, `INVALID_PREFIX`, `INVALID_RULE` or
   *   `INVALID_SOURCE`
   */
  constructor(options: SelectorOptions = {}) {
    const parts = partsOf(options);
    const { clock, policy, rules, guard, prober, random, dot, store, sources } = parts;
    this.#counters = newCounters(parts.dryRun);
    this.#parts = parts;
    this.#clock = clock;
    this.#keepAlive = new KeepAlive(clock);
    this.#keys = new KeysSeen(clock, this.#events);
    this.#claims =
      sources.length === 0
        ? undefined
        : new Claims(sources, {
            ...{ random, authenticates: dot.authenticates === true },
            admits: (address) => guard.admits(address) && !forbids(rules.book, address),
            verdictOf: (endpoint) => this.#discovery.verdictOf(endpoint),
            standing: (key, now) => this.#holdoffs.standing(key, now),
            failed: () => this.#counters.ignored.add('source'),
          });
    this.#discovery = new Discovery({
      keys: this.#keys,
      ...{ clock, policy, rules, guard, prober, random, store },
      events: this.#events,
      counters: this.#counters,
      isHeld: (endpoint) => this.#isWarm(endpoint),
      loaded: () => {
        if (this.#closing === undefined) this.#decider.standstill = undefined;
      },
      claimTermsOf: (endpoint) => this.#claims?.probeTermsOf(endpoint, clock.now()),
      adopt: (endpoint, session) => quietly(() => isAdopting(dot) && dot.adopt(endpoint, session)) === true,
    });
    this.#decider = new Decider({
      ...{ parts, discovery: this.#discovery, counts: this.#counters.decisions, dryRun: this.#counters.dryRun },
      claims: this.#claims,
      isWarm: (endpoint, now) => this.#isWarm(endpoint) || this.#hedges.isSilent(endpoint, now),
    });
    if (store !== undefined) this.#decider.standstill = 'loading';
    this.#reports = new Reports(this.#discovery);
    this.#deadlines = new DeadlineQueue(clock);
    this.#hedges = new HedgeWatch((leak) => this.#leaked(leak));
    this.#queryDeps = {
      ...{ clock, dot, do53: parts.do53, deadlines: this.#deadlines, hedges: this.#hedges, holdoffs: this.#holdoffs },
      comparisons: new Comparisons(),
      ...{ discovery: this.#discovery, events: this.#events, counters: this.#counters, claims: this.#claims },
      epoch: () => this.#epoch,
      ended: (query) => {
        this.#keepAlive.release();
        this.#queries.delete(query);
      },
    };
    const mayProbe = (address: string) =>
      guard.admits(address) && !forbids(rules.book, address) && !this.#discovery.scheduler.isPaused;
    const sourceProber = new BoundedProber({ prober, clock, mayProbe });
    this.#claims?.open({ clock, guard, do53: parts.do53, prober: sourceProber, random });
    // What a server does while no query waits has no attempt to tell of it.
    const forget = quietly(() =>
      isFaultTelling(dot) ? dot.onFault((endpoint, { phase, kind }) => this.#strike(endpoint, phase, kind)) : undefined,
    );
    const deafen = quietly(() =>
      isKeyTelling(dot) ? dot.onKey((endpoint, spki) => this.#keys.see(endpoint, spki)) : undefined,
    );
    this.#stopListening = () => {
      quietly(() => forget?.());
      quietly(() => deafen?.());
    };
  }

  /**
   * A selector that has read its store before anything is asked of it. A store that cannot be read is told by the event
   * `store` and by `metrics()`, and nothing more: the promise resolves all the same, after 10 s at the latest.
   *
   * @param options - as for the constructor
   * @throws `InvalidInputError` as the constructor; the promise rejects with it
   *
   * @example
   * ```ts
   * const selector = await TransportSelector.open({ store: new FileStore({ path: '/var/lib/resolver/dot.jsonl' }) });
   * ```
   */
  static async open(options: SelectorOptions = {}): Promise<TransportSelector> {
    const selector = new TransportSelector(options);
    await selector.#discovery.storeLink?.loaded;
    return selector;
  }

  // --- Which transport ----------------------------------------------------------------------------------------------

  /**
   * Which transport a query to a server is to take. Synchronous, without I/O; counts a contact, which may bring about a
   * probe in the background.
   *
   * @throws `InvalidInputError` for a malformed server or context
   */
  decide<S extends ServerRef>(server: S, context?: DecisionContext<S>): Decision<S> {
    return this.#decider.decide(server, context);
  }

  /**
   * The same as {@link TransportSelector.decide}, counting nothing.
   *
   * @throws `InvalidInputError` for a malformed server or context
   */
  peek<S extends ServerRef>(server: S, context?: DecisionContext<S>): Decision<S> {
    return this.#decider.peek(server, context);
  }

  /**
   * A zone's servers, best first: encrypted before clear within a latency budget, else in the host's order. Counts a
   * contact for the first and for one of the others in turn, so that all get discovered in time and a delegation stuffed
   * with strangers' addresses buys nothing.
   *
   * @throws `InvalidInputError` for a malformed server or context
   */
  rank<S extends ServerRef>(servers: readonly S[], context?: DecisionContext<S>): Decision<S>[] {
    return this.#decider.rank(servers, context);
  }

  #isWarm(endpoint: Endpoint): boolean {
    const { dot } = this.#parts;
    return quietly(() => isAttempting(dot) && dot.isOpen?.(endpoint)) === true;
  }

  // --- Queries ------------------------------------------------------------------------------------------------------

  /**
   * Sends a query the way that is decided, and brings the answer. A DoT attempt that fails is followed by Do53 at once,
   * one that is slow is joined by it.
   *
   * @param target - a server, or a decision of at most 10 s ago, which is neither counted nor made again
   * @param message - a DNS query in wire format, without the two length octets of TCP
   * @param options - signal, time and context
   * @throws `InvalidInputError` for a malformed server, message or option; rejects with `QueryError` `TIMEOUT`,
   *   `NO_ANSWER`, `REFUSED_BY_GUARD`, `REFUSED_BY_RULE`, `NO_ENDPOINT`, `STALE_DECISION` or `CLOSED`, or with `signal.reason`
   */
  query(target: ServerRef | Decision, message: Uint8Array, options?: QueryOptions): Promise<QueryResult> {
    try {
      return this.#query(target, message, options === undefined ? NO_OPTIONS : checkQueryOptions(options));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  #query(target: ServerRef | Decision, message: Uint8Array, options: QueryOptions): Promise<QueryResult> {
    checkQuery(message);
    const { signal, timeoutMs = this.#parts.timeoutMs, context } = options;
    const now = this.#clock.now();
    const question = new Question(message);
    const made = isDecision(target) ? checkFresh(target, now, this.#epoch) : undefined;
    signal?.throwIfAborted();
    if (this.#closing !== undefined) throw closedError();
    const decision =
      made === undefined
        ? this.#decider.decideFor(target as ServerRef, context, question, now)
        : this.#decider.underRules(made, context, question, now);
    // What a listener did meanwhile.
    signal?.throwIfAborted();
    if (this.#closing !== undefined) throw closedError();
    if (decision.action === 'refuse') throw refusal(decision);
    const query = new Query(this.#queryDeps, decision, message, signal, timeoutMs, now);
    this.#queries.add(query);
    this.#keepAlive.hold();
    return query.start();
  }

  /** Hedges win so often that the encryption leaks: told, and a strike. A silent session is a strike of its own. */
  #leaked({ endpoint, queries, leaked, slow }: Leak): void {
    this.#counters.queries.add('leaks');
    this.#events.emit('leak', () => ({ endpoint, queries, leaked }));
    if (slow) this.#strike(endpoint, 'answer', 'silent');
  }

  /** What an endpoint has shown just now, outside of any attempt. */
  #strike(endpoint: Endpoint, phase: Phase, kind: FailureKind): void {
    if (this.#closing !== undefined) return;
    const now = this.#clock.now();
    const evidence = { result: 'failure', phase, kind, controlled: true } as const;
    this.#discovery.learn(endpoint, { source: 'live', evidence, startedAt: now, endedAt: now });
  }

  /**
   * What became of a query that the host sent itself. The second report of a decision and transport, and one of another
   * network, are counted and ignored.
   *
   * @throws `InvalidInputError` `INVALID_DECISION` or `INVALID_OUTCOME`
   */
  report(decision: Decision, outcome: Outcome): void {
    if (!isDecision(decision)) throw new InvalidInputError('INVALID_DECISION', decision, 'a decision of this selector');
    checkOutcome(outcome);
    const ignored = this.#closing !== undefined ? 'closed' : decision.epoch === this.#epoch ? undefined : 'epoch';
    const why = ignored ?? this.#reports.hear(whole(decision), outcome, this.#clock.now());
    if (why !== undefined) this.#counters.ignored.add(why);
  }

  /**
   * Probes a server now: whatever thresholds and damping say, within guard, rules and budgets. Joins a probe in flight.
   *
   * @throws `InvalidInputError` for a malformed server; rejects with `DotscoutError` `REFUSED_BY_GUARD`,
   *   `REFUSED_BY_RULE`, `NO_ENDPOINT`, `BUDGET` or `CLOSED`, or with `signal.reason`
   */
  async probe(server: ServerRef, request: ProbeRequest = {}): Promise<ProbeResult> {
    const resolved = resolveServer(server);
    const { dot, address, clear, zone, nameserver } = resolved;
    const { force = false, record = true, signal } = checkProbeRequest(request);
    if (dot === undefined) throw new DotscoutError('NO_ENDPOINT', `no DoT port is known of ${address}`);
    signal?.throwIfAborted();
    const terms = this.#decider.termsOf(resolved);
    const unproven = terms?.reason === 'rule-authenticate' && terms.authentication === undefined;
    if (terms?.reason === 'rule-never' || unproven)
      throw new DotscoutError('REFUSED_BY_RULE', `rules leave no probe of ${address}`);
    // What is encrypted or not sent at all is not told to a later probe either, which may ask in clear text.
    const facts = { clear, ...(terms === undefined ? { zone, nameserver } : {}) };
    const probed = this.#discovery.probe(dot, facts, { force, record, terms });
    return this.#keepAlive.during(signal === undefined ? probed : unlessAborted(probed, signal));
  }

  // --- What is known ------------------------------------------------------------------------------------------------

  /**
   * Why a server is asked the way it is, since when, until when, and what comes next. Counts nothing.
   *
   * @throws `InvalidInputError` for a malformed server
   */
  explain(server: ServerRef): Explanation {
    const decision = this.peek(server);
    const { dot } = decision.server;
    const record = dot === undefined ? undefined : this.#discovery.table.recordOf(dot);
    const known = {
      rule: this.#decider.ruleFor(decision),
      key: dot && this.#keys.of(dot),
      claims: this.#claimsOf(decision),
      lameZoneMs: this.#discovery.table.policy.lameZoneMs,
    };
    return explain(decision, record, this.#clock, known);
  }

  #claimsOf({ server }: Decision): readonly Claim[] {
    const contact = contactOf(server, NO_FACTS, undefined, this.#clock.now(), false);
    const probing = new ProbingSource((endpoint) => this.#discovery.look(endpoint)?.state);
    return [...(this.#claims?.all(contact) ?? []), ...probing.claims(contact)];
  }

  /** All endpoints that are remembered, in the order in which they were first met. */
  entries(): Iterable<EndpointEntry> {
    return entriesOf(this.#discovery.table.records(), this.#clock);
  }

  /** The table as text, in the layout of PowerDNS Recursor's `dump-dot-probe-map`. */
  dump(options?: DumpOptions): string {
    return dump(this.#discovery.table.recordsInOrder(), this.#clock, options);
  }

  /** What was done so far, and what is held now. */
  metrics(): Metrics {
    const { table, scheduler } = this.#discovery;
    return metricsOf(this.#counters, table, { candidates: scheduler.waiting, listenerErrors: this.#events.caught });
  }

  /**
   * What a dry run would have done so far: decisions, and of them those to be encrypted and hedged, and probes, by the zones'
   * top-level labels; at most 257 rows. Empty unless `dryRun` was set.
   */
  dryRunReport(): DryRunRow[] {
    return this.#counters.dryRun?.report() ?? [];
  }

  // --- Operation ----------------------------------------------------------------------------------------------------

  /**
   * Forgets a server, or all endpoints in a prefix (`"192.0.2.0/24"`).
   *
   * @returns how many were forgotten
   * @throws `InvalidInputError` for a malformed server or prefix
   */
  forget(serverOrPrefix: ServerRef): number {
    const isPrefix = typeof serverOrPrefix === 'string' && serverOrPrefix.includes('/');
    const chosen = isPrefix ? this.#inPrefix(serverOrPrefix) : this.#knownOf(serverOrPrefix);
    for (const endpoint of chosen) {
      this.#discovery.forget(endpoint);
      this.#keys.forget(endpoint);
      quietly(() => forgetEndpoint(this.#parts.dot, endpoint.key));
    }
    return chosen.length;
  }

  #inPrefix(text: string): readonly Endpoint[] {
    const { address, bits } = parsePrefix(text);
    return this.#discovery.table.endpointsIn(address, bits);
  }

  /** Its own endpoint, and the one that a source leads to. */
  #knownOf(server: ServerRef): readonly Endpoint[] {
    const own = resolveServer(server).dot;
    const claimed = this.#claims === undefined ? own : this.peek(server).server.dot;
    const all = own?.key === claimed?.key ? [own] : [own, claimed];
    return all.filter((dot) => dot !== undefined).filter((dot) => this.#discovery.table.find(dot) >= 0);
  }

  /**
   * Another policy from now on. What is known is kept.
   *
   * @throws `InvalidInputError` `INVALID_POLICY`
   */
  setPolicy(policy: PolicyInput): void {
    this.#discovery.setPolicy(resolvePolicy(policy));
  }

  /**
   * Other rules in the place of all these, from this moment on: decisions made before are used as the new rules have it, and
   * probes that they forbid are given up. A session that is open ends by itself when it is idle; one that has proven too little
   * serves nobody who demands more.
   *
   * @param rules - a list, or the text of a rule file; where one is wrong, nothing changes
   * @throws `InvalidInputError` `INVALID_RULE`, which names the rule or line, the value and what was expected
   *
   * @example
   * ```ts
   * selector.setRules([{ action: 'require', zone: 'example.org' }]);
   * selector.setRules(await readFile('/etc/dotscout/rules', 'utf8'));
   * ```
   */
  setRules(rules: Rules): void {
    this.#parts.rules.set(rules);
    this.#holdoffs.clear();
    this.#discovery.rulesChanged();
  }

  /** No probe begins until {@link TransportSelector.resume}. Contacts are counted, and what is Good is used. */
  pause(): void {
    this.#discovery.scheduler.pause();
  }

  /** Probes begin again. */
  resume(): void {
    this.#discovery.scheduler.resume();
  }

  /**
   * The host is on another network: no verdict, session or ticket of the old one is used any more. Where thousands of
   * servers are known, their `transition` events follow in the next seconds, so that no call takes long.
   *
   * @param id - the network's name, where the host has one; the same name again changes nothing
   */
  networkChanged(id?: string): void {
    if (id !== undefined && id === this.#network) return;
    this.#network = id;
    this.#epoch++;
    this.#decider.epoch = this.#epoch;
    this.#discovery.newEpoch(id);
    this.#keys.clear();
    this.#claims?.networkChanged(id);
    this.#hedges.reset();
    this.#holdoffs.clear();
    quietly(() => resetExchange(this.#parts.dot));
    quietly(() => resetExchange(this.#parts.do53));
  }

  /**
   * Resolves once all that was learned so far is stored; at once without a store.
   *
   * @throws rejects with `DotscoutError` `STORE` where it cannot be stored now
   */
  async flush(): Promise<void> {
    const { storeLink } = this.#discovery;
    if (storeLink !== undefined) await this.#keepAlive.during(storeLink.flush());
  }

  /**
   * All verdicts, to seed another resolver or to look at: plain data, for `verdictLines` of `dotscout/store` or any JSON.
   * Each is made as it is read.
   */
  export(): Iterable<StoredVerdict> {
    return this.#discovery.verdicts();
  }

  /**
   * Takes in what another resolver has exported, as hearsay: it is used where nothing is held, for no longer than the
   * policy would have it, and what is Good ends with its first failure.
   *
   * @param verdicts - as {@link TransportSelector.export} makes them; what is none is skipped
   */
  async import(verdicts: Iterable<unknown> | AsyncIterable<unknown>): Promise<Imported> {
    return this.#discovery.import(verdicts);
  }

  /** Adds a listener; its throw harms nothing and is counted. */
  on<E extends SelectorEventName>(event: E, listener: SelectorListener<E>): this {
    this.#events.on(event, listener);
    return this;
  }

  /** Adds a listener for one time. */
  once<E extends SelectorEventName>(event: E, listener: SelectorListener<E>): this {
    this.#events.once(event, listener);
    return this;
  }

  /** Removes a listener. */
  off<E extends SelectorEventName>(event: E, listener: SelectorListener<E>): this {
    this.#events.off(event, listener);
    return this;
  }

  /** Ends everything within a second: waiting calls reject with `CLOSED`, nothing stays open, no event follows. */
  close(): Promise<void> {
    this.#decider.standstill = 'closed';
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** The same as {@link TransportSelector.close}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    this.#events.close();
    this.#stopListening();
    this.#discovery.close();
    for (const query of this.#queries.list()) query.cancel(closedError());
    this.#deadlines.close();
    const { dot, do53 } = this.#parts;
    const parts = [dot, do53].map(async (part) => part.close());
    const others = [this.#discovery.storeLink?.close(), this.#claims?.close()];
    await settleWithin(this.#clock, CLOSE_MS, Promise.allSettled([...parts, ...others]));
  }
}

/** What a host's own part throws outside of an exchange harms nobody else. */
function quietly<T>(run: () => T): T | undefined {
  try {
    return run();
  } catch {
    return undefined;
  }
}

/** Why nothing may be sent. */
function refusal({ reason, server: { address } }: Decision): QueryError {
  if (reason === 'guard') return new QueryError('REFUSED_BY_GUARD', `the guard forbids ${address}`);
  if (reason === 'port') return new QueryError('NO_ENDPOINT', `no DoT port is known of ${address}`);
  if (reason === 'closed') return closedError();
  const why = reason === 'authentication' ? 'nothing here can check what it has to prove' : 'a rule forbids DoT';
  return new QueryError('REFUSED_BY_RULE', `${address} must be encrypted, and ${why}`);
}

function closedError(): QueryError {
  return new QueryError('CLOSED', 'the selector is closed');
}
