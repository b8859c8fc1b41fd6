import type { Clock } from '../../common/clock.js';
import { type DotscoutError, TransportError } from '../../common/errors.js';
import type { Endpoint } from '../../state/model.js';
import { checkQuery, type QueryInfo } from '../../wire/message.js';
import { addEdns, type Shape, stripEdns } from '../../wire/opt.js';
import type { OwnQuery, QueryListener } from '../attempt.js';
import { failureIn, forbidden, localError, silence } from '../failure.js';
import type { SessionOutcome, SessionQuery } from '../session/session-query.js';
import type { Authenticator } from '../tls/authenticator.js';
import type { FreshTime } from './fresh-times.js';
import { nextShape, type QueryShapes } from './query-shapes.js';
import type { DotSession } from './session.js';

/** One sending of a query on one session: its first, or another on a fresh session. */
export interface DotSend extends SessionQuery {
  readonly endpoint: Endpoint;
  /** What the server has to prove before it is sent; absent: nothing. */
  readonly authenticator: Authenticator | undefined;
  /** How much longer it may wait until a session may be opened, in milliseconds; what it has waited is taken off. */
  openingMs: number;
  /** Whether nobody waits for it any more. */
  readonly left: boolean;
  /** Whether it asks again what a session that has fallen silent still owes. */
  readonly afterSilence: boolean;
  /** The session that it was given to; `undefined` while it waits for one. */
  session: DotSession | undefined;
}

/**
 * Whether it may wait for a session until its limit: nothing else may be asked in its stead.
 *
 * @param send - the sending
 * @param now - on the monotonic clock
 */
export function waitsToItsEnd(send: DotSend, now: number): boolean {
  return now + send.openingMs >= send.limitAt;
}

/** What a query needs of its exchange. */
export interface DotQueryDeps {
  readonly clock: Clock;
  readonly shapes: QueryShapes;
  /** Gives it to a session, at once or when one may be opened; where none may be in time, it is settled with that. */
  place(send: DotSend): void;
  /**
   * Takes it back while it waits for a session.
   *
   * @returns whether it did
   */
  unplace(send: DotSend): boolean;
  /** How long a fresh session to there is given. */
  freshTime(endpoint: Endpoint): FreshTime;
}

/** What is asked of whom. */
export interface DotRequest {
  readonly endpoint: Endpoint;
  /** The host's query. */
  readonly message: Uint8Array;
  /** Its limit, in milliseconds. */
  readonly timeoutMs: number;
  /** What the server has to prove before it is sent; absent: nothing. */
  readonly authenticator: Authenticator | undefined;
  /** How long it waits at most until a session may be opened, in milliseconds; default a quarter of its time. */
  readonly openingMs?: number | undefined;
  /** Whether it may still be sent; asked each time before it is. Absent: it may. */
  readonly mayBeSent?: (() => boolean) | undefined;
}

/** The share of its time for which a query waits until a session may be opened, where it does not say how long. */
const OPENING_SHARE = 1 / 4;

/** How often a query is sent again that was lost with its session. */
const MAX_RETRIES = 3;

/**
 * One query over DoT until its answer or its limit, on as many sessions and in as many shapes as that takes: again on a
 * fresh session, a few times, where a server that had answered closed the old one; again without what we had added, where the
 * server says FORMERR.
 */
export class DotQuery implements DotSend, OwnQuery {
  /** {@inheritDoc SessionQuery.keepId} */
  readonly keepId: boolean;
  /** {@inheritDoc SessionQuery.questionEnd} */
  readonly questionEnd: number;
  /** {@inheritDoc SessionQuery.limitAt} */
  readonly limitAt: number;
  /** {@inheritDoc DotSend.openingMs} */
  openingMs: number;
  readonly endpoint: Endpoint;
  readonly authenticator: Authenticator | undefined;
  /** {@inheritDoc SessionQuery.mayBeSent} */
  readonly mayBeSent: (() => boolean) | undefined;
  /** {@inheritDoc SessionQuery.message} */
  message: Uint8Array;
  /** {@inheritDoc SessionQuery.place} */
  place = -1;
  session: DotSession | undefined;
  left = false;
  readonly afterSilence: boolean = false;
  readonly #context: DotQueryDeps;
  readonly #original: Uint8Array;
  readonly #info: QueryInfo;
  readonly #startedAt: number;
  readonly #listener: QueryListener;
  #shape: Shape;
  #reshaped = false;
  #retries = 0;
  /** The sending whose failure is the query's own. */
  #active: DotSend = this;
  /** The one on a session that has fallen silent, which may still be answered. */
  #silent: DotSend | undefined;
  #freshAt = 0;
  #fresh: FreshTime | undefined;
  #stalled = false;
  #done = false;

  /**
   * @param context - the exchange
   * @param request - what is asked
   * @param listener - who waits for it
   * @throws `InvalidInputError` as {@link checkQuery}
   */
  constructor(context: DotQueryDeps, request: DotRequest, listener: QueryListener) {
    const { endpoint, message, timeoutMs, authenticator, openingMs, mayBeSent } = request;
    this.mayBeSent = mayBeSent;
    this.#info = checkQuery(message);
    // The host may use its buffer again before this is written.
    this.#original = new Uint8Array(message);
    this.endpoint = endpoint;
    this.#context = context;
    this.#listener = listener;
    this.authenticator = authenticator;
    this.#startedAt = context.clock.now();
    this.limitAt = this.#startedAt + timeoutMs;
    this.openingMs = openingMs ?? timeoutMs * OPENING_SHARE;
    this.keepId = this.#info.signed;
    this.questionEnd = this.#info.questionEnd;
    this.#shape = context.shapes.of(endpoint.key, this.#startedAt);
    this.message = addEdns(this.#original, this.#shape, this.#info);
  }

  /**
   * Until when it has to do with a fresh session that it was sent to again, on the monotonic clock; where not even TCP is
   * established in the time which that takes, the path is gone, and no more is waited for. 0 where it was not sent again.
   */
  get freshUntil(): number {
    const { session } = this.#active;
    const isConnecting = session === undefined || session.phase === 'connect';
    const fresh = this.#fresh;
    if (fresh === undefined) return 0;
    return this.#freshAt + (isConnecting ? fresh.connectMs : fresh.answerMs);
  }

  /** Begins it; it may settle from inside this. */
  start(): void {
    this.#place(this);
  }

  /** Takes it back where it has not been written; see `Attempt.withdraw`. */
  withdraw(): boolean {
    const active = this.#active;
    // What is sent again for nobody is sent at once or not at all: those that are waited for come first.
    for (const send of [this, active]) send.openingMs = 0;
    if (!this.#takeBack(active)) return false;
    // Its session tells how it ends.
    if (active.session !== undefined) return this.#silent === undefined;
    if (this.#waitsForSilent()) return false;
    this.#fail(localError('withdrawn before it was written'));
    return true;
  }

  /** Nobody waits for it: it is not sent any more, nor again. */
  leave(): void {
    this.left = true;
    this.withdraw();
  }

  /** {@inheritDoc SessionQuery.suspected} */
  suspected(stalled: boolean): void {
    this.#stalled ||= stalled;
    this.#askAgain(this);
  }

  /** {@inheritDoc SessionQuery.settle} */
  settle(outcome: SessionOutcome): void {
    this.#settled(outcome, this);
  }

  /** Asks once more on a fresh session, beside the one that has fallen silent. */
  #askAgain(by: DotSend): void {
    if (by !== this.#active || this.#silent !== undefined || this.left || this.#done) return;
    if (this.#retries >= MAX_RETRIES) return;
    this.#retries++;
    this.#silent = by;
    const copy = this.#copy(true);
    this.#active = copy;
    this.#askFresh(copy);
  }

  /** The query once more, for another session than the one that still has it. */
  #copy(afterSilence: boolean): DotSend {
    const query = this;
    const copy: DotSend = {
      ...query,
      afterSilence,
      place: -1,
      session: undefined,
      get left() {
        return query.left;
      },
      settle: (outcome) => this.#settled(outcome, copy),
    };
    return copy;
  }

  #askFresh(send: DotSend): void {
    send.session = undefined;
    this.#place(send);
    // One that stands already is not waited for.
    if (stands(send)) return;
    this.#freshAt = this.#context.clock.now();
    this.#fresh = this.#context.freshTime(this.endpoint);
  }

  #place(send: DotSend): void {
    if (this.mayBeSent?.() === false) this.#fail(forbidden());
    else this.#context.place(send);
  }

  /** One of its sendings has ended. */
  #settled(outcome: SessionOutcome, by: DotSend): void {
    if (this.#done) return;
    if ('error' in outcome) {
      if (by === this.#active) this.#lost(outcome, by);
      else if (by === this.#silent) this.#silent = undefined;
      return;
    }
    // An answer to a shape that was given up meanwhile.
    if (by.message !== this.message) return;
    // Where the silent one has spoken again, both are on that.
    if (by === this.#active && this.#silent?.session !== by.session) this.#silent?.session?.lostToSilence();
    this.#answered(outcome, by);
  }

  #lost(outcome: Extract<SessionOutcome, { error: unknown }>, by: DotSend): void {
    const { error, retry } = outcome;
    const again = retry === 'free' || (retry === 'once' && this.#retries < MAX_RETRIES);
    if (retry === 'once') this.#retries++;
    if (this.mayBeSent?.() === false) this.#fail(forbidden());
    else if (again && !this.left && this.#context.clock.now() < this.limitAt) this.#askFresh(by);
    // A bound or trouble of our own may have kept it from a fresh session.
    else if (!(failureIn(error)?.kind === 'local' && this.#waitsForSilent())) this.#fail(error);
  }

  /** The sending on the session that has fallen silent is the only one from now on; `false` where there is none. */
  #waitsForSilent(): boolean {
    if (this.#silent === undefined) return false;
    this.#active = this.#silent;
    this.#silent = undefined;
    return true;
  }

  #answered(outcome: Extract<SessionOutcome, { answer: unknown }>, by: DotSend): void {
    const { now } = outcome;
    const { rcode } = outcome.info;
    const next = nextShape(this.#shape, rcode, this.#info);
    if (next !== undefined && !this.left && now < this.limitAt) {
      this.#shape = next;
      this.#reshaped = true;
      this.message = addEdns(this.#original, next, this.#info);
      const free = this.#silent === undefined && by === this;
      this.#silent = undefined;
      this.#active = free ? this : this.#copy(false);
      this.#active.session = undefined;
      this.#place(this.#active);
      return;
    }
    // FORMERR in every shape is about the question, not about the shape.
    if (this.#reshaped && nextShape('padded', rcode, this.#info) === undefined)
      this.#context.shapes.learn(this.endpoint.key, this.#shape, now);
    const answer = stripEdns(outcome.answer, this.#info, outcome.info);
    this.#done = true;
    if (by !== this.#active) this.#takeBack(this.#active);
    this.#listener.answered(answer, rcode, now - this.#startedAt, outcome);
  }

  #fail(error: DotscoutError): void {
    this.#done = true;
    const failure = failureIn(error);
    // An attempt in whose life our loop stood still shows nothing by silence, on a fresh session either.
    const isVoid = this.#stalled && failure?.kind === 'silent';
    this.#listener.failed(isVoid ? new TransportError(silence(failure.phase, true, '')) : error);
  }

  /** Takes a sending back; whether it was unwritten. */
  #takeBack(send: DotSend): boolean {
    return send.session === undefined ? this.#context.unplace(send) : send.session.withdraw(send);
  }
}

/** Whether it was given to a session that is open. */
function stands({ session }: DotSend): boolean {
  return session?.up !== undefined;
}
