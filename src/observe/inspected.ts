import type { Metrics } from './metrics.js';

/**
 * What `console.log` shows of a selector: numbers, however many endpoints there are.
 *
 * @param metrics - what was done and is held
 * @param dot - its exchange, which may be a host's own
 * @param isClosed - whether it is closed
 */
export function inspected(
  { endpoints, queries, candidates, inFlight }: Metrics,
  dot: object,
  isClosed: boolean,
): object {
  const { open } = Object((dot as { sessions?: unknown }).sessions) as { open?: unknown };
  const sessions = typeof open === 'number' ? open : 'unknown';
  return { TransportSelector: { endpoints, queries, candidates, inFlight, sessions, isClosed } };
}
