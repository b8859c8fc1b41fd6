import type { Clock } from '../../common/clock.js';
import type { AnswerLimits } from './answer-limits.js';
import { MAX_IN_FLIGHT, MAX_IN_FLIGHT_OCTETS } from './backlog.js';
import type { InFlight } from './in-flight.js';

/** How many more queries a session may write: as many as its server will answer, as far as that is known. */
export class WriteAllowance {
  readonly #key: string;
  readonly #inFlight: InFlight;
  readonly #clock: Clock;
  #answerLimits: AnswerLimits | undefined;
  #answered = 0;
  /** How many answers the server gives on one session, as far as we know. */
  #answerLimit = Number.POSITIVE_INFINITY;
  /** Whether a turn of the event loop has passed since the last answer, so that a close behind it would be known. */
  #turned = true;

  /**
   * @param key - the endpoint's key
   * @param inFlight - the session's queries
   * @param clock - where it reads time
   */
  constructor(key: string, inFlight: InFlight, clock: Clock) {
    this.#key = key;
    this.#inFlight = inFlight;
    this.#clock = clock;
  }

  /**
   * Heeds what is known of the server, and adds to it.
   *
   * @param answerLimits - where that is known
   */
  heed(answerLimits: AnswerLimits): void {
    this.#answerLimits = answerLimits;
    this.#answerLimit = answerLimits.of(this.#key, this.#clock.now());
  }

  /**
   * How many more queries may be written.
   *
   * @param later - called when there may be more room, where there is none but for the time
   */
  left(later: () => void): number {
    const { size, octets } = this.#inFlight;
    if (octets >= MAX_IN_FLIGHT_OCTETS) return 0;
    const hope = this.#answerLimit - this.#answered - size;
    if (hope > 0) return Math.min(hope, MAX_IN_FLIGHT - size);
    // Beyond what it is known to bear, one at a time, and none before its closing would be known.
    if (size > 0) return 0;
    if (this.#turned) return 1;
    setImmediate(() => {
      this.#turned = true;
      later();
    });
    return 0;
  }

  /** A message has answered a query of ours. */
  answer(): void {
    this.#answered++;
    if (this.#answered < this.#answerLimit) return;
    this.#turned = false;
    if (this.#answered > this.#answerLimit && this.#answerLimits !== undefined)
      this.#answerLimit = this.#answerLimits.grow(this.#key, this.#answered, this.#clock.now());
  }

  /** The server has closed the session. What it left unanswered would not have been lost, had we known. */
  closed(): void {
    if (this.#answered === 0 || this.#inFlight.size === 0) return;
    this.#answerLimits?.closedAfter(this.#key, this.#answered, this.#clock.now());
  }
}
