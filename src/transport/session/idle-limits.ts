import { BoundedMap } from '../../common/bounded-map.js';

/** Endpoints of which an idle time is remembered. */
const MAX_ENDPOINTS = 4_096;

/** How long it is remembered, in milliseconds: a path that forgets idle flows may be mended, or not be ours for long. */
const REMEMBERED_MS = 600_000;

/** A session that was idle for less than this, in milliseconds, was not lost because of it. */
const LEAST_IDLE_MS = 250;

/** How much of an idle time that was too long is kept to. */
const SHARE = 1 / 2;

interface IdleLimit {
  readonly ms: number;
  readonly until: number;
}

/**
 * How long sessions may be idle where a middlebox forgets flows without a word: the next query would meet silence. Learnt
 * from sessions that fell silent at the first query after a pause, while a fresh session answered.
 */
export class IdleLimits {
  readonly #known = new BoundedMap<string, IdleLimit>(MAX_ENDPOINTS);

  /**
   * How long a session may have been idle, in milliseconds; infinite where nothing is known.
   *
   * @param key - the endpoint's key
   * @param now - on the monotonic clock
   */
  of(key: string, now: number): number {
    const known = this.#known.get(key);
    return known === undefined || known.until <= now ? Number.POSITIVE_INFINITY : known.ms;
  }

  /**
   * A session was silent after a pause, and a fresh one was not.
   *
   * @param key - the endpoint's key
   * @param idleMs - how long the pause was, in milliseconds
   * @param now - on the monotonic clock
   */
  silentAfter(key: string, idleMs: number, now: number): void {
    if (idleMs < LEAST_IDLE_MS) return;
    const ms = Math.min(this.of(key, now), idleMs * SHARE);
    this.#known.set(key, { ms, until: now + REMEMBERED_MS });
  }

  /** Forgets all: the host is on another network. */
  clear(): void {
    this.#known.clear();
  }
}
