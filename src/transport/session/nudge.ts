import { BoundedMap } from '../../common/bounded-map.js';
import type { Clock, Timer } from '../../common/clock.js';
import type { SessionWriter } from './writer.js';

/** How long it is remembered that a server does not bear half a frame, in milliseconds. */
const REMEMBERED_MS = 600_000;

/** How many sessions must have ended upon half a frame within that time: one may have ended for another reason. */
const ENOUGH = 2;

/** Endpoints that it is remembered of. */
const MAX_ENDPOINTS = 4096;

/** A session that ends so soon after its half frame was begun, in milliseconds, may have ended because of it. */
const BLAMED_MS = 10_000;

/**
 * How long half a frame stands before a query of our own completes it, in milliseconds: Knot 3.5 ends a session after 500 ms,
 * dnsdist after 2 s.
 */
const COMPLETED_MS = 250;

const NONE: readonly number[] = [];

/** Which servers do not bear half a frame. */
export class Nudgeless {
  readonly #ends = new BoundedMap<string, readonly number[]>(MAX_ENDPOINTS);

  /**
   * @param key - the endpoint's key
   * @param now - on the monotonic clock
   */
  has(key: string, now: number): boolean {
    return this.#recent(key, now).length >= ENOUGH;
  }

  /**
   * A session ended upon half a frame.
   *
   * @param key - the endpoint's key
   * @param now - on the monotonic clock
   */
  add(key: string, now: number): void {
    this.#ends.set(key, [...this.#recent(key, now), now].slice(-ENOUGH));
  }

  #recent(key: string, now: number): readonly number[] {
    const ends = this.#ends.get(key);
    return ends === undefined ? NONE : ends.filter((at) => now - at < REMEMBERED_MS);
  }
}

/**
 * Sends the first octet of the next frame ahead where the server may hold back answers until it has our kernel's
 * acknowledgement of the last ones (Nagle's algorithm there, delayed acknowledgements here, 40 ms together): anything we
 * send carries it. Only where answers have come, others are still to come, and nothing was written since; so traffic
 * that goes on costs nothing.
 */
export class Nudge {
  readonly #writer: SessionWriter;
  readonly #outstanding: () => boolean;
  readonly #clock: Clock;
  /** Completes the frame that was begun. */
  #timer: Timer | undefined;
  #writes = 0;
  #looking = false;

  /**
   * @param writer - the session's
   * @param outstanding - whether answers are still to come
   * @param clock - where to set the timer
   */
  constructor(writer: SessionWriter, outstanding: () => boolean, clock: Clock) {
    this.#clock = clock;
    this.#writer = writer;
    this.#outstanding = outstanding;
  }

  /** Something came from the server. May be called from where nothing may be written. */
  arrived(): void {
    this.#writes = this.#writer.count;
    if (this.#looking) return;
    this.#looking = true;
    setImmediate(this.#look);
  }

  /**
   * Whether half a frame stands, so that it may be what a session ends for. One that stood for long before was borne.
   *
   * @param now - on the monotonic clock
   */
  isToBlame(now: number): boolean {
    return this.#writer.aheadSince !== undefined && now - this.#writer.aheadSince < BLAMED_MS;
  }

  /** Takes the timer back. */
  cancel(): void {
    this.#timer?.cancel();
  }

  readonly #look = (): void => {
    this.#looking = false;
    if (this.#writer.count === this.#writes && this.#outstanding()) this.#writer.writeAhead();
    this.#arm();
  };

  /** Completes the frame, but not while answers are owed: what came meanwhile would be taken for them. */
  #arm(): void {
    if (this.#timer !== undefined || this.#writer.aheadSince === undefined) return;
    this.#timer = this.#clock.after(COMPLETED_MS, () => {
      this.#timer = undefined;
      if (!this.#outstanding()) this.#writer.completeAhead();
      this.#arm();
    });
  }
}
