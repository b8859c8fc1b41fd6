import { type Clock, deadline, type Timer } from './clock.js';
import type { Decision } from './decision.js';
import type { Discovery } from './discovery.js';
import { QueryError, TransportError } from './errors.js';
import type { Events } from './events.js';
import type { SelectorCounters } from './observe/metrics.js';
import { mayCompare } from './state/lame.js';
import type { Endpoint, Failure, Times, Transport } from './state/model.js';
import type { EndpointRecord } from './state/record.js';
import { measured } from './state/smoothing.js';
import { onAbort } from './transport/abort.js';
import { beginAttempt } from './transport/attempt.js';
import type { Attempt, Exchange, Reply } from './transport/exchange.js';
import { classifyError } from './transport/failure.js';
import { answerRank, rcodeOf, zoneOfQuestion } from './transport/message.js';

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
export interface QueryHouse {
  readonly clock: Clock;
  readonly dot: Exchange;
  readonly do53: Exchange;
  readonly discovery: Discovery;
  readonly events: Events;
  readonly counters: SelectorCounters;
}

/** How one query is to run. */
export interface QueryRun {
  readonly signal: AbortSignal | undefined;
  readonly timeoutMs: number;
  /** The row of the DoT endpoint, where there is one. */
  readonly record: EndpointRecord | undefined;
}

/** Why a query to a Good endpoint goes out in clear text. */
type ClearReason = 'hedge' | 'fallback' | 'budget' | 'compare';

/** One of the two runners: not started, under way, answered, or failed. */
type Lane =
  | { readonly phase: 'idle' }
  | { readonly phase: 'running'; readonly attempt: Attempt; readonly startedAt: number }
  | { readonly phase: 'answered'; readonly reply: Reply; readonly rcode: number }
  | { readonly phase: 'failed' };

const IDLE: Lane = { phase: 'idle' };

/**
 * One query: DoT or Do53 as decided, joined by Do53 where DoT fails or is slow. The caller gets one answer, the best,
 * once. Attempts outlive the caller: what they meet is evidence, whoever waits for it.
 */
export class Query {
  readonly #house: QueryHouse;
  readonly #decision: Decision;
  readonly #message: Uint8Array;
  readonly #run: QueryRun;
  readonly #promise: Promise<QueryResult>;
  readonly #failures: Failure[] = [];
  #resolve: (result: QueryResult) => void = () => {};
  #reject: (error: unknown) => void = () => {};
  #dot: Lane = IDLE;
  #clear: Lane = IDLE;
  #settled = false;
  /** A DoT answer waits for its comparison. */
  #comparing = false;
  /** A failure without a word from the peer waits to hear whether Do53 answers. */
  #unheard: { readonly failure: Failure; readonly startedAt: number; readonly endedAt: number } | undefined;
  readonly #timers: Timer[] = [];
  #forgetSignal: () => void = () => {};

  /**
   * @param house - what it needs
   * @param decision - which transport
   * @param message - a checked query; it is copied where it is sent
   * @param run - how
   */
  constructor(house: QueryHouse, decision: Decision, message: Uint8Array, run: QueryRun) {
    this.#house = house;
    this.#decision = decision;
    this.#message = message;
    this.#run = run;
    this.#promise = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  /** Starts it. Rejects with a `QueryError`, or the signal's reason; every other trouble has been dealt with. */
  start(): Promise<QueryResult> {
    const { clock } = this.#house;
    const { signal, timeoutMs } = this.#run;
    if (signal !== undefined) this.#forgetSignal = onAbort(signal, () => this.#leave(signal.reason));
    const timeout = () => this.#leave(this.#error('TIMEOUT', `no answer within ${timeoutMs} ms`));
    this.#timers.push(deadline(clock, timeoutMs, timeout, { keepAlive: true }));
    if (this.#decision.action === 'encrypt') this.#startDot();
    else this.#startClear();
    return this.#promise;
  }

  /** Ends the caller's wait; attempts are left to their exchange. */
  cancel(error: unknown): void {
    this.#leave(error);
  }

  // --- DoT ----------------------------------------------------------------------------------------------------------

  #startDot(): void {
    const { clock, dot } = this.#house;
    const { fallback, hedgeAfterMs, timeoutMs, endpoints } = this.#decision;
    const [endpoint] = endpoints;
    if (endpoint === undefined) return;
    if (this.#run.record !== undefined) this.#run.record.pins++;
    const startedAt = clock.now();
    const attempt = beginAttempt(dot, endpoint, this.#message, timeoutMs, clock);
    this.#dot = { phase: 'running', attempt, startedAt };
    attempt.done.then(
      (reply) => this.#onDot(endpoint, reply, startedAt),
      (error) => this.#onDotFailure(endpoint, error, startedAt),
    );
    if (fallback && hedgeAfterMs < Number.POSITIVE_INFINITY) {
      this.#timers.push(deadline(clock, hedgeAfterMs, () => this.#hedge(endpoint, hedgeAfterMs)));
    }
  }

  #onDot(endpoint: Endpoint, reply: Reply, startedAt: number): void {
    const { clock, discovery } = this.#house;
    const { record } = this.#run;
    const rcode = rcodeOf(reply.message);
    const sound = isSound(rcode);
    this.#dot = { phase: 'answered', reply, rcode };
    this.#unpin();
    if (record !== undefined) record.timing = measured(record.timing, reply.times, true);
    // Any rcode proves the transport; what it says of the zone is compared below.
    const evidence = { result: 'success' } as const;
    discovery.learn(endpoint, { source: 'live', evidence, startedAt, endedAt: clock.now(), sound });
    if (this.#settled) return;
    if (sound || !this.#compare()) this.#answer('dot', reply);
  }

  #onDotFailure(endpoint: Endpoint, error: unknown, startedAt: number): void {
    const failure = error instanceof TransportError ? error.failure : classifyError(error, 'connect');
    const repeated = error instanceof TransportError && error.repeated;
    this.#dot = { phase: 'failed' };
    this.#unpin();
    if (!this.#settled) {
      this.#failures.push(failure);
      if (this.#clear.phase === 'answered') this.#answer('do53', this.#clear.reply);
      else if (this.#decision.fallback) this.#startClear(failure.detail === 'budget' ? 'budget' : 'fallback');
      if (this.#clear.phase !== 'running') this.#giveUp();
    }
    if (repeated) return;
    const endedAt = this.#house.clock.now();
    const silent = failure.kind === 'silent' || failure.kind === 'unreachable';
    if (silent && this.#clear.phase === 'running') this.#unheard = { failure, startedAt, endedAt };
    else this.#learnFailure(endpoint, failure, startedAt, endedAt, !silent);
  }

  #learnFailure(endpoint: Endpoint, failure: Failure, startedAt: number, endedAt: number, controlled: boolean): void {
    const { phase, kind } = failure;
    const evidence = { result: 'failure', phase, kind, controlled } as const;
    this.#house.discovery.learn(endpoint, { source: 'live', evidence, startedAt, endedAt });
  }

  #unpin(): void {
    if (this.#run.record !== undefined) this.#run.record.pins--;
  }

  // --- Do53 ---------------------------------------------------------------------------------------------------------

  #hedge(endpoint: Endpoint, afterMs: number): void {
    if (this.#settled || this.#clear.phase !== 'idle') return;
    this.#house.counters.queries.add('hedged');
    this.#startClear('hedge');
    this.#house.events.emit('hedge', () => ({ endpoint, afterMs }));
  }

  #startClear(why?: ClearReason): void {
    const { clock, do53, counters } = this.#house;
    const { clear } = this.#decision.server;
    if (clear === undefined || this.#clear.phase !== 'idle') return;
    if (why !== undefined) counters.clearToGood.add(why);
    const startedAt = clock.now();
    const attempt = beginAttempt(do53, clear, this.#message, Math.max(1, this.#run.timeoutMs), clock);
    this.#clear = { phase: 'running', attempt, startedAt };
    attempt.done.then(
      (reply) => this.#onClear(reply),
      (error) => this.#onClearFailure(error),
    );
  }

  #onClear(reply: Reply): void {
    const { discovery } = this.#house;
    const { record } = this.#run;
    const { dot } = this.#decision.server;
    const rcode = rcodeOf(reply.message);
    this.#clear = { phase: 'answered', reply, rcode };
    if (record !== undefined) record.timing = measured(record.timing, reply.times, false);
    if (dot !== undefined) discovery.answered(dot);
    this.#judgeUnheard(true);
    if (this.#comparing) this.#judgeComparison();
    else if (!this.#settled && (isSound(rcode) || this.#dot.phase !== 'running')) this.#answer('do53', reply);
  }

  #onClearFailure(error: unknown): void {
    this.#clear = { phase: 'failed' };
    this.#judgeUnheard(false);
    if (this.#settled) return;
    this.#failures.push(error instanceof TransportError ? error.failure : classifyError(error, 'connect'));
    if (this.#dot.phase === 'answered') this.#answer('dot', this.#dot.reply);
    else if (this.#dot.phase !== 'running') this.#giveUp();
  }

  #judgeUnheard(heard: boolean): void {
    const { dot } = this.#decision.server;
    if (this.#unheard === undefined || dot === undefined) return;
    const { failure, startedAt, endedAt } = this.#unheard;
    this.#unheard = undefined;
    this.#learnFailure(dot, failure, startedAt, endedAt, heard);
  }

  // --- Which answer -------------------------------------------------------------------------------------------------

  /** Asks Do53 the same, where DoT's answer is one that a server may give over DoT alone. Whether that is under way. */
  #compare(): boolean {
    const { clock, discovery } = this.#house;
    const { record } = this.#run;
    const { policy } = discovery.table;
    if (!this.#decision.fallback || record === undefined || this.#clear.phase === 'failed') return false;
    const zone = this.#zone();
    if (this.#clear.phase === 'idle') {
      if (!mayCompare(record.lame, zone, policy, clock.now())) return false;
      discovery.comparing(record, zone);
    }
    this.#comparing = true;
    this.#startClear('compare');
    const enough = () => {
      if (!this.#settled && this.#dot.phase === 'answered') this.#answer('dot', this.#dot.reply);
    };
    this.#timers.push(deadline(clock, policy.comparisonMs, enough));
    this.#judgeComparison();
    return true;
  }

  /** The better answer is the caller's; that Do53's was better is remembered of the zone, whoever still waits. */
  #judgeComparison(): void {
    const dot = this.#dot;
    const clear = this.#clear;
    if (dot.phase !== 'answered' || clear.phase !== 'answered') return;
    const worse = answerRank(clear.rcode) > answerRank(dot.rcode);
    if (worse && this.#run.record !== undefined) this.#house.discovery.lame(this.#run.record, this.#zone());
    if (this.#settled) return;
    if (worse) this.#answer('do53', clear.reply);
    else this.#answer('dot', dot.reply);
  }

  #zone(): string {
    return this.#decision.server.zone ?? zoneOfQuestion(this.#message);
  }

  #answer(transport: 'dot' | 'do53', reply: Reply): void {
    const encrypted = transport === 'dot' && this.#clear.phase === 'idle';
    const fellBack = transport === 'do53' && this.#decision.action === 'encrypt';
    if (fellBack) this.#house.counters.queries.add('fellBack');
    const { message, times, authenticated } = reply;
    this.#settle(transport);
    this.#resolve({ message, transport, encrypted, authenticated, fellBack, times, decision: this.#decision });
  }

  #giveUp(): void {
    const met = this.#failures.map(({ phase, kind }) => `${phase} ${kind}`).join(', ');
    this.#fail(this.#error('NO_ANSWER', `no answer from ${this.#decision.server.address}: ${met}`));
  }

  #error(code: 'TIMEOUT' | 'NO_ANSWER', message: string): QueryError {
    return new QueryError(code, message, this.#failures);
  }

  #fail(error: unknown): void {
    if (this.#settled) return;
    this.#settle(undefined);
    this.#reject(error);
  }

  /** The caller is gone. What is unwritten is taken back; the rest lives to its own limit and ends as evidence. */
  #leave(error: unknown): void {
    if (this.#settled) return;
    // A well-formed answer in hand is better than none, even where a better one was hoped for.
    if (error instanceof QueryError && error.code === 'TIMEOUT' && this.#dot.phase === 'answered') {
      this.#answer('dot', this.#dot.reply);
      return;
    }
    if (error instanceof QueryError && error.code === 'TIMEOUT' && this.#clear.phase === 'answered') {
      this.#answer('do53', this.#clear.reply);
      return;
    }
    for (const lane of [this.#dot, this.#clear]) if (lane.phase === 'running') lane.attempt.withdraw();
    this.#fail(error);
  }

  #settle(achieved: Transport | undefined): void {
    this.#settled = true;
    for (const timer of this.#timers) timer.cancel();
    this.#forgetSignal();
    const { counters, events } = this.#house;
    const { endpoints, transport: asked } = this.#decision;
    counters.queries.add(achieved ?? 'failed');
    const [endpoint] = endpoints;
    if (endpoint === undefined) return;
    const fellBack = achieved !== undefined && achieved !== asked;
    events.emit('query', () => ({ endpoint, asked, achieved, fellBack, failures: this.#failures }));
  }
}

/** An answer that says what the zone holds; any other may come from a server that serves the zone elsewhere. */
function isSound(rcode: number): boolean {
  return answerRank(rcode) === 2;
}
