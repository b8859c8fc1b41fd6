import { BoundedMap } from '../../common/bounded-map.js';
import { TokenBucket } from '../../common/token-bucket.js';

/** How many sessions may be opened to an endpoint at once where none was before. */
const BURST = 8;

/** How many more a millisecond: two a second. A server that wants more handshakes than that wants no DoT. */
const PER_MS = 2 / 1000;

/** Endpoints that are counted. */
const MAX_ENDPOINTS = 4096;

/** Bounds how often sessions are opened to one endpoint. */
export class OpeningRate {
  readonly #buckets = new BoundedMap<string, TokenBucket>(MAX_ENDPOINTS);

  /**
   * Whether one more session may be opened; if so, it is counted.
   *
   * @param key - the endpoint's key
   * @param now - on the monotonic clock
   */
  admits(key: string, now: number): boolean {
    const bucket = this.#buckets.get(key) ?? new TokenBucket(BURST, PER_MS, now);
    this.#buckets.set(key, bucket);
    if (bucket.readyAt(now) > now) return false;
    bucket.take(now);
    return true;
  }
}
