import { BoundedMap } from '../../common/bounded-map.js';
import type { SessionWriter } from './writer.js';

/** How long it is remembered that a server does not bear half a frame, in milliseconds. */
const REMEMBERED_MS = 7 * 24 * 3_600_000;

/** Endpoints that it is remembered of. */
const MAX_ENDPOINTS = 4096;

/** A session that ends so soon after its half frame was begun, in milliseconds, may have ended because of it. */
const BLAMED_MS = 10_000;

/** Which servers do not bear half a frame. */
export class Nudgeless {
  readonly #until = new BoundedMap<string, number>(MAX_ENDPOINTS);

  /**
   * @param key - the endpoint's key
   * @param now - on the monotonic clock
   */
  has(key: string, now: number): boolean {
    return (this.#until.get(key) ?? 0) > now;
  }

  /**
   * @param key - the endpoint's key
   * @param now - on the monotonic clock
   */
  add(key: string, now: number): void {
    this.#until.set(key, now + REMEMBERED_MS);
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
  #writes = 0;
  #looking = false;

  /**
   * @param writer - the session's
   * @param outstanding - whether answers are still to come
   */
  constructor(writer: SessionWriter, outstanding: () => boolean) {
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
   * Whether half a frame may be what a session died of.
   *
   * @param now - on the monotonic clock
   */
  isToBlame(now: number): boolean {
    return this.#writer.aheadSince !== undefined && now - this.#writer.aheadSince < BLAMED_MS;
  }

  readonly #look = (): void => {
    this.#looking = false;
    if (this.#writer.count === this.#writes && this.#outstanding()) this.#writer.writeAhead();
  };
}
