import { describe, expect, it } from 'vitest';
import { DAY, HOUR, MINUTE, SECOND, servers, type World, world } from '../support/world.js';

const PLACES = 16;

/** A network that refuses 853 everywhere and answers Do53: all have been asked for, each once more than the one before. */
async function portal(count: number): Promise<{ w: World; all: string[] }> {
  const w = world({ probes: { otherwise: 'refused' } });
  const all = servers(count);
  for (let round = 0; round < count + 2; round++) {
    for (const address of all.slice(Math.max(0, round - 2))) await w.ask(address);
  }
  // 50 probes a second.
  await w.clock.advance((1 + count / 50) * SECOND);
  for (const address of all) expect(w.status(address)).toBe('Bad');
  return { w, all };
}

/** How much longer servers are left alone, in milliseconds. */
function leftAlone(w: World, addresses: readonly string[]): number[] {
  return addresses.map((address) => Number(w.selector.explain(address).until) - w.clock.wall());
}

describe('S20', () => {
  it('S20 a captive portal: the few servers that are asked are tried again after 60 s, doubling, until somebody logs in', async () => {
    const { w, all } = await portal(14);
    expect(w.begun()).toHaveLength(14);
    expect(Math.max(...leftAlone(w, all))).toBeLessThanOrEqual(MINUTE);
    for (const minutes of [1, 2, 4]) {
      const before = w.begun().length;
      await w.clock.advance(minutes * MINUTE);
      for (const address of all) await w.ask(address);
      await w.clock.advance(SECOND);
      expect(w.begun()).toHaveLength(before + 14);
    }
    for (const address of all) w.prober.set(address, 'good');
    await w.clock.advance(8 * MINUTE);
    for (const address of all) await w.ask(address);
    await w.clock.advance(SECOND);
    for (const address of all) expect(w.status(address)).toBe('Good');
  });

  it('S20 of many servers the 16 most asked are, in a minute; the others wait for their day', async () => {
    const { w, all } = await portal(40);
    // The sweep has looked at all.
    await w.clock.advance(MINUTE);
    const before = w.begun().length;
    for (let hour = 0; hour < 12; hour++) {
      await w.clock.advance(HOUR);
      for (const address of all) await w.ask(address);
    }
    await w.clock.advance(SECOND);
    const retried = new Set(
      w
        .begun()
        .slice(before)
        .map(({ address }) => address),
    );
    // Some that had a place at first have lost it to those that are asked for more.
    for (const address of all.slice(-PLACES)) expect(retried).toContain(address);
    const perServer = w.begun().length - before;
    expect(perServer).toBeLessThanOrEqual(PLACES * 11 + all.length);
  });

  it('S20 the first success anywhere: all that was condemned before it is tried again within 10 min, spread', async () => {
    const { w, all } = await portal(100);
    for (const address of all) w.prober.set(address, 'good');
    w.makeGood('192.0.2.1');
    await w.clock.advance(SECOND);
    expect(Math.max(...leftAlone(w, all))).toBeLessThanOrEqual(10 * MINUTE);
    const before = w.begun().length;
    const perMinute: number[] = [];
    for (let minute = 0; minute < 11; minute++) {
      const begun = w.begun().length;
      for (let second = 0; second < 60; second += 10) {
        for (const address of all) await w.contact(address);
        await w.clock.advance(10 * SECOND);
      }
      perMinute.push(w.begun().length - begun);
    }
    for (const address of all) expect(w.status(address)).toBe('Good');
    expect(w.begun()).toHaveLength(before + all.length);
    expect(Math.max(...perMinute)).toBeLessThanOrEqual(3 * (all.length / 10));
  });

  it('S20 once DoT has worked, a refusal is the server’s own; on another network nothing is known again', async () => {
    const w = world({ probes: { otherwise: 'refused' } });
    w.proveNetwork();
    for (let contact = 0; contact < 2; contact++) await w.ask('10.0.0.1');
    await w.clock.advance(SECOND);
    expect(leftAlone(w, ['10.0.0.1'])[0]).toBeGreaterThan(DAY - MINUTE);
    w.selector.networkChanged('cafe');
    for (let contact = 0; contact < 2; contact++) await w.ask('10.0.0.1');
    await w.clock.advance(SECOND);
    expect(leftAlone(w, ['10.0.0.1'])[0]).toBeLessThanOrEqual(MINUTE);
  });
});
