import type { Failure } from '../../state/model.js';
import type { SessionOutcome } from './session-query.js';

/** Whether a query may be sent again. */
export type Retry = Extract<SessionOutcome, { retry: unknown }>['retry'];

/** What is known of a session when it ends. */
export interface EndedSession {
  /** What its peer or the path did. */
  readonly failure: Failure;
  /** Whether its stream broke: what came was no message yet. */
  readonly unread: boolean;
  /** Whether it had ever been opened. */
  readonly stood: boolean;
  /** Whether it had answered any query. */
  readonly answered: boolean;
  /** Whether half a frame of ours may be what it ended for. */
  readonly harmed: boolean;
  /** Whether queries were written that it has not answered: they carry the evidence. */
  readonly carried: boolean;
}

/** What the end of a session means for the queries on it. */
export interface EndVerdict {
  /** For those that were written. */
  readonly written: Retry;
  /** For those that were not. */
  readonly unwritten: Retry;
  /** Whether the end says nothing against the server: only a fresh session that fails does. */
  readonly blameless: boolean;
}

/** What it means where we close a session: nothing is sent again. */
export const CLOSED_BY_US: EndVerdict = { written: 'no', unwritten: 'no', blameless: false };

/**
 * Decides what the end of a session means for the queries on it, however it ended: FIN, RST, an alert, silence, a path that
 * was lost, or octets that TLS cannot read, which anybody on the path may have put there. A server may end a session that has
 * answered at any time (RFC 7766 section 6.2.4), and so may a firewall between us: its queries are asked once more on a fresh
 * session, and nobody is blamed. Messages that make no sense are the server's fault on any session, and trouble of our own is
 * nobody's.
 *
 * @param session - the one that has ended
 */
export function judgeEnd({ failure, unread, stood, answered, harmed, carried }: EndedSession): EndVerdict {
  const isLoss = failure.kind !== 'local' && (failure.kind !== 'malformed' || unread);
  const blameless = stood && isLoss && answered;
  const written = blameless || harmed ? 'once' : 'no';
  // On a session that never answered somebody has to carry the evidence.
  const unanswered = carried ? 'once' : written;
  return { written, blameless, unwritten: stood ? (answered ? 'free' : unanswered) : 'no' };
}
