import type { Answer, Question } from './child.js';

/**
 * Lets this process do what its parent asks, and end with it.
 *
 * @param perform - obeys one order; what it returns goes back
 * @param end - cleans up
 */
export function serve<Order>(perform: (order: Order) => Promise<unknown>, end: () => Promise<void>): void {
  const answer = (message: Answer): void => {
    if (process.connected) process.send?.(message);
  };
  process.on('message', ({ id, order }: Question) => {
    perform(order as Order).then(
      (result) => answer({ id, result }),
      (error: unknown) =>
        answer({ id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
    );
  });
  // Ctrl-C reaches every process of the terminal; the parent decides when we end, by closing the channel. That it closes
  // when the parent is killed as well.
  process.on('SIGINT', () => {});
  process.once('disconnect', () => void end().finally(() => process.exit(0)));
}
