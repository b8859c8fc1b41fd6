import { describe, expect, it } from 'vitest';
import type { ProbeRequest } from '../../src/index.js';
import { codeOf } from '../support/lab.js';
import { MINUTE, SECOND, servers, world } from '../support/world.js';

const A = '192.0.2.1';

describe('probe', () => {
  it('probes at once, whatever threshold, damping and dry run say, and its result is evidence', async () => {
    const w = world({ dryRun: true, policy: { threshold: 1_000 }, probes: { script: { [A]: ['refused', 'good'] } } });
    for (const [result, status] of [
      ['failure', 'Bad'],
      ['success', 'Good'],
    ]) {
      const probed = w.selector.probe(A);
      await w.clock.advance(100);
      expect([(await probed).evidence.result, w.status(A)]).toEqual([result, status]);
    }
  });

  it('tells rcode and times, and never hands out the session', async () => {
    let closed = 0;
    const session = { close: () => void closed++ };
    const found = { evidence: { result: 'success' }, rcode: 3, times: { total: 7 }, session } as const;
    const w = world({ probes: { otherwise: found } });
    const probed = w.selector.probe(A);
    await w.clock.advance(100);
    expect(await probed).toEqual({ evidence: { result: 'success' }, rcode: 3, times: { total: 7 } });
    // No exchange here takes sessions over.
    expect(closed).toBe(1);
  });

  it('asks for the zone that contacts were about, and its Do53 for comparison', async () => {
    const w = world();
    w.selector.decide({ address: A, zone: 'example.org' });
    const probed = w.selector.probe(A);
    await w.clock.advance(100);
    await probed;
    expect(w.prober.calls[0]?.asked).toMatchObject({ zone: 'example.org.', clear: { address: A, port: 53 } });
  });

  it('asks for the zone that its own reference names', async () => {
    const w = world();
    const probed = w.selector.probe({ address: A, zone: 'Example.net' });
    await w.clock.advance(100);
    await probed;
    expect(w.prober.calls[0]?.asked.zone).toBe('example.net.');
  });

  it('joins the one in flight', async () => {
    const w = world({ probes: { latencyMs: SECOND } });
    for (let i = 0; i < 2; i++) await w.ask(A);
    const probed = [w.selector.probe(A), w.selector.probe(A, { force: true })];
    await w.clock.advance(SECOND);
    for (const { evidence } of await Promise.all(probed)) expect(evidence.result).toBe('success');
    expect(w.begun()).toHaveLength(1);
  });

  it('record false: told, and no evidence', async () => {
    const w = world({ probes: { script: { [A]: ['good', 'refused', 'good'] } } });
    for (const result of ['success', 'failure']) {
      const probed = w.selector.probe(A, { record: false });
      await w.clock.advance(100);
      expect((await probed).evidence.result).toBe(result);
      expect(w.selector.explain(A)).toMatchObject({ status: 'Unknown', probe: { phase: 'idle' }, history: [] });
    }
    const probed = w.selector.probe(A);
    await w.clock.advance(100);
    await probed;
    expect(w.status(A)).toBe('Good');
  });

  it('waits for its budget; force does not', async () => {
    const w = world({ policy: { probesPerSecond: 1 } });
    const all = servers(5);
    const slow = all.map((server) => w.selector.probe(server));
    const forced = w.selector.probe(A, { force: true });
    await w.clock.advance(0);
    await forced;
    expect(w.begun().map(({ address }) => address)).toEqual([all[0], A]);
    await w.clock.advance(4 * SECOND);
    await Promise.all(slow);
    expect(w.begun().map(({ at }) => at)).toEqual([0, 0, 1_000, 2_000, 3_000, 4_000]);
  });

  it('the caller may leave; the probe goes on', async () => {
    const w = world({ probes: { latencyMs: SECOND } });
    const caller = new AbortController();
    const left = codeOf(w.selector.probe(A, { signal: caller.signal }));
    const stays = w.selector.probe(A, { signal: new AbortController().signal });
    await w.clock.advance(100);
    caller.abort('gone');
    expect(await left).toBe('gone');
    await w.clock.advance(SECOND);
    expect([(await stays).evidence.result, w.status(A)]).toEqual(['success', 'Good']);
    expect(await codeOf(w.selector.probe(A, { signal: AbortSignal.abort('before') }))).toBe('before');
    expect(w.begun()).toHaveLength(1);
  });

  it('the guard forbids, forced or not', async () => {
    const w = world();
    for (const force of [false, true]) {
      expect(await codeOf(w.selector.probe('127.0.0.1', { force }))).toBe('REFUSED_BY_GUARD');
    }
    expect(w.begun()).toEqual([]);
  });

  it('no more than may wait: BUDGET, and whoever awaits one keeps its place', async () => {
    const w = world({ policy: { candidates: 2 } });
    w.selector.pause();
    const probed = ['192.0.2.1', '198.51.100.1'].map((address) => w.selector.probe(address, { force: true }));
    expect(await codeOf(w.selector.probe('203.0.113.1'))).toBe('BUDGET');
    // What strangers bring about has places of its own.
    for (let hits = 0; hits < 2; hits++) await w.ask('203.0.113.2');
    expect(w.selector.metrics().candidates).toBe(3);
    w.selector.resume();
    await w.clock.advance(MINUTE);
    for (const { evidence } of await Promise.all(probed)) expect(evidence.result).toBe('success');
    expect(w.status('203.0.113.2')).toBe('Good');
  });

  it('no room in the table: BUDGET', async () => {
    const w = world({ policy: { capacity: 16, unknownShare: 0.01 }, probes: { otherwise: 'never' } });
    const first = w.selector.probe(A);
    await w.clock.advance(100);
    expect(await codeOf(w.selector.probe('198.51.100.1'))).toBe('BUDGET');
    await w.clock.advance(7 * SECOND);
    expect((await first).evidence).toEqual({ result: 'inconclusive', why: 'aborted' });
  });

  it('forgotten, or the network changed, meanwhile: told that it was aborted', async () => {
    for (const what of ['forget', 'networkChanged'] as const) {
      const w = world({ probes: { otherwise: 'never' } });
      const probed = w.selector.probe(A);
      await w.clock.advance(100);
      w.selector[what](A);
      expect((await probed).evidence).toEqual({ result: 'inconclusive', why: 'aborted' });
      expect(w.selector.metrics().inFlight).toBe(0);
    }
  });

  it('closed meanwhile, or before: CLOSED', async () => {
    const w = world({ probes: { otherwise: 'never' } });
    const waiting = [codeOf(w.selector.probe(A)), codeOf(w.selector.probe('192.0.2.2'))];
    await w.clock.advance(100);
    await w.end();
    expect(await Promise.all(waiting)).toEqual(['CLOSED', 'CLOSED']);
    expect(await codeOf(w.selector.probe(A))).toBe('CLOSED');
  });

  it.each([null, 'now', { signal: 'soon' }, { force: 1 }, { record: 'no' }])('%j is no request', async (request) => {
    const w = world();
    expect(await codeOf(w.selector.probe(A, request as ProbeRequest))).toBe('INVALID_OPTION');
    expect(w.entries()).toEqual([]);
  });

  it('who is refused for want of room asks again after a second, not at every contact', async () => {
    const w = world({ policy: { candidates: 1, onlyAfterAnswer: false, threshold: 1 } });
    w.selector.pause();
    const [first = A, second = A] = servers(2);
    await w.contact(first);
    for (let i = 0; i < 50; i++) await w.contact(second);
    expect(w.selector.metrics().dropped).toEqual({ candidates: 1 });
    await w.clock.advance(1_100);
    await w.contact(second);
    expect([w.selector.metrics().dropped, w.selector.explain(second).contacts]).toEqual([{ candidates: 2 }, 51]);
  });

  it('nobody hears of a refused probe as an unhandled rejection', async () => {
    const w = world({ policy: { candidates: 1, onlyAfterAnswer: false, threshold: 1 } });
    w.selector.pause();
    for (const server of servers(4)) await w.contact(server);
    expect(w.selector.metrics()).toMatchObject({ candidates: 1, dropped: { candidates: 3 } });
    w.selector.resume();
    await w.clock.advance(MINUTE);
    await w.ask(A);
    await w.clock.advance(SECOND);
    expect(w.status(A)).toBe('Good');
  });
});
