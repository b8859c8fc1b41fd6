import { BoundedMap } from '../../common/bounded-map.js';

/** Endpoints that this is remembered of. */
const MAX_ENDPOINTS = 4_096;

/** How long it is remembered after the latest answer that showed it, in milliseconds: servers are mended, and paths change. */
const REMEMBERED_MS = 600_000;

/** Where a round trip takes less, in milliseconds, an answer that waits for one costs less than another session. */
const LEAST_ROUND_TRIP_MS = 5;

/** By what share of the difference the least time rises where answers take longer: a path may have become longer. */
const RISE = 1 / 64;

/** The share of answers that waited from which on they do, and up to which they do not. */
const WAITING = 0.8;
const NOT_WAITING = 0.3;

/** So many answers show whether they wait; the share is the mean of so many at first, and smoothed with an eighth from then on. */
const ENOUGH = 4;
const SMOOTHED = 8;

/** In round trips: answers that come closer than this are one arrival, for a server may send them in several segments. */
const ONE_ARRIVAL = 1 / 4;

/** In round trips: how long before an arrival a query must have been written, so that its answer shows anything. */
const CLEARLY_BEFORE = 3 / 8;

/** In round trips: how long after an arrival an answer comes that waited for our acknowledgement of it. */
const AT_LEAST_AFTER = 7 / 8;
const AT_MOST_AFTER = 3 / 2;

/** In round trips: when an answer has come, if it does not wait, with some to spare. */
const COME = 5 / 4;

/** So many queries must have found all sessions awaited, each a round trip and at most so long after the one before, in ms. */
const NEEDS = 2;
const NEEDED_WITHIN_MS = 30_000;

/** How long none is added, in milliseconds, after one could not be, or ended unused, or one of several was lost with queries. */
const PAUSE_MS = 60_000;

/**
 * Whether the answers of one endpoint wait for our acknowledgement of the answer before: a server that leaves Nagle's algorithm
 * on (RFC 896, RFC 1122 section 4.2.3.4) holds a small segment back while another is unacknowledged. It is learnt from when they
 * come: one that was written well before an arrival, and waited, comes a round trip after that arrival; one that did not wait
 * comes as much later as it was written later, which is sooner.
 */
export class AckWait {
  /** The least time that an answer takes, in milliseconds. */
  #roundTripMs: number | undefined;
  /** How many answers the share is of. */
  #weighed = 0;
  /** The share of answers that waited. */
  #share = 0;
  #waits = false;
  #until = 0;
  #needs = 0;
  #neededAt = Number.NEGATIVE_INFINITY;
  #pausedUntil = Number.NEGATIVE_INFINITY;

  /** Whether answers wait, as far as is known; costs nothing to ask. See {@link AckWait.forgetOld}. */
  get waits(): boolean {
    return this.#waits;
  }

  /** How long after its writing an answer has come, if it does not wait, in milliseconds. */
  get comeMs(): number {
    return COME * (this.#roundTripMs ?? 0);
  }

  /**
   * The first answer of an arrival came, on a session that stood when its query did.
   *
   * @param answerMs - how long after its query was written, in milliseconds
   * @param gapMs - how long after the answer before it on this session, in milliseconds
   * @param now - on the monotonic clock
   */
  answered(answerMs: number, gapMs: number, now: number): void {
    const known = this.#roundTripMs ?? answerMs;
    // One that is very slow shows nothing of the path.
    const roundTripMs = answerMs < known ? answerMs : known + RISE * Math.min(answerMs - known, known);
    this.#roundTripMs = roundTripMs;
    if (roundTripMs < LEAST_ROUND_TRIP_MS) this.#waits = false;
    else if (gapMs >= ONE_ARRIVAL * roundTripMs && answerMs - gapMs >= CLEARLY_BEFORE * roundTripMs)
      this.#weigh(gapMs >= AT_LEAST_AFTER * roundTripMs && gapMs <= AT_MOST_AFTER * roundTripMs, now);
  }

  #weigh(waited: boolean, now: number): void {
    if (waited) this.#until = now + REMEMBERED_MS;
    this.#weighed = Math.min(this.#weighed + 1, SMOOTHED);
    this.#share += ((waited ? 1 : 0) - this.#share) / this.#weighed;
    const waits = this.#waits ? this.#share >= NOT_WAITING : this.#weighed >= ENOUGH && this.#share >= WAITING;
    // What has shown it was in need of another session.
    if (waits && !this.#waits) [this.#needs, this.#neededAt] = [NEEDS - 1, now];
    this.#waits = waits;
  }

  /**
   * Forgets that answers wait where that was not seen for long.
   *
   * @param now - on the monotonic clock
   * @returns whether they wait
   */
  forgetOld(now: number): boolean {
    if (now >= this.#until) {
      this.#waits = false;
      this.#weighed = 0;
      this.#share = 0;
    }
    return this.#waits;
  }

  /**
   * A query has found answers expected on all sessions.
   *
   * @param now - on the monotonic clock
   * @returns whether that has come about again and again, so that one more is worth its opening
   */
  needsMore(now: number): boolean {
    const sinceMs = now - this.#neededAt;
    // What comes together, in one burst of queries, is one need.
    if (now < this.#pausedUntil || sinceMs < this.comeMs) return false;
    this.#needs = sinceMs < NEEDED_WITHIN_MS ? this.#needs + 1 : 1;
    this.#neededAt = now;
    if (this.#needs < NEEDS) return false;
    this.#needs = 0;
    return true;
  }

  /** One more could not be opened or kept, or one of several was lost with queries: none is added for a while. */
  pause(now: number): void {
    this.#pausedUntil = now + PAUSE_MS;
  }
}

/** What is known of endpoints whose answers wait. */
export class AckWaits extends BoundedMap<string, AckWait> {
  constructor() {
    super(MAX_ENDPOINTS);
  }

  /**
   * What is known of one.
   *
   * @param key - the endpoint's key
   */
  of(key: string): AckWait {
    const known = this.get(key) ?? new AckWait();
    this.set(key, known);
    return known;
  }
}
