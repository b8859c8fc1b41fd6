import { soaQuery } from '../../wire/message.js';
import { HEADER_LENGTH, putU16 } from '../../wire/octets.js';
import { addEdns } from '../../wire/opt.js';
import type { InFlight } from './in-flight.js';
import type { SessionQuery } from './session-query.js';

/** The length that our padded queries mostly have, in octets (RFC 8467 section 4.1). */
const USUAL_LENGTH = 128;

/** Octets that can be foreseen: the length, our id, and the rest of a header like the last one. */
const MOST = 2 + HEADER_LENGTH;

/** Where the id begins, and where what comes after it. */
const ID = 2;
const AFTER_ID = 4;

/**
 * The first octets of the next frame, which leave before anybody knows what will be asked: see `Nudge`. First those of
 * the length, 0 and 128 as of most padded queries; then the id, which is ours to choose; then the header of the query
 * before. Where the next query turns out to be another, a query of our own takes the frame, for the root's SOA, whose
 * answer nobody waits for.
 */
export class FrameAhead {
  readonly #inFlight: InFlight;
  readonly #octets = new Uint8Array(MOST);
  #count = 0;
  #id: number | undefined;
  /** When the frame was begun, on the monotonic clock; `undefined` where none is. */
  since: number | undefined;

  /** @param inFlight - whose ids are taken */
  constructor(inFlight: InFlight) {
    this.#inFlight = inFlight;
  }

  /** How many octets have left. */
  get count(): number {
    return this.#count;
  }

  /** The id that has left with them, or a part of it; `undefined` where none has. */
  get id(): number | undefined {
    return this.#id;
  }

  /**
   * One octet more.
   *
   * @param last - the query written last
   * @param now - on the monotonic clock
   * @returns the octet that is to leave; `undefined` where nothing more can be foreseen
   */
  next(last: Uint8Array, now: number): Uint8Array | undefined {
    const at = this.#count;
    // Of queries of other lengths, no more is foreseen than that they are shorter than 256 octets.
    if (at === MOST || (at > 0 && last.length !== USUAL_LENGTH)) return undefined;
    if (at === 0) this.#foresee(last);
    if (at === ID) {
      this.#id = this.#inFlight.reserve();
      if (this.#id === undefined) return undefined;
      putU16(this.#octets, ID, this.#id);
    }
    this.since ??= now;
    this.#count++;
    return this.#octets.slice(at, at + 1);
  }

  /** Whether a query can take the frame that was begun. */
  fits({ message, keepId }: SessionQuery): boolean {
    const count = this.#count;
    if (count < ID) return count === 0 || message.length < 256;
    if (message.length !== USUAL_LENGTH || (keepId && count > ID)) return false;
    for (let at = AFTER_ID; at < count; at++) if (this.#octets[at] !== message[at - 2]) return false;
    return true;
  }

  /** The query that takes it where no other can. */
  filler(): Uint8Array {
    const message = addEdns(soaQuery('.', 0), 'padded');
    if (this.#count > AFTER_ID) message.set(this.#octets.subarray(AFTER_ID), 2);
    return message;
  }

  /** The frame is complete. */
  done(): void {
    this.#count = 0;
    this.#id = undefined;
    this.since = undefined;
  }

  #foresee(last: Uint8Array): void {
    this.#octets[0] = 0;
    this.#octets[1] = USUAL_LENGTH;
    this.#octets.set(last.subarray(2, HEADER_LENGTH), AFTER_ID);
  }
}
