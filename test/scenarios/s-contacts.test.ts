import { expect, it } from 'vitest';
import { DAY, HOUR, message, SECOND, world } from '../support/world.js';

const A = '192.0.2.1';

it('S1 first contact unknown and clear, second clear and one probe, after its answer DoT', async () => {
  const w = world({ probes: { latencyMs: 30 } });
  expect((await w.ask(A)).transport).toBe('do53');
  expect(w.selector.explain(A)).toMatchObject({ status: 'Unknown', contacts: 1, probe: { phase: 'idle' } });
  expect(w.begun()).toEqual([]);
  expect((await w.ask(A)).transport).toBe('do53');
  expect([w.status(A), w.begun().length]).toEqual(['Busy', 1]);
  await w.clock.advance(30);
  expect(w.status(A)).toBe('Good');
  const third = await w.ask(A);
  expect(third).toMatchObject({ transport: 'dot', encrypted: true, fellBack: false });
  expect([w.begun().length, w.dot.calls.length, w.do53.calls.length]).toEqual([1, 1, 2]);
});

it('S1 what is asked while the probe is in flight goes in clear text', async () => {
  const w = world({ probes: { latencyMs: 30 } });
  await w.ask(A);
  await w.ask(A);
  expect(await w.ask(A)).toMatchObject({ transport: 'do53', decision: { reason: 'busy' } });
  expect(w.begun()).toHaveLength(1);
});

it('S2 eight queries at once to an unknown server make exactly one probe', async () => {
  const w = world({ probes: { latencyMs: SECOND } });
  const asked = Array.from({ length: 8 }, () => w.selector.query(A, message('example.org')));
  await w.clock.advance(10 * SECOND);
  for (const { transport } of await Promise.all(asked)) expect(transport).toBe('do53');
  expect(w.begun()).toHaveLength(1);
  expect(w.status(A)).toBe('Good');
});

it('S2 eight contacts in one turn, of a host that only decides, make exactly one probe', async () => {
  const w = world({ policy: { onlyAfterAnswer: false }, probes: { otherwise: 'never' } });
  for (let i = 0; i < 8; i++) w.selector.decide(A);
  await w.clock.advance(0);
  expect(w.begun()).toHaveLength(1);
  expect(w.selector.metrics()).toMatchObject({ inFlight: 1, candidates: 0 });
});

it('S3 contacts 25 h apart with two in 24 h make no probe', async () => {
  const w = world();
  for (let i = 0; i < 10; i++) {
    expect((await w.ask(A)).transport).toBe('do53');
    await w.clock.advance(25 * HOUR);
  }
  expect(w.begun()).toEqual([]);
});

it.each([
  ['S4 threshold 1: the first contact probes', 1],
  ['S4 threshold 5: the fifth contact probes and none before', 5],
])('%s', async (_, threshold) => {
  const w = world({ policy: { threshold } });
  const probes: number[] = [];
  for (let i = 0; i < threshold; i++) {
    await w.ask(A);
    probes.push(w.begun().length);
  }
  expect(probes).toEqual([...new Array<number>(threshold - 1).fill(0), 1]);
});

it('S5 Good and asked every day for 30 days: never Do53, never a needless probe', async () => {
  const w = world();
  w.makeGood(A);
  for (let day = 0; day < 30; day++) {
    await w.clock.advance(DAY);
    expect(await w.ask(A)).toMatchObject({ transport: 'dot', encrypted: true });
  }
  expect([w.begun().length, w.do53.calls.length, w.dot.calls.length]).toEqual([0, 0, 30]);
  expect(w.transitions).toHaveLength(1);
});

it('S5 the same with a host that only decides: refreshed as often as the policy says, never clear', async () => {
  const w = world({ policy: { onlyAfterAnswer: false } });
  w.makeGood(A);
  for (let day = 0; day < 30; day++) {
    await w.clock.advance(DAY);
    expect(w.selector.decide(A).action).toBe('encrypt');
  }
  const probes = w.begun().length;
  expect(probes).toBeGreaterThanOrEqual(Math.floor(30 / 2.7));
  expect(probes).toBeLessThanOrEqual(Math.ceil(30 / 2.1));
});
