import type { Metrics } from './metrics.js';

/**
 * What `console.log` shows of a selector: numbers, however many endpoints there are.
 *
 * @param metrics - what was done and is held
 * @param open - how many sessions are open; `undefined` where nothing tells
 * @param isClosed - whether it is closed
 */
export function inspected(
  { endpoints, queries, candidates, inFlight }: Metrics,
  open: number | undefined,
  isClosed: boolean,
): object {
  const sessions = open ?? 'unknown';
  return { TransportSelector: { endpoints, queries, candidates, inFlight, sessions, isClosed } };
}
