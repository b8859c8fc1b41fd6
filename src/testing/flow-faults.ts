import type { DotSession } from './dot-session.js';

/**
 * Whether a session under `never-reads` leaves a query alone: it came in one piece with the last that is read.
 *
 * @param session - the session, which reads nothing more when its queries are enough
 */
export function leavesAlone(session: DotSession): boolean {
  const { afterQueries = 0 } = session.context.settings();
  const { queries } = session.context.record;
  if (queries >= afterQueries) session.pause();
  return queries > afterQueries;
}

/** Lets a fault of the flow show itself on a session from which nothing has been read yet. */
export function beforeReading(session: DotSession): void {
  const { afterQueries = 0 } = session.context.settings();
  if (session.context.fault() === 'never-reads' && session.context.record.queries >= afterQueries) session.pause();
}

/** Lets a fault of the flow show itself on a session, when octets have come. */
export function afterReading(session: DotSession): void {
  const fault = session.context.fault();
  const { windowMs = 100, frameMs = 200 } = session.context.settings();
  if (fault === 'half-frame-timeout') session.expectRest(frameMs);
  if (fault === 'slow-window') {
    session.pause();
    session.later(windowMs, () => session.resume());
  }
}
