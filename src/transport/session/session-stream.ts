import type { Clock } from '../../common/clock.js';
import type { DotscoutError } from '../../common/errors.js';
import type { Phase } from '../../state/model.js';
import { closeCleanly } from './session-end.js';
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
