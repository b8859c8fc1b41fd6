import { describe, expect, it } from 'vitest';
import { SimulationClock } from '../../../src/testing/simulation/sim-clock.js';

describe('the clock of a simulated life', () => {
  it('lets all that is pending go on before its next timer, however many promises and turns it waits for', async () => {
    const clock = new SimulationClock();
    const seen: string[] = [];
    clock.after(1, async () => {
      for (let left = 1_000; left > 0; left--) await undefined;
      await new Promise<void>((resolve) => clock.turn(resolve));
      for (let left = 1_000; left > 0; left--) await undefined;
      seen.push(`chain at ${clock.now()}`);
    });
    clock.after(2, () => seen.push(`timer at ${clock.now()}`));
    await clock.goOn(3);
    expect(seen).toEqual(['chain at 1', 'timer at 2']);
  });

  it('leaves the event loop a turn now and then', async () => {
    const clock = new SimulationClock();
    let turns = 0;
    const count = (): void => {
      turns++;
      if (turns < 3) setImmediate(count);
    };
    setImmediate(count);
    for (let ms = 1; ms <= 10_000; ms++) clock.after(ms, () => undefined);
    await clock.goOn(10_000);
    expect(turns).toBe(3);
  });
});
