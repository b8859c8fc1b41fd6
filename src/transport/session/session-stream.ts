import type { Socket } from 'node:net';
import type { Clock } from '../../common/clock.js';
import { TransportError } from '../../common/errors.js';
import type { Failure, FailureKind } from '../../state/model.js';
import type { StreamUp } from './stream.js';

/** What a session is told of its stream. */
export interface SessionStreamListener {
  /** Octets came, on memory that is only lent. */
  read(octets: Uint8Array): void;
  /** The peer has ended it cleanly; perhaps more than once. */
  ended(): void;
  /** It broke: an error of Node's. */
  broken(error: Error): void;
}

/**
 * Tells a session what comes over its stream.
 *
 * @param up - the stream, which stands
 * @param listener - the session
 */
export function listenTo({ socket, receive }: StreamUp, listener: SessionStreamListener): void {
  if (receive === undefined) socket.on('data', listener.read);
  else receive(listener.read);
  socket.on('end', listener.ended);
  socket.on('close', listener.ended);
  socket.on('error', (error: NodeJS.ErrnoException) => {
    // Linux says EPIPE, not ECONNRESET, where the peer's FIN had come first: that was a clean close.
    if (error.code === 'EPIPE') listener.ended();
    else listener.broken(error);
  });
}

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
   * @param blameless - whether it says nothing against the server
   */
  of(failure: Failure, cause?: unknown, blameless: boolean = false): TransportError {
    const repeated = blameless || this.#told.has(failure.kind);
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
