import { networkInterfaces } from 'node:os';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createGuard, type GuardOptions } from '../../src/contact/guard.js';
import { DotProber } from '../../src/probe/dot-prober.js';
import type { ProbeResult } from '../../src/probe/prober.js';
import { TransportSelector } from '../../src/selector.js';
import { ScriptedExchange, type ScriptedProbe, VirtualClock } from '../../src/testing/index.js';
import { DotExchange } from '../../src/transport/dot/exchange.js';
import { HOUR, MINUTE, message, SECOND, type World, world } from '../support/world.js';

const A = '192.0.2.1';
const B = '198.51.100.1';

/** REFUSED over DoT, NOERROR over Do53. */
const lame: ProbeResult = {
  evidence: { result: 'failure', phase: 'answer', kind: 'lame', controlled: true },
  rcode: 5,
  times: { total: 20 },
  comparison: { rcode: 0 },
};

/** Two contacts that are answered, which bring about the first probe. */
async function found(w: World, address: string, zone = 'example.org'): Promise<void> {
  for (let i = 0; i < 2; i++) await w.ask(address, zone);
}

describe('P4', () => {
  it('P4 three lame zones within 10 min: Bad', async () => {
    const w = world({ probes: { otherwise: lame } });
    await found(w, A, 'a.example');
    for (const [zone, status] of [
      ['b.example', 'Unknown'],
      ['c.example', 'Bad'],
    ] as const) {
      await w.clock.advance(SECOND);
      await w.ask(A, zone);
      const probed = w.selector.probe(A);
      await w.clock.advance(0);
      expect((await probed).evidence).toMatchObject({ kind: 'lame' });
      expect(w.status(A)).toBe(status);
    }
    expect(w.transitions.map(({ to, why }) => [to, why])).toEqual([['bad', 'lame']]);
  });

  it('P4 three tries 60 s apart, of one zone: Bad at the third, and tried again after 1 h', async () => {
    const w = world({ probes: { otherwise: lame } });
    await found(w, A);
    await w.clock.advance(59_999);
    expect([w.begun().length, w.status(A)]).toEqual([1, 'Unknown']);
    await w.clock.advance(1);
    expect([w.begun().length, w.status(A)]).toEqual([2, 'Unknown']);
    await w.clock.advance(MINUTE);
    expect([w.begun().length, w.status(A)]).toEqual([3, 'Bad']);
    await w.contactFor(A, HOUR - SECOND, MINUTE);
    expect(w.begun()).toHaveLength(3);
    await w.contactFor(A, 2 * MINUTE, MINUTE);
    expect(w.begun()).toHaveLength(4);
  });
});

describe('P6', () => {
  const settlesTwice: ScriptedProbe = () =>
    new Promise((resolve, reject) => {
      resolve({ evidence: { result: 'inconclusive', why: 'broken' }, times: { total: 1 } });
      reject(new Error('again'));
      resolve({ evidence: { result: 'success' }, times: { total: 1 } });
    });
  const nonsense = (() => Promise.resolve('good')) as unknown as ScriptedProbe;

  it.each<[string, ScriptedProbe]>([
    ['throws at the call', 'throw'],
    ['rejects', 'reject'],
    ['never settles', 'never'],
    ['settles after its deadline', 'late'],
    ['settles twice', settlesTwice],
    ['settles with nonsense', nonsense],
  ])('P6 a prober that %s: its one slot returns once, the verdict stays', async (_, script) => {
    const w = world({ policy: { probesAtOnce: 1 }, probes: { script: { [A]: script } } });
    await found(w, A);
    // The prober's 4 s, 1 s for a comparison, and 2 s of grace.
    await w.clock.advance(7 * SECOND);
    w.selector.pause();
    await w.clock.advance(10 * SECOND);
    expect([w.status(A), w.selector.metrics().inFlight, w.transitions]).toEqual(['Unknown', 0, []]);
    w.prober.set(A, 'good');
    w.selector.resume();
    for (const address of [B, A]) await found(w, address);
    await w.clock.advance(MINUTE);
    expect([w.status(B), w.status(A), w.selector.metrics().inFlight]).toEqual(['Good', 'Good', 0]);
  });

  it('P6 a session that comes after the deadline is closed', async () => {
    let closed = 0;
    const session = { close: () => void closed++ };
    const script: ScriptedProbe = async () => {
      await new Promise<void>((resolve) => w.clock.after(8 * SECOND, resolve));
      return { evidence: { result: 'success' }, times: { total: 1 }, session };
    };
    const w = world({ probes: { script: { [A]: script } } });
    await found(w, A);
    await w.clock.advance(9 * SECOND);
    expect([closed, w.transitions]).toEqual([1, []]);
  });
});

describe('P7', () => {
  /** A selector in virtual time with our own prober, whose sockets fail to connect. */
  function brokenSockets(code: string): { clock: VirtualClock; selector: TransportSelector; dialled: number[] } {
    const clock = new VirtualClock({ now: 0 });
    const do53 = new ScriptedExchange({ clock, latencyMs: 10 });
    const guard = createGuard({ allow: ['192.0.2.0/24'] });
    const dialled: number[] = [];
    const connect = (): never => {
      dialled.push(clock.now());
      throw Object.assign(new Error(code), { code });
    };
    const prober = new DotProber({ clock, guard, do53, connect });
    const selector = new TransportSelector({ clock, guard, prober, do53, random: () => 0.5 });
    onTestFinished(async () => {
      const closed = selector.close();
      await clock.advance(SECOND);
      await closed;
    });
    return { clock, selector, dialled };
  }

  async function ask(selector: TransportSelector, clock: VirtualClock): Promise<void> {
    const asked = selector.query(A, message('example.org'));
    await clock.advance(10);
    await asked;
  }

  it.each(['EMFILE', 'ENFILE', 'ENOBUFS', 'EADDRNOTAVAIL', 'EACCES', 'EPERM'])(
    'P7 %s: no verdict, tried again after 1 s doubling to 60 s',
    async (code) => {
      const { clock, selector, dialled } = brokenSockets(code);
      for (let i = 0; i < 2; i++) await ask(selector, clock);
      await clock.advance(4 * MINUTE);
      const gaps = dialled.slice(1).map((at, index) => at - (dialled[index] ?? 0));
      expect(gaps.slice(0, 8)).toEqual([1, 2, 4, 8, 16, 32, 60, 60].map((seconds) => seconds * SECOND));
      expect(selector.explain(A)).toMatchObject({ status: 'Unknown', history: [] });
    },
  );

  it.each(['ENETUNREACH', 'EHOSTUNREACH'])('P7 %s: unreachable, Bad for 1 h doubling', async (code) => {
    const { clock, selector, dialled } = brokenSockets(code);
    // DoT has worked on this network (S20).
    selector.report(selector.decide('192.0.2.9'), { transport: 'dot', ok: true, rcode: 0 });
    for (let i = 0; i < 2; i++) await ask(selector, clock);
    await clock.advance(SECOND);
    expect(selector.explain(A).history.at(-1)).toMatchObject({ to: 'bad', detail: 'connect unreachable' });
    const gaps: number[] = [];
    for (let hours = 0; hours < 8 * 60; hours++) {
      await ask(selector, clock);
      await clock.advance(MINUTE);
    }
    for (const [index, at] of dialled.slice(1).entries()) gaps.push(Math.floor((at - (dialled[index] ?? 0)) / HOUR));
    expect(gaps).toEqual([1, 2, 4]);
  });

  it('P7 given up while in flight, by a network change: no verdict', async () => {
    const w = world({ probes: { otherwise: 'never' } });
    await found(w, A);
    expect(w.status(A)).toBe('Busy');
    w.selector.networkChanged();
    await w.clock.advance(0);
    expect([w.status(A), w.transitions, w.selector.metrics().probes]).toEqual([
      'Unknown',
      [],
      { begun: 1, aborted: 1 },
    ]);
  });
});

describe('P10', () => {
  const own = Object.values(networkInterfaces()).flatMap((all) => (all ?? []).map(({ address }) => address));
  const forbidden = [
    '127.0.0.1',
    '::1',
    '169.254.169.254',
    'fe80::1',
    '::ffff:10.0.0.1',
    '::10.0.0.1',
    '64:ff9b::10.0.0.1',
    '64:ff9b:1::10.0.0.1',
    '2002:0a00:0001::1',
    '0.0.0.0',
    '::',
    '224.0.0.1',
    'ff02::1',
    '255.255.255.255',
    '10.1.2.3',
    '172.16.0.1',
    '192.168.1.1',
    'fd00::1',
    ...own,
  ];

  /** Everything is ours but the sockets: whatever is dialled over DoT, and asked over Do53, is noted. */
  function deps(guardOptions: GuardOptions | (() => boolean) = {}) {
    const clock = new VirtualClock();
    const guard = typeof guardOptions === 'function' ? { admits: guardOptions } : createGuard(guardOptions);
    const dialled: string[] = [];
    const connect = (endpoint: { address: string }): never => {
      dialled.push(endpoint.address);
      throw Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });
    };
    const do53 = new ScriptedExchange({ clock });
    const dot = new DotExchange({ clock, guard, connect });
    const prober = new DotProber({ clock, guard, do53, connect });
    const selector = new TransportSelector({ clock, guard, prober, dot, do53, policy: { threshold: 1 } });
    onTestFinished(() => selector.close());
    return { clock, selector, dialled, do53 };
  }

  it.each([...new Set(forbidden)])('P10 %s: never dialled, no probe; the host’s own Do53 goes out', async (address) => {
    const { clock, selector, dialled, do53 } = deps();
    for (let i = 0; i < 3; i++) {
      const result = await selector.query({ address }, message('example.org'));
      expect(result).toMatchObject({ transport: 'do53', decision: { action: 'clear', reason: 'guard' } });
      await clock.advance(MINUTE);
    }
    await expect(selector.probe({ address }, { force: true })).rejects.toMatchObject({ code: 'REFUSED_BY_GUARD' });
    expect(selector.decide({ address, port: 853 })).toMatchObject({ action: 'refuse', reason: 'guard', endpoints: [] });
    const onlyDot = selector.query({ address, port: 853 }, message('example.org'));
    await expect(onlyDot).rejects.toMatchObject({ code: 'REFUSED_BY_GUARD' });
    // The host's three, and not one of a probe's.
    expect([dialled, do53.calls.length, [...selector.entries()]]).toEqual([[], 3, []]);
  });

  it.each([
    ['10.0.0.0/8', '10.1.2.3'],
    ['::1/128', '::1'],
    ['fe80::/10', 'fe80::1'],
  ])('P10 the operator allows %s: %s is probed', async (prefix, address) => {
    const { clock, selector, dialled } = deps({ allow: [prefix] });
    await selector.query({ address }, message('example.org'));
    await clock.advance(SECOND);
    expect(dialled).toEqual([address]);
    expect(selector.explain({ address }).status).toBe('Bad');
  });

  it('P10 what the operator denies stays forbidden, however public', async () => {
    const { clock, selector, dialled } = deps({ deny: ['8.8.8.0/24'] });
    await selector.query('8.8.8.8', message('example.org'));
    await clock.advance(SECOND);
    expect([dialled, selector.peek('8.8.8.8').reason]).toEqual([[], 'guard']);
  });

  it('P10 the guard changes its mind between the decision and the connect: not dialled, no verdict', async () => {
    for (const asked of [1, 2, 3]) {
      let left = asked;
      const { clock, selector, dialled } = deps(() => left-- > 0);
      await selector.query('8.8.8.8', message('example.org'));
      await clock.advance(500);
      expect([dialled, selector.explain('8.8.8.8').status]).toEqual([[], 'Unknown']);
    }
  });

  it('P10 the guard forbids a Good server’s address since: this query is answered over Do53, no strike', async () => {
    let open = true;
    const { selector, dialled } = deps(() => open);
    selector.report(selector.decide('8.8.8.8'), { transport: 'dot', ok: true, rcode: 0 });
    open = false;
    const result = await selector.query('8.8.8.8', message('example.org'));
    expect(result).toMatchObject({ transport: 'do53', fellBack: true });
    expect([dialled, selector.explain('8.8.8.8')]).toMatchObject([[], { status: 'Good', probe: { phase: 'idle' } }]);
  });

  it('P10 a host’s report does not admit an address that the guard forbids', () => {
    const { selector } = deps();
    selector.report(selector.decide('10.0.0.1'), { transport: 'dot', ok: true, rcode: 0 });
    expect(selector.decide('10.0.0.1')).toMatchObject({ action: 'clear', reason: 'guard' });
    expect(selector.metrics().ignored).toEqual({ guard: 1 });
  });
});

describe('P14', () => {
  it.each([
    ['silent', [24 * HOUR, 24 * HOUR]],
    ['offline', [MINUTE, 2 * MINUTE, 4 * MINUTE]],
  ] as const)('P14 a black hole, Do53 %s meanwhile: left alone for %j', async (script, dampings) => {
    const w = world({ probes: { otherwise: script } });
    w.proveNetwork();
    await found(w, A);
    await w.clock.advance(4 * SECOND);
    for (const damping of dampings) {
      const before = w.begun().length;
      await w.clock.advance(damping - 1);
      await w.contact(A);
      expect([w.status(A), w.begun().length]).toEqual(['Bad', before]);
      await w.clock.advance(1);
      await w.contact(A);
      expect(w.begun()).toHaveLength(before + 1);
      await w.clock.advance(4 * SECOND);
    }
  });
});
