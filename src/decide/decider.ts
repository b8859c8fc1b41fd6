import type { Clock } from '../common/clock.js';
import { InvalidInputError } from '../common/errors.js';
import type { Authentication } from '../contact/authentication.js';
import { type ContactFacts, type DecisionContext, factsOf, NO_FACTS, withFacts } from '../contact/contact.js';
import {
  type Decision,
  type DecisionMoment,
  dotOnly,
  encrypted,
  type InClearReason,
  inClear,
  PlainServer,
  refused,
  type ServerSource,
} from '../contact/decision.js';
import { type ResolvedServer, resolveServer, type ServerRef } from '../contact/server.js';
import type { Discovery } from '../discovery/discovery.js';
import { type DecisionCounts, REASONS } from '../observe/decision-counts.js';
import type { DryRunCounts } from '../observe/dry-run.js';
import type { Terms } from '../rules/terms.js';
import { isBelieved } from '../sources/claim-weight.js';
import type { Claimed, Claims } from '../sources/claims.js';
import { WORDS } from '../state/address/words.js';
import { isLame } from '../state/lame.js';
import type { Endpoint } from '../state/model.js';
import type { Timing } from '../state/smoothing.js';
import type { EndpointRecord } from '../state/table/endpoint-record.js';
import type { NumberedRows } from '../state/table/numbered-rows.js';
import { GLANCE, type Glance } from '../state/table/packed-rows.js';
import { NO_TIMING } from '../state/table/row-extras.js';
import { ABSENT } from '../state/table/row-store.js';
import type { Question } from '../wire/names.js';
import { type Asked, Demands, type DemandsParts, type Grounds, isByDemand, isUnder } from './demands.js';
import { hedgeDelay, isLikelyHedged } from './hedge-delay.js';
import { explore, inOrder, inTurn, latencyOf, type Ranked } from './rank.js';

/** What a decider needs of the selector's parts. */
export interface DeciderParts extends DemandsParts {
  readonly clock: Clock;
  readonly random: () => number;
}

/** What a decider needs. */
export interface DeciderDeps {
  readonly parts: DeciderParts;
  readonly discovery: Discovery;
  readonly counts: DecisionCounts;
  /** What a dry run would have done; only in one. */
  readonly dryRun?: DryRunCounts | undefined;
  /** What sources say; only where there are any. */
  readonly claims?: Claims | undefined;
  /** Whether an answer is waited for there as on an open session, be it for a handshake or not. */
  isWarm(endpoint: Endpoint, now: number): boolean;
}

/** The port of a server's Do53 where its address alone is given. */
const DO53_PORT = 53;

/** The row of an endpoint, or why there is none. */
type RowOrReason = EndpointRecord | 'port' | 'guard' | 'full' | 'loading' | 'closed' | undefined;

/** A row, what was seen of it at a glance, and the zone that the host names. */
interface Seen {
  readonly row: number;
  readonly glance: Exclude<Glance, 0>;
  readonly zone: string | undefined;
}

/** What a server is asked, and what is known of its speed. */
interface Look<S> {
  readonly decision: Decision<S>;
  readonly timing: Timing | undefined;
}

/**
 * Chooses transports. A plain address whose row is there and is not due for anything takes the short way: the text is
 * read into words, the row is found and counted in, and no object but the decision is made.
 */
export class Decider {
  readonly #deps: DeciderDeps;
  readonly #discovery: Discovery;
  readonly #rows: NumberedRows;
  readonly #parts: DeciderParts;
  readonly #demands: Demands;
  readonly #counts: DecisionCounts;
  readonly #clock: Clock;
  readonly #dryRun: DryRunCounts | undefined;
  #turn = 0;
  /** The network that the host is on now. */
  epoch = 0;
  /** Why nothing is asked of the table: what was stored is still being read into it, or all is over. */
  standstill: 'loading' | 'closed' | undefined;

  /** @param deps - what it needs */
  constructor(deps: DeciderDeps) {
    this.#deps = deps;
    this.#discovery = deps.discovery;
    this.#rows = deps.discovery.table.numbered;
    this.#parts = deps.parts;
    this.#demands = new Demands(deps.parts, deps.claims);
    this.#counts = deps.counts;
    this.#clock = deps.parts.clock;
    this.#dryRun = deps.dryRun;
  }

  /** What was stored is in the table. */
  loaded(): void {
    if (this.standstill === 'loading') this.standstill = undefined;
  }

  /** Decides and counts a contact. */
  decide<S extends ServerRef>(ref: S, context: DecisionContext<S> | undefined): Decision<S> {
    if (context === undefined && typeof ref === 'string' && this.standstill === undefined) {
      const row = this.#rows.locate(ref);
      if (row >= 0 && this.#demands.isFree(NO_FACTS, undefined)) {
        const now = this.#now();
        const glance = this.#rows.hit(row, now, DO53_PORT);
        if (glance !== GLANCE.stale) {
          if (glance === GLANCE.good || this.#dryRun !== undefined) {
            const asked = this.#asked(NO_FACTS, undefined, now);
            return this.#counted(this.#ofRow(ref, ref, { row, glance, zone: undefined }, asked), undefined);
          }
          this.#counts.addAt(glance);
          return inClear(ref, ref, reasonOf(glance), this.#parts.timeoutMs, { now, epoch: this.epoch });
        }
      }
    }
    return this.#decide(ref, this.#asked(factsOf(context), undefined, this.#now()));
  }

  /** The same for a question, which tells what it is about where the host does not. */
  decideFor(ref: ServerRef, context: DecisionContext | undefined, question: Question, now: number): Decision {
    return this.#decide(ref, this.#asked(factsOf(context), question, now));
  }

  /**
   * A decision as it must be used: where the question, or rules that are in force meanwhile, demand something else than what
   * was decided, that goes before. Counts nothing.
   *
   * @param decision - a fresh one
   * @param context - what is said of the query beside it
   * @param question - what the query asks
   * @param now - the monotonic time
   */
  underRules(decision: Decision, context: DecisionContext | undefined, question: Question, now: number): Decision {
    const facts = factsOf(context);
    const demand = decision.demanded ? 'require' : facts.demand;
    const isFree = this.#parts.rules.lookup === undefined && this.#deps.claims === undefined;
    if (isFree && demand !== 'require') return decision;
    const given = withFacts(decision.server, facts);
    const asked = this.#asked(facts, question, now);
    const { server, terms } = this.#demands.of(given, asked, false, demand);
    if (terms === undefined || isUnder(decision, terms)) return decision;
    return this.#underTerms(server, decision.ref, terms, asked);
  }

  /** What is demanded of a server; `undefined` where the policy decides. */
  termsOf(server: ResolvedServer): Terms | undefined {
    return this.#demands.of(server, this.#asked(NO_FACTS, undefined, this.#now()), false).terms;
  }

  /** Which rule applies to a decision's server, and what sources say of it, probing last: for people. */
  groundsOf({ server }: Decision): Grounds {
    return this.#demands.groundsOf(server, this.#clock.now(), (endpoint) => this.#discovery.look(endpoint)?.state);
  }

  /** Decides and counts nothing. */
  peek<S extends ServerRef>(ref: S, context: DecisionContext<S> | undefined): Decision<S> {
    return this.#look(ref, factsOf(context)).decision;
  }

  /** A zone's servers, best first. */
  rank<S extends ServerRef>(servers: readonly S[], context: DecisionContext<S> | undefined): Decision<S>[] {
    if (!Array.isArray(servers)) throw new InvalidInputError('INVALID_SERVER', servers, 'a list of servers');
    const { policy } = this.#discovery.table;
    const facts = factsOf(context);
    const known = servers.map((server: S): Ranked<S> => {
      const { decision, timing } = this.#look(server, facts);
      return { decision, latency: latencyOf(timing, decision.action === 'encrypt', context?.rtt?.(server)) };
    });
    const order = inOrder(known, policy);
    explore(order, policy, this.#parts.random);
    const decisions = order.map(({ decision }) => decision);
    for (const decision of inTurn(decisions, this.#turn++)) {
      this.#meet(decision, facts);
      this.#counted(decision, undefined);
    }
    return decisions;
  }

  #meet<S>(decision: Decision<S>, facts: ContactFacts): void {
    const { server } = decision;
    if (this.#deps.claims !== undefined) {
      const asked = this.#asked(facts, undefined, this.#now());
      const { claimed, terms } = this.#demands.of(server, asked, true);
      this.#heed(claimed, terms, asked.now);
    }
    if (!isByDemand(decision.reason)) this.#standing(server, true);
  }

  /** Perhaps a little behind: see {@link Clock.coarse}. */
  #now(): number {
    return this.#clock.coarse?.() ?? this.#clock.now();
  }

  // --- The short way ------------------------------------------------------------------------------------------------

  #asked(facts: ContactFacts, question: Question | undefined, now: number): Asked {
    return { facts, question, now, epoch: this.epoch };
  }

  #decide<S extends ServerRef>(ref: S, asked: Asked): Decision<S> {
    const isPlain = typeof ref === 'string' && this.standstill === undefined;
    const known = isPlain ? this.#decideKnown(ref, asked) : undefined;
    if (known !== undefined) return known;
    const { facts, question, now } = asked;
    const given = withFacts(resolveServer(ref), facts);
    const { claimed, server, terms } = this.#demands.of(given, asked, true);
    this.#heed(claimed, terms, now);
    if (terms !== undefined) return this.#counted(this.#underTerms(server, ref, terms, asked), question);
    const { dot, clear } = server;
    const row =
      dot === undefined || clear === undefined || this.standstill !== undefined
        ? ABSENT
        : this.#discovery.table.find(dot);
    const glance = row < 0 ? GLANCE.stale : this.#rows.hit(row, now, server.port);
    const proof = claimed?.authentication;
    if (glance === GLANCE.stale)
      return this.#counted(this.#make(server, ref, this.#standing(server, true), asked, proof), question);
    this.#rows.noteNames(row, server.zone, server.nameserver, now);
    return this.#counted(this.#ofRow(ref, server, { row, glance, zone: server.zone }, asked, proof), question);
  }

  /** A source has something new to say of an endpoint: used at once, or probed at once, by whose word it is. */
  #heed(claimed: Claimed | undefined, terms: Terms | undefined, now: number): void {
    const { claims } = this.#deps;
    if (claimed === undefined || claims === undefined || this.standstill !== undefined) return;
    if (terms?.reason === 'rule-never') return;
    const { claim, leads, passedOver, server } = claimed;
    const isNews = claims.isNews(claimed);
    claims.note(claimed);
    // What a rule or claim demands needs no verdict, and gets none by belief.
    if (leads && terms === undefined && isBelieved(claim) && server.dot !== undefined)
      this.#discovery.hearsay.believe(server.dot, claim.validUntil, now, isNews);
    for (const { endpoint } of passedOver) if (claims.mayTry(endpoint, now)) this.#discovery.suggest(endpoint, now);
  }

  /** What is demanded goes before what is known. */
  #underTerms<S>(server: ResolvedServer, ref: S, terms: Terms, moment: DecisionMoment): Decision<S> {
    if (this.standstill === 'closed') return refused(ref, server, 'closed', this.#parts.timeoutMs, moment);
    return this.#demands.decide(server, ref, terms, this.#discovery.table.policy.attemptMs, moment);
  }

  #counted<S>(decision: Decision<S>, question: Question | undefined): Decision<S> {
    this.#counts.add(decision.reason);
    if (this.#dryRun !== undefined) this.#noteDryRun(decision, question, this.#dryRun);
    return decision;
  }

  #noteDryRun({ reason, server }: Decision<unknown>, question: Question | undefined, dryRun: DryRunCounts): void {
    const zone = server.zone ?? question?.zone;
    dryRun.add(zone, 'decisions');
    if (reason !== 'dry-run' || server.dot === undefined) return;
    dryRun.add(zone, 'encrypted');
    const { table } = this.#discovery;
    const row = table.find(server.dot);
    if (row >= 0 && isLikelyHedged(table.policy, this.#rows.dotTimingAt(row))) dryRun.add(zone, 'hedged');
  }

  /** The decision on an address whose row only counts the contact; `undefined` for any other. */
  #decideKnown<S extends string>(ref: S, asked: Asked): Decision<S> | undefined {
    const { facts, question, now } = asked;
    const row = this.#rows.locate(ref);
    if (row < 0 || !this.#demands.isFree(facts, question)) return undefined;
    const glance = this.#rows.hit(row, now, DO53_PORT);
    if (glance === GLANCE.stale) return undefined;
    if (facts !== NO_FACTS) this.#rows.noteNames(row, facts.zone, facts.nameserver, now);
    const source = facts === NO_FACTS ? ref : new PlainServer(ref, facts);
    return this.#counted(this.#ofRow(ref, source, { row, glance, zone: facts.zone }, asked), question);
  }

  /** The decision by a row; `authentication`: what has to be proven because a source has led there. */
  #ofRow<S>(
    ref: S,
    source: ServerSource,
    { row, glance, zone }: Seen,
    asked: Asked,
    authentication?: Authentication,
  ): Decision<S> {
    const { timeoutMs } = this.#parts;
    if (glance !== GLANCE.good) return inClear(ref, source, reasonOf(glance), timeoutMs, asked);
    const { facts, question, now } = asked;
    const { policy } = this.#discovery.table;
    const lame = this.#rows.lameAt(row);
    const about = lame.zones.length === 0 ? undefined : (zone ?? question?.zone);
    if (about !== undefined && isLame(lame, about, policy, now))
      return inClear(ref, source, 'lame-zone', timeoutMs, asked);
    if (this.#dryRun !== undefined) return inClear(ref, source, 'dry-run', timeoutMs, asked);
    const warm = this.#deps.isWarm(this.#rows.endpointAt(row), now);
    const hedgeAfterMs =
      facts.demand === 'prefer' ? Number.POSITIVE_INFINITY : hedgeDelay(policy, this.#rows.dotTimingAt(row), warm);
    return encrypted(ref, source, { hedgeAfterMs, timeoutMs: policy.attemptMs, authentication }, asked);
  }

  /** Of a stranger nothing is looked up but whether the guard admits it. */
  #look<S extends ServerRef>(ref: S, facts: ContactFacts): Look<S> {
    if (typeof ref !== 'string' || this.standstill !== undefined) return this.#lookAny(ref, facts);
    const row = this.#rows.locate(ref);
    if (row < ABSENT || !this.#demands.isFree(facts, undefined)) return this.#lookAny(ref, facts);
    const source = facts === NO_FACTS ? ref : new PlainServer(ref, facts);
    const asked = this.#asked(facts, undefined, this.#now());
    if (row >= 0) {
      const glance = this.#rows.glance(row, asked.now);
      if (glance === GLANCE.stale) return this.#lookAny(ref, facts);
      const decision = this.#ofRow(ref, source, { row, glance, zone: facts.zone }, asked);
      return { decision, timing: this.#rows.timingAt(row) };
    }
    const { guard, timeoutMs } = this.#parts;
    const admits = guard.admitsWords(WORDS[0] ?? 0, WORDS[1] ?? 0, WORDS[2] ?? 0, WORDS[3] ?? 0);
    return { decision: inClear(ref, source, admits ? 'unknown' : 'guard', timeoutMs, asked), timing: undefined };
  }

  // --- The long way -------------------------------------------------------------------------------------------------

  #lookAny<S extends ServerRef>(ref: S, facts: ContactFacts): Look<S> {
    const asked = this.#asked(facts, undefined, this.#now());
    const given = withFacts(resolveServer(ref), facts);
    const { claimed, server, terms } = this.#demands.of(given, asked, false);
    const standing = this.#standing(server, false);
    const timing = typeof standing === 'object' ? standing.timing : undefined;
    if (terms !== undefined) return { decision: this.#underTerms(server, ref, terms, asked), timing };
    const authentication = claimed?.authentication;
    const isBelievable = typeof standing !== 'string' && (standing?.state?.verdict ?? 'unknown') === 'unknown';
    const isNew = standing === undefined || (claimed !== undefined && this.#deps.claims?.isNews(claimed) === true);
    if (claimed?.leads === true && isBelieved(claimed.claim) && isNew && isBelievable && this.#dryRun === undefined) {
      // As it will be once there has been a contact.
      const { policy } = this.#discovery.table;
      const hedgeAfterMs = hedgeDelay(policy, timing ?? NO_TIMING, false);
      const limits = { hedgeAfterMs, timeoutMs: policy.attemptMs, authentication };
      return { decision: encrypted(ref, server, limits, asked), timing };
    }
    return { decision: this.#make(server, ref, standing, asked, authentication), timing };
  }

  #standing(server: ResolvedServer, counts: boolean): RowOrReason {
    const { dot, zone, nameserver, clear } = server;
    if (dot === undefined) return 'port';
    if (this.standstill !== undefined) return this.standstill;
    // A contact judges the time by itself; a look may end what is over.
    const known = counts ? undefined : this.#discovery.look(dot);
    if (known !== undefined) return known;
    // A row is proof that the guard admitted the address; it is asked again at connect.
    if (this.#discovery.table.find(dot) < 0 && !this.#parts.guard.admits(dot.address)) return 'guard';
    if (!counts) return undefined;
    // Its own Do53 is that of its address; a source may have led elsewhere.
    const own = clear?.address === dot.address ? clear : undefined;
    return this.#discovery.contact(dot, { zone, nameserver, clear: own }) ?? 'full';
  }

  #make<S>(
    server: ResolvedServer,
    ref: S,
    standing: RowOrReason,
    asked: Asked,
    authentication: Authentication | undefined,
  ): Decision<S> {
    const { policy } = this.#discovery.table;
    const { timeoutMs } = this.#parts;
    const { dot, clear } = server;
    if (clear === undefined) {
      if (standing === 'guard' || standing === 'closed') return refused(ref, server, standing, timeoutMs, asked);
      const how = { reason: 'port-853', timeoutMs: policy.attemptMs, authentication: undefined } as const;
      return dotOnly(ref, server, how, asked);
    }
    if (typeof standing === 'string') return inClear(ref, server, standing, timeoutMs, asked);
    const row = dot === undefined ? ABSENT : this.#discovery.table.find(dot);
    if (row < 0) return inClear(ref, server, 'unknown', timeoutMs, asked);
    const seen = { row, glance: this.#rows.verdictAt(row), zone: server.zone };
    return this.#ofRow(ref, server, seen, asked, authentication);
  }
}

/** The reason of a row that is not Good. */
function reasonOf(glance: Exclude<Glance, 0 | 1>): InClearReason {
  return REASONS[glance] as InClearReason;
}
