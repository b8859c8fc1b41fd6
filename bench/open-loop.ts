const TICK_MS = 2;

/**
 * Begins something at a steady rate, whatever became of what was begun before: clients do not wait for one another.
 *
 * @param perSecond - how often
 * @param begin - called with numbers from 0
 * @returns ends it
 */
export function openLoop(perSecond: number, begin: (index: number) => void): () => void {
  const startedAt = performance.now();
  let begun = 0;
  const timer = setInterval(() => {
    const due = ((performance.now() - startedAt) / 1_000) * perSecond;
    while (begun < due) begin(begun++);
  }, TICK_MS);
  return () => clearInterval(timer);
}
