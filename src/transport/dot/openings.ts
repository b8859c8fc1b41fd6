import { BoundedMap } from '../../common/bounded-map.js';
import { TokenBucket } from '../../common/token-bucket.js';
import type { OwnBound } from '../failure.js';

/** How many sessions may be opened to an endpoint at once by a full handshake where none was before. */
const BURST = 8;

/** How many more a millisecond: two full handshakes a second. A server that wants more than that wants no DoT. */
const PER_MS = 2 / 1000;

/** How many resumed handshakes there may be for a full one: no certificate is sent, read or checked. */
const RESUMED_FOR_FULL = 4;

/** Endpoints that are counted. */
const MAX_ENDPOINTS = 4_096;

interface Buckets {
  readonly full: TokenBucket;
  readonly resumed: TokenBucket;
}

/**
 * Bounds how often sessions are opened to one endpoint, full handshakes and resumed ones each by themselves: a server that
 * closes after each answer gives the tickets of the next sessions at full handshakes alone, perhaps, and must not lose the
 * one for the other.
 */
export class OpeningRate {
  readonly #buckets = new BoundedMap<string, Buckets>(MAX_ENDPOINTS);

  /**
   * Whether one more session may be opened; if so, it is counted.
   *
   * @param key - the endpoint's key
   * @param resumes - whether a ticket is shown
   * @param now - on the monotonic clock
   */
  admits(key: string, resumes: boolean, now: number): boolean {
    const buckets = this.#bucketsOf(key, now);
    const bucket = resumes ? buckets.resumed : buckets.full;
    if (bucket.readyAt(now) > now) return false;
    bucket.take(now);
    return true;
  }

  /**
   * A ticket was shown, and the handshake was a full one all the same: that is counted.
   *
   * @param key - the endpoint's key
   * @param now - on the monotonic clock
   */
  notResumed(key: string, now: number): void {
    this.#bucketsOf(key, now).full.take(now);
  }

  #bucketsOf(key: string, now: number): Buckets {
    const known = this.#buckets.get(key);
    const buckets = known ?? {
      full: new TokenBucket(BURST, PER_MS, now),
      resumed: new TokenBucket(RESUMED_FOR_FULL * BURST, RESUMED_FOR_FULL * PER_MS, now),
    };
    this.#buckets.set(key, buckets);
    return buckets;
  }
}

/** Sessions that are begun in one turn of the event loop: some 0.5 ms of our CPU each. */
const PER_TURN = 8;

/**
 * Sessions that are being opened at once. Their servers may all answer at one moment, and each answer costs us 1 to 2 ms:
 * this many keep the loop from standing still for 100 ms.
 */
const MOST_AT_ONCE = 64;

/** So many in any case: where a path is gone, each costs our CPU for nothing. */
const FEWEST_AT_ONCE = 16;

/** A session that has been opening for so long, in milliseconds, is late: it is counted no more, for few such come at all. */
const LATE_MS = 500;

/**
 * Bounds how many handshakes our event loop has to do with at once, by what the paths bear (as the window of a TCP sender,
 * RFC 5681): each that stands while no more may begin makes room for one more, and each that is late takes the room of one.
 */
export class HandshakeGate {
  readonly #turn: (run: () => void) => void;
  readonly #reopened: () => void;
  /** Those being opened, the oldest first, and when they began. */
  readonly #opening = new Map<object, number>();
  #atOnce = FEWEST_AT_ONCE;
  #begun = 0;

  /**
   * @param turn - runs a function after the loop has read its sockets
   * @param reopened - called when there may be room again
   */
  constructor(turn: (run: () => void) => void, reopened: () => void) {
    this.#turn = turn;
    this.#reopened = reopened;
  }

  /**
   * Whether one more may begin.
   *
   * @param now - on the monotonic clock
   * @param needed - whether nothing else can be done in its stead: then the most is the bound, whatever stands
   */
  isOpen(now: number, needed: boolean): boolean {
    for (const [session, at] of this.#opening) {
      if (now - at < LATE_MS) break;
      this.#opening.delete(session);
      this.#room(-1);
    }
    return this.#begun < PER_TURN && this.#opening.size < (needed ? MOST_AT_ONCE : this.#atOnce);
  }

  /** One begins. */
  begins(session: object, now: number): void {
    this.#opening.set(session, now);
    if (this.#begun++ > 0) return;
    this.#turn(() => {
      this.#begun = 0;
      this.#reopened();
    });
  }

  /** One stands. */
  stands(session: object): void {
    // On a path where all are late, these too are.
    if (!this.#opening.has(session)) this.#room(1);
    if (this.#opening.size >= this.#atOnce) this.#room(1);
    this.ends(session);
  }

  /** One is not opened any more: it stands, or has failed. */
  ends(session: object): void {
    if (this.#opening.delete(session)) this.#turn(this.#reopened);
  }

  #room(more: number): void {
    this.#atOnce = Math.min(MOST_AT_ONCE, Math.max(FEWEST_AT_ONCE, this.#atOnce + more));
  }
}

/** Why a query waits for a session: too many were opened to its server, or too many are being opened to all. */
export type OpeningBound = Exclude<OwnBound, 'budget'>;
