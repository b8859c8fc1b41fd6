import { describe, expect, it } from 'vitest';
import { TransportSelector } from '../../src/index.js';
import { ScriptedProber, VirtualClock } from '../../src/testing/index.js';
import { delayed } from '../support/answers.js';
import { codeOf, lab } from '../support/lab.js';
import { HOUR, MINUTE, message, SECOND, servers, world } from '../support/world.js';

const A = '192.0.2.1';
const B = '192.0.2.2';

describe('forget', () => {
  it('a server, or all in a prefix, and tells how many', () => {
    const w = world();
    const all = [A, B, '192.0.3.1', '203.0.113.1', '2001:db8::1', '2001:db8:1::1'];
    w.selector.setPolicy({ threshold: 1_000 });
    for (const server of all) w.selector.report(w.selector.decide(server), { transport: 'dot', ok: true, rcode: 0 });
    expect(w.selector.metrics().endpoints.good).toBe(6);
    expect(w.selector.forget(A)).toBe(1);
    expect(w.selector.forget(A)).toBe(0);
    expect(w.selector.peek(A).reason).toBe('unknown');
    expect(w.selector.forget({ address: B })).toBe(1);
    expect(w.selector.forget('203.0.113.0/24')).toBe(1);
    expect(w.selector.forget('2001:db8::/47')).toBe(2);
    expect(w.selector.forget('192.0.3.1/32')).toBe(1);
    expect([w.entries(), w.selector.metrics().transitions]).toEqual([[], { 'unknown-good': 6, 'good-unknown': 6 }]);
    expect(w.selector.forget('0.0.0.0/0')).toBe(0);
  });

  it('asks no guard', async () => {
    const asked: string[] = [];
    const selector = new TransportSelector({ guard: { admits: (address) => asked.push(address) > 0 } });
    expect([selector.forget(A), asked]).toEqual([0, []]);
    await selector.close();
  });

  it('other ports and local addresses are other endpoints', () => {
    const w = world();
    for (const server of [{ address: A }, { address: A, dotPort: 8853 }, { address: A, localAddress: B }]) {
      w.selector.decide(server);
    }
    expect(w.selector.forget({ address: A, dotPort: 8853 })).toBe(1);
    expect(w.selector.forget(`${A}/32`)).toBe(2);
  });

  it.each(['192.0.2.0/33', '192.0.2.0/', '/24', '192.0.2.0/24/1', 'fe80::1%eth0/64', '192.0.2.0/a'])(
    '%s is no prefix',
    (prefix) => {
      expect(() => world().selector.forget(prefix)).toThrow(expect.objectContaining({ code: 'INVALID_PREFIX' }));
    },
  );

  it('a probe in flight is given up, and what it brings later is dropped', async () => {
    const w = world({ probes: { latencyMs: SECOND } });
    for (let i = 0; i < 2; i++) await w.ask(A);
    expect(w.selector.forget(A)).toBe(1);
    await w.clock.advance(MINUTE);
    expect([w.entries(), w.selector.metrics().probes]).toEqual([[], { begun: 1, aborted: 1 }]);
  });

  it('its session and tickets go too', async () => {
    const l = await lab();
    await l.warmUp();
    expect(l.selector.forget(l.target)).toBe(1);
    await l.server.until(({ open }) => open === 0);
    await l.warmUp();
    expect(l.server.counters).toMatchObject({ handshakes: 2, resumed: 0 });
  });
});

describe('setPolicy', () => {
  it('counts from now on; what is known is kept', async () => {
    const w = world();
    w.makeGood(A);
    w.selector.setPolicy({ threshold: 4 });
    for (let i = 0; i < 3; i++) await w.ask(B);
    expect([w.status(A), w.begun().length]).toEqual(['Good', 0]);
    w.selector.setPolicy('rfc9539');
    await w.ask(B);
    expect([w.status(B), w.selector.decide(A).hedgeAfterMs]).toEqual(['Good', Number.POSITIVE_INFINITY]);
  });

  it('a smaller table lets go of what is too much', () => {
    const w = world();
    for (let i = 1; i <= 40; i++) w.selector.decide(`10.${i}.0.1`);
    w.selector.setPolicy({ capacity: 16 });
    expect(w.entries().length).toBeLessThanOrEqual(16);
    expect(w.selector.metrics().dropped.table).toBe(40 - w.entries().length);
  });

  it.each([{ threshold: 0 }, { treshold: 2 }, 'strict', 5])('%j is no policy, and changes nothing', (policy) => {
    const w = world();
    expect(() => w.selector.setPolicy(policy as never)).toThrow(expect.objectContaining({ code: 'INVALID_POLICY' }));
    expect(w.selector.decide(A).reason).toBe('unknown');
  });
});

describe('pause and resume', () => {
  it('no probe begins between them; contacts count and what is Good is used', async () => {
    const w = world();
    w.makeGood(B);
    w.selector.pause();
    for (let i = 0; i < 3; i++) await w.ask(A);
    await w.clock.advance(MINUTE);
    expect([w.begun().length, (await w.ask(B)).transport]).toEqual([0, 'dot']);
    w.selector.resume();
    await w.clock.advance(0);
    expect([w.begun().length, w.status(A)]).toEqual([1, 'Good']);
  });
});

describe('networkChanged', () => {
  it('voids what was learned; the same name again is nothing', async () => {
    const w = world();
    w.selector.networkChanged('home');
    w.makeGood(A);
    w.selector.networkChanged('home');
    expect(w.selector.decide(A)).toMatchObject({ reason: 'good', epoch: 1 });
    w.selector.networkChanged('work');
    expect(w.selector.peek(A)).toMatchObject({ reason: 'unknown', epoch: 2 });
    w.selector.networkChanged();
    w.selector.networkChanged();
    expect(w.selector.peek(A).epoch).toBe(4);
    expect(w.transitions.map(({ to, why }) => `${to} ${why}`)).toEqual(['good report-success', 'unknown epoch']);
  });

  it('what was asked on the old network shows nothing of the new', async () => {
    const w = world();
    w.dot.set(A, delayed(w.clock, 100));
    w.do53.set(B, delayed(w.clock, 100));
    w.makeGood(A);
    const asked = [A, B].map((server) => w.selector.query(server, message('example.org')));
    await w.clock.advance(50);
    w.selector.networkChanged();
    await w.clock.advance(50);
    expect((await Promise.all(asked)).map(({ transport }) => transport)).toEqual(['dot', 'do53']);
    for (const server of [A, B]) expect(w.status(server)).toBe('Unknown');
    expect(w.transitions.at(-1)?.why).toBe('epoch');
  });

  it('with thousands known, all is void at once, and told a part at a time', async () => {
    const w = world();
    const known = servers(2_000);
    for (const server of known) w.makeGood(server);
    w.selector.networkChanged();
    expect(w.selector.metrics().endpoints).toEqual({ unknown: 2_000, busy: 0, good: 0, bad: 0 });
    expect(new Set(w.entries().map(({ status }) => status))).toEqual(new Set(['Unknown']));
    expect(w.selector.dump()).not.toContain('Good');
    const ended = () => w.transitions.filter(({ why }) => why === 'epoch').length;
    expect(ended()).toBeLessThan(2_000);
    expect(known.every((server) => w.selector.peek(server).reason === 'unknown')).toBe(true);
    await w.clock.advance(SECOND);
    expect(ended()).toBe(2_000);
  });

  it('sessions and tickets of the old one are not used', async () => {
    const l = await lab();
    await l.warmUp();
    l.selector.networkChanged();
    await l.warmUp();
    expect(l.server.counters).toMatchObject({ handshakes: 2, resumed: 0 });
  });
});

describe('close', () => {
  it('is idempotent, ends waiting calls, and closes both exchanges', async () => {
    const w = world();
    w.do53.set(A, 'never');
    const asked = codeOf(w.selector.query(A, message('example.org')));
    const ended = w.selector.close();
    expect(w.selector.close()).toBe(ended);
    await w.clock.advance(0);
    await ended;
    expect([await asked, w.dot.closed, w.do53.closed]).toEqual(['CLOSED', true, true]);
    expect(await codeOf(w.selector.query(A, message('example.org')))).toBe('CLOSED');
    expect(w.clock.pending).toBe(0);
  });

  it('ends within 1 s though no part of the host’s ever settles', async () => {
    const clock = new VirtualClock();
    const deaf = { exchange: () => new Promise<never>(() => {}), close: () => new Promise<never>(() => {}) };
    const prober = new ScriptedProber({ clock, otherwise: 'never' });
    const selector = new TransportSelector({
      clock,
      prober,
      dot: deaf,
      do53: deaf,
      guard: { allow: ['192.0.2.0/24'] },
    });
    const waiting = [
      codeOf(selector.query(A, message('example.org'))),
      codeOf(selector.query(`${A}:853`, message('example.org'))),
      codeOf(selector.probe(A)),
    ];
    await clock.advance(0);
    let closed = false;
    const ended = selector.close().then(() => {
      closed = true;
    });
    await clock.advance(999);
    expect([await Promise.all(waiting), closed]).toEqual([['CLOSED', 'CLOSED', 'CLOSED'], false]);
    await clock.advance(1);
    await ended;
    await clock.advance(HOUR);
    expect([closed, clock.pending]).toEqual([true, 0]);
  });

  it('though the host’s parts throw or reject when they are closed', async () => {
    for (const close of [
      () => Promise.reject(new Error('a host’s bug')),
      (): never => {
        throw new Error('a bug');
      },
    ]) {
      const part = { exchange: () => new Promise<never>(() => {}), close };
      const selector = new TransportSelector({ dot: part, do53: part });
      await expect(selector.close()).resolves.toBeUndefined();
    }
  });

  it('closes sockets: nothing stays open', async () => {
    const l = await lab();
    await l.discover();
    await l.ask();
    await l.selector[Symbol.asyncDispose]();
    await l.server.until(({ open }) => open === 0);
    expect(l.server.counters.handshakes).toBe(1);
  });

  it('from a listener, and from a prober’s own abort: once', async () => {
    const w = world({
      probes: {
        otherwise: (_, { signal }) =>
          new Promise((resolve) => {
            signal.addEventListener('abort', () => {
              void w.selector.close();
              expect(w.selector.decide(B).reason).toBe('closed');
              resolve({ evidence: { result: 'success' }, times: { total: 1 } });
            });
          }),
      },
    });
    const probed = codeOf(w.selector.probe(A));
    await w.clock.advance(0);
    await w.end();
    expect(await probed).toBe('CLOSED');
  });

  it('a listener closes it during the decision: CLOSED, nothing is sent', async () => {
    const w = world({ policy: { capacity: 16, unknownShare: 0.01 } });
    w.selector.on('dropped', () => void w.selector.close());
    w.selector.decide(A);
    expect(await codeOf(w.selector.query('198.51.100.1', message('example.org')))).toBe('CLOSED');
    expect(w.do53.calls).toEqual([]);
  });
});
