import type { Socket } from 'node:net';
import type { Clock } from '../../common/clock.js';
import { type DotscoutError, TransportError } from '../../common/errors.js';
import { stallAwareTimeout } from '../../common/late-timers.js';
import type { Endpoint, HostPart, Phase } from '../../state/model.js';
import { nodeNet } from '../built-ins.js';
import { errorOf, silence } from '../failure.js';

/** A stream to a server that stands: TCP, or TLS over whatever carries it. Times are in milliseconds. */
export interface StreamUp {
  /** The stream; its new owner listens to it and closes it. */
  readonly socket: Socket;
  /** How long TCP took to connect. */
  readonly connectMs: number;
  /** How long TLS took to be agreed upon; absent on plain TCP. */
  readonly handshakeMs?: number | undefined;
  /** Which part of the host's own carries it, where one does. */
  readonly part?: HostPart | undefined;
  /**
   * Has octets brought as they are read, on memory that is only lent; absent where the socket's `data` events do that.
   */
  receive?(sink: (octets: Uint8Array) => void): void;
}

/** Who is told how the opening of a stream went. */
export interface StreamListener<U extends StreamUp> {
  /** It stands; the listener owns the socket now. */
  up(up: U): void;
  /** It failed: a `TransportError`, or `REFUSED_BY_GUARD`. Never called from inside the call that begins to open. */
  failed(error: DotscoutError): void;
}

/** A stream being opened. */
export interface StreamOpening {
  /** How far it is. */
  readonly phase: Phase;
  /** Gives it up; the listener hears nothing more. */
  cancel(): void;
}

/**
 * A TCP connection from the endpoint's own local address, where the host names one. It keeps no process alive.
 *
 * @param endpoint - where to
 * @throws what `node:net` throws for an address or port that cannot be
 */
export function tcpTo(endpoint: Endpoint): Socket {
  const { address: host, port, localAddress } = endpoint;
  const socket = nodeNet().connect({ host, port, localAddress });
  socket.setNoDelay(true);
  socket.unref();
  return socket;
}

/** How plain TCP is opened. */
export interface TcpOptions {
  readonly clock: Clock;
  /** For the connect, in milliseconds. */
  readonly timeoutMs: number;
}

/**
 * Opens plain TCP to an endpoint.
 *
 * @param endpoint - where to
 * @param options - how
 * @param listener - who is told; exactly one of `up` and `failed` is called unless it is cancelled
 */
export function openTcp(endpoint: Endpoint, options: TcpOptions, listener: StreamListener<StreamUp>): StreamOpening {
  const { clock, timeoutMs } = options;
  const phase: Phase = 'connect';
  const startedAt = clock.now();
  let settled = false;
  let socket: Socket | undefined;
  const limit = stallAwareTimeout(clock, timeoutMs, (stalled) => {
    fail(new TransportError(silence(phase, stalled, `nothing within ${timeoutMs} ms`)));
  });
  const cancel = (): void => {
    settled = true;
    limit.cancel();
    socket?.destroy();
  };
  const fail = (error: unknown): void => {
    if (settled) return;
    cancel();
    listener.failed(errorOf(error, phase));
  };
  const stands = (opened: Socket): void => {
    if (settled) return;
    settled = true;
    limit.cancel();
    listener.up({ socket: opened, connectMs: clock.now() - startedAt });
  };
  try {
    const opened = tcpTo(endpoint);
    socket = opened;
    // It stays for good: a late error of a socket that was given up must not end the process.
    opened.on('error', fail);
    opened.once('connect', () => stands(opened));
  } catch (error) {
    queueMicrotask(() => fail(error));
  }
  return { phase, cancel };
}
