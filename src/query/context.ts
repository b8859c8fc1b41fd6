import type { DeadlineQueue } from '../common/deadline-queue.js';
import type { Events } from '../observe/events.js';
import type { SelectorCounters } from '../observe/metrics.js';
import type { Exchange, Reply } from '../transport/exchange.js';
import type { QueryEvidenceDeps } from './evidence.js';
import type { HedgeWatch } from './hedge-watch.js';
import type { TransportTry } from './transport-try.js';

/**
 * What a query is woken for: the caller's time is over (`end`); DoT is slow (`hedge`); the last moment at which Do53 can
 * still answer the caller (`last-chance`); DoT's better answer (`enough-dot`) or Do53's (`enough-clear`) has been waited
 * for long enough.
 */
export type WakeReason = 'end' | 'hedge' | 'last-chance' | 'enough-dot' | 'enough-clear';

/** What a race needs. */
export interface RaceDeps extends QueryEvidenceDeps {
  readonly dot: Exchange;
  readonly do53: Exchange;
  readonly events: Events;
  readonly counters: SelectorCounters;
  readonly deadlines: DeadlineQueue<WakeReason>;
  readonly hedges: HedgeWatch;
}

/** Who waits for the outcome. */
export interface RaceListener {
  /** Whether it still does; not after one of the two calls below. */
  readonly isWaiting: boolean;
  /** Its time, in milliseconds. */
  readonly timeoutMs: number;
  /** When that began, on the monotonic clock. */
  readonly startedAt: number;
  /** This lane's answer is the best that there will be in time. */
  take(lane: TransportTry, reply: Reply): void;
  /** There will be none. */
  giveUp(): void;
}
