import { inspect } from 'node:util';
import { type Assembly, assemble } from './assemble.js';
import { unlessAborted } from './common/abort.js';
import type { Clock } from './common/clock.js';
import { DotscoutError } from './common/errors.js';
import type { DecisionContext } from './contact/contact.js';
import { type Decision, isDecision } from './contact/decision.js';
import { checkFresh, closedError } from './contact/query-error.js';
import { resolveServer, type ServerRef } from './contact/server.js';
import type { Decider } from './decide/decider.js';
import { namedEndpoints } from './decide/named-endpoints.js';
import type { Discovery } from './discovery/discovery.js';
import type { DryRunRow } from './observe/dry-run.js';
import { connectEvents, SelectorEmitter } from './observe/emitter.js';
import { dump, type EndpointEntry, entriesOf } from './observe/entries.js';
import { type Explanation, explain } from './observe/explain.js';
import { inspected } from './observe/inspected.js';
import { type Metrics, metricsOf } from './observe/metrics.js';
import {
  checkProbeRequest,
  checkQueryOptions,
  type ProbeRequest,
  partsOf,
  type QueryOptions,
  type SelectorOptions,
} from './options.js';
import type { ProbeResult } from './probe/prober.js';
import { Query, type QueryResult } from './query/query.js';
import type { Outcome } from './query/reports.js';
import { type RunFunction, run } from './query/run.js';
import type { Rules } from './rules/rule-lookup.js';
import { type PolicyInput, resolvePolicy } from './state/policy.js';
import type { DumpOptions } from './store/dump-lines.js';
import type { Imported, StoredVerdict } from './store/verdict.js';
import { requireQuery } from './wire/message.js';
import { Question } from './wire/names.js';

const NO_OPTIONS: QueryOptions = {};

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
export class TransportSelector extends SelectorEmitter {
  readonly #assembly: Assembly;
  readonly #clock: Clock;
  readonly #discovery: Discovery;
  readonly #decider: Decider;
  #network: string | undefined;
  #closing: Promise<void> | undefined;

  /**
   * @param options - all have defaults
   * @throws `InvalidInputError` `INVALID_OPTION`, `INVALID_POLICY`, `INVALID_PREFIX`, `INVALID_RULE` or
   *   `INVALID_SOURCE`
   */
  constructor(options: SelectorOptions = {}) {
    super();
    const assembly = assemble(partsOf(options));
    connectEvents(this, assembly.events);
    this.#assembly = assembly;
    this.#clock = assembly.parts.clock;
    this.#discovery = assembly.discovery;
    this.#decider = assembly.decider;
    const shown = (): object => inspected(this.metrics(), assembly.sessions.open, this.#closing !== undefined);
    Object.defineProperty(this, inspect.custom, { value: shown });
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
    await selector.#discovery.storeSync.link?.loaded;
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
    requireQuery(message);
    const { parts, queries, queryDeps, keepAlive } = this.#assembly;
    const { signal, timeoutMs = parts.timeoutMs, context } = options;
    const now = this.#clock.now();
    const question = new Question(message);
    const made = isDecision(target) ? checkFresh(target, now, this.#decider.epoch) : undefined;
    this.#requireOpen(signal);
    const decision =
      made === undefined
        ? this.#decider.decideFor(target as ServerRef, context, question, now)
        : this.#decider.underRules(made, context, question, now);
    // What a listener did meanwhile.
    this.#requireOpen(signal);
    if (decision.action === 'refuse') throw queryDeps.refusalOf(decision);
    const query = new Query(queryDeps, decision, message, timeoutMs, now);
    queries.add(query);
    keepAlive.hold();
    return query.start(signal);
  }

  #requireOpen(signal: AbortSignal | undefined): void {
    signal?.throwIfAborted();
    if (this.#closing !== undefined) throw closedError();
  }

  /**
   * Has a client of the host's own send a query: it decides, calls `attempt`, reports what comes of it, and where DoT fails
   * and rules allow calls `attempt` for Do53. There is no hedge. Where the zone is known and DoT answers a message with a response
   * code of an error, Do53 is asked too, within the bounds of comparisons, and the better answer is given. All attempts share
   * the time of a query. Rules see the zone and name server of `context`, for no question is known.
   *
   * @param attempt - asks one endpoint over one transport; what it throws is classified as by {@link classifyError}, and the
   *   response code is read where it resolves with a message (a `Uint8Array`)
   * @returns what `attempt` has resolved with
   * @throws rejects with `InvalidInputError` for a malformed server or context, or with `QueryError` `NO_ANSWER`, whose `cause`
   *   is what `attempt` has thrown last, `REFUSED_BY_GUARD`, `REFUSED_BY_RULE`, `NO_ENDPOINT` or `CLOSED`
   *
   * @example
   * ```ts
   * const answer = await selector.run('192.0.2.53', ({ transport, endpoint, signal }) =>
   *   transport === 'dot' ? client.overTls(endpoint, query, signal) : client.overUdp(endpoint, query, signal),
   * );
   * ```
   */
  async run<T>(server: ServerRef, attempt: RunFunction<T>, context?: DecisionContext): Promise<T> {
    const { runDeps, keepAlive } = this.#assembly;
    return keepAlive.during(run(runDeps, this.#decider.decide(server, context), attempt));
  }

  /**
   * What became of a query that the host sent itself. The second report of a decision and transport, and one of another
   * network, are counted and ignored.
   *
   * @throws `InvalidInputError` `INVALID_DECISION` or `INVALID_OUTCOME`
   */
  report(decision: Decision, outcome: Outcome): void {
    this.#assembly.reports.report(decision, outcome);
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
    return this.#assembly.keepAlive.during(signal === undefined ? probed : unlessAborted(probed, signal));
  }

  /**
   * Resolves when no probe runs or waits for its turn (while probing is paused: runs). The process lives as long.
   */
  idle(): Promise<void> {
    return this.#assembly.keepAlive.during(this.#discovery.scheduler.idle());
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
    const key = dot && this.#assembly.keys.of(dot);
    const { lameZoneMs } = this.#discovery.table.policy;
    return explain(decision, record, this.#clock, { key, lameZoneMs, ...this.#decider.groundsOf(decision) });
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
    const { counts: hostErrors } = this.#assembly.events.hostErrors;
    return metricsOf(this.#assembly.counters, table, {
      candidates: scheduler.waiting,
      listenerErrors: hostErrors.listener ?? 0,
      hostErrors,
    });
  }

  /**
   * What a dry run would have done so far: decisions, and of them those to be encrypted and hedged, and probes, by the zones'
   * top-level labels; at most 257 rows. Empty unless `dryRun` was set.
   */
  dryRunReport(): DryRunRow[] {
    return this.#assembly.counters.dryRun?.report() ?? [];
  }

  // --- Operation ----------------------------------------------------------------------------------------------------

  /**
   * Forgets a server, or all endpoints in a prefix (`"192.0.2.0/24"`).
   *
   * @returns how many were forgotten
   * @throws `InvalidInputError` for a malformed server or prefix
   */
  forget(serverOrPrefix: ServerRef): number {
    const { claims, keys, sessions } = this.#assembly;
    const decider = claims === undefined ? undefined : this.#decider;
    const chosen = namedEndpoints(serverOrPrefix, this.#discovery.table, decider);
    for (const endpoint of chosen) {
      this.#discovery.forget(endpoint);
      keys.forget(endpoint);
      sessions.forget(endpoint);
    }
    return chosen.length;
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
   * Other rules in the place of all these, all at once: decisions made before are used as the new rules have it, and probes
   * that they forbid are given up. A session that is open ends by itself when it is idle; one that has proven too little
   * serves nobody who demands more.
   *
   * Up to 1,000 rules, or a text of up to 65,536 characters, are in force before this returns. More are read in slices of a few
   * milliseconds, so that no query waits for it, and the old rules hold until the promise resolves; of several such calls the
   * last one holds in the end.
   *
   * @param rules - a list, or the text of a rule file; where one is wrong, nothing changes
   * @returns resolves when they are in force
   * @throws `InvalidInputError` `INVALID_RULE`, which names the rule or line, the value and what was expected; where there are
   *   more than that, the promise rejects with it
   *
   * @example
   * ```ts
   * selector.setRules([{ action: 'require', zone: 'example.org' }]);
   * await selector.setRules(await readFile('/etc/dotscout/rules', 'utf8'));
   * ```
   */
  setRules(rules: Rules): Promise<void> {
    const { parts, holdoffs } = this.#assembly;
    return parts.rules.set(rules, this.#clock, () => {
      holdoffs.clear();
      this.#discovery.probeRuns.rulesChanged();
    });
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
    this.#assembly.networkChanged(id);
  }

  /**
   * Resolves once all that was learned so far is stored; at once without a store.
   *
   * @throws rejects with `DotscoutError` `STORE` where it cannot be stored now, `CLOSED` where it was not before `close` has ended
   */
  async flush(): Promise<void> {
    const { link } = this.#discovery.storeSync;
    if (link !== undefined) await this.#assembly.keepAlive.during(link.flush());
  }

  /**
   * All verdicts, to seed another resolver or to look at: plain data, for `verdictLines` of `dotscout/store` or any JSON.
   * Each is made as it is read.
   */
  export(): Iterable<StoredVerdict> {
    return this.#discovery.storeSync.verdicts();
  }

  /**
   * Takes in what another resolver has exported, as hearsay: it is used where nothing is held, for no longer than the
   * policy would have it, and what is Good ends with its first failure.
   *
   * @param verdicts - as {@link TransportSelector.export} makes them; what is none is skipped
   */
  async import(verdicts: Iterable<unknown> | AsyncIterable<unknown>): Promise<Imported> {
    return this.#discovery.hearsay.import(verdicts);
  }

  /** Ends everything within a second: waiting calls reject with `CLOSED`, nothing stays open, no event follows. */
  close(): Promise<void> {
    this.#decider.standstill = 'closed';
    this.#closing ??= this.#assembly.close();
    return this.#closing;
  }

  /** The same as {@link TransportSelector.close}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
