import { Duplex } from 'node:stream';
import { inspect } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  DotExchange,
  DotProber,
  type Exchange,
  type Failure,
  type HostErrorInfo,
  type ProbeResult,
  type SelectorOptions,
  type Source,
  type Store,
  type StoreInfo,
  TransportError,
  TransportSelector,
} from '../../src/index.js';
import { HostErrors } from '../../src/observe/host-errors.js';
import type { StoreCode, StoreHost } from '../../src/store/store.js';
import { ScriptedExchange, ScriptedProber, VirtualClock } from '../../src/testing/index.js';
import type { Connect } from '../../src/transport/tls/tls.js';
import { MINUTE, message, SECOND } from '../support/world.js';
import { openGuard } from '../transport/support.js';

const A = '192.0.2.1';
const asked = message('example.org');

/** Rejections that nobody has heard of, until the test's end: each would end a host's process. */
function unhandled(): unknown[] {
  const reasons: unknown[] = [];
  const note = (reason: unknown): void => void reasons.push(reason);
  process.on('unhandledRejection', note);
  onTestFinished(() => void process.off('unhandledRejection', note));
  return reasons;
}

/** A selector with parts of the host's own, and what is told of them. */
function bench(parts: SelectorOptions & { clock?: VirtualClock } = {}) {
  const { clock = new VirtualClock() } = parts;
  const usual = new ScriptedExchange({ clock });
  const prober = new ScriptedProber({ clock });
  const selector = new TransportSelector({ ...{ clock, prober, dot: usual, do53: usual, guard: openGuard }, ...parts });
  const told: HostErrorInfo[] = [];
  selector.on('hostError', (info) => told.push(info));
  onTestFinished(async () => {
    const closed = selector.close();
    await clock.advance(SECOND);
    await closed;
  });
  return { clock, selector, told };
}

type Bench = ReturnType<typeof bench>;

function makeGood({ selector }: Bench, server = A): void {
  selector.report(selector.decide(server), { transport: 'dot', ok: true, rcode: 0 });
}

/** An exchange whose only call does this. */
function exchangeThat(exchange: () => unknown): Exchange {
  return { exchange: exchange as Exchange['exchange'], close: async () => {} };
}

const plain = Object.freeze({ no: 'error' });
const refusing = Object.assign(new Error('a bug'), { code: 'ECONNREFUSED' });
const throwing = (thrown: unknown) => () => {
  throw thrown;
};
/** Does one thing so often, and another from then on. */
const firstly = <T>(times: number, first: () => T, later: () => T) => {
  let calls = 0;
  return () => (calls++ < times ? first() : later());
};
const rejecting = (thrown: unknown) => () => Promise.reject(thrown);

const throws: readonly (readonly [string, () => unknown, unknown])[] = [
  ['throws', throwing(refusing), refusing],
  ['rejects', rejecting(refusing), refusing],
  ['throws undefined', throwing(undefined), undefined],
  ['rejects with a text', rejecting('no'), 'no'],
  ['rejects with an object', rejecting(plain), plain],
];

describe('an exchange', () => {
  it.each(throws)(
    'P7 that %s: another transport answers, nobody is blamed, and it is told once',
    async (_, does, error) => {
      const b = bench({ dot: exchangeThat(does) });
      makeGood(b);
      const failed: unknown[] = [];
      b.selector.on('query', ({ failures }) => failed.push(...failures));
      for (let i = 0; i < 5; i++) expect((await b.selector.query(A, asked)).transport).toBe('do53');
      expect(failed).toHaveLength(5);
      expect(failed[0]).toMatchObject({ kind: 'local', part: 'dot' });
      expect(b.selector.explain(A).status).toBe('Good');
      expect(b.told).toEqual([{ part: 'dot', error }]);
      expect(b.told[0]?.error).toBe(error);
      expect(b.selector.metrics().hostErrors).toEqual({ dot: 5 });
    },
  );

  it.each(throws)(
    'P7 that %s, and nothing else to ask: the query fails with that as its cause',
    async (_, does, error) => {
      const b = bench({ do53: exchangeThat(does) });
      const failure = await b.selector.query(A, asked).catch((reason) => reason);
      expect(failure).toMatchObject({ code: 'NO_ANSWER', failures: [{ kind: 'local', part: 'do53' }] });
      expect('cause' in failure).toBe(true);
      expect(failure.cause).toEqual(error);
      expect(b.told).toEqual([{ part: 'do53', error }]);
    },
  );

  it('P7 that blames parts that nobody knows, another each time: it is counted as its own', async () => {
    let asks = 0;
    const rejects = async () => {
      const failure = { phase: 'connect', kind: 'local', part: `mine ${++asks}` } as unknown as Failure;
      throw new TransportError(failure, { cause: plain });
    };
    const b = bench({ dot: exchangeThat(rejects) });
    makeGood(b);
    for (let i = 0; i < 3; i++) await b.selector.query(A, asked);
    expect(b.told).toEqual([{ part: 'dot', error: plain }]);
    expect(b.selector.metrics().hostErrors).toEqual({ dot: 3 });
  });

  it('P7 whose own attempt throws what Node calls ECONNREFUSED: the server is not demoted', async () => {
    const attempt = { attempt: throwing(refusing) };
    const b = bench({ dot: Object.assign(exchangeThat(throwing(refusing)), attempt), policy: { strikes: 1 } });
    makeGood(b);
    for (let i = 0; i < 5; i++) await b.selector.query(A, asked);
    expect(b.selector.explain(A).status).toBe('Good');
    expect(b.told).toEqual([{ part: 'dot', error: refusing }]);
  });

  it('P7 that gives no octets: said, and what it gave is kept', async () => {
    const given = [1, 2, 3];
    const b = bench({ do53: exchangeThat(async () => given) });
    const { cause } = await b.selector.query(A, asked).catch((reason) => reason);
    expect(cause).toMatchObject({ name: 'TypeError', message: 'the exchange gave no Uint8Array' });
    expect(cause.cause).toBe(given);
    expect(b.told).toEqual([{ part: 'do53', error: cause }]);
  });

  it('whose sessions throw when they are looked at: console.log shows the rest', () => {
    const error = new Error('sessions');
    const dot = Object.defineProperty(exchangeThat(throwing(refusing)), 'sessions', { get: throwing(error) });
    const b = bench({ dot });
    expect(inspect(b.selector)).toMatch(/sessions: 'unknown'/);
    expect(b.told).toEqual([{ part: 'dot', error }]);
  });

  it('whose sessions cannot be asked, forgotten or reset is told, and nothing stands still', async () => {
    const reasons = unhandled();
    const [isOpen, reset] = [new Error('isOpen'), new Error('reset')];
    const usual = new ScriptedExchange({ clock: new VirtualClock() });
    const more = { attempt: throwing(refusing), isOpen: throwing(isOpen), reset: rejecting(reset) };
    const b = bench({ dot: Object.assign(exchangeThat(throwing(refusing)), more), do53: usual });
    makeGood(b);
    b.selector.decide(A);
    b.selector.networkChanged();
    await new Promise(setImmediate);
    expect(b.told).toEqual([
      { part: 'dot', error: isOpen },
      { part: 'dot', error: reset },
    ]);
    expect(reasons).toEqual([]);
  });
});

describe('a connect of the host’s', () => {
  const wrong = new Duplex();
  wrong.destroy();
  const proxy = new Error('the proxy wants a password');
  const connects: readonly (readonly [string, () => unknown, unknown])[] = [
    ['throws', throwing(proxy), proxy],
    ['throws a text', throwing('no'), 'no'],
    ['gives a stream that fails', () => new Duplex({ read: () => {} }).destroy(proxy), expect.any(TypeError)],
    ['gives a stream that fails later', () => failingLater(proxy), proxy],
    ['gives no stream', () => 5, expect.objectContaining({ message: 'connect gave no stream', cause: 5 })],
    ['is an async function that rejects', rejecting(proxy), expect.objectContaining({ cause: expect.any(Promise) })],
  ];

  function failingLater(error: Error): Duplex {
    const stream = new Duplex({ read: () => {}, write: (_, __, done) => done() });
    setImmediate(() => stream.destroy(error));
    return stream;
  }

  it.each(connects)(
    'P7 that %s: the query that needs it fails with that as its cause, told once',
    async (_, does, error) => {
      const reasons = unhandled();
      const dot = new DotExchange({ guard: openGuard, connect: does as Connect });
      const b = bench({ dot, rules: `require address ${A}` });
      makeGood(b);
      const failure = await b.selector.query(A, asked).catch((reason) => reason);
      expect(failure).toMatchObject({ code: 'NO_ANSWER', failures: [{ kind: 'local', part: 'connect' }] });
      expect(failure.cause).toEqual(error);
      expect(b.told).toEqual([{ part: 'connect', error: failure.cause }]);
      await new Promise(setImmediate);
      expect(reasons).toEqual([]);
    },
  );

  it.each(connects)('P7 that %s: so does a probe, and nothing is learned', async (_, does, error) => {
    const clock = new VirtualClock();
    const do53 = new ScriptedExchange({ clock });
    const prober = new DotProber({ guard: openGuard, connect: does as Connect, do53 });
    const b = bench({ prober, do53 });
    const result = await b.selector.probe(A);
    expect(result).toMatchObject({ evidence: { result: 'inconclusive', why: 'local' }, part: 'connect' });
    expect(result.cause).toEqual(error);
    expect(b.told).toEqual([{ part: 'connect', error: result.cause }]);
    expect(b.selector.explain(A).status).toBe('Unknown');
  });
});

describe('a prober', () => {
  it.each(throws)('P6 that %s: its result says so, with what it threw', async (_, does, error) => {
    const b = bench({ prober: { probe: does as () => Promise<ProbeResult> } });
    const result = await b.selector.probe(A);
    expect(result).toMatchObject({ evidence: { result: 'inconclusive', why: 'broken' }, part: 'prober' });
    expect(result.cause).toEqual(error);
    // It is tried again by itself, 1, 2, 4 and 8 s later.
    for (let second = 0; second < 16; second++) await b.clock.advance(SECOND);
    expect(b.told).toEqual([{ part: 'prober', error }]);
    expect(b.selector.metrics().hostErrors).toEqual({ prober: 5 });
  });

  it('P6 whose result throws when it is read: the same, and the process lives', async () => {
    const reasons = unhandled();
    const given = Object.defineProperty({}, 'evidence', { get: throwing(new Error('a getter’s')) });
    const b = bench({ prober: { probe: async () => given as ProbeResult } });
    const result = await b.selector.probe(A);
    expect(result.evidence).toEqual({ result: 'inconclusive', why: 'broken' });
    expect((result.cause as Error).cause).toBe(given);
    expect(reasons).toEqual([]);
  });

  const lame = { result: 'failure', phase: 'answer', kind: 'lame', controlled: true };
  const oddities: readonly (readonly [string, PropertyDescriptor & { name: string }])[] = [
    ['an answer that is a symbol', { name: 'answer', value: Symbol('x') }],
    ['an answer without a text', { name: 'answer', value: Object.create(null) }],
    ['an answer in a word of its own', { name: 'answer', value: 'fine' }],
    ['such an answer over Do53', { name: 'comparison', value: { rcode: 0, answer: Symbol('x') } }],
    ['a part that nobody knows', { name: 'part', value: 'mine' }],
    ...['tls', 'part', 'comparison'].map(
      (name) => [`a ${name} that throws when it is read`, { name, get: throwing(refusing) }] as const,
    ),
  ];

  it.each(oddities)('P6 whose result has %s: no result, told, its session closed', async (_, { name, ...odd }) => {
    const reasons = unhandled();
    let closed = 0;
    const usual = { evidence: lame, times: { total: 1 }, session: { close: () => void closed++ } };
    const given = Object.defineProperty(usual, name, odd);
    const b = bench({ prober: { probe: async () => given as unknown as ProbeResult } });
    const results: ProbeResult[] = [];
    void b.selector.probe(A).then((result) => results.push(result));
    await new Promise(setImmediate);
    expect(results).toMatchObject([{ evidence: { result: 'inconclusive', why: 'broken' }, part: 'prober' }]);
    expect(b.told).toMatchObject([{ part: 'prober', error: { name: 'TypeError', cause: given } }]);
    expect(b.selector.metrics()).toMatchObject({ hostErrors: { prober: 1 }, lame: {}, inFlight: 0 });
    expect([closed, reasons]).toEqual([1, []]);
  });

  it('P6 whose result throws when its session is read: the same', async () => {
    const given = { evidence: { result: 'success' }, times: { total: 1 } };
    Object.defineProperty(given, 'session', { get: throwing(refusing) });
    const b = bench({ prober: { probe: async () => given as ProbeResult } });
    const results: ProbeResult[] = [];
    void b.selector.probe(A).then((result) => results.push(result));
    await new Promise(setImmediate);
    expect(results).toMatchObject([{ evidence: { why: 'broken' }, part: 'prober' }]);
    expect(b.told).toMatchObject([{ part: 'prober', error: { cause: given } }]);
  });

  it('P6 whose result is of a class of its own, and changes later: it is taken as it was', async () => {
    class Own {
      reads = 0;
      get evidence() {
        return this.reads++ === 0 ? { result: 'success' } : undefined;
      }
      get times() {
        return { total: 1 };
      }
    }
    const b = bench({ prober: { probe: async () => new Own() as unknown as ProbeResult } });
    const results: ProbeResult[] = [];
    void b.selector.probe(A).then((result) => results.push(result));
    await new Promise(setImmediate);
    expect(results).toEqual([{ evidence: { result: 'success' }, times: { total: 1 } }]);
    expect(b.told).toEqual([]);
  });

  it('P6 whose session cannot be closed is told', async () => {
    const error = new Error('close');
    const session = { close: throwing(error) };
    const prober = {
      probe: async (): Promise<ProbeResult> => ({ evidence: { result: 'success' }, times: { total: 1 }, session }),
    };
    const b = bench({ prober });
    await b.selector.probe(A);
    expect(b.told).toEqual([{ part: 'prober', error }]);
  });

  it('P15 of ours whose comparison the host’s Do53 breaks: that is told, and the server is judged by DoT alone', async () => {
    const error = new Error('do53');
    const connect = throwing(Object.assign(new Error('no route'), { code: 'ENETUNREACH' })) as unknown as Connect;
    const do53 = exchangeThat(throwing(error));
    const b = bench({ do53, prober: new DotProber({ guard: openGuard, connect, do53 }) });
    const result = await b.selector.probe(A);
    expect(result).toMatchObject({ evidence: { kind: 'unreachable', controlled: false }, part: 'do53', cause: error });
    expect(b.told).toEqual([{ part: 'do53', error }]);
  });

  it('P15 of ours for whose comparison the host’s Do53 never settles: that is told as well', async () => {
    const clock = new VirtualClock();
    const connect = throwing(Object.assign(new Error('no route'), { code: 'ENETUNREACH' })) as unknown as Connect;
    const do53 = exchangeThat(() => new Promise(() => {}));
    const b = bench({ clock, do53, prober: new DotProber({ clock, guard: openGuard, connect, do53 }) });
    const probed = b.selector.probe(A);
    await clock.advance(5 * SECOND);
    const error = new Error('it has not settled although its signal has aborted');
    expect(await probed).toMatchObject({ evidence: { kind: 'unreachable', controlled: false }, part: 'do53' });
    expect(b.told).toEqual([{ part: 'do53', error }]);
  });
});

describe('a store', () => {
  function storeWith(parts: Partial<Record<keyof Store, () => unknown>>): Store {
    const usual = {
      open: async () => [],
      append: () => {},
      compact: async () => {},
      flush: async () => {},
      close: async () => {},
    };
    return { ...usual, ...parts } as unknown as Store;
  }

  it.each(['append', 'open', 'compact'] as const)(
    'M3 whose %s throws, or rejects: the error is told as it was',
    async (method) => {
      for (const does of [throwing, rejecting]) {
        const reasons = unhandled();
        const error = { no: method };
        const b = bench({ store: storeWith({ [method]: does(error) }) });
        const codes: StoreInfo[] = [];
        b.selector.on('store', (info) => codes.push(info));
        await b.clock.advance(0);
        makeGood(b);
        await b.clock.advance(0);
        b.selector.networkChanged();
        makeGood(b, '192.0.2.2');
        await b.clock.advance(0);
        await new Promise(setImmediate);
        expect(b.told).toEqual([{ part: 'store', error }]);
        expect(codes.map(({ code }) => code)).toContain('failed');
        expect(reasons).toEqual([]);
      }
    },
  );

  it('M3 that brings what is no verdict: the rest is taken', async () => {
    const b = bench({ store: storeWith({ open: async () => [7, { address: 'x' }] }) });
    await b.clock.advance(0);
    expect(b.told).toMatchObject([
      { part: 'store', error: { message: 'the store brought what is no verdict', cause: 7 } },
    ]);
    expect(b.selector.metrics().hostErrors).toEqual({ store: 2 });
  });

  it('M3 that tells codes that nobody knows: each is a failure', async () => {
    const hosts: StoreHost[] = [];
    const open = async (...given: StoreHost[]) => hosts.splice(0, 0, ...given);
    const b = bench({ store: storeWith({ open }) });
    const codes: unknown[] = [];
    b.selector.on('store', ({ code }) => codes.push(code));
    for (const code of ['full', 'mine 1', 'mine 2', Symbol('x')]) hosts[0]?.tell(code as StoreCode, 'why');
    expect(codes).toEqual(['full', 'failed', 'failed', 'failed']);
    expect(b.selector.metrics().store).toEqual({ full: 1, failed: 3 });
  });

  it('M3 whose lease rejects is told; we probe', async () => {
    const error = new Error('lease');
    const sharing = { lease: rejecting(error), release: () => {}, networkChanged: () => {} };
    const store = Object.assign(storeWith({}), sharing);
    const b = bench({ store, policy: { threshold: 1, onlyAfterAnswer: false } });
    await b.clock.advance(0);
    b.selector.decide(A);
    await b.clock.advance(SECOND);
    expect(b.selector.explain(A).status).toBe('Good');
    expect(b.told).toEqual([{ part: 'store', error }]);
  });
});

describe('a guard', () => {
  it('that throws: the errors of what it refuses have its own as their cause, and no other', async () => {
    const own = new RangeError('mine');
    let mood: () => boolean = () => {
      throw own;
    };
    const b = bench({ guard: { admits: () => mood() } });
    const strict = { context: { demand: 'require' } } as const;
    const refused = (): Promise<Error & { code: string }> => b.selector.query(A, asked, strict).catch((error) => error);
    expect(await refused()).toMatchObject({ code: 'REFUSED_BY_GUARD', decision: { reason: 'guard' } });
    expect((await refused()).cause).toBe(own);
    const probed = await b.selector.probe(A).catch((error) => error);
    expect([probed.code, probed.cause]).toEqual(['REFUSED_BY_GUARD', own]);
    mood = () => false;
    expect('cause' in (await refused())).toBe(false);
  });

  it('that has thrown once: what a rule refuses afterwards has nothing of it', async () => {
    const b = bench({ guard: { admits: firstly(1, throwing(refusing), () => true) } });
    await b.selector.query(A, asked);
    b.selector.setRules(`never address ${A}`);
    const refused = await b.selector.query(A, asked, { context: { demand: 'require' } }).catch((error) => error);
    expect([refused.code, 'cause' in refused]).toEqual(['REFUSED_BY_RULE', false]);
  });

  it('P10 that throws at connect: the error of what needs the connection has its own beneath', async () => {
    const b = bench({ dot: undefined, guard: { admits: firstly(1, () => true, throwing(refusing)) } });
    const failure = await b.selector.query(A, asked, { context: { demand: 'require' } }).catch((error) => error);
    expect(failure).toMatchObject({ code: 'NO_ANSWER', cause: { cause: { code: 'REFUSED_BY_GUARD' } } });
    expect(failure.cause.cause.cause).toBe(refusing);
  });

  it.each([2, 3, 4])(
    'P10 that throws after %i times yes, as a probe begins or connects: so does its result',
    async (times) => {
      const b = bench({ prober: undefined, guard: { admits: firstly(times, () => true, throwing(refusing)) } });
      const { cause } = await b.selector.probe(A);
      expect(cause).toMatchObject({ code: 'REFUSED_BY_GUARD' });
      expect((cause as Error).cause).toBe(refusing);
    },
  );

  it.each(throws.filter(([what]) => what.startsWith('throws')))(
    'P10 that %s says no, and is told',
    (_, does, error) => {
      const b = bench({ guard: { admits: does as unknown as () => boolean } });
      for (let i = 0; i < 3; i++) expect(b.selector.decide(A).reason).toBe('guard');
      expect(b.told).toEqual([{ part: 'guard', error }]);
    },
  );

  it('P10 that is asynchronous, or says something like yes, says no', async () => {
    const reasons = unhandled();
    const error = new Error('later');
    for (const does of [async () => true, rejecting(error), () => 1, () => undefined]) {
      const b = bench({ guard: { admits: does as unknown as () => boolean } });
      expect(b.selector.decide(A).reason).toBe('guard');
      await new Promise(setImmediate);
      expect(b.told[0]).toMatchObject({ part: 'guard', error: { message: 'admits() gave neither true nor false' } });
      const dot = new DotExchange({ guard: { admits: does as unknown as () => boolean } });
      const { dot: endpoint } = b.selector.decide(A).server;
      const failed = dot.exchange(endpoint as never, asked, { signal: new AbortController().signal });
      await expect(failed).rejects.toMatchObject({ code: 'REFUSED_BY_GUARD' });
      await dot.close();
    }
    expect(reasons).toEqual([]);
  });

  it('P10 of an exchange of ours that throws: no server is blamed, whatever the code', async () => {
    const dot = new DotExchange({ guard: { admits: throwing(refusing) } });
    const b = bench({ dot, policy: { strikes: 1 } });
    makeGood(b);
    expect((await b.selector.query(A, asked)).transport).toBe('do53');
    expect([b.told, b.selector.explain(A).status]).toEqual([[{ part: 'guard', error: refusing }], 'Good']);
  });
});

describe('random numbers', () => {
  it.each([
    ['throw', throwing(refusing), refusing],
    ['are none', () => Number.NaN, expect.objectContaining({ cause: Number.NaN })],
    [
      'are forgotten',
      () => undefined,
      expect.objectContaining({ cause: undefined, message: 'random gave no number in [0,1)' }),
    ],
    ['are too great', () => 1, expect.objectContaining({ cause: 1 })],
    ['come later', rejecting(refusing), expect.any(TypeError)],
  ])('that %s are told, and a middle one takes their place', async (_, does, error) => {
    const reasons = unhandled();
    const b = bench({ random: does as () => number });
    makeGood(b);
    expect(b.selector.explain(A).status).toBe('Good');
    expect(b.told[0]).toEqual({ part: 'random', error });
    await new Promise(setImmediate);
    expect(reasons).toEqual([]);
  });
});

describe('a source', () => {
  it('that throws, or claims what is no claim, is told', () => {
    const error = new Error('claims');
    const b = bench({ sources: [{ name: 'broken', claims: throwing(error) } as unknown as Source] });
    for (let i = 0; i < 3; i++) b.selector.decide(A);
    expect(b.told).toEqual([{ part: 'source', error }]);
  });
});

describe('a listener', () => {
  it('that throws is told to the others, and one to this very event is told to itself once', async () => {
    const b = bench();
    const [one, two] = [new Error('transition'), new Error('hostError')];
    b.selector.on('transition', throwing(one));
    b.selector.on('hostError', throwing(two));
    for (const server of [A, '192.0.2.2', '192.0.2.3']) makeGood(b, server);
    expect(b.told).toEqual([
      { part: 'listener', error: one },
      { part: 'listener', error: two },
    ]);
    // Three of the transitions, and two of what was told.
    expect(b.selector.metrics()).toMatchObject({ listenerErrors: 5, hostErrors: { listener: 5 } });
  });
});

describe('once', () => {
  function watched() {
    const clock = new VirtualClock();
    const told: unknown[] = [];
    let isHeard = true;
    const hostErrors = new HostErrors(clock, ({ error }) => {
      if (isHeard) told.push(error);
      return isHeard;
    });
    const hear = (heard: boolean): void => {
      isHeard = heard;
    };
    return { clock, told, hostErrors, hear };
  }

  it('means a kind of error and a part: another is told at once', () => {
    const { told, hostErrors } = watched();
    const [one, two] = [new Error('one'), new TypeError('one')];
    for (const part of ['dot', 'do53'])
      for (const error of [one, two, one, new Error('one')]) hostErrors.tell(part, error);
    expect(told).toEqual([one, two, one, two]);
    expect(hostErrors.counts).toEqual({ dot: 4, do53: 4 });
  });

  it('means a code, where there is one: what its message says may differ each time', () => {
    const { told, hostErrors } = watched();
    for (let i = 0; i < 100; i++) hostErrors.tell('dot', Object.assign(new Error(`to port ${i}`), { code: 'EPROXY' }));
    expect(told).toHaveLength(1);
  });

  it('ends after a minute without it: somebody may have mended it meanwhile', async () => {
    const { clock, told, hostErrors } = watched();
    for (let i = 0; i < 10; i++) {
      hostErrors.tell('dot', 'no');
      await clock.advance(MINUTE - 1);
    }
    expect(told).toHaveLength(1);
    await clock.advance(1);
    hostErrors.tell('dot', 'no');
    expect(told).toHaveLength(2);
  });

  it('has a bound: of messages without end 16 a part are told, and as many a minute later', async () => {
    const { clock, told, hostErrors } = watched();
    const flood = () => {
      for (let i = 0; i < 1_000; i++) hostErrors.tell('dot', `no ${i}`);
    };
    flood();
    expect(told).toHaveLength(16);
    await clock.advance(MINUTE);
    flood();
    expect(told).toHaveLength(32);
    expect(hostErrors.counts).toEqual({ dot: 2_000 });
  });

  it('waits for somebody who hears it', () => {
    const { told, hostErrors, hear } = watched();
    hear(false);
    hostErrors.tell('dot', 'no');
    hear(true);
    hostErrors.tell('dot', 'no');
    expect(told).toEqual(['no']);
  });

  it('bears an error that throws when it is looked at', () => {
    const { told, hostErrors } = watched();
    const hostile = Object.defineProperty({}, 'message', { get: throwing(new Error('a getter’s')) });
    const nameless = { name: Symbol('none'), message: Object.create(null) };
    for (const error of [hostile, hostile, nameless, undefined, null]) hostErrors.tell('dot', error);
    expect(told.length).toBeGreaterThanOrEqual(3);
    expect(told[0]).toBe(hostile);
  });
});
