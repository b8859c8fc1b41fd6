import { describe, expect, it } from 'vitest';
import {
  type FleetPlan,
  fleetPlans,
  type LogLine,
  type SimulationOptions,
  type SimulationResult,
  simulate,
} from '../../../src/testing/index.js';
import { count, figure } from '../../support/figures.js';

const SMALL: SimulationOptions = { servers: 60, queriesPerSecond: 5, hours: 3 };
/** Without pools: one of them among the popular, on which chance weighs heavily, would hide all else. */
const { 'half-pool': _, ...HOSTILE_MIX } = fleetPlans.hostile.mix;
const CALM: FleetPlan = { name: 'calm', mix: { good13: 30, drop: 30, refuse: 10 }, lossShare: 0 };
const clearOf = ({ total }: SimulationResult): number =>
  Object.values(total.clearToGood).reduce<number>((sum, value = 0) => sum + value, 0);

describe('simulate', () => {
  it('the same seed brings the same life to the last digit, another another', async () => {
    const options = { ...SMALL, fleet: fleetPlans.hostile, hours: 1 };
    const [one, same, other] = [
      await simulate(options),
      await simulate(options),
      await simulate({ ...options, seed: 2 }),
    ];
    expect(same).toEqual(one);
    expect(other.total).not.toEqual(one.total);
  });

  it.each([
    ['2030', { ...fleetPlans[2030], outages: { perDay: 6, minutes: 10 } }],
    ['hostile', { ...fleetPlans.hostile, mix: HOSTILE_MIX, restarts: [2], networkChanges: [1], uplinkOutages: [] }],
  ] as const)('%s: counted in place comes to the same as asked one by one', async (name, fleet) => {
    const seeds = [1, 2, 3];
    const lives = async (everyQuery: boolean): Promise<SimulationResult[]> => {
      const all: SimulationResult[] = [];
      for (const seed of seeds) all.push(await simulate({ ...SMALL, fleet, seed, everyQuery }));
      return all;
    };
    const [inPlace, oneByOne] = [await lives(false), await lives(true)];
    const mean = (all: readonly SimulationResult[], of: (life: SimulationResult) => number): number =>
      all.reduce((sum, life) => sum + of(life), 0) / all.length;
    const near = (what: string, of: (life: SimulationResult) => number, bound: number, digits: number): void => {
      const [a, b] = [mean(inPlace, of), mean(oneByOne, of)];
      figure(`${name} ${what}`, `in place ${count(a, digits)}, one by one ${count(b, digits)}`);
      expect(Math.abs(a - b)).toBeLessThanOrEqual(bound);
    };
    near('queries', ({ total }) => total.queries, 600, 0);
    near('encrypted of capable', ({ total }) => total.encrypted / total.toCapable, 0.01, 4);
    near('oracle of capable', ({ total }) => total.oracle / total.toCapable, 0.01, 4);
    near('clear to Good, of all', (life) => clearOf(life) / life.total.queries, 0.0005, 5);
    near('probes, of endpoints', ({ total, endpoints }) => total.probes / endpoints, name === '2030' ? 0.15 : 0.8, 3);
    for (const { total } of [...inPlace, ...oneByOne]) expect(total.failedQueries).toBe(0);
    expect(mean(inPlace, ({ livedQueries }) => livedQueries)).toBeLessThan(
      mean(oneByOne, ({ total }) => total.queries),
    );
  });

  it('what the log says adds up to what was counted, and to the samples', async () => {
    const lines: LogLine[] = [];
    const life = await simulate({ ...SMALL, fleet: fleetPlans.hostile, log: (line) => lines.push(line) });
    const queries = lines.filter((line) => line.type === 'queries');
    expect(queries.reduce((sum, line) => sum + line.count, 0)).toBe(life.total.queries);
    expect(queries.filter(({ way }) => way === 'dot').reduce((sum, line) => sum + line.count, 0)).toBe(
      life.total.encrypted,
    );
    expect(lines.filter(({ type }) => type === 'probe')).toHaveLength(life.total.probes);
    const sampled = life.samples.reduce((sum, sample) => sum + sample.queries, 0);
    // A query that was under way at the end is counted after the last sample.
    expect(life.total.queries - sampled).toBeLessThan(20);
    for (const { good, bad, unknown } of life.samples) expect(good + bad + unknown).toBe(life.endpoints);
    expect(life.samples.map(({ hour }) => hour)).toContain(1);
  });

  it('a calm fleet is learned, and all that speak DoT are then asked over it alone', async () => {
    const shares: number[] = [];
    const life = await simulate({ ...SMALL, fleet: CALM, progress: (share) => shares.push(share) });
    expect(life.total.failedQueries + life.total.hopeless + clearOf(life)).toBe(0);
    expect(life.transitions).toMatchObject({ 'unknown-good': life.capableEndpoints });
    const { encrypted, oracle, toCapable } = life.afterFirstHour;
    expect([oracle, encrypted > 0.995 * oracle]).toEqual([toCapable, true]);
    expect(shares.at(-1)).toBe(1);
    expect(life.timeToGoodP90).toBeGreaterThanOrEqual(life.timeToGoodP50);
  });

  it('nobody speaks DoT: nobody is found Good, and there is no time to tell', async () => {
    const life = await simulate({ ...SMALL, fleet: { name: 'none', mix: { drop: 1 } }, hours: 1 });
    expect(life.total).toMatchObject({ encrypted: 0, toCapable: 0, oracle: 0, failedQueries: 0 });
    expect(life.timeToGoodP50).toBeNaN();
  });

  it('a restart forgets all, and learns it again; so does another network', async () => {
    for (const happening of [{ restarts: [1.5] }, { networkChanges: [1.5] }]) {
      const life = await simulate({ ...SMALL, fleet: { ...CALM, ...happening }, sampleHours: 0.01 });
      const at = (hour: number): number => life.samples.find((sample) => sample.hour >= hour)?.good ?? Number.NaN;
      expect(at(1.49)).toBe(life.capableEndpoints);
      expect(at(1.502)).toBeLessThan(0.8 * life.capableEndpoints);
      expect(at(2.9)).toBeGreaterThan(0.95 * life.capableEndpoints);
      expect(life.total.failedQueries).toBe(0);
    }
  });

  it('an outage of our own uplink demotes nobody', async () => {
    const life = await simulate({
      ...SMALL,
      queriesPerSecond: 20,
      fleet: { ...CALM, uplinkOutages: [{ atHour: 2, seconds: 60 }] },
    });
    expect(life.total.hopeless).toBeGreaterThan(100);
    expect(life.total.failedQueries).toBe(0);
    expect(life.transitions['good-bad'] ?? 0).toBe(0);
    expect(life.samples.at(-1)?.good).toBe(life.capableEndpoints);
  });

  it('five seconds without DoT cost the default a minute of encryption, and the preset powerdns a day', async () => {
    const seconds = (count: number): number => count / 3_600;
    const changes = [
      { atHour: seconds(600), kind: 'refuse' as const },
      { atHour: seconds(605), kind: 'good13' as const },
    ];
    const one = { fleet: { name: 'one', mix: { good13: 1 }, lossShare: 0, changes }, servers: 1, queriesPerSecond: 2 };
    const badFor = async (policy: 'default' | 'powerdns'): Promise<readonly number[]> => {
      const verdicts: { readonly at: number; readonly verdict: string }[] = [];
      const log = (line: LogLine): void => {
        if (line.type === 'verdict' && line.endpoint === 0) verdicts.push(line);
      };
      const { total } = await simulate({ ...one, hours: 25, policy, log });
      expect(total.failedQueries).toBe(0);
      const [bad, good] = verdicts.slice(1);
      expect([bad?.verdict, good?.verdict]).toEqual(['bad', 'good']);
      return [Math.round((bad?.at ?? 0) / 60_000), Math.round(((good?.at ?? 0) - (bad?.at ?? 0)) / 60_000)];
    };
    expect(await badFor('default')).toEqual([10, 1]);
    expect(await badFor('powerdns')).toEqual([10, 24 * 60]);
  });

  it('what becomes a black hole answers nothing on the sessions that stand, and what then refuses has none', async () => {
    const changes = [
      { atHour: 1, kind: 'drop' as const },
      { atHour: 1 + 2 / 3_600, kind: 'refuse' as const },
    ];
    const life = await simulate({ ...SMALL, fleet: { ...CALM, changes }, queriesPerSecond: 20, hours: 2 });
    const encrypted = life.samples.filter(({ hour }) => hour > 1.01).reduce((sum, sample) => sum + sample.encrypted, 0);
    expect([encrypted, life.total.failedQueries]).toEqual([0, 0]);
    expect(life.samples.at(-1)?.good).toBe(0);
  });

  it('an attacker’s queries cost what is Good nothing', async () => {
    // 40 of his a second: what an hour does not show three do not either.
    const life = await simulate({ ...SMALL, fleet: { ...CALM, attackShare: 0.8 }, queriesPerSecond: 50, hours: 1 });
    expect(life.transitions['good-bad'] ?? 0).toBe(0);
    expect(life.total.failedQueries + clearOf(life)).toBe(0);
    expect(life.samples.at(-1)?.good).toBe(life.capableEndpoints);
  });

  it.each([
    [{ servers: 0 }, 'servers'],
    [{ servers: Number.NaN }, 'servers'],
    [{ queriesPerSecond: 1e6 }, 'queriesPerSecond'],
    [{ hours: 0 }, 'hours'],
    [{ sampleHours: 0 }, 'sampleHours'],
    [{ seed: -1 }, 'seed'],
    [{ fleet: { name: 'x', mix: {} } }, 'fleet.mix'],
  ])('%j is refused with its name', async (wrong, name) => {
    const refused = simulate(wrong);
    await expect(refused).rejects.toMatchObject({ code: 'INVALID_OPTION' });
    await expect(refused).rejects.toThrow(name);
  });

  it('a policy that is none is refused', async () => {
    await expect(simulate({ policy: { threshold: 0 } })).rejects.toMatchObject({ code: 'INVALID_POLICY' });
  });
});
