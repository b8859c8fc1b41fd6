import type { DeadlineQueue } from '../common/deadline-queue.js';
import type { Events } from '../observe/events.js';
import type { SelectorCounters } from '../observe/metrics.js';
import type { Exchange, Reply } from '../transport/exchange.js';
import type { QueryEvidenceDeps } from './evidence.js';
import type { TransportTry } from './transport-try.js';

/**
 * What a query is woken for: the caller's time is over (`end`); DoT is slow (`hedge`); the last moment at which Do53 can
 * still answer the caller (`last-chance`); DoT has been given long enough to bring a better answer than Do53's
 * (`enough-clear`); it is to be seen again whether a doubtful answer may be given (`look-again`).
 */
export type WakeReason = 'end' | 'hedge' | 'last-chance' | 'enough-clear' | 'look-again';

/** What a race needs. */
export interface RaceDeps extends QueryEvidenceDeps {
  readonly dot: Exchange;
  readonly do53: Exchange;
  readonly events: Events;
  readonly counters: SelectorCounters;
  readonly deadlines: DeadlineQueue<WakeReason>;
}

/** Who waits for the outcome. */
export interface RaceListener {
  /** Whether it still does; not after one of the two calls below. */
  readonly isWaiting: boolean;
  /** Its time, in milliseconds. */
  readonly timeoutMs: number;
  /** When that began, on the monotonic clock. */
  readonly startedAt: number;
  /** The answer of this try is the best that there will be in time. */
  take(one: TransportTry, reply: Reply): void;
  /** There will be none. */
  giveUp(): void;
  /** Nothing is under way any more, and what was to be sent next is forbidden by rules that are in force since. */
  forbidden(): void;
}
