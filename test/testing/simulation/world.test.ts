import { describe, expect, it } from 'vitest';
import { Draws } from '../../../src/testing/simulation/draws.js';
import type { FleetPlan, ServerKind } from '../../../src/testing/simulation/fleet-plans.js';
import type { SimulatedEndpoint } from '../../../src/testing/simulation/fleet-servers.js';
import { type LogLine, LogWriter } from '../../../src/testing/simulation/log-writer.js';
import { between, OutcomeCounts } from '../../../src/testing/simulation/outcome-counts.js';
import { Sessions } from '../../../src/testing/simulation/sessions.js';
import { SimulationClock } from '../../../src/testing/simulation/sim-clock.js';
import { World } from '../../../src/testing/simulation/world.js';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

function endpointsOf(kinds: readonly ServerKind[], rate = 0.001): readonly SimulatedEndpoint[] {
  return kinds.map((kind, index) => ({ address: `20.0.0.${index}`, zone: 'example.', kind, rate, rttMs: 30 }));
}

function worldOf(
  kinds: readonly ServerKind[],
  plan: Partial<FleetPlan> = {},
): { world: World; clock: SimulationClock } {
  const clock = new SimulationClock();
  const silent = { changing: () => undefined, changed: () => undefined, closes: () => undefined };
  const world = new World(endpointsOf(kinds), clock, new Draws(1), silent);
  world.begin({ name: 'x', mix: {}, ...plan });
  return { world, clock };
}

/** The share of some days in which something holds. */
async function shareOf(clock: SimulationClock, days: number, holds: () => boolean): Promise<number> {
  let count = 0;
  const steps = days * 24 * 60;
  for (let step = 0; step < steps; step++) {
    await clock.goOn(MINUTE);
    if (holds()) count++;
  }
  return count / steps;
}

describe('World', () => {
  it('outages take port 853 of one that speaks DoT for their share of the time, and nobody else’s', async () => {
    const { world, clock } = worldOf(['good13', 'drop'], { outages: { perDay: 24, minutes: 20 } });
    const share = await shareOf(clock, 30, () => !world.isCapable(0));
    // An hour of light on average, then 20 minutes of dark.
    expect(Math.abs(share - 0.25)).toBeLessThan(0.05);
    expect([world.isLit(1), world.answersClear(0), world.answersClear(1)]).toEqual([true, true, true]);
  });

  it('a breakdown takes both addresses of a server, Do53 included', async () => {
    const { world, clock } = worldOf(['good13', 'drop', 'good13', 'drop'], { breakdowns: { perDay: 24, minutes: 60 } });
    const seen = new Set<string>();
    await shareOf(clock, 5, () => {
      seen.add([0, 1, 2, 3].map((endpoint) => (world.answersClear(endpoint) ? 'up' : 'down')).join(' '));
      return [0, 1, 2, 3].every((endpoint) => world.answersClear(endpoint) || !world.isLit(endpoint));
    });
    expect(seen).toEqual(new Set(['up up up up', 'down down up up', 'up up down down', 'down down down down']));
  });

  it('a flapper is dark for three hours of nine', async () => {
    const { world, clock } = worldOf(['flapper']);
    expect(Math.abs((await shareOf(clock, 200, () => world.isCapable(0))) - 2 / 3)).toBeLessThan(0.06);
  });

  it('our own uplink takes all', async () => {
    const { world, clock } = worldOf(['good13', 'drop'], { uplinkOutages: [{ atHour: 1, seconds: 30 }] });
    const all = (): readonly boolean[] => [world.isCapable(0), world.answersClear(1), world.answersClear(undefined)];
    await clock.goOn(HOUR - 1);
    expect(all()).toEqual([true, true, true]);
    await clock.goOn(2);
    expect(all()).toEqual([false, false, false]);
    await clock.goOn(30 * SECOND);
    expect(all()).toEqual([true, true, true]);
  });

  it('becomes another kind when the plan says, and closes its sessions unless it falls silent', async () => {
    const closed: number[] = [];
    const listener = { changing: () => {}, changed: () => {}, closes: (endpoint: number) => closed.push(endpoint) };
    const clock = new SimulationClock();
    const world = new World(endpointsOf(['good13', 'refuse']), clock, new Draws(1), listener);
    world.begin({
      ...{ name: 'x', mix: {} },
      changes: [
        { atHour: 1, kind: 'drop' },
        { atHour: 2, kind: 'good13' },
      ],
    });
    const seen = (): readonly boolean[] => [world.isCapable(0), world.isCapable(1), world.isLit(0), world.isLit(1)];
    expect(seen()).toEqual([true, false, true, true]);
    await clock.goOn(HOUR);
    expect([...seen(), world.answersClear(0)]).toEqual([false, false, false, false, true]);
    expect(closed).toEqual([]);
    await clock.goOn(HOUR);
    expect(seen()).toEqual([true, true, true, true]);
    expect(closed).toEqual([0, 1]);
  });

  it('knows its addresses, and no others', () => {
    const { world } = worldOf(['good13', 'drop']);
    expect([world.find('20.0.0.1'), world.find('20.0.0.2')]).toEqual([1, undefined]);
    expect(() => world.at(2)).toThrow(RangeError);
  });
});

describe('Sessions', () => {
  it('stand for 25 s without a query, or as long as the server says', () => {
    const { world } = worldOf(['good13', 'short-idle']);
    const sessions = new Sessions(world);
    sessions.used(0, 1_000);
    sessions.used(1, 1_000);
    expect([sessions.isOpen(0, 25_999), sessions.isOpen(0, 26_000)]).toEqual([true, false]);
    expect([sessions.isOpen(1, 1_499), sessions.isOpen(1, 1_500)]).toEqual([true, false]);
    sessions.closed(0);
    expect(sessions.isOpen(0, 1_001)).toBe(false);
    sessions.used(0, 1_000);
    sessions.closeAll();
    expect(sessions.isOpen(0, 1_001)).toBe(false);
  });

  it('six new ones a second to an endpoint, after 24 at once', () => {
    const sessions = new Sessions(worldOf(['one-shot']).world);
    const opened = (from: number, tries: number, gap: number): number =>
      Array.from({ length: tries }, (_, index) => sessions.mayOpen(0, from + index * gap)).filter(Boolean).length;
    expect(opened(0, 30, 0)).toBe(24);
    expect(opened(10_000, 1_000, 10)).toBe(24 + 59);
  });

  it('where more are wanted than the pool holds, each is kept for less', () => {
    const sessions = new Sessions(worldOf(['good13']).world);
    sessions.crowd(Array<number>(500).fill(1));
    expect(sessions.idleMs(0)).toBe(25_000);
    sessions.crowd(Array<number>(2_000).fill(0.0001));
    const held = 2_000 * (1 - Math.exp(-0.0001 * sessions.idleMs(0)));
    expect(Math.abs(held - 512)).toBeLessThan(1);
  });
});

describe('LogWriter', () => {
  const line = (at: number): LogLine => ({ type: 'verdict', at, endpoint: 0, verdict: 'good' });

  it('keeps the order in which things began', () => {
    const written: number[] = [];
    const log = new LogWriter(({ at }) => written.push(at));
    log.add(line(1));
    const second = log.reserve();
    log.add(line(3));
    const fourth = log.reserve();
    log.add(line(5));
    expect(written).toEqual([1]);
    fourth(line(4));
    expect(written).toEqual([1]);
    second(line(2));
    expect(written).toEqual([1, 2, 3, 4, 5]);
    log.add(line(6));
    expect(written).toEqual([1, 2, 3, 4, 5, 6]);
  });
});

describe('counts of outcomes', () => {
  it('counts by what became of queries', () => {
    const tally = new OutcomeCounts();
    tally.add(5, 'dot', '', true, true);
    tally.capable(5, 4);
    tally.add(2, 'both', 'hedge', true, true);
    tally.add(3, 'do53', 'unknown', false, true);
    tally.add(1, 'none', 'hedge', true, false);
    tally.add(1, 'none', 'hedge', true, true);
    tally.hedge();
    tally.probe();
    expect(tally.counts).toEqual({
      ...{ queries: 12, toCapable: 5, encrypted: 5, oracle: 4, clearToGood: { hedge: 2 } },
      ...{ hedges: 1, probes: 1, failedQueries: 1, hopeless: 1, wrongAnswers: 0 },
    });
  });

  it('tells how much longer all but the slowest took', () => {
    const tally = new OutcomeCounts();
    tally.add(1_000, 'dot', '', true, true);
    tally.slower(5, 500);
    tally.slower(10, 60.2);
    tally.slower(4, 0);
    expect([tally.addedLatency(0.001), tally.addedLatency(0.01), tally.addedLatency(0.02)]).toEqual([500, 61, 0]);
  });

  it('what was counted between two moments leaves out what did not happen', () => {
    const tally = new OutcomeCounts();
    tally.add(2, 'both', 'hedge', true, true);
    const before = tally.counts;
    tally.add(3, 'both', 'churn', true, true);
    expect(between(before, tally.counts)).toMatchObject({ queries: 3, clearToGood: { churn: 3 } });
    expect(between(before, tally.counts).clearToGood).not.toHaveProperty('hedge');
  });
});
