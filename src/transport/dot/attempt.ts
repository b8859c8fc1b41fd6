import type { Times } from '../../state/model.js';
import { TellingAttempt } from '../telling-attempt.js';
import type { AnswerTimes, DotListener, DotQuery } from './query.js';

/** A query over DoT whose caller may leave. */
export class DotAttempt extends TellingAttempt implements DotListener {
  readonly #query: DotQuery;
  readonly #authenticated: boolean;

  /**
   * @param make - makes the query, which tells this attempt how it ends; it is begun here
   * @param authenticated - whether only a server that has proven who it is gets it
   */
  constructor(make: (listener: DotListener) => DotQuery, authenticated: boolean) {
    super();
    this.#authenticated = authenticated;
    this.#query = make(this);
    this.#query.start();
  }

  /** {@inheritDoc Attempt.withdraw} */
  withdraw(): boolean {
    return this.#query.withdraw();
  }

  /** {@inheritDoc DotListener.answered} */
  answered(message: Uint8Array, rcode: number, times: AnswerTimes, total: number): void {
    this.succeed({ message, rcode, times: timesOf(times, total), authenticated: this.#authenticated });
  }
}

function timesOf({ connectMs, handshakeMs, answerMs }: AnswerTimes, total: number): Times {
  if (connectMs === undefined) return { answer: answerMs, total };
  return { connect: connectMs, handshake: handshakeMs, answer: answerMs, total };
}
