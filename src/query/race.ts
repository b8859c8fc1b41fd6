import type { Deadline, Waiter } from '../common/deadline-queue.js';
import { TransportError } from '../common/errors.js';
import type { Decision } from '../contact/decision.js';
import type { ClearReason } from '../observe/names.js';
import type { Permission } from '../rules/permission.js';
import type { Endpoint, Failure } from '../state/model.js';
import type { Reply } from '../transport/exchange.js';
import { isForbidden, ownBoundOf } from '../transport/failure.js';
import { type Appraisal, isWorse, isWorthWaitingFor } from '../wire/worth.js';
import type { ComparisonWaiter } from './comparisons.js';
import { QueryEvidence } from './evidence.js';
import { clearLimitMs, Hedge, openingLimitMs } from './hedge.js';
import type { RaceDeps, RaceListener, WakeReason } from './race-deps.js';
import { type FailedTry, TransportTry, type TransportTryListener } from './transport-try.js';

const NO_ERRORS: readonly FailedTry[] = [];

/** In place of a transport that is not asked, or not yet: a try that never begins. */
const UNUSED: TransportTry = new TransportTry('dot', { tryAnswered: () => undefined, tryFailed: () => undefined });

/** Timers count in whole milliseconds. */
const EARLY_MS = 5;

/**
 * What is done on the wire for one query: DoT or Do53 as decided; Do53 joins where DoT fails, is slow, or answers something
 * that may not be given unseen; and which of two answers is the better. A {@link Query} is the caller's side of it, and may
 * be over long before: a race goes on until its tries have ended, for what they meet is evidence, even where nobody waits.
 */
export class Race implements TransportTryListener, Waiter<WakeReason>, ComparisonWaiter {
  /** What each failed attempt met; most queries meet nothing. */
  errors: readonly FailedTry[] = NO_ERRORS;
  readonly #deps: RaceDeps;
  readonly #decision: Decision;
  readonly #message: Uint8Array;
  readonly #permission: Permission;
  readonly #caller: RaceListener;
  #dot: TransportTry = UNUSED;
  #clear: TransportTry = UNUSED;
  /** Do53 is to join, or DoT's better answer is waited for: never both at once. */
  #deadline: Deadline | undefined;
  /** When the attempt over Do53 began, and when it is over at the latest, on the monotonic clock. */
  #clearBeganAt = 0;
  #clearEndsAt = 0;
  /** What DoT's answer is worth, once it has come. */
  #found: Appraisal | undefined;
  /** DoT's answer is compared with Do53's, even where nobody waits; or waits for what the comparison of another query shows. */
  #comparison: 'none' | 'own' | 'others' = 'none';
  #plan: Hedge | undefined;
  #shown: QueryEvidence | undefined;
  /** Do53 has joined DoT because that was slow. */
  #hedged = false;

  /**
   * @param deps - what it needs
   * @param decision - which transport
   * @param message - a checked query, which does not change any more
   * @param permission - what the rules still let be sent of it
   * @param caller - who waits
   */
  constructor(deps: RaceDeps, decision: Decision, message: Uint8Array, permission: Permission, caller: RaceListener) {
    this.#deps = deps;
    this.#decision = decision;
    this.#message = message;
    this.#permission = permission;
    this.#caller = caller;
  }

  /** Whether a transport was asked. */
  tried(transport: 'dot' | 'do53'): boolean {
    return (transport === 'dot' ? this.#dot : this.#clear).phase !== 'idle';
  }

  /** Whom it has asked, those included that have not answered yet. */
  get asked(): readonly Endpoint[] {
    const { dot, clear } = this.#decision.server;
    const asked = [this.tried('dot') ? dot : undefined, this.tried('do53') ? clear : undefined];
    return asked.filter((endpoint) => endpoint !== undefined);
  }

  /** {@inheritDoc ComparisonWaiter.zone} */
  get zone(): string {
    return this.#evidence.zone;
  }

  /** What it shows of DoT; most queries go over Do53 alone, and need none. */
  get #evidence(): QueryEvidence {
    this.#shown ??= new QueryEvidence(this.#deps, this.#decision, this.#message);
    return this.#shown;
  }

  /**
   * Starts it; the caller is not called from inside this.
   *
   * @param now - on the monotonic clock
   */
  begin(now: number): void {
    const { action, reason, fallback } = this.#decision;
    if (action !== 'encrypt') this.#startClear(reason === 'lame-zone' ? reason : undefined, now);
    else if (fallback && this.#evidence.isLame()) this.#startClear('lame-zone', now);
    else this.#startDot(now);
  }

  /** The caller's time is over: a well-formed answer in hand is better than none, even if a better one was hoped for. */
  takeInHand(): boolean {
    return this.#take(this.#dot) || this.#take(this.#clear);
  }

  /**
   * How much longer the caller waits when its time is over, in milliseconds: where our event loop stood still, so that Do53
   * could not be asked in time, that gets some of the stolen time.
   */
  graceMs(): number {
    const now = this.#deps.clock.now();
    if (this.#clear.phase === 'idle' && this.#plan?.late(now) === true) this.#startClear('hedge', now);
    return this.#clear.phase === 'running' ? Math.max(0, this.#clearEndsAt - now) : 0;
  }

  /** The caller waits no more: what has not been written is taken back. */
  leave(): void {
    this.#deadline?.cancel();
    if (this.#comparison === 'others') this.#evidence.waitNoMore(this);
    this.#dot.withdraw();
    this.#isTakenBack();
  }

  /** The caller has Do53's answer: where that has joined DoT, a hedge has won. */
  clearTaken(): void {
    const { hedges, clock } = this.#deps;
    const { dot } = this.#decision.server;
    if (this.#hedged && dot !== undefined) hedges.won(dot, clock.now());
  }

  /** Whether nothing has gone out in clear text; what would have is taken back. */
  staysEncrypted(): boolean {
    return this.#clear.phase === 'idle' || this.#isTakenBack();
  }

  #isTakenBack(): boolean {
    return this.#comparison !== 'own' && this.#clear.withdraw();
  }

  /** {@inheritDoc Waiter.wake} */
  wake(reason: WakeReason): void {
    if (reason === 'hedge') this.#hedge();
    else if (reason === 'last-chance') this.#takeLastChance();
    else if (reason === 'enough-clear') this.#take(this.#clear);
    else if (reason === 'look-again') this.#lookAgain();
  }

  /** {@inheritDoc TransportTryListener.tryAnswered} */
  tryAnswered(one: TransportTry, reply: Reply): void {
    if (one === this.#dot) this.#dotAnswered(reply);
    else this.#clearAnswered(reply);
  }

  /** {@inheritDoc TransportTryListener.tryFailed} */
  tryFailed(one: TransportTry, error: TransportError): void {
    const { failure, repeated } = error;
    this.#deps.events.hostErrors.heard(failure.part, error.cause, one.transport);
    const { dot, clear } = this.#decision.server;
    const endpoint = one === this.#dot ? dot : clear;
    if (endpoint !== undefined && this.#caller.isWaiting) this.errors = [...this.errors, { endpoint, error }];
    if (one === this.#dot) this.#dotFailed(failure, repeated);
    else this.#clearFailed(failure);
  }

  // --- DoT ----------------------------------------------------------------------------------------------------------

  #startDot(now: number): void {
    const { clock, dot } = this.#deps;
    const { timeoutMs, server, fallback, authentication } = this.#decision;
    if (server.dot === undefined) return;
    const held = this.#evidence.heldBy();
    if (held !== undefined) {
      this.errors = [{ endpoint: server.dot, error: new TransportError(held) }];
      queueMicrotask(() => this.#caller.giveUp());
      return;
    }
    this.#evidence.dotBegins(now);
    this.#dot = new TransportTry('dot', this);
    const mayBeSent = () => this.#permission.encrypted(authentication);
    const callerMs = this.#caller.timeoutMs;
    // Nothing else may be asked in its place: it has all of the caller's time, and waits for a session to its end.
    const limitMs = fallback ? timeoutMs : Math.max(timeoutMs, callerMs);
    this.#dot.begin({
      exchange: dot,
      endpoint: server.dot,
      message: this.#message,
      timeoutMs: limitMs,
      clock,
      authentication,
      options: { mayBeSent, openingMs: fallback ? openingLimitMs(callerMs, limitMs) : limitMs },
    });
    if (fallback) this.#planClear(server.dot, now);
  }

  /** Sees to it that Do53 is asked while the caller still waits. */
  #planClear(endpoint: Endpoint, now: number): void {
    const { timeoutMs, startedAt } = this.#caller;
    const plan = new Hedge(this.#decision, timeoutMs, startedAt);
    this.#plan = plan;
    if (plan.isHedge) this.#deps.hedges.asked(endpoint, startedAt);
    if (plan.afterMs < Number.POSITIVE_INFINITY) this.#wait(plan.afterMs, plan.isHedge ? 'hedge' : 'last-chance', now);
  }

  #hedge(): void {
    const { counters, events, hedges, clock } = this.#deps;
    const endpoint = this.#decision.server.dot;
    const plan = this.#plan;
    if (endpoint === undefined || plan === undefined) return;
    if (this.#clear.phase !== 'idle' || !this.#permission.clear()) return;
    const now = clock.now();
    const moreMs = plan.moreMs(now, this.#dot.freshUntil);
    if (moreMs > 0) this.#wait(moreMs, 'hedge');
    else {
      counters.queries.add('hedged');
      this.#hedged = true;
      hedges.began(endpoint, now);
      this.#startClear('hedge');
      events.emit('hedge', () => ({ endpoint, afterMs: plan.afterMs }));
    }
  }

  #takeLastChance(): void {
    this.#plan?.late(this.#deps.clock.now());
    this.#startClear('fallback');
  }

  #dotAnswered(reply: Reply): void {
    const endpoint = this.#decision.server.dot;
    if (endpoint !== undefined) this.#deps.hedges.heard(endpoint);
    const found = this.#evidence.appraise(reply);
    this.#found = found;
    this.#evidence.dotAnswered(reply, found, this.#deps.clock.now());
    this.#giveOrCompare();
  }

  /** Gives the caller DoT's answer, but not yet where it is doubtful and has to be compared. */
  #giveOrCompare(): void {
    if (this.#found?.worth === 'sound' || !this.#compare()) this.#take(this.#dot);
  }

  /** What a doubtful answer waited for has ended, and may have shown something of its zone. */
  #lookAgain(): void {
    const { reply } = this.#dot;
    if (reply === undefined || !this.#caller.isWaiting) return;
    this.#found = this.#evidence.appraise(reply);
    this.#giveOrCompare();
  }

  #dotFailed(failure: Failure, repeated: boolean): void {
    if (this.#caller.isWaiting && !this.#take(this.#clear)) {
      const { fallback, timeoutMs } = this.#decision;
      this.#plan?.late(this.#deps.clock.now(), this.#caller.startedAt + timeoutMs);
      if (fallback) this.#startClear(ownBoundOf(failure) ?? 'fallback');
      if (this.#clear.phase !== 'running') this.#endWithout(failure);
    }
    this.#evidence.dotFailed(repeated ? undefined : failure, this.#clear.phase);
  }

  // --- Do53 ---------------------------------------------------------------------------------------------------------

  #startClear(why: ClearReason | undefined, now: number = this.#deps.clock.now()): void {
    const { clock, do53, counters } = this.#deps;
    const { clear } = this.#decision.server;
    if (clear === undefined || this.#clear.phase !== 'idle' || !this.#permission.clear()) return;
    if (why !== undefined) counters.clearToGood.add(why);
    const { startedAt, timeoutMs } = this.#caller;
    const limitMs = clearLimitMs(Math.max(timeoutMs - (now - startedAt), this.#plan?.graceMs ?? 0));
    this.#clear = new TransportTry('do53', this);
    this.#clearBeganAt = now;
    this.#clearEndsAt = now + limitMs;
    this.#clear.begin({
      exchange: do53,
      endpoint: clear,
      message: this.#message,
      timeoutMs: limitMs,
      clock,
      options: { mayBeSent: () => this.#permission.clear() },
    });
  }

  #clearAnswered(reply: Reply): void {
    const { discovery, epoch } = this.#deps;
    const { dot, clear } = this.#decision.server;
    // Where a source has led elsewhere, it is another server that has answered.
    if (dot !== undefined && dot.address === clear?.address && this.#decision.epoch === epoch())
      discovery.answeredIn(dot, reply.times, this.#clearBeganAt + reply.times.total);
    if (this.tried('dot')) this.#evidence.clearAnswered();
    if (this.#comparison === 'own') this.#judge(reply);
    else if (!this.#caller.isWaiting) return;
    else if (this.#dot.phase !== 'running' || !isWorthWaitingFor(this.#evidence.appraise(reply)))
      this.#take(this.#clear);
    // DoT may still bring a better one, but is not waited for longer than a probe waits for a comparison.
    else this.#wait(this.#deps.discovery.table.policy.comparisonMs, 'enough-clear');
  }

  #clearFailed(failure: Failure): void {
    this.#evidence.clearFailed();
    if (this.#comparison === 'own') this.#endComparison(undefined, false);
    if (!this.#caller.isWaiting || this.#take(this.#dot) || this.#dot.phase === 'running') return;
    // Silence up to the limit that the caller's time set is a timeout, which follows at once; a timer may fire a little early.
    const isTimeout = failure.kind === 'silent' && this.#deps.clock.now() >= this.#clearEndsAt - EARLY_MS;
    if (!isTimeout) this.#endWithout(failure);
  }

  /** Nothing is under way any more: the caller is told, or asked to decide anew where other rules have ended it. */
  #endWithout(failure: Failure): void {
    if (isForbidden(failure) || (this.#decision.fallback && !this.#permission.clear())) this.#caller.forbidden();
    else this.#caller.giveUp();
  }

  // --- Which answer -------------------------------------------------------------------------------------------------

  /** Sees to it that a doubtful answer of DoT is compared with Do53's, or waits for one that is; whether it is not given yet. */
  #compare(): boolean {
    const found = this.#found;
    if (found === undefined || !this.#decision.fallback || this.#clear.phase === 'failed') return false;
    if (this.#clear.phase === 'idle') {
      // Nobody waits any more: nothing new is sent.
      if (!this.#caller.isWaiting) return false;
      const what = this.#evidence.mayCompare(found);
      if (what === 'no') return false;
      if (typeof what === 'number') {
        this.#wait(what, 'look-again');
        return true;
      }
      this.#deadline?.cancel();
      if (what === 'wait') {
        this.#comparison = 'others';
        this.#evidence.waitForOthers(this);
        return true;
      }
      this.#startClear(what);
      if (this.#clear.phase === 'idle') return false;
    }
    this.#comparison = 'own';
    this.#evidence.comparisonBegan();
    const { reply } = this.#clear;
    if (reply !== undefined) this.#judge(reply);
    return true;
  }

  /** {@inheritDoc ComparisonWaiter.comparisonEnded} */
  comparisonEnded(): void {
    this.#comparison = 'none';
    this.#lookAgain();
  }

  /** The better answer is the caller's; that Do53's was better is remembered of the zone in any case. */
  #judge(reply: Reply): void {
    const clear = this.#evidence.appraise(reply);
    const worse = this.#found !== undefined && isWorse(this.#found, clear);
    // First: those that wait for what this shows are told by what follows.
    this.#take(worse ? this.#clear : this.#dot);
    this.#endComparison(clear, worse);
  }

  #endComparison(clear: Appraisal | undefined, worse: boolean): void {
    this.#comparison = 'none';
    if (this.#found !== undefined) this.#evidence.compared(this.#found, clear, worse);
  }

  /** Gives the caller the answer of a try, where there is one; whether there is. */
  #take(one: TransportTry): boolean {
    const { reply } = one;
    if (reply === undefined) return false;
    if (this.#caller.isWaiting) this.#caller.take(one, reply);
    return true;
  }

  /** A later wait takes the place of an earlier one, which is over when it begins. */
  #wait(ms: number, reason: WakeReason, now?: number): void {
    this.#deadline?.cancel();
    this.#deadline = this.#deps.deadlines.set(ms, this, reason, now);
  }
}
