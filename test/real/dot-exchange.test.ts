import { describe, expect, test } from 'vitest';
import { DotProber } from '../../src/probe/dot-prober.js';
import { VirtualClock } from '../../src/testing/index.js';
import { DotExchange } from '../../src/transport/dot/exchange.js';
import { rcodeOf } from '../../src/wire/message.js';
import { type RealServer, startBind, startNsd } from '../support/servers.js';
import { do53At, dotAt, idOf, nameOf, never, openGuard, query } from '../transport/support.js';

const servers = [
  ['NSD', startNsd],
  ['BIND', startBind],
] as const;

async function ask(exchange: DotExchange, server: RealServer, name: string, id = 1): Promise<Uint8Array> {
  return exchange.exchange(dotAt(server.dotPort), query(name, id), { signal: never });
}

describe.each(servers)('%s', (_name, start) => {
  test('Q24 one query without OPT', async () => {
    await using server = await start();
    await using exchange = new DotExchange({ guard: openGuard });
    const answer = await ask(exchange, server, 'www.example.test', 4711);
    expect([idOf(answer), rcodeOf(answer), nameOf(answer)]).toEqual([4711, 0, 'www.example.test']);
    expect(answer.subarray(4, 12)).not.toContain(41);
  });

  test('Q18 50 queries while the session is being opened: one handshake, each its own answer', async () => {
    await using server = await start();
    await using exchange = new DotExchange({ guard: openGuard });
    const names = Array.from({ length: 50 }, (_, i) => `n${i}.example.test`);
    const answers = await Promise.all(names.map((name, i) => ask(exchange, server, name, i)));
    expect(answers.map(nameOf)).toEqual(names);
    expect(answers.map(idOf)).toEqual(names.map((_, i) => i));
    expect(exchange.sessions).toEqual({ opened: 1, open: 1, resumed: 0 });
  });

  test('Q9 bursts of 2 to 100 on an open session leave nothing unanswered', async () => {
    await using server = await start();
    await using exchange = new DotExchange({ guard: openGuard });
    let answered = 0;
    for (const burst of [1, 2, 3, 5, 20, 100, 100, 2, 7]) {
      const names = Array.from({ length: burst }, (_, i) => `b${burst}-${i}.example.test`);
      const answers = await Promise.all(names.map((name) => ask(exchange, server, name)));
      expect(answers.map(nameOf)).toEqual(names);
      answered += answers.length;
    }
    expect(answered).toBe(240);
    expect(exchange.sessions.opened).toBe(1);
  });

  test('Q9 frames begun ahead are completed, by queries of any length', async () => {
    await using server = await start();
    await using exchange = new DotExchange({ guard: openGuard });
    const long = ['a', 'b', 'c', 'd'].map((letter) => letter.repeat(50)).join('.');
    let answered = 0;
    for (let i = 0; i < 30; i++) {
      const names = Array.from({ length: 5 }, (_, n) => `b${i}-${n}.example.test`);
      expect((await Promise.all(names.map((name) => ask(exchange, server, name)))).map(nameOf)).toEqual(names);
      const next = i % 3 === 0 ? `${long}.example.test` : `x${i}.example.test`;
      expect(nameOf(await ask(exchange, server, next))).toBe(next);
      answered += 6;
    }
    expect([answered, exchange.sessions.opened]).toEqual([180, 1]);
  });

  test('Q7 the server restarts between queries: reconnects', async () => {
    await using server = await start();
    await using exchange = new DotExchange({ guard: openGuard });
    await ask(exchange, server, 'a.example.test');
    await server.setTls('any');
    const answer = await ask(exchange, server, 'b.example.test');
    expect(nameOf(answer)).toBe('b.example.test');
    expect(exchange.sessions.opened).toBe(2);
  });

  test('Q7 a session after an idle one resumes it', async () => {
    await using server = await start();
    const clock = new VirtualClock();
    await using exchange = new DotExchange({ guard: openGuard, clock });
    // The second answer comes after the tickets.
    await ask(exchange, server, 'a.example.test');
    await ask(exchange, server, 'b.example.test');
    // NSD says that it keeps sessions for 120 s, BIND for 30.
    await clock.advance(118_000);
    expect(exchange.sessions).toEqual({ opened: 1, open: 0, resumed: 0 });
    expect(nameOf(await ask(exchange, server, 'c.example.test'))).toBe('c.example.test');
    expect(exchange.sessions).toEqual({ opened: 2, open: 1, resumed: 1 });
  });

  test('P12 a probe hands its session over: one handshake in all', async () => {
    await using server = await start();
    await using exchange = new DotExchange({ guard: openGuard });
    const prober = new DotProber({ guard: openGuard });
    const endpoint = dotAt(server.dotPort);
    const target = { endpoint, clear: do53At(server.port), zone: 'example.test.' };
    const result = await prober.probe(target, { signal: never, timeoutMs: 4000 });
    expect(result).toMatchObject({ evidence: { result: 'success' }, rcode: 0 });
    expect(result.session !== undefined && exchange.adopt(endpoint, result.session)).toBe(true);
    expect(nameOf(await ask(exchange, server, 'www.example.test'))).toBe('www.example.test');
    expect(exchange.sessions).toEqual({ opened: 0, open: 1, resumed: 0 });
  });
});
