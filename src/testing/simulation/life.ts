import type { Decision } from '../../contact/decision.js';
import type { TransitionInfo } from '../../observe/events.js';
import type { Verdict } from '../../state/model.js';
import type { Policy } from '../../state/policy.js';
import { CalmQueries } from './calm-queries.js';
import type { Draws } from './draws.js';
import type { FleetPlan } from './fleet-plans.js';
import type { SimulatedEndpoint } from './fleet-servers.js';
import { attackersEndpoint } from './fleet-servers.js';
import { HeldAnswers } from './held-answers.js';
import { Ledger, RESTART } from './ledger.js';
import type { LogLine } from './log-writer.js';
import { Oracle } from './oracle.js';
import { OutcomeCounts } from './outcome-counts.js';
import { Pace } from './pace.js';
import { Resolver } from './resolver.js';
import { Sessions } from './sessions.js';
import type { SimulationClock } from './sim-clock.js';
import type { ProbeListener } from './sim-prober.js';
import { TimesToGood } from './times-to-good.js';
import { World, type WorldListener } from './world.js';

const SECOND = 1_000;
const HOUR = 3_600 * SECOND;
const WALL = Date.UTC(2026, 0, 1);
/** The share of first packets that are lost. */
const LOSS = 0.0005;
/** The longest time that a query takes. */
const LAST_MS = 10 * SECOND;
/** The selector is told at most this often that DoT answered queries in place, in milliseconds; it stores that hourly. */
const REPORT_MS = 1_800 * SECOND;

/** What a life is made of. */
export interface LifeParts {
  readonly clock: SimulationClock;
  readonly draws: Draws;
  /** Chooses when servers are out of reach: the same for every policy. */
  readonly weather: Draws;
  readonly plan: FleetPlan;
  readonly endpoints: readonly SimulatedEndpoint[];
  readonly policy: Policy;
  /** An attacker's queries a millisecond. */
  readonly attackRate: number;
  readonly everyQuery: boolean;
  /** How many sessions an endpoint whose answers wait may have. */
  readonly mostSessions: number;
  readonly log: ((line: LogLine) => void) | undefined;
}

/** A resolver's life among simulated servers. */
export class Life implements WorldListener, ProbeListener {
  readonly tally: OutcomeCounts = new OutcomeCounts();
  readonly #parts: LifeParts;
  readonly #world: World;
  readonly #sessions: Sessions;
  readonly #held: HeldAnswers;
  readonly #ledger: Ledger;
  readonly #pace: Pace;
  /** Of the endpoints: of most queries nothing else is read, and they are too many for the processor's cache. */
  readonly #addresses: readonly string[];
  #resolver: Resolver;
  readonly #calm: CalmQueries;
  /** When a Bad endpoint may be tried again. */
  readonly #retryAt: Float64Array;
  /** When the selector was last told that DoT answered. */
  readonly #reportedAt: Float64Array;
  readonly #timesToGood: TimesToGood;
  #attacks = 0;
  /** When promises were last let go on for nothing but the time that had passed. */
  #calmAt = 0;
  /** How many were Good when sessions were crowded last. */
  #crowded = -1;
  /** How long probes were in flight, together, in milliseconds. */
  probeMs = 0;
  /** Queries that went through the selector. */
  lived = 0;

  /** @param parts - what it is made of */
  constructor(parts: LifeParts) {
    const { clock, draws, weather, plan, endpoints, attackRate, mostSessions, log } = parts;
    this.#parts = parts;
    this.#addresses = endpoints.map(({ address }) => address);
    this.#world = new World(endpoints, clock, weather, this);
    this.#sessions = new Sessions(this.#world);
    this.#held = new HeldAnswers(this.#world, draws, mostSessions);
    const oracle = new Oracle(this.#world, this.#sessions, draws);
    const rates = Float64Array.from([...endpoints.map(({ rate }) => rate), attackRate]);
    this.#pace = new Pace(rates, draws);
    const known = { world: this.#world, sessions: this.#sessions, held: this.#held, inPlace: this.#pace.inPlace };
    this.#ledger = new Ledger({ clock, draws, oracle, tally: this.tally, ...known }, log);
    const zero = (): Float64Array => new Float64Array(endpoints.length);
    this.#calm = new CalmQueries(endpoints.length);
    [this.#retryAt, this.#reportedAt] = [zero(), zero()];
    this.#timesToGood = new TimesToGood(endpoints.length);
    this.#resolver = this.#begin();
    for (const [endpoint] of endpoints.entries()) this.#ledger.reach(endpoint);
    this.#world.begin(plan);
    for (const at of plan.restarts ?? []) clock.after(at * HOUR, () => this.#restart());
    for (const at of plan.networkChanges ?? []) clock.after(at * HOUR, () => this.#moveTo(`network-${at}`));
  }

  /** The selector. */
  get selector(): Resolver['selector'] {
    return this.#resolver.selector;
  }

  /** How many of the fleet's endpoints the selector holds so. */
  held(verdict: Verdict): number {
    return this.#ledger.held(verdict);
  }

  /** What the selector holds of one of them, and whether it speaks DoT at this moment. */
  seen(endpoint: number): { readonly verdict: Verdict; readonly speaksDot: boolean } {
    return { verdict: this.#ledger.verdict(endpoint), speaksDot: this.#world.isCapable(endpoint) };
  }

  /** How many answers have waited for our acknowledgement of the one before. */
  get heldAnswers(): number {
    return this.#held.counted;
  }

  /** From each endpoint's first query to its being Good, in milliseconds, for those that came so far. */
  get timesToGood(): Float64Array {
    return this.#timesToGood.all;
  }

  /** Lets it go on to a moment. */
  async goTo(end: number): Promise<void> {
    const { clock } = this.#parts;
    this.#calmAt = clock.now();
    while (this.#goOn(end)) await clock.settle();
    await clock.goTo(end);
    this.countAll();
  }

  /** Until promises may have to go on; whether that was before the end. */
  #goOn(end: number): boolean {
    const { clock } = this.#parts;
    while (!clock.isUneasy) {
      const query = this.#pace.firstAt;
      const timer = clock.nextAt;
      if (query > end && timer > end) return false;
      if (timer <= query) clock.runAt(timer);
      else {
        clock.set(query);
        this.#ask(this.#pace.first, query);
      }
      // An endpoint in place may want a refresh; that can wait for a moment.
      if (clock.now() - this.#calmAt >= SECOND) {
        this.#calmAt = clock.now();
        clock.stir();
      }
    }
    return true;
  }

  /** Counts what has come in place. */
  countAll(): void {
    const { length } = this.#world.endpoints;
    for (let endpoint = 0; endpoint < length; endpoint++) this.#ledger.countAndWrite(endpoint);
    this.#crowd();
  }

  /** Ends it: no query is asked any more, and those under way have their time. */
  async close(): Promise<void> {
    const { clock } = this.#parts;
    await clock.goOn(LAST_MS);
    const closed = this.selector.close();
    await clock.goOn(2 * SECOND);
    await closed;
  }

  // --- Queries ------------------------------------------------------------------------------------------------------

  #ask(endpoint: number, now: number): void {
    if (endpoint === this.#world.endpoints.length) {
      this.#attack(endpoint, now);
      return;
    }
    this.lived++;
    const address = this.#addresses[endpoint] ?? '';
    const mode = this.#pace.mode(endpoint);
    if (mode === 'live') {
      const { zone } = this.#world.at(endpoint);
      this.#timesToGood.asked(endpoint, now);
      const decision = this.selector.decide(address, { zone });
      if (decision.action === 'clear') this.#inClear(endpoint, decision, now, false);
      else this.#encrypted(endpoint, decision, now);
      return;
    }
    const isLive = this.#pace.isLiveNext(endpoint);
    // First: for how long DoT is given depends on whether a session stands.
    const isLost = isLive && this.#isLost(endpoint, now);
    const decision = this.selector.decide(address);
    if (!isLive && this.#pace.mode(endpoint) === mode && this.#stays(endpoint, decision, now)) return;
    this.#ledger.countAndWrite(endpoint);
    if (decision.action === 'clear') this.#inClear(endpoint, decision, now, true);
    else this.#live(endpoint, decision, now, isLost);
  }

  /** Whether nothing has changed, so that queries go on being counted in place. */
  #stays(endpoint: number, decision: Decision, now: number): boolean {
    const isDot = decision.action === 'encrypt';
    const limit = isDot ? Number.POSITIVE_INFINITY : (this.#retryAt[endpoint] ?? 0);
    if (isDot !== (this.#pace.mode(endpoint) === 'dot') || limit <= now) return false;
    if (isDot && now - (this.#reportedAt[endpoint] ?? 0) >= REPORT_MS) this.#report(endpoint, decision, now);
    this.#pace.stay(endpoint, now, limit);
    return true;
  }

  #report(endpoint: number, decision: Decision, now: number): void {
    this.#reportedAt[endpoint] = now;
    const { rttMs } = this.#world.at(endpoint);
    this.selector.report(decision, { transport: 'dot', ok: true, rcode: 0, times: { answer: rttMs, total: rttMs } });
  }

  #inClear(endpoint: number, decision: Decision, now: number, wasInPlace: boolean): void {
    const { clock } = this.#parts;
    const isAnswered = this.#world.answersClear(endpoint);
    this.#ledger.clear(endpoint, decision.reason);
    const isBad = decision.reason === 'bad';
    if (isBad && !wasInPlace) this.#retryAt[endpoint] = this.#endOfBad(endpoint);
    const retryAt = this.#retryAt[endpoint] ?? 0;
    if (isBad && retryAt > now && !this.#parts.everyQuery) {
      this.#pace.settle(endpoint, 'clear', now, retryAt, 0);
      return;
    }
    // A query of a resolver's own that is not answered ends much later and shows nothing.
    if (isAnswered)
      clock.after(this.#world.at(endpoint).rttMs, () =>
        this.selector.report(decision, { transport: 'do53', ok: true, rcode: 0 }),
      );
    clock.stir();
    this.#pace.oneByOne(endpoint, now);
  }

  #encrypted(endpoint: number, decision: Decision, now: number): void {
    const { draws, everyQuery } = this.#parts;
    const isCalm = this.#calm.areEnough(endpoint) && this.#world.isCapable(endpoint);
    if (!isCalm || everyQuery) {
      this.#live(endpoint, decision, now, draws.happens(this.#lossShare));
      return;
    }
    this.#report(endpoint, decision, now);
    const odds = this.#lossShare + this.#coldShare(endpoint);
    this.#pace.settle(endpoint, 'dot', now, Number.POSITIVE_INFINITY, odds);
    this.#pace.inPlace.see(endpoint);
  }

  /** Decides why a query is asked one by one anyway: a packet is lost, or no session is open. */
  #isLost(endpoint: number, now: number): boolean {
    const { draws } = this.#parts;
    const isLost = draws.happens(this.#lossShare / (this.#lossShare + this.#coldShare(endpoint)));
    if (isLost) this.#resumeSession(endpoint, now);
    else this.#sessions.closed(endpoint);
    return isLost;
  }

  /** The share of queries that find no session: only there a pool's servers are chosen from, so 0 where all are alike. */
  #coldShare(endpoint: number): number {
    if (this.#world.traits(endpoint).pool >= 1) return 0;
    return Math.exp(-this.#world.at(endpoint).rate * this.#sessions.idleMs(endpoint));
  }

  get #lossShare(): number {
    return this.#parts.plan.lossShare ?? LOSS;
  }

  #live(endpoint: number, decision: Decision, now: number, isLost: boolean): void {
    this.#pace.oneByOne(endpoint, now);
    void this.#race(endpoint, decision, isLost);
  }

  /** Sends a query through the race; enough good ones in a row, and the endpoint may be counted in place again. */
  async #race(endpoint: number, decision: Decision, isLost: boolean): Promise<void> {
    const told = this.#ledger.query(endpoint);
    const isAnswerable = this.#world.answersClear(endpoint);
    const { rttMs } = this.#world.at(endpoint);
    const resolver = this.#resolver;
    const { way, why, ms, isWrong } = await resolver.live(decision, isLost);
    if (resolver !== this.#resolver && way === 'none') {
      // The client's process ended before the answer came.
      told('none', RESTART, 0);
      return;
    }
    if (why === 'hedge') this.tally.hedge();
    if (isWrong) this.tally.wrong();
    told(way, why, isAnswerable ? ms - rttMs - (isLost ? Math.max(400, 2 * rttMs) : 0) : 0);
    this.#calm.add(endpoint, way === 'dot' || why === 'churn');
  }

  /** An attacker has an address of his own asked, twice, so that it is probed. */
  #attack(stream: number, now: number): void {
    const { address, zone } = attackersEndpoint(this.#attacks++ >> 1);
    const decision = this.selector.decide(address, { zone });
    if (this.#world.answersClear(undefined)) this.selector.report(decision, { transport: 'do53', ok: true, rcode: 5 });
    this.lived++;
    this.#ledger.attacked();
    if (this.#attacks % 2 === 0) this.#parts.clock.stir();
    this.#pace.oneByOne(stream, now);
  }

  // --- One by one, or in place --------------------------------------------------------------------------------------

  /** Something changes: what came up to now is counted, and from now on its queries are asked one by one. */
  #disturb(endpoint: number): void {
    const now = this.#parts.clock.now();
    this.#ledger.countAndWrite(endpoint);
    const wasDot = this.#pace.mode(endpoint) === 'dot';
    this.#pace.disturb(endpoint, now);
    if (wasDot) this.#resumeSession(endpoint, now);
    this.#calm.end(endpoint);
  }

  /** Draws when the latest query in place was, which says whether its session is still open. */
  #resumeSession(endpoint: number, now: number): void {
    const since = this.#parts.draws.gap(this.#world.at(endpoint).rate);
    this.#sessions.used(endpoint, Math.max(0, now - since));
    if (this.#world.traits(endpoint).answers === 1) this.#sessions.closed(endpoint);
  }

  #endOfBad(endpoint: number): number {
    const { until, probe } = this.selector.explain(this.#world.at(endpoint).address);
    return until === undefined || probe.phase !== 'idle' ? 0 : until.getTime() - WALL;
  }

  #crowd(): void {
    const good = this.held('good');
    if (this.#crowded === good) return;
    this.#crowded = good;
    const { endpoints } = this.#world;
    this.#sessions.crowd(
      endpoints.filter((_, index) => this.#ledger.verdict(index) === 'good').map(({ rate }) => rate),
    );
  }

  // --- What happens -------------------------------------------------------------------------------------------------

  /** {@inheritDoc WorldListener.changing} */
  changing(endpoint: number): void {
    this.#disturb(endpoint);
  }

  /** {@inheritDoc WorldListener.changed} */
  changed(endpoint: number): void {
    this.#ledger.reach(endpoint);
  }

  /** {@inheritDoc WorldListener.closes} */
  closes(endpoint: number): void {
    this.#sessions.closed(endpoint);
  }

  /** {@inheritDoc ProbeListener.probed} */
  probed(endpoint: number | undefined, startedAt: number, isGood: boolean): void {
    const { clock } = this.#parts;
    this.tally.probe();
    this.probeMs += clock.now() - startedAt;
    this.#ledger.probed(endpoint, startedAt);
    // The next query takes over the probe's session.
    if (endpoint !== undefined && isGood && this.#pace.mode(endpoint) === 'live')
      this.#sessions.used(endpoint, clock.now());
  }

  #judged({ endpoint: { address }, to }: TransitionInfo): void {
    const endpoint = this.#world.find(address);
    if (endpoint === undefined) return;
    this.#disturb(endpoint);
    if (to === 'good') this.#timesToGood.good(endpoint, this.#parts.clock.now());
    this.#ledger.judged(endpoint, to);
  }

  #begin(): Resolver {
    const { clock, draws, policy } = this.#parts;
    const known = { world: this.#world, sessions: this.#sessions, held: this.#held };
    const resolver = new Resolver({ clock, draws, policy, probes: this, ...known });
    resolver.selector.on('transition', (info) => this.#judged(info));
    return resolver;
  }

  #forgotten(): void {
    for (const [endpoint] of this.#world.endpoints.entries()) {
      this.#disturb(endpoint);
      this.#ledger.judged(endpoint, 'unknown');
    }
    this.#sessions.closeAll();
  }

  /** The process ends, and another begins without a memory. */
  #restart(): void {
    this.#forgotten();
    void this.selector.close();
    this.#resolver = this.#begin();
  }

  #moveTo(network: string): void {
    this.#forgotten();
    this.selector.networkChanged(network);
  }
}
