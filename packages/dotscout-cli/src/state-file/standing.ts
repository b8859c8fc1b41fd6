import type { Status } from 'dotscout/state';
import type { StoredVerdict } from 'dotscout/store';

/** How a stored verdict stands at some moment. Times are milliseconds since 1970. */
export interface StoredStanding {
  /** As a resolver that starts at that moment would have it; probes in flight are not stored, so never Busy. */
  readonly status: Exclude<Status, 'Busy'>;
  /** When it ends by itself, or has ended: Good expires, Bad may be tried again, Unknown is forgotten. */
  readonly until: number;
  /** Whether that is past. */
  readonly isOver: boolean;
}

/**
 * How a verdict stands.
 *
 * @param verdict - as it is stored
 * @param wall - the time of day, in milliseconds since 1970; a clock that has gone back adds nothing
 */
export function standingOf(verdict: StoredVerdict, wall: number): StoredStanding {
  const until = verdict.savedAt + (verdict.verdict === 'absent' ? 0 : verdict.leftMs);
  const isOver = until <= Math.max(wall, verdict.savedAt);
  if (verdict.verdict === 'bad') return { status: 'Bad', until, isOver };
  return { status: verdict.verdict === 'good' && !isOver ? 'Good' : 'Unknown', until, isOver };
}
