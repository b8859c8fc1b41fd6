import type { Socket } from 'node:net';
import type { Clock } from '../../common/clock.js';
import { TransportError } from '../../common/errors.js';
import type { Failure, FailureKind } from '../../state/model.js';

/** How long a peer may take to acknowledge our closing before we drop the connection, in milliseconds. */
const CLOSE_MS = 250;

/** Counts what a session's queries are told: the fault of one session is evidence once, however many it carried. */
export class SessionErrors {
  readonly #told = new Set<FailureKind>();

  /**
   * What the next query is told.
   *
   * @param failure - what happened
   * @param cause - the underlying error, where there is one
   */
  of(failure: Failure, cause?: unknown): TransportError {
    const repeated = this.#told.has(failure.kind);
    this.#told.add(failure.kind);
    return new TransportError(failure, { repeated, cause });
  }
}

/**
 * Whether a session's end is the server's fault: what it sent, or an alert, as against a path that lost it.
 *
 * @param failure - how it ended
 * @param cause - the underlying error, where there is one
 */
export function isServersFault({ kind }: Failure, cause: unknown): boolean {
  const { code } = Object(cause) as { code?: unknown };
  return kind === 'malformed' || (typeof code === 'string' && code.startsWith('ERR_SSL_'));
}

/**
 * Closes a stream as RFC 7766 section 6.2.3 has it, but does not wait for ever.
 *
 * @param socket - the stream
 * @param clock - where to set the limit
 */
export function closeCleanly(socket: Socket, clock: Clock): void {
  if (socket.destroyed) return;
  socket.destroySoon();
  const timer = clock.after(CLOSE_MS, () => socket.destroy());
  socket.once('close', () => timer.cancel());
}
