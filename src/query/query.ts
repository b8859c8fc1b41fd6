import { onAbort } from '../common/abort.js';
import type { Deadline, Waiter } from '../common/deadline-queue.js';
import type { Slotted } from '../common/slot-list.js';
import type { Decision } from '../contact/decision.js';
import type { QueryError, QueryFailure } from '../contact/query-error.js';
import { Permission } from '../rules/permission.js';
import type { RulesInForce } from '../rules/rules-in-force.js';
import type { Failure, Times, Transport } from '../state/model.js';
import type { Reply } from '../transport/exchange.js';
import { type EndedQuery, noAnswer, tellEnd } from './query-end.js';
import { Race } from './race.js';
import type { RaceDeps, RaceListener, WakeReason } from './race-deps.js';
import type { FailedTry, TransportTry } from './transport-try.js';

/** What a query has brought. */
export interface QueryResult {
  /** The answer in wire format, with the query's id. */
  readonly message: Buffer;
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

/** What a query needs. */
export interface QueryDeps extends RaceDeps {
  readonly rules: RulesInForce;
  /** The decision of a query under the rules that are in force now; the same where they demand nothing else. */
  decideAnew(decision: Decision, message: Uint8Array): Decision;
  /** The error of a query that may not be sent. */
  refusalOf(decision: Decision): QueryError;
  /** A query's caller has been told. */
  ended(query: Query): void;
}

const ignore = (): void => undefined;

/**
 * One query as its caller sees it: one answer, the best, once; or a reason why there is none, at the caller's deadline at
 * the latest. What is under way then goes on in its {@link Race}.
 */
export class Query implements RaceListener, EndedQuery, Waiter<WakeReason>, Slotted {
  /** {@inheritDoc Slotted.slot} */
  slot = -1;
  /** {@inheritDoc RaceListener.isWaiting} */
  isWaiting = true;
  /** {@inheritDoc RaceListener.timeoutMs} */
  readonly timeoutMs: number;
  /** {@inheritDoc RaceListener.startedAt} */
  readonly startedAt: number;
  readonly #deps: QueryDeps;
  readonly #message: Uint8Array;
  readonly #permission: Permission;
  #decision: Decision;
  #race: Race;
  /** What earlier races met, under rules that are in force no more. */
  #before: readonly FailedTry[] = [];
  #resolve: (result: QueryResult) => void = ignore;
  #reject: (reason: unknown) => void = ignore;
  #deadline: Deadline | undefined;
  #forgetSignal: () => void = ignore;

  // Positional: an object more for each query is garbage (bench: dot, do53).
  /**
   * @param deps - what it needs
   * @param decision - which transport
   * @param message - a checked query
   * @param timeoutMs - the caller's time, in milliseconds
   * @param now - when that begins, on the monotonic clock
   */
  constructor(deps: QueryDeps, decision: Decision, message: Uint8Array, timeoutMs: number, now: number) {
    this.#deps = deps;
    this.#decision = decision;
    this.timeoutMs = timeoutMs;
    this.startedAt = now;
    // The host may use its buffer again while it is still to be sent, or looked at.
    this.#message = new Uint8Array(message);
    this.#permission = new Permission(deps.rules, decision, this.#message);
    this.#race = new Race(deps, decision, this.#message, this.#permission, this);
  }

  /**
   * Starts it. Rejects with a `QueryError`, or the signal's reason; every other trouble has been dealt with.
   *
   * @param signal - ends the caller's wait
   */
  start(signal: AbortSignal | undefined): Promise<QueryResult> {
    return new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
      if (signal !== undefined) this.#forgetSignal = onAbort(signal, () => this.fail(signal.reason));
      this.#deadline = this.#deps.deadlines.set(this.timeoutMs, this, 'end', this.startedAt);
      this.#race.begin(this.startedAt);
    });
  }

  /** Ends the caller's wait; attempts are left to their exchange. */
  fail(error: unknown): void {
    if (!this.isWaiting) return;
    this.isWaiting = false;
    this.#settle(undefined, false);
    this.#reject(error);
  }

  /** {@inheritDoc Waiter.wake} */
  wake(): void {
    if (this.#race.takeInHand()) return;
    const graceMs = this.#race.graceMs();
    if (graceMs > 0) this.#deadline = this.#deps.deadlines.set(graceMs, this, 'end');
    else this.fail(this.#error('TIMEOUT', `within ${this.timeoutMs} ms`));
  }

  /** {@inheritDoc RaceListener.take} */
  take({ transport }: TransportTry, { message, times, authenticated }: Reply): void {
    // First: what is taken back may fail from inside that, and lead here again.
    this.isWaiting = false;
    const encrypted = transport === 'dot' && this.#race.staysEncrypted();
    const fellBack = transport === 'do53' && this.#race.tried('dot');
    this.#settle(transport, fellBack);
    const octets = Buffer.isBuffer(message) ? message : Buffer.from(message.buffer, message.byteOffset, message.length);
    const decision = this.#decision;
    this.#resolve({ message: octets, transport, encrypted, authenticated, fellBack, times, decision });
  }

  /** {@inheritDoc RaceListener.giveUp} */
  giveUp(): void {
    this.fail(this.#error('NO_ANSWER', `(limit ${this.timeoutMs} ms)`));
  }

  /** {@inheritDoc RaceListener.forbidden} */
  forbidden(): void {
    const before = this.#decision;
    const decision = this.#deps.decideAnew(before, this.#message);
    if (decision === before) this.giveUp();
    else if (decision.action === 'refuse') this.fail(this.#deps.refusalOf(decision));
    else {
      this.#before = this.#errors;
      this.#decision = decision;
      this.#race.leave();
      this.#race = new Race(this.#deps, decision, this.#message, this.#permission, this);
      this.#race.begin(this.#deps.clock.now());
    }
  }

  /** {@inheritDoc EndedQuery.failures} */
  get failures(): readonly Failure[] {
    return this.#errors.map(({ error }) => error.failure);
  }

  get #errors(): readonly FailedTry[] {
    return [...this.#before, ...this.#race.errors];
  }

  #error(code: 'TIMEOUT' | 'NO_ANSWER', limit: string): QueryError {
    const errors = this.#errors;
    const failures = errors.map(
      ({ endpoint, error }): QueryFailure => ({ ...error.failure, transport: endpoint.transport, endpoint }),
    );
    // By key: a later race may ask the same endpoint again.
    const asked = [...this.#before.map(({ endpoint }) => endpoint), ...this.#race.asked];
    const tried = [...new Map(asked.map((endpoint) => [endpoint.key, endpoint])).values()];
    const broken = errors.find(({ error: { failure } }) => failure.part !== undefined);
    const cause = broken === undefined ? errors.at(-1)?.error : broken.error.cause;
    return noAnswer(code, this.#decision, limit, failures, { tried, ...(errors.length === 0 ? {} : { cause }) });
  }

  #settle(achieved: TransportTry['transport'] | undefined, fellBack: boolean): void {
    this.#deadline?.cancel();
    this.#forgetSignal();
    this.#race.leave();
    this.#deps.ended(this);
    if (fellBack) this.#race.clearTaken();
    tellEnd(this.#deps, this.#decision, this, achieved, fellBack);
  }
}
