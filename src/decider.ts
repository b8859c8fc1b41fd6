import type { Clock } from './clock.js';
import { type ContactFacts, type DecisionContext, factsOf, NO_FACTS, withFacts } from './contact-facts.js';
import { type Decision, dotOnly, encrypted, inClear, PlainServer, refused, type ServerSource } from './decision.js';
import type { Discovery } from './discovery.js';
import { InvalidInputError } from './errors.js';
import { PrefixGuard } from './guard.js';
import { hedgeDelay } from './hedge-delay.js';
import type { DecisionCounts } from './observe/decision-counts.js';
import type { Parts } from './options.js';
import { explore, inOrder, inTurn, latencyOf, type Ranked } from './rank.js';
import { type ResolvedServer, resolveServer, type ServerRef } from './server.js';
import { GLANCE, type Glance } from './state/glance.js';
import { isLame } from './state/lame.js';
import type { Endpoint } from './state/model.js';
import type { NumberedRows } from './state/numbered.js';
import type { EndpointRecord } from './state/record.js';
import { ABSENT } from './state/shelf.js';
import type { Timing } from './state/smoothing.js';
import { WORDS } from './state/words.js';

/** What a decider needs of its house. */
export interface DeciderHouse {
  readonly parts: Parts;
  readonly discovery: Discovery;
  readonly counts: DecisionCounts;
  /** Whether an answer is waited for there as on an open session, be it for a handshake or not. */
  isWarm(endpoint: Endpoint, now: number): boolean;
}

/** The port of a server's Do53 where its address alone is given. */
const DO53_PORT = 53;

/** The row of an endpoint, or why there is none. */
type Standing = EndpointRecord | 'port' | 'guard' | 'full' | 'closed' | undefined;

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
  readonly #house: DeciderHouse;
  readonly #discovery: Discovery;
  readonly #rows: NumberedRows;
  readonly #parts: Parts;
  readonly #counts: DecisionCounts;
  readonly #clock: Clock;
  readonly #clearMs: number;
  #turn = 0;
  /** The network that the host is on now. */
  epoch = 0;
  /** Whether all is over. */
  closed = false;

  /** @param house - what it needs */
  constructor(house: DeciderHouse) {
    this.#house = house;
    this.#discovery = house.discovery;
    this.#rows = house.discovery.table.numbered;
    this.#parts = house.parts;
    this.#counts = house.counts;
    this.#clock = house.parts.clock;
    this.#clearMs = house.parts.timeoutMs;
  }

  /** Decides and counts a contact. */
  decide<S extends ServerRef>(ref: S, context: DecisionContext<S> | undefined): Decision<S> {
    if (context === undefined && typeof ref === 'string' && !this.closed) {
      const row = this.#rows.locate(ref);
      if (row >= 0) {
        const now = this.#now();
        const glance = this.#rows.hit(row, now, DO53_PORT);
        if (glance !== GLANCE.stale && glance !== GLANCE.good) {
          this.#counts.addAt(glance);
          return inClear(ref, ref, reasonOf(glance), this.#clearMs, now, this.epoch);
        }
        if (glance === GLANCE.good) return this.#counted(this.#ofRow(ref, ref, row, glance, undefined, undefined, now));
      }
    }
    return this.#decide(ref, factsOf(context), undefined, this.#now());
  }

  /** The same for a question, which tells the zone where the host names none. */
  decideFor(ref: ServerRef, context: DecisionContext | undefined, zone: () => string, now: number): Decision {
    return this.#decide(ref, factsOf(context), zone, now);
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
    for (const { server, reason } of inTurn(decisions, this.#turn++)) {
      this.#standing(server, true);
      this.#counts.add(reason);
    }
    return decisions;
  }

  /** Perhaps a little behind: see {@link Clock.coarse}. */
  #now(): number {
    const clock = this.#clock;
    return clock.coarse === undefined ? clock.now() : clock.coarse();
  }

  // --- The short way ------------------------------------------------------------------------------------------------

  #decide<S extends ServerRef>(
    ref: S,
    facts: ContactFacts,
    zone: (() => string) | undefined,
    now: number,
  ): Decision<S> {
    const known = typeof ref === 'string' && !this.closed ? this.#decideKnown(ref, facts, zone, now) : undefined;
    if (known !== undefined) return known;
    const server = withFacts(resolveServer(ref), facts);
    const { dot, clear } = server;
    const row = dot === undefined || clear === undefined || this.closed ? ABSENT : this.#discovery.table.find(dot);
    const glance = row < 0 ? GLANCE.stale : this.#rows.hit(row, now, server.port);
    if (glance === GLANCE.stale) return this.#counted(this.#make(server, ref, this.#standing(server, true), zone, now));
    this.#rows.noteNames(row, server.zone, server.nameserver, now);
    return this.#counted(this.#ofRow(ref, server, row, glance, server.zone, zone, now));
  }

  #counted<S>(decision: Decision<S>): Decision<S> {
    this.#counts.add(decision.reason);
    return decision;
  }

  /** The decision on an address whose row only counts the contact; `undefined` for any other. */
  #decideKnown<S extends string>(
    ref: S,
    facts: ContactFacts,
    zone: (() => string) | undefined,
    now: number,
  ): Decision<S> | undefined {
    const row = this.#rows.locate(ref);
    if (row < 0) return undefined;
    const glance = this.#rows.hit(row, now, DO53_PORT);
    if (glance === GLANCE.stale) return undefined;
    if (facts !== NO_FACTS) this.#rows.noteNames(row, facts.zone, facts.nameserver, now);
    const source = facts === NO_FACTS ? ref : new PlainServer(ref, facts);
    return this.#counted(this.#ofRow(ref, source, row, glance, facts.zone, zone, now));
  }

  #ofRow<S>(
    ref: S,
    source: ServerSource,
    row: number,
    glance: Exclude<Glance, 0>,
    named: string | undefined,
    zone: (() => string) | undefined,
    now: number,
  ): Decision<S> {
    const { dryRun, timeoutMs } = this.#parts;
    const epoch = this.epoch;
    if (glance !== GLANCE.good) return inClear(ref, source, reasonOf(glance), timeoutMs, now, epoch);
    const { policy } = this.#discovery.table;
    const lame = this.#rows.lameAt(row);
    const asked = lame.zones.length === 0 ? undefined : (named ?? zone?.());
    if (asked !== undefined && isLame(lame, asked, policy, now)) {
      return inClear(ref, source, 'lame-zone', timeoutMs, now, epoch);
    }
    if (dryRun) return inClear(ref, source, 'dry-run', timeoutMs, now, epoch);
    const warm = this.#house.isWarm(this.#rows.endpointAt(row), now);
    const hedgeAfterMs = hedgeDelay(policy, this.#rows.dotTimingAt(row), warm);
    return encrypted(ref, source, hedgeAfterMs, policy.attemptMs, now, epoch);
  }

  /** Of a stranger nothing is looked up but whether the guard admits it. */
  #look<S extends ServerRef>(ref: S, facts: ContactFacts): Look<S> {
    if (typeof ref !== 'string' || this.closed) return this.#lookAny(ref, facts);
    const row = this.#rows.locate(ref);
    const source = facts === NO_FACTS ? ref : new PlainServer(ref, facts);
    if (row >= 0) {
      const now = this.#now();
      const glance = this.#rows.glance(row, now);
      if (glance === GLANCE.stale) return this.#lookAny(ref, facts);
      const decision = this.#ofRow(ref, source, row, glance, facts.zone, undefined, now);
      return { decision, timing: this.#rows.timingAt(row) };
    }
    const { guard, timeoutMs } = this.#parts;
    if (row !== ABSENT || !(guard instanceof PrefixGuard)) return this.#lookAny(ref, facts);
    const admits = guard.admitsWords(WORDS[0] ?? 0, WORDS[1] ?? 0, WORDS[2] ?? 0, WORDS[3] ?? 0);
    const reason = admits ? 'unknown' : 'guard';
    const decision = inClear(ref, source, reason, timeoutMs, this.#now(), this.epoch);
    return { decision, timing: undefined };
  }

  // --- The long way -------------------------------------------------------------------------------------------------

  #lookAny<S extends ServerRef>(ref: S, facts: ContactFacts): Look<S> {
    const server = withFacts(resolveServer(ref), facts);
    const standing = this.#standing(server, false);
    const timing = typeof standing === 'object' ? standing.timing : undefined;
    return { decision: this.#make(server, ref, standing, undefined, this.#now()), timing };
  }

  #standing(server: ResolvedServer, counts: boolean): Standing {
    const { dot, zone, nameserver, clear } = server;
    if (this.closed) return 'closed';
    if (dot === undefined) return 'port';
    // A contact judges the time by itself.
    const isKnown = counts ? this.#discovery.table.find(dot) >= 0 : undefined;
    const known = counts ? undefined : this.#discovery.look(dot);
    // A row is proof that the guard admitted the address; it is asked again at connect.
    if (isKnown !== true && known === undefined && !this.#parts.guard.admits(dot.address)) return 'guard';
    if (!counts) return known;
    return this.#discovery.contact(dot, { zone, nameserver, clear }) ?? 'full';
  }

  #make<S>(
    server: ResolvedServer,
    ref: S,
    standing: Standing,
    zone: (() => string) | undefined,
    now: number,
  ): Decision<S> {
    const { policy } = this.#discovery.table;
    const { timeoutMs } = this.#parts;
    const { dot, clear } = server;
    const epoch = this.epoch;
    if (clear === undefined) {
      if (standing === 'guard' || standing === 'closed') return refused(ref, server, standing, timeoutMs, now, epoch);
      return dotOnly(ref, server, 'port-853', policy.attemptMs, now, epoch);
    }
    // One of the two is always there: port 853 has no Do53, any other port has.
    if (dot === undefined) return inClear(ref, server, 'port', timeoutMs, now, epoch);
    if (typeof standing === 'string') return inClear(ref, server, standing, timeoutMs, now, epoch);
    const row = this.#discovery.table.find(dot);
    if (row < 0) return inClear(ref, server, 'unknown', timeoutMs, now, epoch);
    return this.#ofRow(ref, server, row, this.#rows.verdictAt(row), server.zone, zone, now);
  }
}

/** The reason of a row that is not Good. */
function reasonOf(glance: Exclude<Glance, 0 | 1>): 'unknown' | 'bad' | 'busy' {
  if (glance === GLANCE.bad) return 'bad';
  return glance === GLANCE.unknown ? 'unknown' : 'busy';
}
