import type { Clock } from '../../common/clock.js';
import type { DotscoutError } from '../../common/errors.js';
import { EarliestTimeout } from '../../common/late-timers.js';
import { localError } from '../failure.js';
import { Backlog, SESSION_BOUNDS } from './backlog.js';
import { InFlight } from './in-flight.js';
import type { EndVerdict, Retry } from './session-end.js';
import type { SessionQuery } from './session-query.js';
import { Waiting } from './waiting.js';

/** All queries of one session, written or not, and the one timer for their limits. */
export class SessionQueries {
  /** Those that were written. */
  readonly inFlight: InFlight;
  /** Those that were not. */
  readonly waiting: Waiting;
  readonly #backlog: Backlog;
  readonly #limit: EarliestTimeout;

  /**
   * @param clock - where it reads time and sets the timer
   * @param expired - is given those whose time is over; `stalled` says whether our own loop may have used it up
   * @param whole - counts the queries of all sessions of an exchange
   */
  constructor(clock: Clock, expired: (over: SessionQuery[], stalled: boolean) => void, whole?: Backlog) {
    this.#backlog = new Backlog(SESSION_BOUNDS, whole);
    this.inFlight = new InFlight(this.#backlog);
    this.waiting = new Waiting(this.#backlog);
    this.#limit = new EarliestTimeout(clock, (stalled) => {
      const now = clock.now();
      expired([...this.inFlight.expire(now), ...this.waiting.expire(now)], stalled);
      this.#limit.watch(Math.min(this.inFlight.earliestLimit(), this.waiting.earliestLimit()));
    });
  }

  /** Whether somebody waits for an answer. */
  get any(): boolean {
    return this.waiting.size > 0 || this.inFlight.size > 0;
  }

  /** Whether any was written that nobody has answered, or was taken back. */
  get anyWritten(): boolean {
    return this.inFlight.size > 0 || this.waiting.hasWithdrawn;
  }

  /** Whether one more has room. */
  admits(query: SessionQuery): boolean {
    return this.#backlog.admits(query.message.length);
  }

  /**
   * @param query - comes last
   * @param opening - whether the session is being opened
   */
  add(query: SessionQuery, opening: boolean): void {
    this.waiting.add(query, opening);
    this.#limit.watch(query.limitAt);
  }

  /**
   * Counts them among others from now on.
   *
   * @param whole - of all sessions of an exchange
   */
  countIn(whole: Backlog): void {
    this.#backlog.joins(whole);
  }

  /**
   * Settles all: the session is over. What settling one brings about concerns other sessions.
   *
   * @param error - makes what each is told
   * @param verdict - whether they may be sent again; what was taken back counts as written
   */
  settleAll(error: () => DotscoutError, { written, unwritten }: EndVerdict): void {
    this.#limit.cancel();
    const told = [...this.inFlight.drain(), ...this.waiting.drainWithdrawn()];
    const rest = this.waiting.drain();
    for (const query of told) query.settle({ error: error(), retry: written });
    for (const query of rest) query.settle({ error: error(), retry: unwritten });
  }
}

/**
 * Settles queries that will not be written on their session.
 *
 * @param queries - which
 * @param detail - why
 * @param retry - whether they may be sent on another
 */
export function settleEach(queries: readonly SessionQuery[], detail: string, retry: Retry): void {
  for (const query of queries) query.settle({ error: localError(detail, 'answer'), retry });
}
