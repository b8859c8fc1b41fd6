import type { DotscoutError } from '../../common/errors.js';
import type { AnswerInfo } from '../../wire/answer.js';

/** How a query on a session ended. Times are in milliseconds. */
export type SessionOutcome =
  | {
      /** The answer, on memory that is only lent until `settle` returns. */
      readonly answer: Uint8Array;
      /** What the check of the answer found in it. */
      readonly info: AnswerInfo;
      /** Absent where the session stood when the query came; so is `handshakeMs`, and on plain TCP. */
      readonly connectMs?: number | undefined;
      readonly handshakeMs?: number | undefined;
      /** From the query's writing to the answer. */
      readonly answerMs: number;
      /** When the answer was read, on the monotonic clock: one reading for all that came at once. */
      readonly now: number;
    }
  | {
      readonly error: DotscoutError;
      /**
       * Whether it may be sent again on a fresh session: `free` where it was not written, and the session had answered
       * others or takes no more; `once` where it was written and lost with a session that a server may close like that,
       * or where it was not, on a session that never answered: that may not go on for ever; else `no`.
       */
      readonly retry: 'no' | 'once' | 'free';
    };

/** A query on a session. */
export interface SessionQuery {
  /** As it is to be sent, but for its id. */
  readonly message: Uint8Array;
  /** The offset after its question. */
  readonly questionEnd: number;
  /** Whether the id must stay, because a signature covers it. */
  readonly keepId: boolean;
  /** When its time is over, on the monotonic clock. */
  readonly limitAt: number;
  /** Whether it may still be sent; asked right before it is written. Absent: it may. */
  readonly mayBeSent?: (() => boolean) | undefined;
  /** Where it stands among those of its session that wait to be written; kept by `Waiting`, at first -1. */
  place: number;
  /** Is called once; the answer's memory is only lent. */
  settle(outcome: SessionOutcome): void;
  /**
   * Its session, which has answered others, has been silent for long: it may be asked once more elsewhere, and is still
   * answered here if an answer comes. Absent where nobody would ask again.
   *
   * @param stalled - whether our own event loop has stood still meanwhile
   */
  suspected?(stalled: boolean): void;
}
