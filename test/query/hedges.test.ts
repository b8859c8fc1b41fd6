import { describe, expect, it } from 'vitest';
import { TransportError } from '../../src/common/errors.js';
import type { LeakInfo } from '../../src/observe/events.js';
import type { QueryResult } from '../../src/query/query.js';
import type { ScriptedAnswer } from '../../src/testing/index.js';
import { answered, delayed } from '../support/answers.js';
import { SECOND, type World, world } from '../support/world.js';
import { query } from '../transport/support.js';

const A = '192.0.2.1';
const NAME = 'a.example.org';

/** A Good server whose Do53 takes 10 ms, and the leaks that are told. */
function slowServer(dot: (w: World) => ScriptedAnswer): {
  w: World;
  leaks: LeakInfo[];
  set(dot: ScriptedAnswer): void;
} {
  const w = world();
  w.dot.set(A, dot(w));
  w.do53.set(A, delayed(w.clock, 10));
  w.makeGood(A);
  const leaks: LeakInfo[] = [];
  w.selector.on('leak', (leak) => leaks.push(leak));
  return { w, leaks, set: (answer) => w.dot.set(A, answer) };
}

/** One query, and a second for it. */
async function ask(w: World): Promise<QueryResult> {
  const asked = w.selector.query(A, query(NAME));
  await w.clock.advance(SECOND);
  return asked;
}

describe('leaks', () => {
  it('of ten queries within a minute all are answered by the hedge: told once a minute', async () => {
    const { w, leaks } = slowServer(({ clock }) => delayed(clock, 900));
    for (let i = 0; i < 9; i++) expect(await ask(w)).toMatchObject({ transport: 'do53', fellBack: true });
    expect(leaks).toEqual([]);
    await ask(w);
    expect(leaks).toEqual([{ endpoint: expect.objectContaining({ address: A, port: 853 }), queries: 10, leaked: 10 }]);
    expect(w.selector.metrics().queries).toMatchObject({ leaks: 1, hedged: 10, do53: 10 });
    for (let i = 0; i < 20; i++) await ask(w);
    expect([leaks.length, w.status(A)]).toEqual([1, 'Good']);
  });

  it('told before the end of the query that makes it one', async () => {
    const { w } = slowServer(({ clock }) => delayed(clock, 900));
    const told: string[] = [];
    for (const event of ['query', 'leak'] as const) w.selector.on(event, () => told.push(event));
    for (let i = 0; i < 10; i++) await ask(w);
    expect(told.slice(-2)).toEqual(['leak', 'query']);
  });

  it.each([
    ['slow', 1, 'a strike, which brings a second look'],
    ['silent from the first', 0, 'none: its session’s silence will be one'],
  ] as const)('DoT is %s: %i strikes, %s', async (_name, strikes, _why) => {
    const { w, leaks, set } = slowServer(({ clock }) => (strikes === 1 ? delayed(clock, 900) : 'never'));
    await ask(w);
    set('never');
    const asked = Array.from({ length: 9 }, () => w.selector.query(A, query(NAME)));
    await w.clock.advance(SECOND);
    await Promise.all(asked);
    expect([leaks.length, w.begun(A).length]).toEqual([1, 0]);
    await w.clock.advance(SECOND);
    expect([w.status(A), w.begun(A).length]).toEqual(['Good', strikes]);
  });

  it('a minute later it is told again', async () => {
    const { w, leaks } = slowServer(({ clock }) => delayed(clock, 900));
    for (let i = 0; i < 75; i++) await ask(w);
    expect(leaks.map(({ queries }) => queries)).toEqual([10, 10]);
  });

  it('more than one query in ten is what it takes', async () => {
    const { w, leaks, set } = slowServer(({ clock }) => delayed(clock, 900));
    await ask(w);
    set('good');
    for (let i = 0; i < 9; i++) await ask(w);
    set(delayed(w.clock, 900));
    await ask(w);
    expect(leaks).toEqual([{ endpoint: expect.anything(), queries: 11, leaked: 2 }]);
    set('good');
    for (let i = 0; i < 100; i++) await ask(w);
    await ask(w);
    expect(leaks).toHaveLength(1);
  });

  it('a fallback after a failure is no leak, and neither is a hedge that loses', async () => {
    const { w, leaks, set } = slowServer(() => ({ phase: 'connect', kind: 'local', detail: 'churn' }));
    for (let i = 0; i < 20; i++) expect(await ask(w)).toMatchObject({ transport: 'do53', fellBack: true });
    set(delayed(w.clock, 600));
    w.do53.set(A, delayed(w.clock, 800));
    for (let i = 0; i < 20; i++) expect(await ask(w)).toMatchObject({ transport: 'dot', encrypted: false });
    expect([leaks, w.selector.metrics().queries.hedged]).toEqual([[], 20]);
  });

  it('three leaks alone never demote: the transport works, if slowly', async () => {
    const { w, leaks } = slowServer(({ clock }) => delayed(clock, 900));
    for (let i = 0; i < 200; i++) await ask(w);
    expect([leaks.length, w.status(A)]).toEqual([4, 'Good']);
  });

  it('another network begins anew', async () => {
    const { w, leaks } = slowServer(({ clock }) => delayed(clock, 900));
    for (let i = 0; i < 9; i++) await ask(w);
    w.selector.networkChanged();
    w.makeGood(A);
    await ask(w);
    expect(leaks).toEqual([]);
  });
});

describe('silence', () => {
  it('once DoT has answered again, a cold start is given its full time', async () => {
    const { w, set } = slowServer(() => 'silent');
    await ask(w);
    expect(w.selector.peek(A).hedgeAfterMs).toBe(250);
    set(delayed(w.clock, 5));
    await ask(w);
    expect(w.selector.peek(A).hedgeAfterMs).toBe(500);
  });
});

describe('our own event loop stands still', () => {
  /** Writes when the loop turns, as sockets do, and answers so long after that. */
  const written =
    ({ clock }: World, ms: number): ScriptedAnswer =>
    (message) =>
      new Promise((resolve) => clock.turn(() => clock.after(ms, () => resolve(answered(message)))));

  it.each([800, 2_000])('Q23 for %i ms before the query is written: no hedge', async (ms) => {
    const { w } = slowServer((one) => written(one, 100));
    const asked = w.selector.query(A, query(NAME));
    await w.clock.stall(ms);
    await w.clock.advance(100);
    expect(await asked).toMatchObject({ transport: 'dot', encrypted: true });
    expect([w.selector.metrics().queries.hedged, w.do53.calls.length]).toEqual([undefined, 0]);
  });

  it('Q23 and then DoT is silent: Do53 joins after another hedge delay', async () => {
    const { w } = slowServer(() => 'never');
    const asked = w.selector.query(A, query(NAME));
    await w.clock.stall(800);
    await w.clock.advance(499);
    expect(w.do53.calls.length).toBe(0);
    await w.clock.advance(11);
    expect(await asked).toMatchObject({ transport: 'do53', fellBack: true });
  });

  it('Q23 again and again: hedged at the second time', async () => {
    const { w } = slowServer(() => 'never');
    const asked = w.selector.query(A, query(NAME));
    await w.clock.stall(800);
    await w.clock.stall(800);
    expect(w.do53.calls.length).toBe(1);
    await w.clock.advance(10);
    expect((await asked).transport).toBe('do53');
  });

  it.each([
    // Time for both: DoT gets as long again.
    [2_000, 900, 499],
    // Half a second is Do53’s.
    [1_500, 900, 99],
    [1_000, 600, 0],
  ])('Q36 of %i ms, %i are stolen: Do53 joins after %i more', async (timeoutMs, stolenMs, moreMs) => {
    const { w } = slowServer(() => 'never');
    const asked = w.selector.query(A, query(NAME), { timeoutMs });
    await w.clock.stall(stolenMs);
    await w.clock.advance(moreMs);
    expect(w.do53.calls.length).toBe(moreMs === 0 ? 1 : 0);
    await w.clock.advance(20);
    expect((await asked).transport).toBe('do53');
  });

  it.each([1_000, 1_100, 2_500])(
    'Q36 for %i ms, and so beyond the caller’s 1,000: Do53 is asked and awaited',
    async (ms) => {
      const { w } = slowServer(() => 'never');
      const asked = w.selector.query(A, query(NAME), { timeoutMs: 1_000 });
      await w.clock.stall(ms);
      await w.clock.advance(10);
      expect(await asked).toMatchObject({ transport: 'do53', fellBack: true });
    },
  );

  it('Q36 and a bound of ours kept DoT from being asked: Do53 is asked and awaited', async () => {
    const refused = new TransportError({ phase: 'connect', kind: 'local', detail: 'openings' });
    const { w } = slowServer(
      ({ clock }) =>
        () =>
          new Promise((_, reject) => void clock.turn(() => reject(refused))),
    );
    const asked = w.selector.query(A, query(NAME), { timeoutMs: 1_000 });
    await w.clock.stall(1_100);
    await w.clock.advance(10);
    expect(await asked).toMatchObject({ transport: 'do53', fellBack: true });
  });

  it('Q36 and Do53 is silent too: told of a timeout when Do53 has had what was stolen from it', async () => {
    const { w } = slowServer(() => 'never');
    w.do53.set(A, 'never');
    const asked = w.selector.query(A, query(NAME), { timeoutMs: 1_000 });
    asked.catch(() => undefined);
    await w.clock.stall(1_100);
    await w.clock.advance(1_000);
    await expect(asked).rejects.toMatchObject({ code: 'TIMEOUT' });
  });
});
