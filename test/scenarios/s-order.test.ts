import { expect, it } from 'vitest';
import type { DroppedInfo } from '../../src/observe/events.js';
import { DAY, HOUR, MINUTE, SECOND, type World, type WorldOptions, world } from '../support/world.js';

const A = '192.0.2.1';
const B = '192.0.2.2';
const REFUSED = { phase: 'connect', kind: 'refused' } as const;

/** A world in which a probe of A is in flight for a second, begun at 0. */
async function inFlight(options: WorldOptions = {}, outcome: 'good' | 'refused' = 'good'): Promise<World> {
  const w = world({
    policy: { onlyAfterAnswer: false },
    ...options,
    probes: { otherwise: outcome, latencyMs: SECOND },
  });
  await w.contact(A);
  await w.contact(A);
  expect(w.status(A)).toBe('Busy');
  return w;
}

function succeed(w: World, at?: number): void {
  w.selector.report(w.selector.peek(A), { transport: 'dot', ok: true, rcode: 0, at });
}

it('S19 a live success while a probe is in flight: Good at once, the probe goes on and is no second one', async () => {
  const w = await inFlight();
  await w.clock.advance(500);
  succeed(w);
  expect([w.status(A), w.selector.metrics().inFlight]).toEqual(['Good', 1]);
  await w.contactFor(A, 10 * SECOND, 100);
  expect([w.status(A), w.begun().length, w.selector.metrics().inFlight]).toEqual(['Good', 1, 0]);
  expect(w.transitions.map(({ why }) => why)).toEqual(['report-success']);
});

it('S19 a failure that began before the latest success ended is ignored', async () => {
  const w = world();
  w.makeGood(A);
  const old = [w.selector.decide(A), w.selector.decide(A), w.selector.decide(A)];
  await w.clock.advance(100);
  succeed(w);
  for (const decision of old) w.selector.report(decision, { transport: 'dot', ok: false, ...REFUSED });
  await w.clock.advance(10 * SECOND);
  expect([w.status(A), w.begun().length]).toEqual(['Good', 0]);
  // Begun after it, the same demotes.
  const fresh = [w.selector.decide(A), w.selector.decide(A)];
  for (const decision of fresh) w.selector.report(decision, { transport: 'dot', ok: false, ...REFUSED });
  expect(w.status(A)).toBe('Bad');
});

it('S19 a probe’s failure after a live success is ignored', async () => {
  const w = await inFlight({}, 'refused');
  await w.clock.advance(500);
  succeed(w);
  await w.clock.advance(500);
  expect(w.selector.metrics()).toMatchObject({ inFlight: 0, probes: { 'failure-refused': 1 } });
  await w.clock.advance(MINUTE);
  expect([w.status(A), w.begun().length]).toEqual(['Good', 1]);
  expect(w.selector.explain(A).probe.phase).toBe('idle');
});

it('S19 expiry while in flight: Good to the probe’s end, and Good again', async () => {
  const w = world({ policy: { onlyAfterAnswer: false, goodMs: HOUR, refreshSpread: 0, refreshShare: 1 } });
  w.makeGood(A);
  await w.clock.advance(HOUR - 500);
  w.prober.set(A, (_, { timeoutMs }) => {
    expect(timeoutMs).toBe(4 * SECOND);
    return new Promise((resolve) => {
      w.clock.after(SECOND, () => resolve({ evidence: { result: 'success' }, times: { total: SECOND } }));
    });
  });
  const probed = w.selector.probe(A);
  await w.clock.advance(999);
  expect([w.status(A), w.selector.decide(A).action]).toEqual(['Good', 'encrypt']);
  await w.clock.advance(1);
  expect(await probed).toMatchObject({ evidence: { result: 'success' } });
  await w.clock.advance(HOUR - 1);
  expect(w.status(A)).toBe('Good');
  expect(w.transitions).toHaveLength(1);
});

it('S19 expiry while in flight, and the prober never settles: expired at the state’s own deadline, then tried again', async () => {
  const w = world({ policy: { onlyAfterAnswer: false, goodMs: HOUR, refreshSpread: 0, refreshShare: 1 } });
  w.makeGood(A);
  await w.clock.advance(HOUR - 500);
  w.prober.set(A, ['never', 'good']);
  const probed = w.selector.probe(A);
  await w.clock.advance(7 * SECOND - 1);
  expect([w.status(A), w.selector.metrics().inFlight]).toEqual(['Good', 1]);
  await w.clock.advance(1);
  expect(await probed).toMatchObject({ evidence: { result: 'inconclusive' } });
  expect([w.status(A), w.selector.metrics().inFlight]).toEqual(['Unknown', 0]);
  await w.clock.advance(SECOND);
  expect([w.status(A), w.begun().length]).toEqual(['Good', 2]);
});

it('S19 a candidate dropped while wanted: idle, and its next contact wants it again', async () => {
  const w = world({ policy: { onlyAfterAnswer: false, threshold: 1, candidates: 1 } });
  const dropped: DroppedInfo[] = [];
  w.selector.on('dropped', (info) => dropped.push(info));
  w.selector.pause();
  await w.contact(B);
  await w.clock.advance(MINUTE);
  w.selector.decide(B);
  await w.contact(A);
  expect(dropped).toMatchObject([{ endpoint: { address: A }, what: 'candidate' }]);
  expect(w.selector.explain(A).probe.phase).toBe('idle');
  expect(w.selector.explain(B).probe.phase).toBe('wanted');
  w.selector.resume();
  await w.clock.advance(SECOND);
  expect(w.begun().map(({ address }) => address)).toEqual([B]);
  await w.contact(A);
  expect([w.status(A), w.begun(A).length]).toEqual(['Good', 1]);
});

it('S19 a candidate that a more popular one displaces is wanted again at its next contact', async () => {
  const w = world({ policy: { onlyAfterAnswer: false, threshold: 1, candidates: 1 } });
  w.selector.pause();
  await w.contact(A);
  // In another network, so that it is the list that is full and not the share of a group.
  const other = '10.0.0.53';
  w.selector.setPolicy({ onlyAfterAnswer: false, threshold: 9, candidates: 1 });
  for (let minute = 0; minute < 5; minute++) {
    await w.clock.advance(MINUTE);
    await w.contact(other);
  }
  w.selector.setPolicy({ onlyAfterAnswer: false, threshold: 1, candidates: 1 });
  await w.contact(other);
  expect([w.selector.explain(A).probe.phase, w.selector.explain(other).probe.phase]).toEqual(['idle', 'wanted']);
  w.selector.resume();
  await w.clock.advance(SECOND);
  await w.contact(A);
  expect([w.status(A), w.status(other)]).toEqual(['Good', 'Good']);
});

it('S19 a contact while in flight joins it, and so does whoever asks for a probe', async () => {
  const w = await inFlight();
  const joined = [w.selector.probe(A), w.selector.probe(A)];
  await w.contactFor(A, 900, 100);
  await w.clock.advance(SECOND);
  for (const result of await Promise.all(joined)) expect(result.evidence).toEqual({ result: 'success' });
  expect([w.status(A), w.begun().length]).toEqual(['Good', 1]);
});

it('S19 a second report of one decision and transport is counted and ignored', async () => {
  const w = world();
  w.makeGood(A);
  const decision = w.selector.decide(A);
  for (let i = 0; i < 5; i++) w.selector.report(decision, { transport: 'dot', ok: false, ...REFUSED });
  expect([w.status(A), w.selector.metrics().ignored]).toEqual(['Good', { repeated: 4 }]);
  w.selector.report(w.selector.decide(A), { transport: 'dot', ok: false, ...REFUSED });
  expect(w.status(A)).toBe('Bad');
});

it('S19 a report of an old epoch is counted and ignored', async () => {
  const w = world();
  w.makeGood(A);
  const decision = w.selector.decide(A);
  w.selector.networkChanged();
  w.selector.report(decision, { transport: 'dot', ok: true, rcode: 0 });
  expect([w.status(A), w.selector.metrics().ignored]).toEqual(['Unknown', { epoch: 1 }]);
});

it('S19 a new epoch while in flight: aborted, and what it brings later is dropped', async () => {
  const w = await inFlight();
  await w.clock.advance(500);
  w.selector.networkChanged();
  expect(w.selector.metrics()).toMatchObject({ inFlight: 0, endpoints: { unknown: 1, busy: 0 } });
  await w.clock.advance(10 * SECOND);
  expect([w.status(A), w.begun().length]).toEqual(['Unknown', 1]);
});

it('S19 forgotten while in flight and met again: one new probe, and the old one’s end is not taken for it', async () => {
  const w = await inFlight({}, 'refused');
  expect(w.selector.forget(A)).toBe(1);
  w.prober.set(A, 'good');
  await w.contact(A);
  await w.contact(A);
  await w.clock.advance(20);
  expect(w.begun()).toHaveLength(2);
  await w.clock.advance(SECOND);
  expect([w.status(A), w.selector.metrics().inFlight]).toEqual(['Good', 0]);
});

it('S19 no state waits for nobody: whatever was begun, a month later nothing is held or waits', async () => {
  const w = world({
    policy: { onlyAfterAnswer: false, threshold: 1 },
    probes: { script: { '10.0.0.1': 'never', '10.0.1.1': 'late', '10.0.2.1': 'throw', '10.0.3.1': 'local' } },
  });
  const all = ['10.0.0.1', '10.0.1.1', '10.0.2.1', '10.0.3.1', '10.0.4.1'];
  for (const address of all) await w.contact(address);
  await w.clock.advance(30 * DAY);
  expect(w.entries()).toEqual([]);
  expect(w.selector.metrics()).toMatchObject({ candidates: 0, inFlight: 0 });
});
