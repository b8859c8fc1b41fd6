import type { Duplex } from 'node:stream';
import { TransportError } from '../../common/errors.js';

/**
 * What a host's `connect` gave, which may be anything. Without a stream of its own we connect nowhere: the host has its
 * reasons.
 *
 * @param given - whatever came
 * @throws `TransportError` `local`
 */
export function usableStream(given: unknown): Duplex {
  const { on, write, destroy, destroyed: over } = Object(given) as Record<string, unknown>;
  if ([on, write, destroy].every((method) => typeof method === 'function') && over !== true) return given as Duplex;
  // It may have its error still to tell, which nobody else would hear: that would end the process.
  if (over === true && typeof on === 'function') on.call(given, 'error', () => undefined);
  const detail = over === true ? 'connect gave a stream that is over' : 'connect gave no stream';
  throw new TransportError({ phase: 'connect', kind: 'local', detail });
}

/**
 * Destroys a stream.
 *
 * @param stream - ours or a host's own
 */
export function destroyStream(stream: Duplex): void {
  try {
    stream.destroy();
  } catch {
    // A host's own trouble.
  }
}
