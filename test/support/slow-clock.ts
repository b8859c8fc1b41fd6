import { type Clock, systemClock } from '../../src/common/clock.js';

/**
 * The system's clock, slowed down: what the library takes for late on real sockets is then as much later, and a stall of
 * ours as much shorter. For tests whose outcome does not depend on how fast anything is.
 *
 * @param times - how many times as slow
 */
export function slowClock(times: number): Clock {
  const { now, wall, after, turn } = systemClock;
  const [startedAt, wallAtStart] = [now(), wall()];
  return {
    now: () => (now() - startedAt) / times,
    wall: () => wallAtStart + (wall() - wallAtStart) / times,
    after: (ms, run, options) => after(ms * times, run, options),
    turn,
  };
}
