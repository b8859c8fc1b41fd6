import { describe, expect, it } from 'vitest';
import { createGuard } from '../../../src/contact/guard.js';
import { prefixKey } from '../../../src/state/address/address.js';
import { parseAddress } from '../../../src/state/index.js';
import { Draws } from '../../../src/testing/simulation/draws.js';
import { type FleetPlan, fleetPlans } from '../../../src/testing/simulation/fleet-plans.js';
import { attackersEndpoint, drawEndpoints } from '../../../src/testing/simulation/fleet-servers.js';
import { KINDS, speaksDot } from '../../../src/testing/simulation/kinds.js';
import { parseFleetPlan } from '../../../src/testing/simulation/parse-fleet-plan.js';

const SIZE = 10_000;
const PLANS = Object.values(fleetPlans);

describe('drawEndpoints', () => {
  it.each(PLANS.map((plan) => [plan.name, plan] as const))('%s: as many of each kind as the mix says', (_, plan) => {
    const servers = drawEndpoints(plan, SIZE, 1_000, new Draws(1)).filter((_unused, index) => index % 2 === 0);
    const sum = Object.values(plan.mix).reduce((all, weight) => all + weight, 0);
    expect(servers).toHaveLength(SIZE);
    for (const [kind, weight] of Object.entries(plan.mix)) {
      const found = servers.filter((server) => server.kind === kind).length;
      expect(Math.abs(found - (SIZE * weight) / sum)).toBeLessThan(1);
    }
  });

  it.each(PLANS.map((plan) => [plan.name, plan] as const))('%s: queries add up, and fall by rank', (_, plan) => {
    const endpoints = drawEndpoints(plan, SIZE, 1_000, new Draws(2));
    expect(endpoints.reduce((sum, { rate }) => sum + rate, 0)).toBeCloseTo(1, 9);
    expect(endpoints.every(({ rate }, index) => rate <= (endpoints[index - 1]?.rate ?? 1))).toBe(true);
  });

  it('2026: servers that speak DoT stand where 6 % of the queries go', () => {
    for (const seed of [1, 2, 3]) {
      const servers = drawEndpoints(fleetPlans[2026], SIZE, 1_000, new Draws(seed)).filter(
        (_, index) => index % 2 === 0,
      );
      const share = servers.filter(({ kind }) => speaksDot(kind)).reduce((sum, { rate }) => sum + 2 * rate, 0);
      expect(Math.abs(share - 0.06)).toBeLessThan(0.002);
    }
  });

  it('one in five of those that speak DoT has another address drawn for itself', () => {
    const endpoints = drawEndpoints({ name: 'x', mix: { good13: 50, drop: 50 } }, SIZE, 1_000, new Draws(1));
    const pairs = endpoints.flatMap((one, index) => (index % 2 === 0 ? [[one, endpoints[index + 1]] as const] : []));
    const good = pairs.filter(([one]) => one.kind === 'good13');
    // Half of those drawn are the same again.
    const differ = good.filter(([one, other]) => other?.kind !== one.kind).length;
    expect(Math.abs(differ / good.length - 0.1)).toBeLessThan(0.02);
    expect(pairs.filter(([one]) => one.kind === 'drop').every(([, other]) => other?.kind === 'drop')).toBe(true);
  });

  it('every address is its own, canonical, and one where the guard lets us connect', () => {
    const guard = createGuard();
    const endpoints = drawEndpoints(fleetPlans[2030], 100_000, 1_000, new Draws(1));
    const attackers = Array.from({ length: 50_000 }, (_, index) => attackersEndpoint(index * 7).address);
    const all = [...endpoints.map(({ address }) => address), ...attackers];
    expect(new Set(all).size).toBe(all.length);
    expect(all.filter((address) => parseAddress(address).text !== address || !guard.admits(address))).toEqual([]);
  });

  it('crowded: a provider’s addresses fill eight /24 of one /16, and eight /48 of one /32', () => {
    const endpoints = drawEndpoints(fleetPlans.crowded, 4_096, 1_000, new Draws(1));
    const prefixes = (family: 4 | 6, bits: number) =>
      new Set(
        endpoints
          .map(({ address }) => parseAddress(address))
          .flatMap((address) => (address.family === family ? [prefixKey(address, bits)] : [])),
      ).size;
    expect([prefixes(4, 16), prefixes(4, 24), prefixes(6, 32), prefixes(6, 48)]).toEqual([2, 16, 2, 16]);
    expect(new Set(endpoints.map(({ address }) => address)).size).toBe(endpoints.length);
  });

  it('providers of the least size have addresses of their own too, as many as there may be', () => {
    const guard = createGuard();
    const plan: FleetPlan = { ...fleetPlans.crowded, providerSize: 16 };
    const addresses = drawEndpoints(plan, 200_000, 1_000, new Draws(1)).map(({ address }) => address);
    expect(new Set(addresses).size).toBe(addresses.length);
    expect(addresses.filter((address) => parseAddress(address).text !== address || !guard.admits(address))).toEqual([]);
  });

  it('round trips: half below the median, none out of range', () => {
    const servers = drawEndpoints(fleetPlans[2030], SIZE, 1_000, new Draws(1));
    const below = servers.filter(({ rttMs }) => rttMs < 30).length / servers.length;
    expect(Math.abs(below - 0.5)).toBeLessThan(0.02);
    expect(servers.every(({ rttMs }) => rttMs >= 2 && rttMs <= 400)).toBe(true);
  });
});

describe('parseFleetPlan', () => {
  it.each(PLANS.map((plan) => [plan.name, plan] as const))(
    '%s is a plan, and so is what JSON makes of it',
    (_, plan) => {
      expect(parseFleetPlan(JSON.parse(JSON.stringify(plan)))).toEqual(plan);
    },
  );

  it('every kind there is may stand in a mix', () => {
    const plan: FleetPlan = {
      name: 'all of them, 2030 (Zürich)',
      mix: Object.fromEntries(Object.keys(KINDS).map((kind) => [kind, 1])),
    };
    expect(parseFleetPlan(plan)).toEqual(plan);
  });

  const good = { name: 'x', mix: { drop: 1 } };
  it.each([
    [undefined, 'an object'],
    [null, 'an object'],
    ['2030', 'an object'],
    [{}, 'a name and a mix'],
    [{ name: 'x' }, 'a name and a mix'],
    [{ ...good, name: '' }, 'fleet.name'],
    [{ ...good, name: 'x'.repeat(65) }, 'fleet.name'],
    [{ ...good, name: 'red\u001b[31m' }, 'fleet.name'],
    [{ ...good, name: 'two\nlines' }, 'fleet.name'],
    [{ ...good, name: 'back\u202ewards' }, 'fleet.name'],
    [{ ...good, name: '=1+1' }, 'fleet.name'],
    [{ ...good, mix: {} }, 'fleet.mix'],
    [{ ...good, mix: { drop: 0 } }, 'fleet.mix'],
    [{ ...good, mix: { drop: -1 } }, 'fleet.mix'],
    [{ ...good, mix: { dropped: 1 } }, 'fleet.mix'],
    [{ ...good, mix: null }, 'fleet.mix'],
    [{ ...good, servers: 5 }, 'one of name'],
    [{ ...good, toString: 5 }, 'one of name'],
    [{ ...good, capableTraffic: 1.1 }, 'fleet.capableTraffic'],
    [{ ...good, splitAddresses: Number.NaN }, 'fleet.splitAddresses'],
    [{ ...good, providerSize: 15 }, 'fleet.providerSize'],
    [{ ...good, providerSize: 100.5 }, 'fleet.providerSize'],
    [{ ...good, providerSize: 2_049 }, 'fleet.providerSize'],
    [{ ...good, zipf: 4 }, 'fleet.zipf'],
    [{ ...good, medianRttMs: 0 }, 'fleet.medianRttMs'],
    [{ ...good, lossShare: 0.5 }, 'fleet.lossShare'],
    [{ ...good, outages: { perDay: 1 } }, 'fleet.outages'],
    [{ ...good, outages: { perDay: 1, minutes: 1, hours: 1 } }, 'fleet.outages'],
    [{ ...good, breakdowns: 5 }, 'fleet.breakdowns'],
    [{ ...good, uplinkOutages: [{ atHour: 1 }] }, 'fleet.uplinkOutages'],
    [{ ...good, uplinkOutages: {} }, 'fleet.uplinkOutages'],
    [{ ...good, changes: [{ atHour: 1, kind: 'broken' }] }, 'fleet.changes'],
    [{ ...good, restarts: [-1] }, 'fleet.restarts'],
    [{ ...good, networkChanges: ['1'] }, 'fleet.networkChanges'],
    [{ ...good, attackShare: 1 }, 'fleet.attackShare'],
  ])('%j is refused: %s', (plan, expected) => {
    expect(() => parseFleetPlan(plan)).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }));
    expect(() => parseFleetPlan(plan)).toThrow(expected);
  });
});
