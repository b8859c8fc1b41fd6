import type { Alarm, Alarms, Sleeper } from './alarms.js';
import type { Decision } from './decision.js';
import { QueryError, TransportError } from './errors.js';
import type { Events } from './events.js';
import type { HedgeWatch } from './hedge-watch.js';
import { Lessons, type LessonsHouse } from './lessons.js';
import type { SelectorCounters } from './observe/metrics.js';
import type { Endpoint, Failure, Times, Transport } from './state/model.js';
import type { EndpointRecord } from './state/record.js';
import { onAbort } from './transport/abort.js';
import { beginAttempt } from './transport/attempt.js';
import type { Attempt, Exchange, Reply } from './transport/exchange.js';
import { classifyError } from './transport/failure.js';
import { answerRank, isTruncated, rcodeOf } from './transport/message.js';

/** What a query has brought. */
export interface QueryResult {
  /** The answer in wire format, with the query's id. */
  readonly message: Uint8Array;
  /** What brought it. */
  readonly transport: Transport;
  /** Whether neither the query nor the answer went in clear text; a hedge or a fallback sends both. */
  readonly encrypted: boolean;
  /** Whether the server's certificate was verified as a rule demanded. */
  readonly authenticated: boolean;
  /** Whether DoT was tried and Do53 answered. */
  readonly fellBack: boolean;
  /** How long each phase of the answer’s exchange took. */
  readonly times: Times;
  /** What was decided. */
  readonly decision: Decision;
}

/** What a query needs of its house. */
export interface QueryHouse extends LessonsHouse {
  readonly dot: Exchange;
  readonly do53: Exchange;
  readonly events: Events;
  readonly counters: SelectorCounters;
  readonly alarms: Alarms<Occasion>;
  readonly hedges: HedgeWatch;
  /** A query's caller has been told. */
  ended(query: Query): void;
}

/**
 * What a query is woken for: the caller's time is over (`end`); DoT is slow (`hedge`); the last moment at which Do53 can
 * still answer the caller (`last-chance`); DoT's better answer (`enough-dot`) or Do53's (`enough-clear`) has been waited
 * for long enough.
 */
export type Occasion = 'end' | 'hedge' | 'last-chance' | 'enough-dot' | 'enough-clear';

/** How one query is to run. */
export interface QueryRun {
  readonly signal: AbortSignal | undefined;
  readonly timeoutMs: number;
  /** The row of the DoT endpoint, where there is one. */
  readonly record: EndpointRecord | undefined;
}

/** Why a query to a Good endpoint goes out in clear text. */
type ClearReason = 'hedge' | 'fallback' | 'budget' | 'churn' | 'compare' | 'lame-zone';

/** One of the two runners: not started, under way, answered, or failed. */
type Lane =
  | { readonly phase: 'idle' }
  | { readonly phase: 'running'; readonly attempt: Attempt }
  | { readonly phase: 'answered'; readonly reply: Reply; readonly rank: number }
  | { readonly phase: 'failed' };

const IDLE: Lane = { phase: 'idle' };
const NO_FAILURES: readonly Failure[] = [];
const ignore = (): void => undefined;

/** The rank of an answer that says what the zone holds; any lesser may come from a server that serves it elsewhere. */
const SOUND = 2;

/**
 * What an attempt over Do53 leaves of the caller's time, as a share and in milliseconds at most: what it has in hand at
 * its limit, an answer cut short, is to come before the caller is told of none.
 */
const CLEAR_MARGIN = 0.05;
const MAX_CLEAR_MARGIN_MS = 50;

/** Timers count in whole milliseconds. */
const EARLY_MS = 5;

/** How much of the caller's time DoT has, where Do53 is to have the rest. */
const HEDGE_SHARE = 1 / 2;
const LAST_CHANCE_SHARE = 2 / 3;

/** The least that Do53 needs after DoT, in milliseconds: the query may have to be sent again. */
const LEAST_CLEAR_MS = 1_000;

/**
 * One query: DoT or Do53 as decided, joined by Do53 where DoT fails or is slow. The caller gets one answer, the best,
 * once. Attempts outlive the caller: what they meet is evidence, whoever waits for it.
 */
export class Query implements Sleeper<Occasion> {
  readonly #house: QueryHouse;
  readonly #decision: Decision;
  readonly #message: Uint8Array;
  readonly #run: QueryRun;
  readonly #lessons: Lessons;
  #resolve: (result: QueryResult) => void = ignore;
  #reject: (reason: unknown) => void = ignore;
  /** What each failed attempt met; most queries meet none. */
  #failures: readonly Failure[] = NO_FAILURES;
  #endAlarm: Alarm | undefined;
  /** Do53 is to join, or the better of two answers is waited for: never both at once. */
  #waitAlarm: Alarm | undefined;
  #dot: Lane = IDLE;
  #clear: Lane = IDLE;
  #settled = false;
  /** When the caller is told of no answer, on the monotonic clock. */
  #endsAt = 0;
  /** When the attempt over Do53 is over at the latest. */
  #clearEndsAt = 0;
  /** A DoT answer is compared with Do53's, whoever still waits. */
  #comparing = false;
  /** How long DoT is given before Do53 joins it, in milliseconds. */
  #hedgeAfterMs = Number.POSITIVE_INFINITY;
  /** Do53 has joined DoT because that was slow. */
  #hedged = false;
  #forgetSignal: () => void = ignore;

  /**
   * @param house - what it needs
   * @param decision - which transport
   * @param message - a checked query
   * @param run - how
   */
  constructor(house: QueryHouse, decision: Decision, message: Uint8Array, run: QueryRun) {
    this.#house = house;
    this.#decision = decision;
    // The host may use its buffer again while a hedge or a fallback is still to come.
    this.#message = new Uint8Array(message);
    this.#run = run;
    this.#lessons = new Lessons(house, decision, run.record, this.#message);
  }

  /** Starts it. Rejects with a `QueryError`, or the signal's reason; every other trouble has been dealt with. */
  start(): Promise<QueryResult> {
    return new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
      this.#begin();
    });
  }

  #begin(): void {
    const { clock, alarms } = this.#house;
    const { signal, timeoutMs } = this.#run;
    const { action, reason, fallback } = this.#decision;
    if (signal !== undefined) this.#forgetSignal = onAbort(signal, () => this.#fail(signal.reason));
    this.#endsAt = clock.now() + timeoutMs;
    this.#endAlarm = alarms.set(timeoutMs, this, 'end');
    if (action !== 'encrypt') this.#startClear(reason === 'lame-zone' ? reason : undefined);
    else if (fallback && this.#lessons.isLame()) this.#startClear('lame-zone');
    else this.#startDot();
  }

  /** Ends the caller's wait; attempts are left to their exchange. */
  cancel(error: unknown): void {
    this.#fail(error);
  }

  /** {@inheritDoc Sleeper.wake} */
  wake(occasion: Occasion): void {
    if (occasion === 'end') this.#timeOut();
    else if (occasion === 'hedge') this.#hedge();
    else if (occasion === 'last-chance') this.#startClear('fallback');
    else if (occasion === 'enough-dot' && this.#dot.phase === 'answered') this.#answer('dot', this.#dot.reply);
    else if (occasion === 'enough-clear' && this.#clear.phase === 'answered') this.#answer('do53', this.#clear.reply);
  }

  // --- DoT ----------------------------------------------------------------------------------------------------------

  #startDot(): void {
    const { clock, dot } = this.#house;
    const { timeoutMs, endpoints } = this.#decision;
    const [endpoint] = endpoints;
    if (endpoint === undefined) return;
    this.#lessons.dotBegins();
    const attempt = beginAttempt(dot, endpoint, this.#message, timeoutMs, clock);
    this.#dot = { phase: 'running', attempt };
    attempt.done.then(
      (reply) => this.#onDot(reply),
      (error) => this.#onDotFailure(error),
    );
    if (this.#decision.fallback) this.#planClear(endpoint);
  }

  /** Sees to it that Do53 is asked while the caller still waits. */
  #planClear(endpoint: Endpoint): void {
    const { hedgeAfterMs, timeoutMs: attemptMs } = this.#decision;
    const { timeoutMs } = this.#run;
    if (hedgeAfterMs < Number.POSITIVE_INFINITY) {
      this.#house.hedges.asked(endpoint, this.#endsAt - timeoutMs);
      this.#hedgeAfterMs = Math.min(hedgeAfterMs, timeoutMs * HEDGE_SHARE);
      this.#wait(this.#hedgeAfterMs, 'hedge');
    } else if (timeoutMs - attemptMs < LEAST_CLEAR_MS) {
      // Where the attempt ends before, its failure has brought Do53.
      this.#wait(timeoutMs * LAST_CHANCE_SHARE, 'last-chance');
    }
  }

  #onDot(reply: Reply): void {
    const [endpoint] = this.#decision.endpoints;
    if (endpoint !== undefined) this.#house.hedges.heard(endpoint);
    const rank = answerRank(rcodeOf(reply.message));
    this.#dot = { phase: 'answered', reply, rank };
    this.#lessons.dotAnswered(reply, rank === SOUND);
    const waits = rank !== SOUND && this.#compare();
    if (!waits && !this.#settled) this.#answer('dot', reply);
  }

  #onDotFailure(error: unknown): void {
    const failure = error instanceof TransportError ? error.failure : classifyError(error, 'connect');
    const repeated = error instanceof TransportError && error.repeated;
    this.#dot = { phase: 'failed' };
    if (!this.#settled) {
      this.#failures = [...this.#failures, failure];
      if (this.#clear.phase === 'answered') this.#answer('do53', this.#clear.reply);
      else if (this.#decision.fallback) this.#startClear(ownBound(failure) ?? 'fallback');
      if (this.#clear.phase !== 'running') this.#giveUp();
    }
    this.#lessons.dotFailed(repeated ? undefined : failure, this.#clear.phase === 'running');
  }

  // --- Do53 ---------------------------------------------------------------------------------------------------------

  #hedge(): void {
    const [endpoint] = this.#decision.endpoints;
    if (this.#settled || this.#clear.phase !== 'idle' || endpoint === undefined) return;
    const { counters, events, hedges, clock } = this.#house;
    counters.queries.add('hedged');
    this.#hedged = true;
    hedges.began(endpoint, clock.now());
    this.#startClear('hedge');
    const afterMs = this.#hedgeAfterMs;
    events.emit('hedge', () => ({ endpoint, afterMs }));
  }

  #startClear(why?: ClearReason): void {
    const { clock, do53, counters } = this.#house;
    const { clear } = this.#decision.server;
    if (clear === undefined || this.#clear.phase !== 'idle') return;
    if (why !== undefined) counters.clearToGood.add(why);
    const now = clock.now();
    const left = this.#endsAt - now;
    const limitMs = Math.max(1, left - clearMargin(left));
    this.#clearEndsAt = now + limitMs;
    const attempt = beginAttempt(do53, clear, this.#message, limitMs, clock);
    this.#clear = { phase: 'running', attempt };
    attempt.done.then(
      (reply) => this.#onClear(reply),
      (error) => this.#onClearFailure(error),
    );
  }

  #onClear(reply: Reply): void {
    // What is cut short is no better than an rcode, however sound it says it is.
    const rank = isTruncated(reply.message) ? 1 : answerRank(rcodeOf(reply.message));
    this.#clear = { phase: 'answered', reply, rank };
    this.#lessons.clearAnswered(reply);
    if (this.#comparing) this.#judge();
    else if (this.#settled) return;
    else if (rank === SOUND || this.#dot.phase !== 'running') this.#answer('do53', reply);
    // DoT may still bring a better one, but is not waited for longer than Do53 is in a comparison.
    else this.#wait(this.#house.discovery.table.policy.comparisonMs, 'enough-clear');
  }

  #onClearFailure(error: unknown): void {
    this.#clear = { phase: 'failed' };
    this.#lessons.clearFailed();
    if (this.#settled) return;
    const failure = error instanceof TransportError ? error.failure : classifyError(error, 'connect');
    this.#failures = [...this.#failures, failure];
    if (this.#dot.phase === 'answered') this.#answer('dot', this.#dot.reply);
    // Silence up to the limit that the caller's time set: that is a timeout, which follows at once.
    else if (this.#dot.phase !== 'running' && !(failure.kind === 'silent' && this.#isNearEnd())) this.#giveUp();
  }

  /** Whether the attempt over Do53 has had all its time; a timer may fire a little early. */
  #isNearEnd(): boolean {
    return this.#house.clock.now() >= this.#clearEndsAt - EARLY_MS;
  }

  // --- Which answer -------------------------------------------------------------------------------------------------

  /** Sees to it that DoT's answer is compared with Do53's, where it is one that a server may give over DoT alone. */
  #compare(): boolean {
    if (!this.#decision.fallback || this.#clear.phase === 'failed') return false;
    if (this.#clear.phase === 'idle') {
      // Nobody waits any more: nothing new is sent.
      if (this.#settled) return false;
      // A zone that others have found lame meanwhile goes over Do53, which is no comparison.
      const lame = this.#lessons.isLame();
      if (!lame && !this.#lessons.mayCompare()) return false;
      this.#startClear(lame ? 'lame-zone' : 'compare');
    }
    this.#comparing = true;
    if (!this.#settled) this.#wait(this.#house.discovery.table.policy.comparisonMs, 'enough-dot');
    this.#judge();
    return true;
  }

  /** The better answer is the caller's; that Do53's was better is remembered of the zone, whoever still waits. */
  #judge(): void {
    const dot = this.#dot;
    const clear = this.#clear;
    if (dot.phase !== 'answered' || clear.phase !== 'answered') return;
    const worse = clear.rank > dot.rank;
    if (worse) this.#lessons.lame();
    if (this.#settled) return;
    if (worse) this.#answer('do53', clear.reply);
    else this.#answer('dot', dot.reply);
  }

  #answer(transport: 'dot' | 'do53', reply: Reply): void {
    const encrypted = transport === 'dot' && (this.#clear.phase === 'idle' || this.#takenBack(this.#clear));
    const fellBack = transport === 'do53' && this.#dot.phase !== 'idle';
    const { message, times, authenticated } = reply;
    this.#settle(transport, fellBack);
    this.#resolve({
      message,
      transport,
      encrypted,
      authenticated,
      fellBack,
      times,
      decision: this.#decision,
    });
  }

  #giveUp(): void {
    const met = this.#failures.map(({ phase, kind }) => `${phase} ${kind}`).join(', ');
    this.#fail(this.#error('NO_ANSWER', `no answer from ${this.#decision.server.address}: ${met}`));
  }

  /** A well-formed answer in hand is better than none, even where a better one was hoped for. */
  #timeOut(): void {
    if (this.#dot.phase === 'answered') this.#answer('dot', this.#dot.reply);
    else if (this.#clear.phase === 'answered') this.#answer('do53', this.#clear.reply);
    else this.#fail(this.#error('TIMEOUT', `no answer within ${this.#run.timeoutMs} ms`));
  }

  #error(code: 'TIMEOUT' | 'NO_ANSWER', message: string): QueryError {
    return new QueryError(code, message, this.#failures);
  }

  #fail(error: unknown): void {
    if (this.#settled) return;
    this.#settle(undefined, false);
    this.#reject(error);
  }

  /** Takes back what has not been written. What has been lives to its own limit and ends as evidence. */
  #takenBack(lane: Lane): boolean {
    if (lane.phase !== 'running' || (lane === this.#clear && this.#comparing)) return false;
    return lane.attempt.withdraw();
  }

  #settle(achieved: Transport | undefined, fellBack: boolean): void {
    this.#settled = true;
    this.#endAlarm?.cancel();
    this.#waitAlarm?.cancel();
    this.#forgetSignal();
    this.#takenBack(this.#dot);
    this.#takenBack(this.#clear);
    this.#house.ended(this);
    this.#count(achieved, fellBack);
  }

  #count(achieved: Transport | undefined, fellBack: boolean): void {
    const { counters, events, hedges, clock } = this.#house;
    const { endpoints, transport: asked } = this.#decision;
    const { record } = this.#run;
    counters.queries.add(achieved ?? 'failed');
    if (fellBack) counters.queries.add('fellBack');
    const [endpoint] = endpoints;
    if (endpoint === undefined) return;
    if (fellBack && this.#hedged && record !== undefined) hedges.won(endpoint, clock.now());
    const failures = this.#failures;
    if (events.isHeard('query')) events.emit('query', () => ({ endpoint, asked, achieved, fellBack, failures }));
  }

  /** A later wait takes the place of an earlier one, which is over when it begins. */
  #wait(ms: number, occasion: Occasion): void {
    this.#waitAlarm?.cancel();
    this.#waitAlarm = this.#house.alarms.set(ms, this, occasion);
  }
}

/** Which bound of ours kept the query from being sent; that says nothing about the server. */
function ownBound({ kind, detail }: Failure): 'budget' | 'churn' | undefined {
  return kind === 'local' && (detail === 'budget' || detail === 'churn') ? detail : undefined;
}

function clearMargin(leftMs: number): number {
  return Math.min(leftMs * CLEAR_MARGIN, MAX_CLEAR_MARGIN_MS);
}
