import type { DotscoutError } from '../errors.js';

/** How a query on a session ended. Times are in milliseconds. */
export type SessionOutcome =
  | {
      readonly answer: Uint8Array;
      /** Absent where the session stood when the query came; so is `handshakeMs`. */
      readonly connectMs?: number | undefined;
      readonly handshakeMs?: number | undefined;
      /** From the query's writing to the answer. */
      readonly answerMs: number;
    }
  | {
      readonly error: DotscoutError;
      /**
       * Whether it may be sent again on a fresh session: `free` where it was not written, and the session had answered
       * others or takes no more; `once` where it was written, and the session was closed cleanly after answers; else
       * `no`.
       */
      readonly retry: 'no' | 'once' | 'free';
    };

/** A query on a session. */
export interface SessionQuery {
  /** As it is to be sent, but for its id. */
  readonly message: Uint8Array;
  /** Whether the id must stay, because a signature covers it. */
  readonly keepId: boolean;
  /** When its time is over, on the monotonic clock. */
  readonly limitAt: number;
  /** Is called once; the answer's memory is only lent. */
  settle(outcome: SessionOutcome): void;
}
