import { BoundedMap } from '../../common/bounded-map.js';
import type { Clock, Timer } from '../../common/clock.js';
import type { SessionWriter } from './writer.js';

/** How long it is remembered that a server does not bear half a frame, in milliseconds. */
const REMEMBERED_MS = 600_000;

/**
 * How many idle sessions must have ended upon half a frame within that time, before it stands there but for a moment, and how
 * many before none is begun: where a server ends all its sessions at each reload, as NSD does, several may have ended for that,
 * but hardly so many just in that moment. Those that took queries with them count twice.
 */
const SOME = 2;
const ENOUGH = 4;

/** Endpoints that it is remembered of. */
const MAX_ENDPOINTS = 4096;

/** A session that ends so soon after its half frame was begun, in milliseconds, may have ended because of it. */
const BLAMED_MS = 10_000;

/**
 * How long half a frame stands before a query of our own completes it, in milliseconds: Knot 3.5 ends a session after 500 ms,
 * dnsdist after 2 s.
 */
export const COMPLETED_MS = 250;

/** The same in milliseconds where sessions have ended upon it. */
const SOON_COMPLETED_MS = 10;

const NONE: readonly number[] = [];

/** How long servers bear half a frame. */
export class FrameTolerance {
  readonly #ends = new BoundedMap<string, readonly number[]>(MAX_ENDPOINTS);

  /**
   * How long half a frame may stand there, in milliseconds; `undefined` where none may be begun.
   *
   * @param key - the endpoint's key
   * @param now - on the monotonic clock
   */
  of(key: string, now: number): number | undefined {
    const { length } = this.#recent(key, now);
    if (length >= ENOUGH) return undefined;
    return length >= SOME ? SOON_COMPLETED_MS : COMPLETED_MS;
  }

  /**
   * A session ended upon half a frame.
   *
   * @param key - the endpoint's key
   * @param now - on the monotonic clock
   * @param idle - whether no query was in flight on it
   */
  harmed(key: string, now: number, idle: boolean): void {
    this.#ends.set(key, [...this.#recent(key, now), ...(idle ? [now] : [now, now])].slice(-ENOUGH));
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
  /** How long half a frame stands before a query of our own completes it, in milliseconds. */
  standsMs: number;
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
   * @param standsMs - how long half a frame may stand, in milliseconds
   */
  constructor(writer: SessionWriter, outstanding: () => boolean, clock: Clock, standsMs: number = COMPLETED_MS) {
    this.standsMs = standsMs;
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
    this.#timer = this.#clock.after(this.standsMs, () => {
      this.#timer = undefined;
      if (!this.#outstanding()) this.#writer.completeAhead();
      this.#arm();
    });
  }
}
