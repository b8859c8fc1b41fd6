import type { Clock } from '../../common/clock.js';
import { EarliestTimeout } from '../../common/late-timers.js';
import { Backlog, SESSION_BOUNDS } from './backlog.js';
import { InFlight } from './in-flight.js';
import type { SessionOutcome, SessionQuery } from './session-query.js';
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
  constructor(clock: Clock, expired: (over: SessionQuery[], now: number, stalled: boolean) => void, whole?: Backlog) {
    this.#backlog = new Backlog(SESSION_BOUNDS, whole);
    this.inFlight = new InFlight(this.#backlog);
    this.waiting = new Waiting(this.#backlog);
    this.#limit = new EarliestTimeout(clock, (stalled) => {
      const now = clock.now();
      expired([...this.inFlight.expire(now), ...this.waiting.expire(now)], now, stalled);
      this.#limit.watch(Math.min(this.inFlight.earliestLimit(), this.waiting.earliestLimit()));
    });
  }

  /** Whether somebody waits for an answer. */
  get any(): boolean {
    return this.waiting.size > 0 || this.inFlight.size > 0;
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
   * Settles those that were taken back.
   *
   * @param outcome - makes what they are told
   */
  settleWithdrawn(outcome: () => SessionOutcome): void {
    for (const query of this.waiting.drainWithdrawn()) query.settle(outcome());
  }

  /**
   * Settles those that were not written.
   *
   * @param outcome - makes what they are told
   */
  settleWaiting(outcome: () => SessionOutcome): void {
    for (const query of this.waiting.drain()) query.settle(outcome());
  }

  /**
   * Settles all: the session is over. What settling one brings about concerns other sessions.
   *
   * @param written - makes what those are told that were written, or that had been taken back
   * @param unwritten - makes what the others are told; is given whether there were any of the former
   */
  settleAll(written: () => SessionOutcome, unwritten: (anyWritten: boolean) => SessionOutcome): void {
    this.#limit.cancel();
    const told = [...this.inFlight.drain(), ...this.waiting.drainWithdrawn()];
    const rest = this.waiting.drain();
    for (const query of told) query.settle(written());
    for (const query of rest) query.settle(unwritten(told.length > 0));
  }
}
