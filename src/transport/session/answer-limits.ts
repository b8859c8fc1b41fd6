import { BoundedMap } from '../../common/bounded-map.js';

/** Endpoints whose appetite is remembered. */
const MAX_ENDPOINTS = 4096;

/** An appetite that grows beyond this is none: no more are in flight on any session. */
const ENDLESS = 4096;

/**
 * How many answers a server gives on one session before it closes it, where it has closed one with queries in flight:
 * those are lost and must be asked again, so no more are put in flight than it will answer.
 */
export class AnswerLimits {
  readonly #known = new BoundedMap<string, number>(MAX_ENDPOINTS);

  /**
   * How many answers a session may hope for.
   *
   * @param key - the endpoint's key
   * @returns infinite where nothing is known
   */
  of(key: string): number {
    return this.#known.get(key) ?? Number.POSITIVE_INFINITY;
  }

  /**
   * A session was closed with queries in flight.
   *
   * @param key - the endpoint's key
   * @param answers - how many it had given, at least 1
   */
  closedAfter(key: string, answers: number): void {
    this.#known.set(key, answers);
  }

  /**
   * A session has given more answers than were known of: the server may bear twice as many.
   *
   * @param key - the endpoint's key
   * @param answers - how many
   * @returns what it may hope for now
   */
  grow(key: string, answers: number): number {
    const hope = 2 * answers;
    if (hope > ENDLESS) this.#known.delete(key);
    else this.#known.set(key, hope);
    return this.of(key);
  }
}
