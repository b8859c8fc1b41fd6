import { onAbort } from '../common/abort.js';
import type { DotscoutError } from '../common/errors.js';
import type { KeepAlive } from '../common/keep-alive.js';
import type { ExchangeOptions } from './exchange.js';

/** Who is told how a query ended; one of the two is called, once. */
export interface Told {
  /** The answer, with the caller's id. */
  answered(message: Uint8Array): void;
  failed(error: DotscoutError): void;
}

/** A query that somebody awaits. */
export interface Asked {
  /** Begins it; it may end from inside this. */
  start(): void;
  /** Nobody waits any more. */
  leave(): void;
}

/**
 * The promise of a query's answer, for which the process stays alive; rejects with the signal's reason when that aborts.
 *
 * @param keepAlive - of the exchange
 * @param options - its signal; when that aborts, the query is left
 * @param make - makes the query; what this throws, rejects
 */
export function awaited(
  keepAlive: KeepAlive,
  options: ExchangeOptions,
  make: (told: Told) => Asked,
): Promise<Uint8Array> {
  // What this throws, rejects.
  return new Promise((resolve, reject) => {
    const { signal } = options;
    signal.throwIfAborted();
    let held = true;
    // A query that was left may tell of its end all the same.
    const over = (): void => {
      if (!held) return;
      held = false;
      forget();
      keepAlive.release();
    };
    const query = make({
      answered(message) {
        over();
        resolve(message);
      },
      failed(error) {
        over();
        reject(error);
      },
    });
    keepAlive.hold();
    const forget = onAbort(signal, () => {
      over();
      reject(signal.reason);
      query.leave();
    });
    query.start();
  });
}
