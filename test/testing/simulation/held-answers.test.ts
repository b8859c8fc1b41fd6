import { describe, expect, it } from 'vitest';
import { simulate } from '../../../src/testing/index.js';
import { Draws } from '../../../src/testing/simulation/draws.js';
import type { FleetPlan, ServerKind } from '../../../src/testing/simulation/fleet-plans.js';
import { HeldAnswers, holdingAt } from '../../../src/testing/simulation/held-answers.js';
import { SimulationClock } from '../../../src/testing/simulation/sim-clock.js';
import { World } from '../../../src/testing/simulation/world.js';

const RTT_MS = 40;

/** A world of one server, asked so often a second. */
function worldOf(kind: ServerKind, perSecond: number): World {
  const endpoint = { address: '20.0.0.1', zone: 'a.example.', kind, rate: perSecond / 1_000, rttMs: RTT_MS };
  const listener = { changing: () => {}, changed: () => {}, closes: () => {} };
  return new World([endpoint], new SimulationClock(), new Draws(1), listener);
}

describe('what a load brings', () => {
  it.each([0.05, 0.2, 0.5, 1, 2])(
    '%d queries a round trip on one session: as many wait as queueing theory says',
    (load) => {
      // An answer of its own, then rows of those that wait for the one before, each row as likely to be the last.
      const inRows = load * Math.exp(load);
      const { share, waits } = holdingAt(load, 1);
      expect(Math.abs(share - inRows / (1 + inRows))).toBeLessThan(0.02);
      // Any moment of the round trip is as likely as any other.
      const off = waits.map((wait, part) => Math.abs(wait - (part + 0.5) / 10));
      expect(off).toHaveLength(10);
      expect(Math.max(...off)).toBeLessThan(0.07);
    },
  );

  it('each session more leaves fewer that wait, and fewer that cross', () => {
    const found = [1, 2, 3, 4].map((sessions) => holdingAt(1, sessions));
    for (const [index, { share, crossing }] of found.slice(1).entries()) {
      expect(share).toBeLessThan(0.6 * (found[index]?.share ?? 0));
      expect(crossing).toBeLessThan(0.6 * (found[index]?.crossing ?? 0));
    }
  });

  it('nothing waits where queries are far apart', () => {
    expect(holdingAt(1e-7, 1)).toEqual({ crossing: 0, share: 0, waits: [] });
  });
});

describe('answers that wait', () => {
  it('of a server without Nagle’s algorithm none does, and no number is drawn', () => {
    const draws = new Draws(3);
    const held = new HeldAnswers(worldOf('good13', 500), draws, 4);
    expect([held.wait(0), held.waits(0, 1_000), held.counted]).toEqual([0, [], 0]);
    expect(draws.share()).toBe(new Draws(3).share());
  });

  it('one by one or many at once, as many wait, and as long', () => {
    const tries = 20_000;
    const single = new HeldAnswers(worldOf('nagle', 12), new Draws(1), 1);
    const waits = Array.from({ length: tries }, () => single.wait(0)).filter((ms) => ms > 0);
    const many = new HeldAnswers(worldOf('nagle', 12), new Draws(2), 1);
    const parts = many.waits(0, tries);
    expect(single.counted).toBe(waits.length);
    expect(many.counted).toBe(parts.reduce((sum, [count]) => sum + count, 0));
    expect(Math.abs(waits.length - many.counted) / tries).toBeLessThan(0.02);
    const mean = (sum: number, count: number) => sum / count / RTT_MS;
    expect(
      mean(
        waits.reduce((sum, ms) => sum + ms, 0),
        waits.length,
      ),
    ).toBeCloseTo(0.5, 1);
    expect(
      mean(
        parts.reduce((sum, [count, ms]) => sum + count * ms, 0),
        many.counted,
      ),
    ).toBeCloseTo(0.5, 1);
  });

  it('a server that is asked often has more sessions, one that is asked seldom has one', () => {
    const share = (perSecond: number, most: number) => {
      const held = new HeldAnswers(worldOf('nagle', perSecond), new Draws(1), most);
      held.waits(0, 100_000);
      return held.counted / 100_000;
    };
    expect(share(0.5, 4)).toBe(share(0.5, 1));
    expect(share(20, 1)).toBeGreaterThan(0.5);
    expect(share(20, 4)).toBeLessThan(0.05);
  });
});

it('Q22 in a simulated life, sessions beside the first leave a tenth of the answers that waited', async () => {
  const fleet: FleetPlan = { name: 'x', mix: { nagle: 1 }, medianRttMs: 60, lossShare: 0 };
  const setting = { fleet, servers: 10, queriesPerSecond: 100, hours: 0.5 };
  const several = await simulate(setting);
  const one = await simulate({ ...setting, sessions: 1 });
  expect(one.heldAnswers / one.total.encrypted).toBeGreaterThan(0.2);
  expect(several.heldAnswers / one.heldAnswers).toBeLessThan(0.1);
  expect(several.total.failedQueries + one.total.failedQueries).toBe(0);
  await expect(simulate({ ...setting, sessions: 5 })).rejects.toThrow('sessions');
});
