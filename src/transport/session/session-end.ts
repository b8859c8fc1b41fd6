import type { Failure } from '../../state/model.js';
import type { SessionOutcome } from './session-query.js';

type Retry = Extract<SessionOutcome, { retry: unknown }>['retry'];

/** What is known of a session when it ends. */
export interface EndedSession {
  /** What its peer or the path did; `undefined` where we closed it. */
  readonly failure: Failure | undefined;
  /** Whether its stream broke: what came was no message yet. */
  readonly unread: boolean;
  /** Whether it had ever been opened. */
  readonly stood: boolean;
  /** Whether it had answered any query. */
  readonly answered: boolean;
  /** Whether half a frame of ours may be what it ended for. */
  readonly harmed: boolean;
}

/** What the end of a session means for the queries on it. */
export interface EndVerdict {
  /** For those that were written. */
  readonly written: Retry;
  /**
   * For those that were not.
   *
   * @param carried - whether others were written, which carry the evidence
   */
  unwritten(carried: boolean): Retry;
  /** Whether the end says nothing against the server: only a fresh session that fails does. */
  readonly blameless: boolean;
}

/**
 * Decides what the end of a session means for the queries on it, however it ended: FIN, RST, an alert, silence, a path that
 * was lost, or octets that TLS cannot read, which anybody on the path may have put there. A server may end a session that has
 * answered at any time (RFC 7766 section 6.2.4), and so may a firewall between us: its queries are asked once more on a fresh
 * session, and nobody is blamed. Messages that make no sense are the server's fault on any session, and trouble of our own is
 * nobody's.
 *
 * @param session - the one that has ended
 */
export function judgeEnd({ failure, unread, stood, answered, harmed }: EndedSession): EndVerdict {
  const isLoss = failure !== undefined && failure.kind !== 'local' && (failure.kind !== 'malformed' || unread);
  const blameless = stood && isLoss && answered;
  const again = blameless || harmed ? 'once' : 'no';
  return {
    written: again,
    blameless,
    unwritten(carried) {
      if (!stood || failure === undefined) return 'no';
      if (answered) return 'free';
      // On a session that never answered somebody has to carry the evidence.
      return again === 'once' || carried ? 'once' : 'no';
    },
  };
}
