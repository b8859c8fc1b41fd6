import type { Clock, Timer } from '../../common/clock.js';
import { TransportError } from '../../common/errors.js';
import { stallAwareTimeout } from '../../common/stall-aware-timeout.js';
import type { Endpoint, Phase } from '../../state/model.js';
import { classifyError } from '../failure.js';
import { type StreamListener, type StreamOpening, type StreamUp, tcpTo } from './stream.js';

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
  let limit: Timer | undefined;
  const settle = (): boolean => {
    if (settled) return false;
    settled = true;
    limit?.cancel();
    return true;
  };
  const fail = (error: unknown): void => {
    if (settle()) listener.failed(new TransportError(classifyError(error, phase), { cause: error }));
  };
  try {
    const socket = tcpTo(endpoint);
    // It stays for good: a late error of a socket that was given up must not end the process.
    socket.on('error', (error) => {
      fail(error);
      socket.destroy();
    });
    socket.once('connect', () => {
      if (settle()) listener.up({ socket, connectMs: clock.now() - startedAt });
    });
    limit = stallAwareTimeout(clock, timeoutMs, (stalled) => {
      socket.destroy();
      fail(
        new TransportError(
          stalled
            ? { phase, kind: 'local', detail: 'our event loop stood still' }
            : { phase, kind: 'silent', detail: `nothing within ${timeoutMs} ms` },
        ),
      );
    });
    return {
      phase,
      cancel: () => {
        if (settle()) socket.destroy();
      },
    };
  } catch (error) {
    queueMicrotask(() => fail(error));
    return { phase, cancel: () => void settle() };
  }
}
