import { expect, it, vi } from 'vitest';
import type { QueryInfo } from '../../src/observe/events.js';
import type { QueryResult } from '../../src/query/query.js';
import type { ScriptedAnswer } from '../../src/testing/index.js';
import type { Attempt, AttemptingExchange, Reply } from '../../src/transport/exchange.js';
import { forbidden } from '../../src/transport/failure.js';
import { delayed } from '../support/answers.js';
import { SECOND, type World, world } from '../support/world.js';
import { query } from '../transport/support.js';

const A = '192.0.2.1';
const NAME = 'a.example.org';

function good(dot: (w: World) => ScriptedAnswer, do53: (w: World) => ScriptedAnswer): World {
  const w = world();
  w.dot.set(A, dot(w));
  w.do53.set(A, do53(w));
  w.makeGood(A);
  return w;
}

/** A query, and how long it took on the virtual clock. */
async function timed(w: World): Promise<QueryResult & { tookMs: number }> {
  const startedAt = w.clock.now();
  let tookMs = -1;
  const asked = w.selector.query(A, query(NAME)).finally(() => {
    tookMs = w.clock.now() - startedAt;
  });
  asked.catch(() => {});
  for (let ms = 0; ms < 6_000 && tookMs < 0; ms++) await w.clock.advance(ms === 0 ? 0 : 1);
  return { ...(await asked), tookMs };
}

it('Do53 fails as a hedge while DoT is under way: DoT’s answer, when it comes', async () => {
  const w = good(
    ({ clock }) => delayed(clock, 900),
    () => ({ phase: 'answer', kind: 'closed' }),
  );
  expect(await timed(w)).toMatchObject({ transport: 'dot', fellBack: false, tookMs: 900 });
});

it('Do53 has failed as a hedge: DoT’s SERVFAIL has nothing to be compared with', async () => {
  const w = good(
    ({ clock }) => delayed(clock, 600, { rcode: 'SERVFAIL' }),
    () => ({ phase: 'answer', kind: 'closed' }),
  );
  expect(await timed(w)).toMatchObject({ transport: 'dot', tookMs: 600 });
  expect(w.do53.calls.length).toBe(1);
});

it('DoT has failed: Do53’s SERVFAIL is all there will be, and is not waited with', async () => {
  const w = good(
    () => ({ phase: 'connect', kind: 'refused' }),
    () => 'SERVFAIL',
  );
  expect(await timed(w)).toMatchObject({ transport: 'do53', fellBack: true, tookMs: 0 });
});

it.each<[string, (w: World) => ScriptedAnswer]>([
  ['answers SERVFAIL', ({ clock }) => delayed(clock, 200, { rcode: 'SERVFAIL' })],
  [
    'fails',
    ({ clock }) =>
      () =>
        new Promise((_, reject) => clock.after(200, () => reject(new Error('no')))),
  ],
])('the caller has gone when DoT %s: nothing follows in clear text', async (_, dot) => {
  const w = good(dot, () => 'good');
  const caller = new AbortController();
  const asked = w.selector.query(A, query(NAME), { signal: caller.signal }).catch((reason) => reason);
  await w.clock.advance(100);
  caller.abort('gone');
  expect(await asked).toBe('gone');
  await w.clock.advance(10 * SECOND);
  expect(w.do53.calls.length).toBe(0);
});

it('an error tells what was met, or how long was waited', async () => {
  const w = good(
    () => ({ phase: 'connect', kind: 'refused' }),
    () => ({ phase: 'answer', kind: 'closed' }),
  );
  const none = w.selector.query(A, query(NAME)).catch((error) => error);
  await w.clock.advance(0);
  expect((await none).message).toBe(
    'no answer from 192.0.2.1 (limit 5000 ms): dot to 192.0.2.1:853 connect refused, do53 to 192.0.2.1:53 answer closed',
  );
  expect(await none).toMatchObject({
    code: 'NO_ANSWER',
    failures: [
      { transport: 'dot', endpoint: { address: A, port: 853 }, phase: 'connect', kind: 'refused' },
      { transport: 'do53', endpoint: { address: A, port: 53 }, phase: 'answer', kind: 'closed' },
    ],
    tried: [{ transport: 'dot' }, { transport: 'do53' }],
    decision: { reason: 'good', ref: A },
    errors: [],
    cause: { name: 'TransportError', failure: { kind: 'closed' } },
  });
  w.do53.set(A, 'never');
  const late = w.selector.query(A, query(NAME), { timeoutMs: 300 }).catch((error) => error);
  await w.clock.advance(300);
  expect((await late).message).toBe(
    'no answer from 192.0.2.1 within 300 ms: dot to 192.0.2.1:853 connect refused, do53 to 192.0.2.1:53 answer silent',
  );
  expect(await late).toMatchObject({
    code: 'TIMEOUT',
    failures: [{ kind: 'refused' }, { kind: 'silent' }],
    tried: [{}, { port: 53 }],
  });
});

it('whoever listens hears where it was asked: Do53 of what is Unknown, DoT of what is Good', async () => {
  const w = world();
  const told: QueryInfo[] = [];
  w.selector.on('query', (info) => told.push(info));
  await w.ask(A);
  w.makeGood(A);
  await w.ask(A);
  expect(told.map(({ endpoint, asked, achieved }) => [endpoint.port, asked, achieved])).toEqual([
    [53, 'do53', 'do53'],
    [853, 'dot', 'dot'],
  ]);
});

it('the host uses its buffer again at once: Do53 still gets what was asked when DoT has failed', async () => {
  const w = good(
    () => ({ phase: 'connect', kind: 'refused' }),
    () => 'good',
  );
  const message = query(NAME);
  const asked = w.selector.query(A, message);
  message.fill(0);
  await w.clock.advance(0);
  expect(await asked).toMatchObject({ transport: 'do53', fellBack: true });
  expect(w.do53.calls.at(-1)?.asked.message).toEqual(query(NAME));
});

it('the server ends Do53 just before the caller’s time is over: that is what is told, at once', async () => {
  const w = world();
  const ended = Object.assign(new Error('closed'), { code: 'ECONNRESET' });
  w.do53.set(A, () => new Promise((_, reject) => w.clock.after(4_948, () => reject(ended))));
  const asked = w.selector.query(A, query(NAME)).catch((error) => [error.code, w.clock.now()]);
  await w.clock.advance(5_000);
  expect(await asked).toEqual(['NO_ANSWER', 4_948]);
});

it('an error of a server with an IPv6 address, with the exchange’s own error as it was', async () => {
  const own = new TypeError('mine');
  const w = world();
  w.do53.set('2001:db8::1', () => Promise.reject(own));
  const asked = w.selector.query('2001:db8::1', query(NAME)).catch((error) => error);
  await w.clock.advance(0);
  expect(await asked).toMatchObject({ message: expect.stringContaining('do53 to [2001:db8::1]:53 connect local') });
  expect((await asked).cause).toBe(own);
});

it('an answer is a Buffer over the octets that came, not over a copy', async () => {
  const w = world();
  let came: Uint8Array | undefined;
  w.do53.set(A, (asked) => {
    came = Uint8Array.from(asked);
    came[2] = 0x80;
    return came;
  });
  const asked = w.selector.query(A, query(NAME));
  await w.clock.advance(0);
  const { message } = await asked;
  expect(Buffer.isBuffer(message)).toBe(true);
  expect([message.buffer, message.byteOffset, message.length]).toEqual([came?.buffer, 0, came?.length]);
});

it('a decision that is too old: the error has it', async () => {
  const w = world();
  const decision = w.selector.decide(A);
  await w.clock.advance(11 * SECOND);
  const error = await w.selector.query(decision, query(NAME)).catch((reason) => reason);
  expect(error).toMatchObject({ code: 'STALE_DECISION', tried: [] });
  expect(error.decision).toBe(decision);
});

/** Has an exchange's queries begun by what a test says. */
function attempts(exchange: object, attempt: (message: Uint8Array, timeoutMs: number) => Promise<Reply>): void {
  const begin: AttemptingExchange['attempt'] = (_, message, timeoutMs): Attempt => ({
    done: attempt(message, timeoutMs),
    withdraw: () => false,
  });
  Object.assign(exchange, { attempt: begin });
}

/** NOERROR with AA and one record, as far as anybody looks. */
function replyTo(message: Uint8Array): Reply {
  const answer = new Uint8Array(message);
  answer.set([0x84, 0, 0, 1, 0, 1], 2);
  return { message: answer, times: { total: 1 }, authenticated: false };
}

it('Q4 an answer over DoT: the clock is read as the query begins, as it comes, and as the caller is told', async () => {
  const w = world();
  attempts(w.dot, async (message) => replyTo(message));
  w.makeGood(A);
  await w.ask(A);
  const read = vi.spyOn(w.clock, 'now');
  const asked = w.selector.query(A, query(NAME));
  await w.clock.advance(0);
  expect(await asked).toMatchObject({ transport: 'dot', encrypted: true });
  expect(read).toHaveBeenCalledTimes(3);
});

it('Q39 decided anew for Do53: it has what is left of the query’s time', async () => {
  const w = world();
  const limits: number[] = [];
  attempts(w.dot, () => new Promise((_, reject) => w.clock.after(2 * SECOND, () => reject(forbidden()))));
  attempts(w.do53, async (message, timeoutMs) => {
    limits.push(timeoutMs);
    return replyTo(message);
  });
  w.selector.setRules([{ action: 'require', zone: 'example.org' }]);
  const asked = w.selector.query(A, query(NAME));
  w.selector.setRules([{ action: 'never', zone: 'example.org' }]);
  await w.clock.advance(2 * SECOND);
  expect(await asked).toMatchObject({ transport: 'do53', decision: { reason: 'rule-never' } });
  expect(limits).toEqual([2_950]);
});
