import type { Socket } from 'node:net';
import type { Clock } from '../../common/clock.js';
import { type DotscoutError, TransportError } from '../../common/errors.js';
import type { Failure, FailureKind, Phase } from '../../state/model.js';
import type { StreamListener, StreamOpening, StreamUp } from './stream.js';

/** What a session is told of its stream. */
export interface SessionStreamListener<U extends StreamUp> extends StreamListener<U> {
  /** Octets came, on memory that is only lent. */
  read(octets: Uint8Array): void;
  /** The peer has ended it cleanly; perhaps more than once. */
  ended(): void;
  /** It broke when it stood: an error of Node's. */
  broken(error: Error): void;
  /** It was not opened; see {@link StreamListener.failed}. */
  failed(error: DotscoutError): void;
}

/** The stream that carries a session, from the beginning of its opening. */
export class SessionStream<U extends StreamUp> {
  readonly #clock: Clock;
  readonly #opening: StreamOpening;
  readonly #listener: SessionStreamListener<U>;
  #up: U | undefined;

  /**
   * Begins to open it.
   *
   * @param clock - where to set the limit of its closing
   * @param open - opens it and tells how that went
   * @param listener - the session
   */
  constructor(clock: Clock, open: (listener: StreamListener<U>) => StreamOpening, listener: SessionStreamListener<U>) {
    this.#clock = clock;
    this.#listener = listener;
    this.#opening = open({ up: (up) => this.#stands(up), failed: (error) => listener.failed(error) });
  }

  /** The stream and how long its opening took; `undefined` until that is over. */
  get up(): U | undefined {
    return this.#up;
  }

  /** How far it is. */
  get phase(): Phase {
    return this.#up === undefined ? this.#opening.phase : 'answer';
  }

  /**
   * Closes it, or gives its opening up.
   *
   * @param graceful - whether what is written may still leave
   */
  hangUp(graceful: boolean): void {
    const socket = this.#up?.socket;
    if (socket === undefined) this.#opening.cancel();
    else if (graceful) closeCleanly(socket, this.#clock);
    else socket.destroy();
  }

  #stands(up: U): void {
    const { socket } = up;
    const listener = this.#listener;
    const read = (octets: Uint8Array): void => listener.read(octets);
    this.#up = up;
    if (up.receive === undefined) socket.on('data', read);
    else up.receive(read);
    socket.on('end', () => listener.ended());
    socket.on('close', () => listener.ended());
    socket.on('error', (error: NodeJS.ErrnoException) => {
      // Linux says EPIPE, not ECONNRESET, where the peer's FIN had come first: that was a clean close.
      if (error.code === 'EPIPE') listener.ended();
      else listener.broken(error);
    });
    listener.up(up);
  }
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
