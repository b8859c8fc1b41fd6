import { describe, expect, it } from 'vitest';
import { type Clock, systemClock } from '../../src/common/clock.js';
import { deadline } from '../../src/common/late-timers.js';

/** A clock whose every step a test takes by hand. */
function byHand() {
  const timers: (() => void)[] = [];
  const turns: (() => void)[] = [];
  const cancelled: number[] = [];
  const hands = { now: 0 };
  const clock: Clock = {
    now: () => hands.now,
    wall: () => hands.now,
    after(_, run) {
      const index = timers.push(run) - 1;
      return { cancel: () => void cancelled.push(index) };
    },
    turn: (run) => void turns.push(run),
  };
  return { clock, hands, timers, turns, cancelled };
}

describe('deadline', () => {
  it.each([
    [100, true],
    [150, true],
    [151, false],
  ])('set for 100 and fired at %i: runs at once: %s', (firedAt, atOnce) => {
    const { clock, hands, timers, turns } = byHand();
    let ran = 0;
    deadline(clock, 100, () => void ran++);
    hands.now = firedAt;
    timers[0]?.();
    expect([ran, turns.length]).toEqual(atOnce ? [1, 0] : [0, 1]);
    // The loop has read what had arrived.
    for (const turn of turns) turn();
    expect(ran).toBe(1);
  });

  it('cancelled by what was read in the turn that it waits for: never runs', () => {
    const { clock, hands, timers, turns, cancelled } = byHand();
    let ran = 0;
    const timer = deadline(clock, 100, () => void ran++);
    hands.now = 1_000;
    timers[0]?.();
    timer.cancel();
    for (const turn of turns) turn();
    expect([ran, cancelled]).toEqual([0, [0]]);
  });
});

describe('the system’s clock', () => {
  it('reads both clocks, sets timers that can be taken back, and takes turns', async () => {
    expect(systemClock.now()).toBeLessThanOrEqual(performance.now());
    expect(Math.abs(systemClock.wall() - Date.now())).toBeLessThan(1_000);
    const ran: string[] = [];
    systemClock.after(0, () => ran.push('cancelled')).cancel();
    const far = systemClock.after(Number.MAX_SAFE_INTEGER, () => ran.push('at once'));
    await new Promise<void>((resolve) => systemClock.after(1, resolve, { keepAlive: true }));
    await new Promise<void>((resolve) => systemClock.turn(resolve));
    far.cancel();
    expect(ran).toEqual([]);
  });
});

describe('the coarse clock', () => {
  const coarse = () => systemClock.coarse?.() ?? Number.NaN;
  const spin = (ms: number) => {
    for (const end = performance.now() + ms; performance.now() < end; );
  };

  it('never goes back, whichever way it is read', () => {
    let before = systemClock.now();
    let isForward = true;
    for (let reading = 0; reading < 10_000; reading++) {
      const now = reading % 7 === 0 ? systemClock.now() : coarse();
      isForward &&= now >= before;
      before = now;
    }
    expect(isForward).toBe(true);
  });

  it('is read anew in a turn that goes on for long, and after every other', async () => {
    for (let reading = 0; reading < 100; reading++) coarse();
    const startedAt = coarse();
    spin(5);
    let last = startedAt;
    for (let reading = 0; reading < 100; reading++) last = coarse();
    expect(last - startedAt).toBeGreaterThanOrEqual(4.9);
    spin(5);
    await Promise.resolve();
    expect(coarse() - last).toBeGreaterThanOrEqual(4.9);
  });
});
