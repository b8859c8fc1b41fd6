import { BoundedMap } from '../../common/bounded-map.js';

/** Endpoints of which a limit is remembered. */
const MAX_ENDPOINTS = 4_096;

/** How long a limit is believed after the latest session that showed it, in milliseconds. */
const REMEMBERED_MS = 600_000;

/** A limit that has grown beyond this is none: no more queries than that are in flight on any session. */
const ENDLESS = 4_096;

interface AnswerLimit {
  readonly answers: number;
  readonly until: number;
}

/**
 * How many answers a server gives on one session before it closes it, where it has closed one with queries in flight:
 * those are lost and must be asked again, so no more are put in flight than it will answer.
 */
export class AnswerLimits {
  readonly #known = new BoundedMap<string, AnswerLimit>(MAX_ENDPOINTS);

  /**
   * How many answers a session may hope for.
   *
   * @param key - the endpoint's key
   * @param now - on the monotonic clock
   * @returns infinite where nothing is known
   */
  of(key: string, now: number): number {
    const known = this.#known.get(key);
    return known === undefined || known.until <= now ? Number.POSITIVE_INFINITY : known.answers;
  }

  /**
   * A session was closed with queries in flight.
   *
   * @param key - the endpoint's key
   * @param answers - how many it had given; none counts as 1
   * @param now - on the monotonic clock
   */
  closedAfter(key: string, answers: number, now: number): void {
    this.#known.set(key, { answers: Math.max(1, answers), until: now + REMEMBERED_MS });
  }

  /**
   * A session has given more answers than were known of: the server may give twice as many.
   *
   * @param key - the endpoint's key
   * @param answers - how many
   * @param now - on the monotonic clock
   * @returns what the session may hope for now
   */
  grow(key: string, answers: number, now: number): number {
    const hope = 2 * answers;
    if (hope > ENDLESS) this.#known.delete(key);
    else this.closedAfter(key, hope, now);
    return this.of(key, now);
  }
}
