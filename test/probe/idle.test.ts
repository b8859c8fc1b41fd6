import { describe, expect, test } from 'vitest';
import { SECOND, servers, type World, world } from '../support/world.js';

/** As many contacts as make a probe wanted, answered over Do53. */
function meet(w: World, address: string): void {
  for (let hits = 0; hits < 2; hits++) {
    const decision = w.selector.decide({ address, zone: 'example.org' });
    w.selector.report(decision, { transport: 'do53', ok: true, rcode: 0 });
  }
}

/** Awaits it, and notes when that is over. */
function awaited(w: World): { isOver: boolean } {
  const noted = { isOver: false };
  void w.selector.idle().then(() => {
    noted.isOver = true;
  });
  return noted;
}

describe('idle', () => {
  test('P2 nothing to probe: at once; one that is for later is not waited for', async () => {
    const w = world({ probes: { otherwise: 'refused' } });
    await w.selector.idle();
    meet(w, '192.0.2.53');
    await w.clock.advance(SECOND);
    expect(w.selector.explain('192.0.2.53').status).toBe('Bad');
    await w.selector.idle();
  });

  test('P2 probes run and wait for a slot: when the last has ended, its verdict known', async () => {
    const w = world({ probes: { latencyMs: SECOND }, policy: { probesAtOnce: 2 } });
    const met = servers(5);
    for (const address of met) meet(w, address);
    const first = awaited(w);
    await w.clock.advance(SECOND);
    const second = awaited(w);
    expect([first.isOver, second.isOver]).toEqual([false, false]);
    await w.clock.advance(20 * SECOND);
    expect([first.isOver, second.isOver]).toEqual([true, true]);
    expect(met.map((address) => w.selector.explain(address).status)).toEqual(met.map(() => 'Good'));
  });

  test.each(['pause', 'close'] as const)('P2 %s: what waits is not waited for, what runs is', async (what) => {
    const w = world({ probes: { latencyMs: SECOND }, policy: { probesAtOnce: 1 } });
    for (const address of servers(2)) meet(w, address);
    const noted = awaited(w);
    await w.clock.advance(1);
    void w.selector[what]();
    await w.clock.advance(1);
    expect(noted.isOver).toBe(what === 'close');
    await w.clock.advance(2 * SECOND);
    expect(noted.isOver).toBe(true);
  });
});
