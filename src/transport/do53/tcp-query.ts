import type { Clock } from '../../common/clock.js';
import type { DotscoutError } from '../../common/errors.js';
import { failureIn } from '../failure.js';
import type { SessionOutcome, SessionQuery } from '../session/session-query.js';
import type { PooledQuery } from './pool.js';
import type { TcpSession } from './tcp-session.js';

/** How a TCP query ended; the answer is on memory of its own. */
export type TcpOutcome = { readonly answer: Uint8Array; readonly rcode: number } | { readonly error: DotscoutError };

/** What is asked over TCP. */
export type TcpQuestion = Pick<SessionQuery, 'message' | 'questionEnd' | 'keepId' | 'limitAt' | 'mayBeSent'>;

/** What a query needs of its server. */
export interface TcpQueryDeps {
  readonly clock: Clock;
  /** Takes a query out of the line. */
  leave(query: TcpQuery): void;
  /**
   * Nobody waits for a query on a session any more.
   *
   * @param session - which one
   */
  left(session: TcpSession): void;
  /**
   * The server has closed a session and left queries on it unanswered: it gives no more answers on one.
   *
   * @param session - which one
   * @param now - on the monotonic clock
   */
  lost(session: TcpSession, now: number): void;
  /**
   * Sends a query again, which may settle from inside this.
   *
   * @param query - one whose session has ended
   * @param now - on the monotonic clock
   */
  again(query: TcpQuery, now: number): void;
}

/**
 * One query over TCP until its answer or its limit: once more, on a session for itself, where the server closes one that
 * it shared with others, as many servers do after each answer.
 */
export class TcpQuery implements SessionQuery, PooledQuery {
  readonly message: Uint8Array;
  readonly questionEnd: number;
  readonly keepId: boolean;
  readonly limitAt: number;
  readonly mayBeSent: (() => boolean) | undefined;
  /** {@inheritDoc SessionQuery.place} */
  place = -1;
  /** Whether it was written before, and lost. */
  retried = false;
  /** `undefined` once nobody waits for it. */
  #done: ((outcome: TcpOutcome) => void) | undefined;
  #server: TcpQueryDeps | undefined;
  #session: TcpSession | undefined;

  /**
   * @param question - what is asked
   * @param done - is called once, unless it is given up
   */
  constructor(question: TcpQuestion, done: (outcome: TcpOutcome) => void) {
    this.message = question.message;
    this.questionEnd = question.questionEnd;
    this.keepId = question.keepId;
    this.limitAt = question.limitAt;
    this.mayBeSent = question.mayBeSent;
    this.#done = done;
  }

  /** It is given to a session, or stands in its server's line. */
  placed(server: TcpQueryDeps, session?: TcpSession): void {
    this.#server = server;
    this.#session = session;
  }

  /** Gives it up: it is not written any more, and its session need not wait for the answer. */
  drop(): void {
    if (this.#done === undefined) return;
    this.#done = undefined;
    if (this.#session === undefined) this.#server?.leave(this);
    else {
      this.#session.withdraw(this);
      this.#server?.left(this.#session);
    }
  }

  /** {@inheritDoc SessionQuery.settle} */
  settle(outcome: SessionOutcome | { readonly error: DotscoutError; readonly retry?: undefined }): void {
    const server = this.#server;
    const session = this.#session;
    const done = this.#done;
    if (session !== undefined && done !== undefined) server?.left(session);
    if ('answer' in outcome) {
      if (session !== undefined) session.answered++;
      this.#done = undefined;
      done?.({ answer: new Uint8Array(outcome.answer), rcode: outcome.info.rcode });
      return;
    }
    const { error, retry } = outcome;
    if (server !== undefined && session !== undefined) {
      const now = server.clock.now();
      // Alone on its session and unanswered, it has met a server that does not answer over TCP.
      const closed = isClosed(error) && (session.answered > 0 || session.sent > 1);
      if (closed) server.lost(session, now);
      const again = retry === 'free' || ((closed || retry === 'once') && !this.retried);
      if (again && done !== undefined && now < this.limitAt && this.mayBeSent?.() !== false) {
        this.retried ||= retry !== 'free';
        server.again(this, now);
        return;
      }
    }
    this.#done = undefined;
    done?.({ error });
  }
}

/**
 * A reset counts as well: we get one where the server closes with a query of ours unread, and may lose an answer by it
 * that we had not read.
 */
function isClosed(error: DotscoutError): boolean {
  const failure = failureIn(error);
  return failure?.phase === 'answer' && failure.kind === 'closed';
}
