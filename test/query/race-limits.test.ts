import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { TransportError } from '../../src/common/errors.js';
import { Discovery } from '../../src/discovery/discovery.js';
import type { ScriptedAnswer } from '../../src/testing/index.js';
import type { Attempt, AttemptingExchange, Reply } from '../../src/transport/exchange.js';
import { answered, delayed } from '../support/answers.js';
import { SECOND, type World, world } from '../support/world.js';
import { query } from '../transport/support.js';

const A = '192.0.2.1';
const MESSAGE = query('a.example.org');
const REFUSED = { phase: 'connect', kind: 'refused' } as const;

/** An attempt that the test leads, and what it was given. */
interface Led {
  readonly limitMs: number;
  readonly openingMs: number | undefined;
  readonly at: number;
  bring(): void;
  fail(error: unknown): void;
}

/** From now on the test leads what is asked over one transport; nothing of it is ever taken back. */
function lead(w: World, which: 'dot' | 'do53'): Led[] {
  const all: Led[] = [];
  const attempt: AttemptingExchange['attempt'] = (_, message, limitMs, _authentication, options): Attempt => {
    const at = w.clock.now();
    const { promise, resolve, reject } = promised<Reply>();
    const bring = () => {
      const total = w.clock.now() - at;
      resolve({ message: answered(message), times: { answer: total, total }, authenticated: false });
    };
    all.push({ limitMs, openingMs: options?.openingMs, at, bring, fail: reject });
    return { done: promise, withdraw: () => false };
  };
  Object.assign(w[which], { attempt });
  return all;
}

function promised<T>(): { promise: Promise<T>; resolve: (value: T) => void; reject: (error: unknown) => void } {
  let resolve: (value: T) => void = () => {};
  let reject: (error: unknown) => void = () => {};
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}

function good(dot: (w: World) => ScriptedAnswer): World {
  const w = world();
  w.dot.set(A, dot(w));
  w.makeGood(A);
  return w;
}

/** Asks, and tells how that ended and when. */
function ask(w: World, timeoutMs?: number): { readonly ended: unknown[] } {
  const ended: unknown[] = [];
  const startedAt = w.clock.now();
  w.selector.query(A, MESSAGE, { timeoutMs }).then(
    ({ transport }) => ended.push(transport, w.clock.now() - startedAt),
    ({ code }) => ended.push(code, w.clock.now() - startedAt),
  );
  return { ended };
}

describe('an attempt over DoT', () => {
  it.each([
    [500, 4_000],
    [20_000, 20_000],
  ])('Q37 that must be encrypted waits for a session to its end: of a caller with %i ms', async (callerMs, limitMs) => {
    const w = world();
    w.makeGood(A);
    const led = lead(w, 'dot');
    const asked = w.selector.query(A, MESSAGE, { timeoutMs: callerMs, context: { demand: 'require' } });
    asked.catch(() => {});
    await w.clock.advance(0);
    expect(led).toMatchObject([{ limitMs, openingMs: limitMs }]);
  });

  it.each([
    [5_000, 4_000, 1_250],
    [20_000, 4_000, 2_000],
    [5_000, 1_000, 500],
  ])('Q37 that Do53 may follow waits for less: of a caller with %i ms, and %i ms of its own', async (...given) => {
    const [callerMs, attemptMs, openingMs] = given;
    const w = world({ policy: { attemptMs } });
    w.makeGood(A);
    const led = lead(w, 'dot');
    ask(w, callerMs);
    await w.clock.advance(0);
    expect(led).toMatchObject([{ limitMs: attemptMs, openingMs }]);
  });
});

describe('an attempt over Do53', () => {
  it('where nothing else is asked, it has nearly all of the caller’s time', async () => {
    const w = world();
    const led = lead(w, 'do53');
    ask(w);
    ask(w, 500);
    await w.clock.advance(0);
    expect(led.map(({ limitMs }) => limitMs)).toEqual([4_950, 475]);
  });

  it('after DoT, what is left of it', async () => {
    const w = good(
      ({ clock }) =>
        () =>
          new Promise((_, no) => clock.after(400, () => no(new TransportError(REFUSED)))),
    );
    const led = lead(w, 'do53');
    await w.clock.advance(7 * SECOND);
    ask(w);
    await w.clock.advance(400);
    expect(led.map(({ limitMs, at }) => [limitMs, at])).toEqual([[4_550, 7_400]]);
  });

  it.each([
    ['a little before its limit', 4_945, ['TIMEOUT', 5_000]],
    ['sooner', 4_944, ['NO_ANSWER', 4_944]],
  ])('that falls silent %s: %j ms', async (_, at, told) => {
    const w = world();
    const led = lead(w, 'do53');
    await w.clock.advance(3 * SECOND);
    const { ended } = ask(w);
    await w.clock.advance(at);
    led[0]?.fail(new TransportError({ phase: 'answer', kind: 'silent' }));
    await w.clock.advance(5_000 - at);
    expect(ended).toEqual(told);
  });

  it.each([
    [4, 1],
    [5, 2],
  ])('an answer teaches of the moment at which it came: %j ms after another, %j of the two', async (ms, times) => {
    const w = world();
    const led = lead(w, 'do53');
    const lesson = vi.spyOn(Discovery.prototype, 'answered');
    onTestFinished(() => lesson.mockRestore());
    await w.clock.advance(SECOND);
    ask(w);
    ask(w);
    await w.clock.advance(100);
    led[0]?.bring();
    await w.clock.advance(ms);
    led[1]?.bring();
    await w.clock.advance(0);
    expect(lesson).toHaveBeenCalledTimes(times);
  });
});

describe('a caller that has gone', () => {
  it.each(['dot', 'do53'] as const)('is counted once, whatever %s brings after it', async (which) => {
    const w = which === 'dot' ? good(() => 'good') : world();
    const led = lead(w, which);
    const caller = new AbortController();
    const asked = w.selector.query(A, MESSAGE, { signal: caller.signal }).catch((reason) => reason);
    await w.clock.advance(10);
    caller.abort('gone');
    expect([await asked, led.length]).toEqual(['gone', 1]);
    const before = w.selector.metrics().queries;
    led[0]?.bring();
    await w.clock.advance(SECOND);
    expect([before, w.selector.metrics().queries]).toEqual([{ failed: 1 }, { failed: 1 }]);
  });

  it('and what DoT brings that is worth a comparison is not compared', async () => {
    const w = good(({ clock }) => delayed(clock, 200, { rcode: 'SERVFAIL' }));
    const clear = lead(w, 'do53');
    const caller = new AbortController();
    const asked = w.selector.query(A, MESSAGE, { signal: caller.signal }).catch((reason) => reason);
    await w.clock.advance(10);
    caller.abort('gone');
    await asked;
    await w.clock.advance(10 * SECOND);
    expect([clear.length, w.selector.metrics().clearToGood]).toEqual([0, {}]);
  });
});

describe('what is counted', () => {
  it('a query that fails has not fallen back', async () => {
    const w = good(() => REFUSED);
    w.do53.set(A, { phase: 'answer', kind: 'closed' });
    const { ended } = ask(w);
    await w.clock.advance(0);
    expect([ended, w.selector.metrics().queries]).toEqual([['NO_ANSWER', 0], { failed: 1 }]);
  });

  it.each([
    [{ phase: 'connect', kind: 'local', detail: 'budget' }, 'budget'],
    [{ phase: 'connect', kind: 'local', detail: 'churn' }, 'churn'],
    [{ phase: 'connect', kind: 'local', detail: 'EMFILE' }, 'fallback'],
    [{ phase: 'connect', kind: 'refused', detail: 'budget' }, 'fallback'],
    [{ phase: 'connect', kind: 'closed', detail: 'churn' }, 'fallback'],
  ] as const)('DoT fails by %j: in clear text because of %s', async (failure, why) => {
    const w = good(() => failure);
    await w.ask(A);
    expect(w.selector.metrics().clearToGood).toEqual({ [why]: 1 });
  });

  it('one hedge and many fallbacks are no leak: only hedges that win are', async () => {
    const w = good(({ clock }) => delayed(clock, 3_000));
    const leaks: unknown[] = [];
    w.selector.on('leak', (leak) => leaks.push(leak));
    const { ended } = ask(w);
    await w.clock.advance(3_000);
    expect([ended[0], w.selector.metrics().queries.hedged]).toEqual(['do53', 1]);
    w.dot.set(A, { phase: 'connect', kind: 'local' });
    for (let count = 0; count < 14; count++) expect((await w.ask(A)).fellBack).toBe(true);
    expect([leaks, w.selector.metrics().queries.fellBack]).toEqual([[], 15]);
  });
});
