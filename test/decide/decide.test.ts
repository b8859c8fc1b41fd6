import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { InvalidInputError } from '../../src/common/errors.js';
import { hedgeDelay } from '../../src/decide/hedge-delay.js';
import type { DecisionContext } from '../../src/index.js';
import { TransportSelector } from '../../src/selector.js';
import { resolvePolicy } from '../../src/state/policy.js';
import { VirtualClock } from '../../src/testing/index.js';
import { delayed } from '../support/answers.js';
import { codeOf } from '../support/lab.js';
import { message, SECOND, world } from '../support/world.js';
import { query } from '../transport/support.js';

const A = '192.0.2.1';
const B = '192.0.2.2';
const C = '198.51.100.3';

describe('decide', () => {
  it('what is unknown goes in clear text, what is Good encrypted, and says how', () => {
    const w = world();
    expect(w.selector.decide(A)).toMatchObject({
      ...{ action: 'clear', transport: 'do53', reason: 'unknown', fallback: false, ref: A, epoch: 0, at: 0 },
      ...{ hedgeAfterMs: Number.POSITIVE_INFINITY, timeoutMs: 5_000 },
      endpoints: [{ address: A, port: 53, transport: 'do53' }],
    });
    w.makeGood(A);
    expect(w.selector.decide(A)).toMatchObject({
      ...{ action: 'encrypt', transport: 'dot', reason: 'good', fallback: true, hedgeAfterMs: 500, timeoutMs: 4_000 },
      endpoints: [{ address: A, port: 853, transport: 'dot' }],
    });
  });

  it('gives back what the host gave', () => {
    const ref = { address: A, mine: 'kept' };
    expect(world().selector.decide(ref).ref).toBe(ref);
  });

  it('a Do53 port of its own and no DoT port: never probed, reason port', async () => {
    const w = world({ policy: { threshold: 1 } });
    const server = { address: A, port: 5353 };
    for (let i = 0; i < 3; i++) expect(await w.ask(server)).toMatchObject({ decision: { reason: 'port' } });
    expect([w.begun(), w.entries()]).toEqual([[], []]);
    expect(w.selector.explain(server)).toMatchObject({ endpoint: undefined, reason: 'port', next: 'nothing' });
    expect(await codeOf(w.selector.probe(server))).toBe('NO_ENDPOINT');
    expect(w.selector.forget(server)).toBe(0);
    w.selector.report(w.selector.decide(server), { transport: 'dot', ok: true, rcode: 0 });
    expect(w.selector.metrics().ignored).toEqual({ transport: 1 });
  });

  it('port 853: DoT and nothing else, no fallback, no hedge, whatever the verdict', async () => {
    const w = world({ dryRun: true });
    const server = `${A}:853`;
    const decision = w.selector.decide(server);
    expect(decision).toMatchObject({ action: 'encrypt', transport: 'dot', reason: 'port-853', fallback: false });
    expect(decision.hedgeAfterMs).toBe(Number.POSITIVE_INFINITY);
    expect(await w.ask(server)).toMatchObject({ transport: 'dot', encrypted: true });
    w.dot.set(A, { phase: 'connect', kind: 'refused' });
    expect(await codeOf(w.ask(server))).toBe('NO_ANSWER');
    w.dot.set(A, 'SERVFAIL');
    expect(await w.ask(server)).toMatchObject({ transport: 'dot', encrypted: true });
    expect(w.do53.calls).toEqual([]);
  });

  it('no room in the table: clear text, reason full', async () => {
    const w = world({ policy: { capacity: 16, unknownShare: 0.01, prefixShare: 1 }, probes: { otherwise: 'never' } });
    w.selector.probe(A).catch(() => {});
    await w.clock.advance(0);
    expect(w.selector.decide(B).reason).toBe('full');
    expect(w.selector.decide(`${B}:853`)).toMatchObject({ action: 'encrypt', reason: 'port-853' });
    expect(w.selector.metrics().dropped).toEqual({ table: 2 });
  });

  it.each<[unknown, string]>([
    [null, 'INVALID_OPTION'],
    ['example.org', 'INVALID_OPTION'],
    [{ zone: 'a..b' }, 'INVALID_ZONE'],
    [{ nameserver: 5 }, 'INVALID_OPTION'],
    [{ nameserver: 'n'.repeat(1_025) }, 'INVALID_OPTION'],
    [{ rtt: 20 }, 'INVALID_OPTION'],
  ])('a context of %j: %s', async (given, code) => {
    const w = world();
    const context = given as DecisionContext<string>;
    const error = expect.objectContaining({ code });
    for (const call of [
      () => w.selector.decide(A, context),
      () => w.selector.peek(A, context),
      () => w.selector.rank([A], context),
    ]) {
      expect(call).toThrow(InvalidInputError);
      expect(call).toThrow(error);
    }
    expect(w.entries()).toEqual([]);
  });

  it('the context’s zone and name go before the reference’s', () => {
    const w = world();
    const ref = { address: A, zone: 'one.example', nameserver: 'ns1' };
    w.selector.decide(ref);
    expect(w.entries()[0]).toMatchObject({ zone: 'one.example.', nameserver: 'ns1' });
    w.selector.decide(ref, { zone: 'Two.example', nameserver: 'ns2' });
    expect(w.entries()[0]).toMatchObject({ zone: 'two.example.', nameserver: 'ns2' });
    w.selector.decide(A, {});
    expect(w.entries()[0]).toMatchObject({ zone: 'two.example.', nameserver: 'ns2', contacts: 3 });
  });
});

describe('a decision', () => {
  it('is one of its own at each call, with all its parts, in print as well', () => {
    const w = world();
    const decision = w.selector.decide(A);
    const again = w.selector.decide(A);
    expect(again).not.toBe(decision);
    expect(again).toEqual(decision);
    const parts = {
      ...{
        action: 'clear',
        transport: 'do53',
        reason: 'unknown',
        fallback: false,
        ref: A,
        timeoutMs: 5_000,
        at: 0,
        epoch: 0,
      },
      server: { address: A, port: 53, dot: { address: A, port: 853 }, clear: { address: A, port: 53 } },
      endpoints: [{ key: `${A}|53|do53`, address: A, port: 53, transport: 'do53' }],
    };
    expect(decision).toMatchObject(parts);
    expect(JSON.parse(JSON.stringify(decision))).toMatchObject(parts);
    expect(inspect(decision)).toContain(`address: '${A}'`);
    expect(decision.server).toBe(decision.server);
  });

  it('is the same for every spelling, and for an object', () => {
    const w = world({ policy: { threshold: 1_000 } });
    const spellings = [A, `::ffff:${A}`, { address: A }, { host: A, port: 53 }, `${A}:53`, `[::ffff:${A}]:53`];
    for (const ref of spellings) {
      for (const call of ['peek', 'decide'] as const) {
        const decision = w.selector[call](ref, { zone: 'Example.ORG', nameserver: 'ns' });
        expect(decision).toMatchObject({ ref, reason: 'unknown', endpoints: [{ address: A, port: 53 }] });
        expect(decision.server).toMatchObject({ zone: 'example.org.', nameserver: 'ns', dot: { key: `${A}|853|dot` } });
      }
    }
    expect(w.entries()).toMatchObject([{ contacts: spellings.length, zone: 'example.org.', nameserver: 'ns' }]);
  });

  it('copied by spreading is good for a query and a report, once', async () => {
    const w = world();
    for (const decision of [w.selector.decide(A, { zone: 'example.org' }), w.selector.decide({ address: A })]) {
      const copy = { ...decision };
      const asked = w.selector.query(copy, message('example.org'));
      await w.clock.advance(0);
      expect(await asked).toMatchObject({ transport: 'do53', decision: { server: decision.server } });
      w.selector.report(copy, { transport: 'dot', ok: true, rcode: 0 });
      w.selector.report(copy, { transport: 'dot', ok: true, rcode: 0 });
    }
    expect([w.status(A), w.selector.metrics().ignored]).toEqual(['Good', { repeated: 2 }]);
  });

  it('of what was written down and read again is good for a query as well', async () => {
    const w = world();
    const read = JSON.parse(JSON.stringify(w.selector.decide(A)));
    const asked = w.selector.query({ ...read, hedgeAfterMs: Number.POSITIVE_INFINITY }, message('example.org'));
    await w.clock.advance(0);
    expect((await asked).transport).toBe('do53');
  });

  it('contacts in place are contacts: counted, popular, and keep the Do53 port and zone for the probe', async () => {
    const w = world({ policy: { onlyAfterAnswer: false, threshold: 2 }, probes: { otherwise: 'never' } });
    for (let i = 0; i < 5; i++) w.selector.decide(A);
    expect(w.selector.decide(A, { zone: 'example.org' }).reason).toBe('unknown');
    await w.clock.advance(0);
    expect(w.selector.decide(A).reason).toBe('busy');
    expect(w.entries()).toMatchObject([{ contacts: 7, zone: 'example.org.' }]);
    expect(w.begun(A)).toHaveLength(1);
    expect(w.selector.metrics()).toMatchObject({
      decisions: { unknown: 6, busy: 1 },
      endpoints: { busy: 1, unknown: 0 },
    });
  });

  it('dry run, a closed selector and the guard go before what the row says', async () => {
    const w = world({ dryRun: true, policy: { exploreShare: 0 } });
    w.makeGood(A);
    expect(w.selector.decide(A)).toMatchObject({ action: 'clear', reason: 'dry-run' });
    expect(w.selector.rank([A, '127.0.0.1']).map(({ reason }) => reason)).toEqual(['dry-run', 'guard']);
    await w.end();
    expect([w.selector.decide(A).reason, w.selector.peek(A).reason]).toEqual(['closed', 'closed']);
    expect(w.selector.rank([A, B]).map(({ reason }) => reason)).toEqual(['closed', 'closed']);
  });

  it('a guard of the host’s own is asked of each new address', () => {
    const asked: string[] = [];
    const selector = new TransportSelector({
      clock: new VirtualClock(),
      guard: { admits: (address) => asked.push(address) > 1 },
    });
    expect([selector.peek(A).reason, selector.decide(A).reason, selector.decide(A).reason]).toEqual([
      'guard',
      'unknown',
      'unknown',
    ]);
    expect(asked).toEqual([A, A]);
    return selector.close();
  });
});

describe('peek', () => {
  it('is the same as decide and counts nothing', () => {
    const w = world();
    for (let i = 0; i < 5; i++) expect(w.selector.peek(A)).toMatchObject({ action: 'clear', reason: 'unknown' });
    expect([w.entries(), w.selector.metrics().decisions]).toEqual([[], {}]);
    w.makeGood(A);
    expect(w.selector.peek(A)).toEqual(w.selector.decide(A));
    expect(w.entries()[0]?.contacts).toBe(2);
  });

  it('sees what time has done', async () => {
    const w = world();
    w.makeGood(A);
    await w.clock.advance(3 * 86_400_000 + 1);
    expect(w.selector.peek(A).reason).toBe('unknown');
  });

  it('asks the guard of a server whose row time has ended', async () => {
    let admits = true;
    const clock = new VirtualClock();
    const selector = new TransportSelector({ clock, guard: { admits: () => admits } });
    // Between two rounds of the sweeper, which would end it as well.
    await clock.advance(30 * SECOND);
    selector.decide(`${A}:853`);
    await clock.advance(resolvePolicy(undefined).keepUnknownMs + 1);
    admits = false;
    expect(selector.peek(`${A}:853`)).toMatchObject({ action: 'refuse', reason: 'guard' });
    return selector.close();
  });
});

describe('rank', () => {
  it('encrypted, then clear, then refused; each in the host’s order', () => {
    const w = world({ policy: { exploreShare: 0 } });
    for (const server of [B, C]) w.makeGood(server);
    const refused = '127.0.0.1:853';
    const ranked = w.selector.rank([refused, A, C, B, '192.0.2.9']);
    expect(ranked.map(({ ref }) => ref)).toEqual([C, B, A, '192.0.2.9', refused]);
    expect(w.selector.rank([])).toEqual([]);
  });

  it('counts a contact of the first and of one other in turn', () => {
    const w = world({ policy: { exploreShare: 0, threshold: 1_000 } });
    for (let i = 0; i < 6; i++) w.selector.rank([A, B, C]);
    expect(w.entries().map(({ endpoint, contacts }) => [endpoint.address, contacts])).toEqual([
      [A, 6],
      [B, 3],
      [C, 3],
    ]);
    expect(w.selector.metrics().decisions).toEqual({ unknown: 12 });
    w.selector.rank([A]);
    expect(w.entries()[0]?.contacts).toBe(7);
  });

  it('explores now and then, and never what may not be asked', () => {
    const w = world({ policy: { exploreShare: 0.5 } });
    w.makeGood(A);
    const firsts = Array.from({ length: 400 }, () => w.selector.rank([A, B, '127.0.0.1:853'])[0]?.ref);
    expect(new Set(firsts)).toEqual(new Set([A, B]));
    expect(firsts.filter((ref) => ref === B).length).toBeGreaterThan(100);
    expect(w.selector.rank(['127.0.0.1:853', '::1'], { zone: 'example.org' })[0]?.ref).toBe('::1');
  });

  it('a refused server’s speed is nobody’s measure', () => {
    const w = world({ policy: { exploreShare: 0 } });
    w.makeGood(A);
    const rtt = (server: string) => ({ [A]: 200, [B]: 180 })[server] ?? 1;
    expect(w.selector.rank([B, A, '127.0.0.1:853'], { rtt }).map(({ ref }) => ref)[0]).toBe(A);
  });

  it('wants a list', () => {
    expect(() => world().selector.rank(A as unknown as string[])).toThrow(
      expect.objectContaining({ code: 'INVALID_SERVER' }),
    );
  });
});

describe('the hedge delay', () => {
  const policy = resolvePolicy({});
  const smoothed = (mean: number, deviation = 0) => ({ mean, deviation });

  it.each([
    ['cold, unmeasured', {}, false, 500],
    ['cold, slow', { opening: smoothed(400), warm: smoothed(200) }, false, 900],
    ['cold, very slow', { opening: smoothed(2_000), warm: smoothed(900) }, false, 1_500],
    ['cold, fast', { opening: smoothed(20), warm: smoothed(10) }, false, 500],
    ['warm, unmeasured', {}, true, 250],
    ['warm, fast', { warm: smoothed(10, 2) }, true, 250],
    ['warm, slow', { warm: smoothed(300, 50) }, true, 500],
    ['warm, very slow', { warm: smoothed(900, 300) }, true, 1_000],
  ])('%s', (_, timing, warm, ms) => {
    expect(hedgeDelay(policy, timing, warm)).toBe(ms);
  });

  it('off is never, warm only on an open session', () => {
    expect(hedgeDelay(resolvePolicy({ hedge: 'off' }), {}, true)).toBe(Number.POSITIVE_INFINITY);
    expect(hedgeDelay(resolvePolicy({ hedge: 'warm' }), {}, false)).toBe(Number.POSITIVE_INFINITY);
    expect(hedgeDelay(resolvePolicy({ hedge: 'warm' }), {}, true)).toBe(250);
  });
});

describe('a decision that a query is given', () => {
  it('is neither counted nor made again', async () => {
    const w = world();
    const decision = w.selector.decide(A);
    w.makeGood(A);
    const before = w.entries()[0]?.contacts;
    const asked = w.selector.query(decision, message('example.org'));
    await w.clock.advance(0);
    expect((await asked).decision).toBe(decision);
    expect([w.entries()[0]?.contacts, w.selector.metrics().decisions]).toEqual([before, { unknown: 2 }]);
  });

  it('keeps what its host has changed in a copy: no fallback, no hedge', async () => {
    const w = world();
    w.makeGood(A);
    w.dot.set(A, { phase: 'connect', kind: 'refused' });
    const copy = { ...w.selector.decide(A), fallback: false, hedgeAfterMs: Number.POSITIVE_INFINITY };
    const asked = w.selector.query(copy, message('example.org'));
    await expect(asked).rejects.toThrow();
    expect(w.do53.calls).toEqual([]);
  });

  it('survives JSON, where what is endless is null', async () => {
    const w = world({ policy: { hedge: 'off' } });
    w.makeGood(A);
    w.dot.set(A, delayed(w.clock, 2 * SECOND));
    const copy = JSON.parse(JSON.stringify(w.selector.decide({ address: A, zone: 'example.org' })));
    const asked = w.selector.query(copy, message('example.org'));
    await w.clock.advance(2 * SECOND);
    const { transport, decision } = await asked;
    expect([transport, decision.hedgeAfterMs, decision.server.zone]).toEqual([
      'dot',
      Number.POSITIVE_INFINITY,
      'example.org.',
    ]);
    expect(w.do53.calls).toEqual([]);
  });

  it.each([
    ['another action', { action: 'clear text' }],
    ['a delay that is none', { hedgeAfterMs: Number.NaN }],
    ['no time', { timeoutMs: 0 }],
    ['clear text to port 853', { action: 'clear' }],
  ])('a copy with %s is refused', async (_, change) => {
    const w = world();
    const copy = { ...w.selector.decide(`${A}:853`), ...change } as never;
    expect(await codeOf(w.selector.query(copy, message('example.org')))).toBe('INVALID_DECISION');
    expect(w.do53.calls).toEqual([]);
  });

  it('what is like one but has no sound server is refused with a code', async () => {
    const w = world();
    const forged = { ...w.selector.decide(A) };
    const like = (server: unknown) => ({ ...JSON.parse(JSON.stringify(forged)), server }) as never;
    for (const server of [{}, { address: 'ns.example' }, { address: A, port: 53, dot: { port: 53 } }]) {
      expect(await codeOf(w.selector.query(like(server), message('a')))).toMatch(/^INVALID_/);
      expect(() => w.selector.report(like(server), { transport: 'dot', ok: true, rcode: 0 })).toThrow(
        InvalidInputError,
      );
    }
    expect(await codeOf(w.selector.query(like(null), message('a')))).toMatch(/^INVALID_/);
    expect(() => w.selector.report(like(null), { transport: 'dot', ok: true, rcode: 0 })).toThrow(InvalidInputError);
    expect(w.entries()).toHaveLength(1);
  });

  it('is good for 10 s and no longer', async () => {
    const w = world();
    const decision = w.selector.peek(A);
    await w.clock.advance(10 * SECOND);
    expect((await w.selector.query(decision, message('example.org'))).transport).toBe('do53');
    await w.clock.advance(1);
    expect(await codeOf(w.selector.query(decision, message('example.org')))).toBe('STALE_DECISION');
    expect(await codeOf(w.selector.query({ ...decision, at: w.clock.now() + 1 }, message('a')))).toBe('STALE_DECISION');
  });

  it('is no good on another network', async () => {
    const w = world();
    const decision = w.selector.decide(A);
    w.selector.networkChanged();
    expect(await codeOf(w.selector.query(decision, message('example.org')))).toBe('STALE_DECISION');
    expect(w.do53.calls).toEqual([]);
  });

  it('of a lame zone goes over Do53, as the zone’s others do', async () => {
    const w = world();
    w.makeGood(A);
    w.dot.set(A, 'REFUSED');
    w.do53.set(A, delayed(w.clock, 5));
    const first = w.selector.query(A, query('a.lame.example'));
    await w.clock.advance(5);
    await first;
    expect(w.selector.decide(A, { zone: 'lame.example' })).toMatchObject({ action: 'clear', reason: 'lame-zone' });
    expect(w.selector.decide(A).action).toBe('encrypt');
    // The zone that the server is named with goes before the question's, and that of the context before both.
    const named = { address: A, zone: 'lame.example' };
    expect(w.selector.decide(named).reason).toBe('lame-zone');
    expect(w.selector.peek(named).reason).toBe('lame-zone');
    expect(w.selector.decide(named, { zone: 'other.example' }).reason).toBe('good');
    const asked = w.selector.query(named, query('a.other.example'));
    await w.clock.advance(5);
    expect((await asked).decision.reason).toBe('lame-zone');
  });
});
