import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Attempt, AttemptListener, Exchange, Reply } from '../../src/index.js';
import { DotExchange, TransportError, TransportSelector } from '../../src/index.js';
import { type ScriptedAnswer, ScriptedExchange, ScriptedProber, VirtualClock } from '../../src/testing/index.js';
import { answered, delayed } from '../support/answers.js';
import { addressIn, codeOf, lab } from '../support/lab.js';
import { DAY, SECOND, world } from '../support/world.js';
import { query, withAdditional } from '../transport/support.js';

const A = '192.0.2.1';

const unhandled: unknown[] = [];
const note = (reason: unknown): void => void unhandled.push(reason);
beforeEach(() => {
  unhandled.length = 0;
  process.on('unhandledRejection', note);
});
afterEach(async () => {
  await new Promise(setImmediate);
  process.off('unhandledRejection', note);
  expect(unhandled).toEqual([]);
});

/** An exchange that waits for an answer until it is told to wait no more. */
function rejectingAtItsLimit(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('waits no more'))));
}

const notBytes = (() => 'answer') as unknown as ScriptedAnswer;

describe('a host’s own exchange', () => {
  it.each<[string, ScriptedAnswer, string]>([
    ['throws', 'throw', 'local'],
    ['rejects', 'reject', 'local'],
    ['brings no bytes', notBytes, 'local'],
    ['brings garbage', () => new Uint8Array(40).fill(0xff), 'malformed'],
    ['brings too little', () => new Uint8Array(3), 'malformed'],
    ['brings another question’s answer', () => answered(query('other.test', 0x1234)), 'malformed'],
    ['brings another id', () => answered(query('a.example.org', 1)), 'malformed'],
    ['brings the query itself', (message) => message, 'malformed'],
    ['tells what happened', { phase: 'handshake', kind: 'alert' }, 'alert'],
  ])('that %s: this query is answered over Do53, and the failure is %s', async (_, dot, kind) => {
    const w = world({ probes: { otherwise: 'local' } });
    w.dot.set(A, dot);
    w.makeGood(A);
    const kinds: string[] = [];
    w.selector.on('query', ({ failures }) => kinds.push(...failures.map((failure) => failure.kind)));
    for (let i = 0; i < 2; i++) {
      await w.clock.advance(1);
      const asked = w.selector.query(A, query('a.example.org'));
      await w.clock.advance(0);
      expect(await asked).toMatchObject({ transport: 'do53', fellBack: true });
    }
    expect(kinds).toEqual([kind, kind]);
    // A host's bug demotes nobody; what the peer did, does.
    expect(w.status(A)).toBe(kind === 'local' ? 'Good' : 'Bad');
  });

  it.each<[string, ScriptedAnswer]>([
    ['throws', 'throw'],
    ['brings no bytes', notBytes],
    ['brings garbage', () => new Uint8Array(40).fill(0xff)],
  ])('for Do53 that %s: a typed error', async (_, do53) => {
    const w = world();
    w.do53.set(A, do53);
    expect(await codeOf(w.selector.query(A, query('a.example.org')))).toBe('NO_ANSWER');
  });

  it.each([
    ['never settles and heeds no signal: its own fault, and no strike', () => new Promise<never>(() => {}), 'Good'],
    ['rejects when its signal aborts: the server was silent', rejectingAtItsLimit, 'Bad'],
  ])('P7 that %s; hedged meanwhile', async (_, exchange, status) => {
    const clock = new VirtualClock();
    const dot: Exchange = { exchange: (_endpoint, _message, { signal }) => exchange(signal), close: async () => {} };
    const do53 = new ScriptedExchange({ clock });
    const probing = { prober: new ScriptedProber({ clock, otherwise: 'local' }), random: () => 0.5 };
    const selector = new TransportSelector({ clock, dot, do53, ...probing, guard: { allow: ['192.0.2.0/24'] } });
    selector.report(selector.decide(A), { transport: 'dot', ok: true, rcode: 0 });
    const told: unknown[] = [];
    selector.on('hostError', ({ part, error }) => told.push([part, (error as Error).message]));
    for (let i = 0; i < 3; i++) {
      const asked = selector.query(A, query('a.example.org'));
      await clock.advance(500);
      expect((await asked).transport).toBe('do53');
      await clock.advance(10 * SECOND);
    }
    expect(selector.explain(A).status).toBe(status);
    const own = [['dot', 'it has not settled although its signal has aborted']];
    expect(told).toEqual(status === 'Good' ? own : []);
    await selector.close();
  });

  it('P7 that rejects when its signal aborts, while our own loop stood still: no strike', async () => {
    const w = world({ probes: { otherwise: 'local' } });
    w.makeGood(A);
    w.dot.set(A, 'never');
    for (let i = 0; i < 4; i++) {
      const asked = w.selector.query(A, query('a.example.org'));
      await w.clock.advance(1);
      await w.clock.stall(10 * SECOND);
      await w.clock.advance(SECOND);
      await asked.catch(() => {});
    }
    expect(w.status(A)).toBe('Good');
  });

  it('that settles after its caller has left harms nothing', async () => {
    const w = world();
    const settle: ((error: Error) => void)[] = [];
    w.do53.set(A, () => new Promise((_, reject) => settle.push(reject)));
    const caller = new AbortController();
    const asked = codeOf(w.selector.query(A, query('a.example.org'), { signal: caller.signal }));
    await w.clock.advance(0);
    caller.abort('gone');
    expect(await asked).toBe('gone');
    for (const reject of settle) reject(new TransportError({ phase: 'answer', kind: 'closed' }));
    await w.clock.advance(10 * SECOND);
    expect(w.status(A)).toBe('Unknown');
  });

  it('that the host has closed already: this query is answered over Do53, no strike', async () => {
    const dot = new DotExchange();
    await dot.close();
    const l = await lab({}, { dot });
    for (let i = 0; i < 3; i++) {
      l.makeGood();
      expect(await l.ask()).toMatchObject({ transport: 'do53', fellBack: true });
    }
    expect(l.selector.explain(l.target)).toMatchObject({ status: 'Good', probe: { phase: 'idle' } });
  });

  it('gets the message as the host made it, signed or not, and its answer is passed on as it came', async () => {
    const w = world();
    w.makeGood(A);
    const signed = withAdditional(query('a.example.org', 77), [0, 0, 250, 0, 255, 0, 0, 0, 0, 0, 2, 1, 2]);
    for (const message of [query('a.example.org'), signed]) {
      const asked = w.selector.query(A, message);
      await w.clock.advance(0);
      expect(addressIn((await asked).message)).toBe('192.0.2.1');
      expect(w.dot.calls.at(-1)?.asked.message).toEqual(message);
    }
  });
});

describe('a host’s own exchange and our messages', () => {
  it('that writes into the message it gets: Do53 gets it as it was', async () => {
    const w = world();
    w.makeGood(A);
    const message = query('a.example.org', 7);
    w.dot.set(A, (given) => {
      given.fill(0);
      throw new TransportError({ phase: 'connect', kind: 'closed' });
    });
    const asked = w.selector.query(A, message);
    await w.clock.advance(0);
    expect(addressIn((await asked).message)).toBe('192.0.2.1');
    expect(w.do53.calls.at(-1)?.asked.message).toEqual(query('a.example.org', 7));
    expect(message).toEqual(query('a.example.org', 7));
  });

  it('that writes into the message it gets, and answers what was asked: that is the answer', async () => {
    const w = world();
    w.makeGood(A);
    w.dot.set(A, (given) => {
      const answer = answered(given);
      given.fill(0);
      return answer;
    });
    const asked = w.selector.query(A, query('a.example.org', 7));
    await w.clock.advance(0);
    expect(await asked).toMatchObject({ transport: 'dot', encrypted: true });
  });

  it('whose buffer the caller uses again at once: in clear text as well it gets what was asked', async () => {
    const w = world();
    let given: Uint8Array | undefined;
    w.do53.set(A, (message) => {
      given = message;
      return answered(message);
    });
    const message = query('a.example.org', 7);
    const asked = w.selector.query(A, message);
    message.fill(0);
    await w.clock.advance(0);
    await asked;
    expect(given).toEqual(query('a.example.org', 7));
  });

  it('with an `attempt` that means something else: a typed error, at the start and as a hedge', async () => {
    const clock = new VirtualClock();
    const do53 = Object.assign(new ScriptedExchange({ clock }), { attempt: () => 3 });
    const dot = new ScriptedExchange({ clock });
    const selector = new TransportSelector({ clock, dot, do53, guard: { allow: ['192.0.2.0/24'] } });
    expect(await codeOf(selector.query(A, query('a.example.org')))).toBe('NO_ANSWER');
    selector.report(selector.decide(A), { transport: 'dot', ok: true, rcode: 0 });
    dot.set(A, 'never');
    const asked = codeOf(selector.query(A, query('a.example.org')));
    await clock.advance(5_000);
    expect(await asked).toBe('NO_ANSWER');
    await selector.close();
  });

  const times = { answer: 1, total: 1 };
  const message = answered(query('a.example.org'));
  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['the bytes alone', message],
    ['no times', { message, authenticated: false }],
    ['a time that is no number', { message, times: { answer: Number.NaN, total: 1 }, authenticated: false }],
    ['no bytes', { message: 'answer', times, authenticated: false }],
  ])('whose attempt brings %s: a failure of our own, and nothing is learned of the times', async (_, reply) => {
    const clock = new VirtualClock();
    const attempts = (brings: unknown) => ({
      attempt: () => ({ done: Promise.resolve(brings), withdraw: () => false }),
    });
    const dot = Object.assign(new ScriptedExchange({ clock }), attempts(reply));
    const do53 = Object.assign(new ScriptedExchange({ clock }), attempts({ message, times, authenticated: false }));
    const selector = new TransportSelector({ clock, dot, do53, guard: { allow: ['192.0.2.0/24'] } } as never);
    selector.report(selector.decide(A), { transport: 'dot', ok: true, rcode: 0 });
    const asked = await selector.query(A, query('a.example.org'));
    expect(asked).toMatchObject({ transport: 'do53', fellBack: true });
    expect(selector.explain(A)).toMatchObject({ status: 'Good' });
    Object.assign(do53, attempts(reply));
    expect(await codeOf(selector.query(A, query('a.example.org')))).toBe('NO_ANSWER');
    await selector.close();
  });
});

/** An attempt that is never sent, and fails from inside its being taken back, as ours do. */
class Unsent implements Attempt {
  #listener: AttemptListener | undefined;
  readonly done: Promise<Reply> = new Promise(() => {});

  listen(listener: AttemptListener): void {
    this.#listener = listener;
  }

  withdraw(): boolean {
    this.#listener?.failed(new TransportError({ phase: 'connect', kind: 'local', detail: 'withdrawn' }));
    return true;
  }
}

it('DoT answers while its hedge waits unsent: encrypted, told once, counted once', async () => {
  const clock = new VirtualClock();
  const dot = new ScriptedExchange({ clock });
  const do53 = Object.assign(new ScriptedExchange({ clock }), { attempt: () => new Unsent() });
  const selector = new TransportSelector({ clock, dot, do53, guard: { allow: ['192.0.2.0/24'] } });
  selector.report(selector.decide(A), { transport: 'dot', ok: true, rcode: 0 });
  dot.set(A, delayed(clock, 1_000));
  const told: unknown[] = [];
  selector.on('query', (info) => told.push(info));
  const asked = selector.query(A, query('a.example.org'));
  await clock.advance(1_000);
  expect(await asked).toMatchObject({ transport: 'dot', encrypted: true, fellBack: false });
  expect(told).toMatchObject([{ achieved: 'dot', failures: [] }]);
  expect(selector.metrics().queries).toMatchObject({ dot: 1, hedged: 1 });
  await selector.close();
});

it('nothing that goes wrong is an unhandled rejection', async () => {
  const w = world({ probes: { otherwise: ['throw', 'reject', 'late', 'never', 'silent', 'lame', 'good'] } });
  const troubles: ScriptedAnswer[] = ['throw', 'reject', 'silent', 'never', 'SERVFAIL', notBytes, 'good'];
  w.dot.set(A, troubles);
  w.do53.set(A, troubles.toReversed());
  w.makeGood(A);
  for (let i = 0; i < 60; i++) {
    const caller = new AbortController();
    // Nobody listens to what becomes of these.
    void w.selector
      .query(A, query(`n${i}.z${i % 5}.example`), { signal: caller.signal, timeoutMs: 50 + i * 40 })
      .catch(() => {});
    if (i % 3 === 0) void w.selector.probe(A, { force: true }).catch(() => {});
    await w.clock.advance(i * 37);
    if (i % 4 === 0) caller.abort();
    if (i % 13 === 0) w.selector.forget(A);
    if (i % 17 === 0) w.selector.networkChanged();
    if (i % 5 === 0) w.makeGood(A);
  }
  await w.clock.advance(DAY);
  expect(w.selector.metrics().inFlight).toBe(0);
});
