import type { Clock } from '../../common/clock.js';
import type { AnswerLimits } from './answer-limits.js';
import type { Backlog } from './backlog.js';

/** What all sessions of one exchange share. */
export interface SessionShare {
  /** How many answers servers give on one session. */
  readonly answerLimits: AnswerLimits;
  /** What waits to be written. */
  readonly backlog: Backlog;
}

/** How a session works. */
export interface StreamSessionOptions {
  readonly clock: Clock;
  /** Absent for a session on its own. */
  readonly share?: SessionShare | undefined;
  /** Whether several queries leave in two writes, the last of them alone; see `SessionWriter`. */
  readonly tails: boolean;
  /** Whether a frame may be begun to fetch answers that the server holds back; default false. */
  readonly nudges?: boolean | undefined;
  /** The longest answer accepted, in octets; default 65,535. */
  readonly maxAnswer?: number | undefined;
}
