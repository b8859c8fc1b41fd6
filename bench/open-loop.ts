const TICK_MS = 2;

/**
 * Begins something at a steady rate, whatever became of what was begun before: clients do not wait for one another.
 *
 * @param perSecond - how often
 * @param begin - called with numbers from 0
 * @param atOnce - how many are begun at most where our loop stood still; the rest is lost, as what a socket's buffer has no room
 *   for. Default: all
 * @returns ends it
 */
export function openLoop(
  perSecond: number,
  begin: (index: number) => void,
  atOnce: number = Number.POSITIVE_INFINITY,
): () => void {
  const startedAt = performance.now();
  let begun = 0;
  const timer = setInterval(() => {
    const due = ((performance.now() - startedAt) / 1_000) * perSecond;
    begun = Math.max(begun, Math.floor(due - atOnce));
    while (begun < due) begin(begun++);
  }, TICK_MS);
  return () => clearInterval(timer);
}
