import { TokenBucket } from '../../common/token-bucket.js';
import type { World } from './world.js';

/** As `DotExchange` does: an idle session is closed after this long, and at most this many are idle. */
const IDLE_MS = 25_000;
const MOST_IDLE = 512;
/**
 * New sessions to one endpoint: this many at once, then this many a millisecond. Eight full handshakes and two a second, each of
 * which brings two tickets for another session.
 */
const CHURN_BURST = 3 * 8;
const CHURN_PER_MS = (3 * 2) / 1_000;

/** The sessions that `DotExchange` would hold, as far as it matters to queries whether one stands open. */
export class Sessions {
  readonly #world: World;
  /** Until when each is open if no query comes. */
  readonly #openUntil: Float64Array;
  readonly #churn = new Map<number, TokenBucket>();
  #idleMs = IDLE_MS;

  /** @param world - the servers, whose idle limits count */
  constructor(world: World) {
    this.#world = world;
    this.#openUntil = new Float64Array(world.endpoints.length);
  }

  /** How long an idle session to an endpoint is kept, in milliseconds. */
  idleMs(endpoint: number): number {
    return Math.min(this.#idleMs, this.#world.traits(endpoint).idleMs);
  }

  /** Whether one stands open. */
  isOpen(endpoint: number, now: number): boolean {
    return (this.#openUntil[endpoint] ?? 0) > now;
  }

  /** A query was answered on one: it stays open from now on. */
  used(endpoint: number, now: number): void {
    this.#openUntil[endpoint] = now + this.idleMs(endpoint);
  }

  /** It is over. */
  closed(endpoint: number): void {
    this.#openUntil[endpoint] = 0;
  }

  /** All are over: another network, or another process. */
  closeAll(): void {
    this.#openUntil.fill(0);
  }

  /** Whether one more may be opened there; if so, it is counted. */
  mayOpen(endpoint: number, now: number): boolean {
    return takes(this.#churn, endpoint, now);
  }

  /**
   * How long the pool keeps idle sessions where more are wanted than it may hold: as long as lets it hold just that many
   * (Che's approximation of a cache that drops what was unused for longest).
   *
   * @param rates - of the endpoints that have sessions, in queries a millisecond
   */
  crowd(rates: readonly number[]): void {
    const held = (ms: number): number => {
      let sum = 0;
      for (const rate of rates) sum = sum + 1 - Math.exp(-rate * ms);
      return sum;
    };
    let [least, most] = [0, IDLE_MS];
    if (held(most) <= MOST_IDLE) least = most;
    while (most - least > 1) {
      const middle = (least + most) / 2;
      if (held(middle) > MOST_IDLE) most = middle;
      else least = middle;
    }
    this.#idleMs = least;
  }
}

/** A budget of new sessions for each endpoint. */
export function takes(buckets: Map<number, TokenBucket>, endpoint: number, now: number): boolean {
  let bucket = buckets.get(endpoint);
  if (bucket === undefined) {
    bucket = new TokenBucket(CHURN_BURST, CHURN_PER_MS, now);
    buckets.set(endpoint, bucket);
  }
  if (bucket.readyAt(now) > now) return false;
  bucket.take(now);
  return true;
}
