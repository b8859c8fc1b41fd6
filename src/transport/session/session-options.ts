import type { Clock } from '../../common/clock.js';
import type { AnswerLimits } from './answer-limits.js';
import type { Backlog } from './backlog.js';
import type { IdleLimits } from './idle-limits.js';

/** What all sessions of one exchange share. */
export interface SessionShare {
  /** How many answers servers give on one session. */
  readonly answerLimits: AnswerLimits;
  /** How long sessions may be idle. */
  readonly idleLimits: IdleLimits;
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
  /** How long half a frame may stand that fetches answers which the server holds back, in milliseconds; default: none may. */
  readonly halfFrameMs?: number | undefined;
  /** The longest answer accepted, in octets; default 65,535. */
  readonly maxAnswer?: number | undefined;
  /** How long it is kept idle, in milliseconds, whatever longer time the server allows; default: see `IdleTimeout`. */
  readonly idleMs?: number | undefined;
}
