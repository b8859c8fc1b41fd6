import { Framing } from '../../wire/framing.js';
import type { InFlight, Taken } from './in-flight.js';

/** What a reader tells its session. */
export interface ReaderListener {
  /** The monotonic clock, read once for all octets that came at once. */
  now(): number;
  /** Whether it still reads. */
  isOpen(): boolean;
  /** A message has answered a query: one that somebody waits for, or one that was given up. */
  answered(taken: Exclude<Taken, 'unmatched' | 'malformed'>, message: Uint8Array, now: number): void;
  /** All that came at once has been looked at. */
  read(now: number): void;
  /** What came makes no sense, or is too much. */
  malformed(detail: string): void;
}

/** Reads a session's answers. */
export class SessionReader {
  readonly #framing: Framing;
  readonly #unsolicited = new Unsolicited();
  readonly #inFlight: InFlight;
  readonly #listener: ReaderListener;
  #now = 0;

  /**
   * @param inFlight - what may be answered
   * @param maxAnswer - the longest answer accepted, in octets
   * @param listener - the session
   */
  constructor(inFlight: InFlight, maxAnswer: number, listener: ReaderListener) {
    this.#inFlight = inFlight;
    this.#framing = new Framing(maxAnswer);
    this.#listener = listener;
  }

  /** The longest answer accepted, in octets. */
  set maxAnswer(octets: number) {
    this.#framing.maxLength = octets;
  }

  /** Counts queries that are being written: the more is asked, the more may come. */
  asked(octets: number, now: number): void {
    this.#unsolicited.asked(octets, now);
  }

  /** Takes octets, on memory that is only lent. */
  readonly push = (octets: Uint8Array): void => {
    if (!this.#listener.isOpen()) return;
    this.#now = this.#listener.now();
    const wrong = this.#framing.push(octets, this.#take);
    if (wrong === undefined) this.#listener.read(this.#now);
    else this.#listener.malformed(wrong);
  };

  readonly #take = (message: Uint8Array): boolean => {
    const taken = this.#inFlight.take(message);
    if (taken === 'malformed') this.#listener.malformed('no answer to the query');
    else if (taken !== 'unmatched') this.#listener.answered(taken, message, this.#now);
    else if (this.#unsolicited.received(message.length, this.#now))
      this.#listener.malformed('too much that nobody asked for');
    return this.#listener.isOpen();
  };
}

/** How long messages and octets are counted together, in milliseconds. */
const WINDOW_MS = 10_000;

/** Messages that match nothing which a session bears in a window. */
const MAX_MESSAGES = 16;

/** Octets that match nothing which it bears in a window, as a multiple of what was asked. */
const MAX_RATIO = 4;

/** What counts as asked where less was: one padded answer too many (RFC 8467: 468 octets) is no flood. */
const LEAST_ASKED = 1_024;

/** Counts what a server sends that nobody asked for, so that it cannot keep us reading for ever. */
export class Unsolicited {
  #windowStart = 0;
  #messages = 0;
  #octets = 0;
  #asked = 0;

  /**
   * Counts a query.
   *
   * @param octets - its length
   * @param now - on the monotonic clock
   */
  asked(octets: number, now: number): void {
    this.#roll(now);
    this.#asked += octets;
  }

  /**
   * Counts a message that matches nothing.
   *
   * @param octets - its length
   * @param now - on the monotonic clock
   * @returns whether it was one too many
   */
  received(octets: number, now: number): boolean {
    this.#roll(now);
    this.#messages++;
    this.#octets += octets;
    return this.#messages >= MAX_MESSAGES || this.#octets > MAX_RATIO * Math.max(this.#asked, LEAST_ASKED);
  }

  #roll(now: number): void {
    if (now - this.#windowStart < WINDOW_MS) return;
    this.#windowStart = now;
    this.#messages = 0;
    this.#octets = 0;
    this.#asked = 0;
  }
}
