import { connect } from 'node:net';
import { Duplex } from 'node:stream';
import { describe, expect, test, vi } from 'vitest';
import { DotscoutError, InvalidInputError, TransportError } from '../../../src/common/errors.js';
import type { Endpoint } from '../../../src/state/model.js';
import {
  type FaultServer,
  type FaultServerOptions,
  startFaultServer,
  VirtualClock,
} from '../../../src/testing/index.js';
import { DotExchange, type DotExchangeOptions } from '../../../src/transport/dot/exchange.js';
import type { Attempt, Reply } from '../../../src/transport/exchange.js';
import { rcodeOf } from '../../../src/wire/message.js';
import { dotAt, idOf, nameOf, never, openGuard, opt, query, withAdditional } from '../support.js';

interface Pair extends AsyncDisposable {
  readonly server: FaultServer;
  readonly exchange: DotExchange;
  ask(name?: string, id?: number): Promise<Uint8Array>;
}

async function pair(options: FaultServerOptions = {}, own: DotExchangeOptions = {}): Promise<Pair> {
  const server = await startFaultServer(options);
  const exchange = new DotExchange({ guard: openGuard, ...own });
  return {
    server,
    exchange,
    ask: (name = 'www.example.test', id = 1) => exchange.exchange(server.dot, query(name, id), { signal: never }),
    async [Symbol.asyncDispose]() {
      await exchange.close();
      await server.close();
    },
  };
}

async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof TransportError) {
      const { phase, kind } = error.failure;
      return error.repeated ? [phase, kind, 'repeated'] : [phase, kind];
    }
    return error instanceof DotscoutError || error instanceof InvalidInputError ? error.code : error;
  }
  return 'answered';
}

describe('one session', () => {
  test('Q9 100 queries at once, answered in reverse: each caller its own answer', async () => {
    await using p = await pair({ fault: 'reverse', batch: 100 });
    const names = Array.from({ length: 100 }, (_, i) => `n${i}.example.test`);
    const answers = await Promise.all(names.map((name, i) => p.ask(name, i % 7)));
    expect(answers.map(nameOf)).toEqual(names);
    expect(answers.map(idOf)).toEqual(names.map((_, i) => i % 7));
    const ids = p.server.queries.map(({ message }) => idOf(message));
    expect(new Set(ids).size).toBe(100);
  });

  test('Q18 50 queries while it is being opened: one handshake, every query padded', async () => {
    await using p = await pair();
    const answers = await Promise.all(Array.from({ length: 50 }, (_, i) => p.ask(`n${i}.example.test`)));
    expect(answers.map(nameOf)).toEqual(answers.map((_, i) => `n${i}.example.test`));
    expect(p.server.counters).toMatchObject({ connections: 1, handshakes: 1, dotQueries: 50, udpQueries: 0 });
    expect(p.server.queries.every(({ message }) => message.length % 128 === 0)).toBe(true);
  });

  test('Q24 without OPT, with OPT, and signed', async () => {
    await using p = await pair();
    const plain = await p.ask();
    expect(plain.subarray(4, 12)).toEqual(Uint8Array.from([0, 1, 0, 1, 0, 0, 0, 0]));
    const asked = withAdditional(query('a.example.test', 7), opt());
    const edns = await p.exchange.exchange(p.server.dot, asked, { signal: never });
    expect([...edns.subarray(-2)]).toEqual([0, 0]);
    const signed = withAdditional(query('b.example.test', 99), [0, 0, 250, 0, 255, 0, 0, 0, 0, 0, 2, 1, 2]);
    await p.exchange.exchange(p.server.dot, signed, { signal: never });
    expect(Uint8Array.from(p.server.queries.at(-1)?.message ?? [])).toEqual(signed);
  });

  test('Q24 two signed messages with one id: the second is sent when the first is answered', async () => {
    await using p = await pair({ fault: 'reverse', batch: 2 });
    const signed = withAdditional(query('b.example.test', 99), [0, 0, 250, 0, 255, 0, 0, 0, 0, 0, 2, 1, 2]);
    const send = () => p.exchange.exchange(p.server.dot, signed, { signal: never });
    expect((await Promise.all([send(), send()])).map(idOf)).toEqual([99, 99]);
    expect(p.server.counters).toMatchObject({ connections: 1, dotQueries: 2 });
  });

  test('Q17 a malformed message is refused before anything is sent', async () => {
    await using p = await pair();
    expect(await failureOf(p.exchange.exchange(p.server.dot, new Uint8Array(5), { signal: never }))).toBe(
      'INVALID_MESSAGE',
    );
    expect(() => p.exchange.attempt(p.server.dot, query('x', 1, 252), 100)).toThrow(InvalidInputError);
    expect(p.server.counters.connections).toBe(0);
  });

  test('Q14 wrong ids and questions are ignored until they are too many', async () => {
    await using p = await pair({ fault: 'wrong-id', copies: 3 }, { timeoutMs: 200 });
    expect(await failureOf(p.ask())).toEqual(['answer', 'silent']);
    await p.server.setFault('wrong-id', { copies: 16 });
    expect(await failureOf(p.ask())).toEqual(['answer', 'malformed']);
  });

  test('times: connect and handshake only where the query waited for them', async () => {
    await using p = await pair();
    const first = await p.exchange.attempt(p.server.dot, query('a.test'), 4000).done;
    const second = await p.exchange.attempt(p.server.dot, query('b.test'), 4000).done;
    expect(Object.keys(first.times).sort()).toEqual(['answer', 'connect', 'handshake', 'total']);
    expect(Object.keys(second.times).sort()).toEqual(['answer', 'total']);
    expect(first.authenticated).toBe(false);
  });
});

describe('closing', () => {
  test('Q7 closed cleanly between queries: reconnects and resumes, no failure', async () => {
    await using p = await pair({ fault: 'one-shot' });
    const answers: string[] = [];
    for (const name of ['a.test', 'b.test', 'c.test']) answers.push(nameOf(await p.ask(name)));
    expect(answers).toEqual(['a.test', 'b.test', 'c.test']);
    expect(p.exchange.sessions).toMatchObject({ opened: 3 });
    expect(p.exchange.sessions.resumed).toBeGreaterThan(0);
    expect(p.server.counters.resumed).toBe(p.exchange.sessions.resumed);
  });

  test('Q7 closed cleanly with a query in flight: retried, none lost, none answered twice', async () => {
    await using p = await pair({ fault: 'one-shot' });
    const answers = await Promise.all([p.ask('a.test'), p.ask('b.test')]);
    expect(answers.map(nameOf)).toEqual(['a.test', 'b.test']);
    expect(p.exchange.sessions.opened).toBe(2);
  });

  test.each(['tls-close', 'tls-close-query'] as const)('Q8 %s without an answer: closed, once', async (fault) => {
    await using p = await pair({ fault });
    const settled = await Promise.all([p.ask('a.test'), p.ask('b.test')].map(failureOf));
    expect(settled).toEqual([
      ['answer', 'closed'],
      ['answer', 'closed', 'repeated'],
    ]);
  });

  test('Q30 a reset with queries in flight: asked once more, and only the fresh session’s reset is evidence', async () => {
    await using p = await pair();
    await p.ask('first.test');
    await p.server.setFault('tls-reset-query');
    const settled = await Promise.all([p.ask('a.test'), p.ask('b.test')].map(failureOf));
    // Each on a fresh session, of which the second query had none of its own before; then on one without a ticket (P17).
    expect(settled.map((failure) => (failure as string[]).slice(0, 2))).toEqual(Array(2).fill(['answer', 'closed']));
    expect(p.exchange.sessions.opened).toBeGreaterThan(1);
    expect(p.exchange.sessions.opened).toBeLessThanOrEqual(4);
  });

  test('Q30 each session is reset at its second query: every query is answered, on a fresh one', async () => {
    await using p = await pair();
    for (let i = 0; i < 6; i++) {
      await p.server.setFault('good');
      expect(nameOf(await p.ask(`a${i}.test`))).toBe(`a${i}.test`);
      await p.server.setFault('tls-reset-query');
      const asked = p.ask(`b${i}.test`);
      await p.server.until(({ open }) => open === 0);
      await p.server.setFault('good');
      expect(nameOf(await asked)).toBe(`b${i}.test`);
    }
    expect(p.server.counters.udpQueries).toBe(0);
  });

  test('Q35 a resumed session is lost before an answer: full handshakes for 5 s, then tickets again, as often as it happens', async () => {
    const clock = new VirtualClock();
    await using p = await pair({}, { clock });
    const resumedBy = async (): Promise<number> => {
      const { resumed } = p.exchange.sessions;
      await p.server.setFault('tls-close');
      await p.server.until(({ open }) => open === 0);
      await p.server.setFault('good');
      await p.ask();
      return p.exchange.sessions.resumed - resumed;
    };
    await p.ask();
    expect(await resumedBy()).toBe(1);
    for (let i = 0; i < 3; i++) {
      await p.server.setFault('tls-close');
      await p.server.until(({ open }) => open === 0);
      await p.server.setFault('tls-reset-query');
      // On a resumed session, and then on one by a full handshake.
      const { opened } = p.exchange.sessions;
      expect(await failureOf(p.ask())).toEqual(['answer', 'closed']);
      expect(p.exchange.sessions.opened - opened).toBe(2);
      expect(await resumedBy()).toBe(0);
      await clock.advance(5_000);
      expect(await resumedBy()).toBe(1);
    }
  });

  test('Q35 a resumed session falls silent, and ends after the 5 s: that is one loss, and no other bar', async () => {
    const clock = new VirtualClock();
    await using p = await pair({}, { clock });
    const ended = async (): Promise<void> => {
      await p.server.setFault('tls-close');
      await p.server.until(({ open }) => open === 0);
      await p.server.setFault('good');
    };
    await p.ask();
    await ended();
    await p.server.setFault('tls-mute');
    const { dotQueries } = p.server.counters;
    const { done } = p.exchange.attempt(p.server.dot, query('a.test'), 60_000);
    await p.server.until((counters) => counters.dotQueries > dotQueries);
    await p.server.setFault('good');
    await clock.advance(1_000);
    await done;
    expect(p.exchange.sessions).toEqual({ opened: 3, open: 2, resumed: 1 });
    await clock.advance(5_000);
    await ended();
    await p.ask();
    expect(p.exchange.sessions.resumed).toBe(2);
  });

  test('S16 a resumed session is lost on the network of before: nothing is thought of the tickets of this one', async () => {
    await using p = await pair({}, { clock: new VirtualClock() });
    const resumed = async (): Promise<number> => {
      await p.server.setFault('tls-close');
      await p.server.until(({ open }) => open === 0);
      await p.server.setFault('tls-mute');
      const { dotQueries } = p.server.counters;
      const asked = p.ask();
      await p.server.until((counters) => counters.dotQueries > dotQueries);
      const { resumed: count } = p.exchange.sessions;
      p.exchange.reset();
      await p.server.setFault('closed');
      await p.server.setFault('good');
      await asked;
      return count;
    };
    await p.ask();
    expect(await resumed()).toBe(1);
    expect(await resumed()).toBe(2);
  });

  test('Q31 a session falls silent: what is on it is asked on a fresh one, and not told of the silence', async () => {
    await using p = await pair();
    await p.ask('first.test');
    await p.server.setFault('tls-mute');
    const asked = p.exchange.attempt(p.server.dot, query('a.test'), 30_000);
    await p.server.until(({ dotQueries }) => dotQueries === 2);
    await p.server.setFault('good');
    expect(nameOf((await asked.done).message)).toBe('a.test');
    expect(p.exchange.sessions.opened).toBe(2);
    // The next goes to the fresh one, whatever the silent one is still owed.
    await p.ask('b.test');
    expect(p.exchange.sessions.opened).toBe(2);
  });

  test('Q31 how long a pause the path bears is learnt, kept to, and forgotten on another network', async () => {
    const clock = new VirtualClock();
    await using p = await pair({}, { clock });
    const pause = () => clock.advance(1_500);
    await p.ask('a.test');
    await pause();
    await p.server.setFault('tls-mute');
    const { dotQueries } = p.server.counters;
    const late = p.ask('b.test');
    await p.server.until((counters) => counters.dotQueries === dotQueries + 1);
    await p.server.setFault('good');
    await clock.advance(1_000);
    expect(nameOf(await late)).toBe('b.test');
    const openedBy = async (name: string): Promise<number> => {
      await pause();
      const { opened } = p.exchange.sessions;
      expect(nameOf(await p.ask(name))).toBe(name);
      return p.exchange.sessions.opened - opened;
    };
    // A fresh session at once: nothing waits for a silence.
    expect(await openedBy('c.test')).toBe(1);
    p.exchange.reset();
    await p.ask('d.test');
    expect(await openedBy('e.test')).toBe(0);
  });

  test('Q31 the silent session answers after all, and its answer is taken', async () => {
    await using p = await pair();
    await p.ask('first.test');
    await p.server.setFault('deaf');
    const asked = p.exchange.attempt(p.server.dot, query('a.test'), 30_000);
    await vi.waitFor(() => expect(p.exchange.sessions.open).toBe(2), WITHIN);
    await p.server.setFault('good');
    expect(nameOf((await asked.done).message)).toBe('a.test');
  });

  test('Q31 a session that answers after all has not been idle since before its silence', async () => {
    const clock = new VirtualClock();
    await using p = await pair({}, { clock });
    await p.ask('a.test');
    await clock.advance(1_500);
    await p.server.setFault('tls-mute');
    const { dotQueries } = p.server.counters;
    const late = p.ask('b.test');
    await p.server.until((counters) => counters.dotQueries === dotQueries + 1);
    await p.server.setFault('good');
    await clock.advance(1_000);
    await late;
    // The limit of what the silent one still owed.
    await clock.advance(6_000);
    await p.ask('fresh.test');
    await p.server.until(({ open }) => open === 1);
    // Half of the pause is borne.
    await clock.advance(500);
    const { opened } = p.exchange.sessions;
    await p.server.setFault('deaf');
    const first = p.ask('c.test');
    await vi.waitFor(async () => {
      await clock.advance(100);
      expect(p.exchange.sessions.open).toBe(2);
    }, WITHIN);
    await clock.advance(200);
    const second = p.ask('d.test');
    await p.server.setFault('good');
    expect((await Promise.all([first, second])).map(nameOf)).toEqual(['c.test', 'd.test']);
    await p.server.until(({ open }) => open === 1);
    expect(p.exchange.sessions).toMatchObject({ opened: opened + 1, open: 1 });
  });

  test('Q32 the machine has slept: the session of before is not asked any more', async () => {
    const clock = new VirtualClock();
    await using p = await pair({}, { clock });
    await p.ask('a.test');
    clock.sleep(3_600_000);
    await p.ask('b.test');
    expect(p.exchange.sessions.opened).toBe(2);
    // A clock that is set back, or a second forward, is no sleep.
    clock.stepWall(-3_600_000);
    await p.ask('c.test');
    clock.stepWall(1_000);
    await p.ask('d.test');
    expect(p.exchange.sessions.opened).toBe(2);
  });

  test('28-4 keepalive TIMEOUT 0: nothing more is sent, the rest goes to a fresh session', async () => {
    await using p = await pair({ fault: 'keepalive-zero' });
    await p.ask('a.test');
    await p.server.until(({ open }) => open === 0);
    await p.ask('b.test');
    expect(p.exchange.sessions).toMatchObject({ opened: 2, open: 0 });
  });

  test('28-3 the server’s limit less 2 s, else 25 s', async () => {
    const clock = new VirtualClock();
    await using p = await pair({ fault: 'keepalive-short', keepaliveMs: 6000 }, { clock });
    await p.ask();
    await clock.advance(3999);
    expect(p.exchange.sessions.open).toBe(1);
    await clock.advance(1);
    expect(p.exchange.sessions.open).toBe(0);
    // Answers without the option again: the usual limit.
    await p.server.setFault('no-alpn');
    await p.ask();
    await clock.advance(24_999);
    expect(p.exchange.sessions.open).toBe(1);
    await clock.advance(1);
    expect(p.exchange.sessions.open).toBe(0);
  });

  test('close is idempotent; waiting calls reject, later ones too', async () => {
    await using p = await pair({ fault: 'tls-mute' });
    const waiting = failureOf(p.ask());
    await p.server.until(({ dotQueries }) => dotQueries === 1);
    await Promise.all([p.exchange.close(), p.exchange.close()]);
    expect(await waiting).toBe('CLOSED');
    expect(await failureOf(p.ask())).toBe('CLOSED');
    await p.exchange[Symbol.asyncDispose]();
    expect(p.exchange.sessions.open).toBe(0);
  });

  test('S16 another network: tickets are dropped, idle sessions closed', async () => {
    await using p = await pair();
    await p.ask();
    await p.ask();
    p.exchange.reset();
    expect(p.exchange.sessions.open).toBe(0);
    await p.ask();
    await p.ask();
    p.exchange.closeEndpoint(p.server.dot.key);
    p.exchange.closeEndpoint('unknown');
    await p.ask();
    expect(p.exchange.sessions).toMatchObject({ opened: 3, resumed: 0 });
  });

  test.each([
    ['another network', (p: Pair) => p.exchange.reset()],
    ['an endpoint forgotten', (p: Pair) => p.exchange.closeEndpoint(p.server.dot.key)],
  ])('S16 %s: tickets that come after that are not kept', async (_, leave) => {
    await using p = await pair({ fault: 'reverse', batch: 1, delayMs: 50 });
    const asked = p.ask('a.test');
    // Tickets come a round trip after the handshake.
    while (p.exchange.sessions.opened === 0) await new Promise(setImmediate);
    leave(p);
    await asked;
    await p.ask('b.test');
    expect(p.exchange.sessions).toMatchObject({ opened: 2, resumed: 0 });
  });

  test('S16 another network: what is in flight ends on its session', async () => {
    await using p = await pair({ fault: 'reverse', batch: 1, delayMs: 20 });
    const asked = p.ask('a.test');
    await p.server.until(({ dotQueries }) => dotQueries === 1);
    p.exchange.reset();
    expect(nameOf(await asked)).toBe('a.test');
    expect(p.exchange.sessions.open).toBe(0);
  });
});

const WITHIN = { timeout: 10_000, interval: 20 };

describe('failures', () => {
  test('Q36 more queries at one moment than a session holds: the rest are refused at once, and nothing is spent on stacks', async () => {
    await using p = await pair();
    const attempts = Array.from({ length: 5_130 }, () => p.exchange.attempt(p.server.dot, query('a.test'), 5_000));
    const ends = await Promise.allSettled(attempts.map(({ done }) => done));
    const refusals = ends.flatMap((end) => (end.status === 'rejected' ? [end.reason as TransportError] : []));
    const failure = { phase: 'answer', kind: 'local', detail: 'budget' };
    expect(refusals.map((error) => error.failure)).toEqual(Array(10).fill(failure));
    // A loop that stood still refuses thousands at one moment, and the stack of each costs ten times as much as the rest of it.
    expect(refusals.filter(({ stack }) => stack?.includes('\n'))).toEqual([]);
    // Who writes on the one that he was told writes on nobody else's.
    expect(new Set(refusals).size).toBe(10);
  });

  test.each([
    ['closed', ['connect', 'refused']],
    ['tcp-mute', ['handshake', 'silent']],
    ['http', ['handshake', 'not-tls']],
    ['alpn-alert', ['handshake', 'alert']],
    ['tcp-reset', ['handshake', 'closed']],
    ['tls-mute', ['answer', 'silent']],
    ['garbage', ['answer', 'malformed']],
    ['zero-length', ['answer', 'malformed']],
    ['not-a-response', ['answer', 'malformed']],
    ['count-bomb', ['answer', 'malformed']],
    ['answer-flood', ['answer', 'malformed']],
    ['renegotiate', ['answer', 'closed']],
  ] as const)('P2 %s: the first query is evidence, the others repeat it', async (fault, expected) => {
    await using p = await pair({ fault }, { timeoutMs: 250 });
    const settled = await Promise.all([p.ask('a.test'), p.ask('b.test')].map(failureOf));
    expect(settled).toEqual([expected, [...expected, 'repeated']]);
    // The session's own limit may be a moment behind that of its queries.
    await vi.waitFor(() => expect(p.exchange.sessions.open).toBe(0), WITHIN);
  });

  test('Q25 silence: a fresh session beside the silent one, which is closed when nothing is left', async () => {
    await using p = await pair();
    await p.ask('first.test');
    await p.server.setFault('tls-mute');
    // Too short for a fresh session, and no evidence: this one had answered.
    const short = p.exchange.attempt(p.server.dot, query('a.test'), 50);
    const long = p.exchange.attempt(p.server.dot, query('b.test'), 1_500);
    expect(await failureOf(short.done)).toEqual(['answer', 'silent', 'repeated']);
    await vi.waitFor(() => expect(p.exchange.sessions.opened).toBe(2), WITHIN);
    expect(await failureOf(long.done)).toEqual(['answer', 'silent']);
    await p.server.setFault('good');
    expect(nameOf(await p.ask('c.test'))).toBe('c.test');
    await vi.waitFor(() => expect(p.exchange.sessions).toMatchObject({ opened: 3, open: 1 }), WITHIN);
  });

  test('P10 the guard is asked at connect', async () => {
    await using server = await startFaultServer();
    await using exchange = new DotExchange();
    expect(await failureOf(exchange.exchange(server.dot, query('a.test'), { signal: never }))).toBe('REFUSED_BY_GUARD');
    expect(server.counters.connections).toBe(0);
  });

  test('Q22 no room: local, and only a busy session was there', async () => {
    const endpoints = Array.from({ length: 1025 }, (_, i) => dotAt(i + 1));
    const clock = new VirtualClock();
    const mute = () => new Duplex({ read: () => undefined, write: (_, __, done) => done() });
    await using exchange = new DotExchange({ guard: openGuard, clock, timeoutMs: 600_000, connect: mute });
    const attempts = endpoints.map((endpoint) => exchange.attempt(endpoint, query('a.test'), 600_000));
    // So many at once, and no more in a turn of the loop, that it never stands still for long.
    expect(exchange.sessions.open).toBe(8);
    // None stands: 16 at once, each counted for half a second.
    for (let second = 0; second < 35; second++) await clock.advance(1_000);
    expect(exchange.sessions.open).toBe(1024);
    expect(await failureOf(attempts.at(-1)?.done ?? Promise.resolve())).toEqual(['connect', 'local']);
  });

  test('P7 a host’s connect that throws is local', async () => {
    const broken = (): never => {
      throw new TypeError('host bug');
    };
    await using exchange = new DotExchange({ guard: openGuard, connect: broken });
    expect(await failureOf(exchange.exchange(dotAt(1), query('a.test'), { signal: never }))).toEqual([
      'connect',
      'local',
    ]);
  });

  test('a host’s own sockets carry the session', async () => {
    await using server = await startFaultServer();
    await using exchange = new DotExchange({ guard: openGuard, connect: () => connect(server.dotPort, '127.0.0.1') });
    const answer = await exchange.exchange(dotAt(1), query('a.test'), { signal: never });
    expect(nameOf(answer)).toBe('a.test');
  });

  test.each([
    { timeoutMs: 0 },
    { timeoutMs: Number.NaN },
    { timeoutMs: '4' as unknown as number },
    { connect: 1 as unknown as () => never },
    { guard: {} as never },
    { clock: {} as never },
    null as never,
  ])('an invalid option: %j', (options) => {
    expect(() => new DotExchange(options)).toThrow(InvalidInputError);
  });
});

describe('shapes', () => {
  test.each([
    ['formerr-padded', [2, 1]],
    ['formerr-edns', [3, 1]],
  ] as const)('P5 %s: asked in another shape, and remembered', async (fault, [first, second]) => {
    await using p = await pair({ fault });
    expect(rcodeOf(await p.ask('a.test'))).toBe(0);
    expect(p.server.counters.dotQueries).toBe(first);
    expect(rcodeOf(await p.ask('b.test'))).toBe(0);
    expect(p.server.counters.dotQueries).toBe(first + second);
  });

  test.each(['formerr', 'formerr-bare'] as const)(
    'Q24 %s in every shape is the answer, and teaches nothing',
    async (fault) => {
      await using p = await pair({ fault });
      expect(rcodeOf(await p.ask('a.test'))).toBe(1);
      await p.server.setFault('good');
      await p.ask('b.test');
      expect(p.server.queries.at(-1)?.message.length).toBe(128);
    },
  );
});

describe('leaving', () => {
  test('Q11 aborted before, while connecting, and while answering: the caller’s reason', async () => {
    const reason = new Error('enough');
    await using p = await pair({ fault: 'tls-mute' });
    const gone = AbortSignal.abort(reason);
    expect(await failureOf(p.exchange.exchange(p.server.dot, query('a.test'), { signal: gone }))).toBe(reason);
    for (const wait of [false, true]) {
      const controller = new AbortController();
      const asked = failureOf(p.exchange.exchange(p.server.dot, query('a.test'), { signal: controller.signal }));
      if (wait) await p.server.until(({ dotQueries }) => dotQueries === 1);
      controller.abort(reason);
      expect(await asked).toBe(reason);
    }
    // The first was withdrawn unwritten, the second lives on.
    expect(p.server.counters.dotQueries).toBe(1);
  });

  test('Q11 while the host’s own connect is called: nothing is sent', async () => {
    const controller = new AbortController();
    const leave = (endpoint: Endpoint) => {
      controller.abort('left');
      return connect(endpoint.port, endpoint.address);
    };
    await using p = await pair({}, { connect: leave });
    const { signal } = controller;
    expect(await failureOf(p.exchange.exchange(p.server.dot, query('left.test'), { signal }))).toBe('left');
    await p.ask('stays.test');
    expect(p.server.queries.map(({ message }) => nameOf(message))).toEqual(['stays.test']);
  });

  test('an attempt’s listener and its promise are both told, whichever comes first', async () => {
    await using p = await pair();
    const ask = () => p.exchange.attempt(p.server.dot, query('a.test'), 4000);
    const told = (attempt: Attempt) => new Promise<Reply>((answered, failed) => attempt.listen?.({ answered, failed }));
    const early = ask();
    const { done } = early;
    expect(await told(early)).toBe(await done);
    const late = ask();
    const first = told(late);
    expect(await late.done).toBe(await first);
    const over = ask();
    const reply = await told(over);
    expect([await over.done, await told(over)]).toEqual([reply, reply]);
  });

  test('Q11 many callers on one signal', async () => {
    await using p = await pair({ fault: 'tls-mute' });
    const controller = new AbortController();
    const asked = Array.from({ length: 30 }, () =>
      failureOf(p.exchange.exchange(p.server.dot, query('a.test'), { signal: controller.signal })),
    );
    await p.server.until(({ dotQueries }) => dotQueries === 30);
    controller.abort('all');
    expect(new Set(await Promise.all(asked))).toEqual(new Set(['all']));
  });

  test('Q25 withdrawn while the session is being opened: not sent, but its failure is evidence', async () => {
    await using p = await pair({ fault: 'tcp-mute' }, { timeoutMs: 100 });
    const attempt = p.exchange.attempt(p.server.dot, query('a.test'), 100);
    expect(attempt.withdraw()).toBe(true);
    expect(attempt.withdraw()).toBe(false);
    expect(await failureOf(attempt.done)).toEqual(['handshake', 'silent']);
    // Its session has a limit of its own.
    while (p.exchange.sessions.open > 0) await new Promise(setImmediate);
    await p.server.setFault('good');
    const other = p.exchange.attempt(p.server.dot, query('b.test'), 4000);
    other.withdraw();
    expect(await failureOf(other.done)).toEqual(['answer', 'local']);
    expect(p.server.counters.dotQueries).toBe(0);
  });

  test('Q11 what has been written is not withdrawn', async () => {
    await using p = await pair();
    await p.ask('first.test');
    const written = p.exchange.attempt(p.server.dot, query('a.test'), 4000);
    // What is sent by one piece of code leaves when that has ended.
    await new Promise<void>((resolve) => process.nextTick(resolve));
    const behind = p.exchange.attempt(p.server.dot, query('b.test'), 4000);
    expect([written.withdraw(), behind.withdraw()]).toEqual([false, true]);
    expect(nameOf((await written.done).message)).toBe('a.test');
    expect(await failureOf(behind.done)).toEqual(['answer', 'local']);
  });

  test('Q23 our own loop stood still: nothing is held against the server', async () => {
    const clock = new VirtualClock();
    await using p = await pair({ fault: 'tls-mute' }, { clock });
    const asked = failureOf(p.ask());
    await p.server.until(({ dotQueries }) => dotQueries === 1);
    await clock.stall(5000);
    await clock.advance(10_000);
    expect(await asked).toEqual(['answer', 'local']);
  });

  test.each([
    [200, 1],
    [300, 2],
  ])('Q23 after a stall that left %i ids unanswered: %i sessions in all', async (count, sessions) => {
    const clock = new VirtualClock();
    await using p = await pair({ fault: 'tls-mute' }, { clock });
    const asked = Array.from({ length: count }, () => failureOf(p.ask()));
    await p.server.until(({ dotQueries }) => dotQueries === count);
    await clock.stall(5000);
    await clock.advance(10_000);
    expect((await Promise.all(asked)).every((failure) => String(failure).startsWith('answer,local'))).toBe(true);
    await p.server.setFault('good');
    expect(nameOf(await p.ask('next.test'))).toBe('next.test');
    expect(nameOf(await p.ask('after.test'))).toBe('after.test');
    expect(p.exchange.sessions.opened).toBe(sessions);
  });
});

describe('bounds', () => {
  test('Q35 a server that closes after each answer: 20 at once are answered, most of them on resumed sessions', async () => {
    await using p = await pair({ fault: 'one-shot' }, { timeoutMs: 30_000 });
    const names = Array.from({ length: 20 }, (_, i) => `n${i}.test`);
    expect((await Promise.all(names.map((name) => p.ask(name)))).map(nameOf)).toEqual(names);
    const { opened, resumed } = p.exchange.sessions;
    expect([opened, resumed > opened / 2]).toEqual([20, true]);
  });

  test('Q35 more than that: nobody is refused within a quarter of his time, handshakes keep to their bounds', async () => {
    const clock = new VirtualClock();
    await using p = await pair({ fault: 'one-shot' }, { clock });
    const results: unknown[] = [];
    for (let i = 0; i < 100; i++) failureOf(p.ask(`m${i}.test`)).then((result) => results.push(result));
    for (let i = 0; i < 99; i++) await clock.advance(10);
    expect(results).not.toContainEqual(['connect', 'local']);
    while (results.length < 100) await clock.advance(100);
    const seconds = clock.now() / 1_000;
    const { opened, resumed } = p.exchange.sessions;
    expect(opened - resumed).toBeLessThanOrEqual(8 + 2 * seconds);
    expect(resumed).toBeLessThanOrEqual(4 * (8 + 2 * seconds));
    expect(results.filter((result) => result === 'answered').length).toBe(opened);
  });

  test('Q8 what the server answers on a session is learned, and is all that is in flight there', async () => {
    await using p = await pair({ fault: 'close-after', answers: 5 });
    const results = await Promise.all(Array.from({ length: 20 }, (_, i) => p.ask(`n${i}.test`)));
    expect(results.map(nameOf)).toEqual(results.map((_, i) => `n${i}.test`));
    const { length } = p.server.queries;
    const more = await Promise.all(Array.from({ length: 15 }, (_, i) => p.ask(`m${i}.test`)));
    expect(more.map(nameOf)).toEqual(more.map((_, i) => `m${i}.test`));
    // None of them was lost with its session.
    expect(p.server.queries.length - length).toBe(15);
  });

  test('Q12 a server that never reads: what waits is bounded, and the rest is told at once', async () => {
    await using p = await pair({ fault: 'never-reads', afterQueries: 1 }, { timeoutMs: 1000 });
    await p.ask('a.test');
    const large = withAdditional(query('b.test'), opt([0xff, 0, 0xea, 0x60, ...new Uint8Array(60_000)]));
    const attempts = Array.from({ length: 400 }, () => p.exchange.attempt(p.server.dot, large, 60_000));
    const refused = attempts.filter((_, i) => i >= 100);
    expect(await Promise.all(refused.map(({ done }) => failureOf(done)))).toEqual(
      refused.map(() => ['answer', 'local']),
    );
  });
});

describe('half a frame', () => {
  const burst = (p: Pair, names: readonly string[]) => Promise.all(names.map((name) => p.ask(name)));

  test('Q7 a server that closes a session for it: no query fails, and it is not begun there again', async () => {
    await using p = await pair({ fault: 'half-frame-timeout', frameMs: 20, delayMs: 100 });
    const names = Array.from({ length: 5 }, (_, i) => `n${i}.test`);
    for (let i = 0; i < 5; i++) {
      const answers = await burst(p, names);
      expect(answers.map(nameOf)).toEqual(names);
    }
    expect(p.exchange.sessions.opened).toBeLessThanOrEqual(2);
  });
});

describe('Q27', () => {
  test('Q27 2,000 tickets: few are read, the session is closed, and a query on it told so', async () => {
    await using p = await pair({ fault: 'ticket-flood' });
    expect(await failureOf(p.ask('a.test'))).toEqual(['answer', 'malformed']);
    await p.server.until(({ open }) => open === 0);
    expect(p.exchange.sessions).toMatchObject({ opened: 1, open: 0 });
  });

  test.each([
    ['unasked-flood', 'malformed'],
    ['renegotiate-at-once', 'closed'],
  ] as const)('Q27 %s on an idle session: told once, as no query carries it', async (fault, kind) => {
    await using p = await pair({ fault: 'tls12' });
    const faults: string[] = [];
    const told = new Promise<void>((resolve) => {
      const stop = p.exchange.onFault((endpoint, failure) => {
        faults.push(`${endpoint.key} ${failure.phase} ${failure.kind}`);
        stop();
        resolve();
      });
    });
    p.exchange.onFault(() => {
      throw new Error('host bug');
    });
    await p.ask('a.test');
    await p.server.setFault(fault);
    await told;
    expect(faults).toEqual([`${p.server.dot.key} answer ${kind}`]);
    expect(p.exchange.sessions.open).toBe(0);
  });

  test.each(['key-update-flood', 'empty-records'] as const)(
    'Q43 %s on an idle session: told, and why',
    async (fault) => {
      await using p = await pair({ fault });
      const told = new Promise((resolve) => p.exchange.onFault((_, failure) => resolve(failure)));
      await p.ask('a.test');
      expect(await told).toEqual({ phase: 'answer', kind: 'malformed', detail: 'records without data' });
      expect(p.exchange.sessions.open).toBe(0);
    },
  );

  test('Q27 a reset of an idle session is no fault: the path may have lost it', async () => {
    await using p = await pair();
    const faults: unknown[] = [];
    p.exchange.onFault((_, failure) => faults.push(failure));
    await p.ask('a.test');
    await p.server.setFault('tls-reset');
    while (p.exchange.sessions.open > 0) await new Promise(setImmediate);
    expect(faults).toEqual([]);
  });

  test('Q27 a flood after an answer closes the session', async () => {
    await using p = await pair({ fault: 'answer-then-flood' });
    await p.ask('a.test');
    await p.server.until(({ open }) => open === 0);
    expect(p.exchange.sessions.open).toBe(0);
  });
});
