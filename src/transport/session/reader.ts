import type { Failure } from '../../state/model.js';
import { Framing } from '../../wire/framing.js';
import type { InFlight, Taken } from './in-flight.js';
import { Unsolicited } from './unsolicited.js';

/** What a reader tells its session. */
export interface ReaderListener {
  /** The monotonic clock, read once for all octets that came at once. */
  now(): number;
  /** Whether it still reads. */
  isOpen(): boolean;
  /** A message has answered a query: one that somebody waits for, or one that was given up. */
  answered(taken: Exclude<Taken, 'unmatched' | 'malformed'>, message: Uint8Array, now: number): void;
  /** All that came at once has been looked at. */
  read(): void;
  /** What came makes no sense, or is too much. */
  fail(failure: Failure): void;
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
    if (wrong === undefined) this.#listener.read();
    else this.#listener.fail({ phase: 'answer', kind: 'malformed', detail: wrong });
  };

  readonly #take = (message: Uint8Array): boolean => {
    const taken = this.#inFlight.take(message);
    if (taken === 'malformed') this.#malformed('no answer to the query');
    else if (taken !== 'unmatched') this.#listener.answered(taken, message, this.#now);
    else if (this.#unsolicited.received(message.length, this.#now)) this.#malformed('too much that nobody asked for');
    return this.#listener.isOpen();
  };

  #malformed(detail: string): void {
    this.#listener.fail({ phase: 'answer', kind: 'malformed', detail });
  }
}
