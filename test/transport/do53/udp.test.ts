import { describe, expect, test } from 'vitest';
import { VirtualClock } from '../../../src/testing/index.js';
import { Do53Exchange } from '../../../src/transport/do53/exchange.js';
import { RandomNumbers } from '../../../src/transport/do53/sent-queries.js';
import type { Attempt } from '../../../src/transport/exchange.js';
import { do53At, idOf, nameOf, never, query, withAdditional } from '../support.js';
import { echo, endOf, endsOf, from, type Received, startTcp, startUdp, type UdpTestServer } from './support.js';

const SIGNATURE = [0, 0, 250, 0, 255, 0, 0, 0, 0, 0, 2, 1, 2];

function byPort(received: readonly Received[]): Map<number, number[]> {
  const ports = new Map<number, number[]>();
  for (const { from: peer, message } of received)
    ports.set(peer.port, [...(ports.get(peer.port) ?? []), idOf(message)]);
  return ports;
}

describe('ports', () => {
  test('one query after another: a port each, closed before the next', async () => {
    await using server = await startUdp(({ message, reply }) => reply(echo(message)));
    await using exchange = new Do53Exchange();
    for (let i = 0; i < 20; i++) await exchange.exchange(do53At(server.port), query('a.test'), { signal: never });
    expect(byPort(server.received).size).toBeGreaterThan(18);
  });

  test('many at once: at most 32 a port, at random, no id twice on one', async () => {
    await using server = await startUdp();
    await using exchange = new Do53Exchange({ clock: new VirtualClock() });
    const ask = (_: unknown, i: number) => exchange.attempt(do53At(server.port), query(`n${i}.test`), 5000).done;
    const asked = Array.from({ length: 400 }, ask);
    await server.until(400);
    const ports = [...byPort(server.received).values()];
    expect(Math.max(...ports.map((ids) => ids.length))).toBeLessThanOrEqual(32);
    for (const ids of ports) expect(new Set(ids).size).toBe(ids.length);
    // 13 full ones would do; eight share what comes, in no order.
    expect([ports.length >= 13, ports.length <= 30]).toEqual([true, true]);
    const portOf = new Map(server.received.map(({ message, from: peer }) => [nameOf(message), peer.port]));
    const changes = asked.filter((_, i) => portOf.get(`n${i}.test`) !== portOf.get(`n${i + 1}.test`)).length;
    expect(changes).toBeGreaterThan(250);
    for (const { message, reply } of server.received) reply(echo(message));
    expect(await endsOf(asked)).toEqual({ answered: 400 });
  });

  test('a socket takes queries for one second; what it carries is still answered', async () => {
    const clock = new VirtualClock();
    await using server = await startUdp();
    await using exchange = new Do53Exchange({ clock });
    const ask = (name: string) => exchange.exchange(do53At(server.port), query(name), { signal: never });
    const first = Array.from({ length: 8 }, () => ask('a.test'));
    await server.until(8);
    await clock.advance(399);
    const shared = ask('b.test');
    await server.until(9);
    expect(byPort(server.received).size).toBe(8);
    await clock.advance(601);
    const later = ask('c.test');
    const arrived = (): Received | undefined => server.received.find(({ message }) => nameOf(message) === 'c.test');
    while (arrived() === undefined) await new Promise(setImmediate);
    expect(byPort(server.received).size).toBe(9);
    for (const { message, reply } of server.received) reply(echo(message));
    expect(await endsOf([...first, shared, later])).toEqual({ answered: 10 });
  });

  test('signed messages with one id: a port each', async () => {
    await using server = await startUdp();
    await using exchange = new Do53Exchange({ clock: new VirtualClock() });
    const signed = withAdditional(query('b.test', 99), SIGNATURE);
    const asked = Array.from({ length: 20 }, () => exchange.attempt(do53At(server.port), signed, 5000).done);
    await server.until(20);
    expect(byPort(server.received).size).toBe(20);
    for (const { message, reply } of server.received) reply(echo(message));
    expect(await endsOf(asked)).toEqual({ answered: 20 });
  });

  test('another network: fresh ports, and what is under way is still answered', async () => {
    await using server = await startUdp();
    await using exchange = new Do53Exchange({ clock: new VirtualClock() });
    const ask = () => exchange.attempt(do53At(server.port), query('a.test'), 5000).done;
    const before = Array.from({ length: 8 }, ask);
    await server.until(8);
    exchange.reset();
    const after = ask();
    await server.until(9);
    expect(byPort(server.received).size).toBe(9);
    for (const { message, reply } of server.received) reply(echo(message));
    expect(await endsOf([...before, after])).toEqual({ answered: 9 });
  });
});

describe('what comes', () => {
  test('Q14 an answer that comes four times is none to another query', async () => {
    await using server = await startUdp(({ message, reply }) => {
      for (let i = 0; i < 4; i++) reply(echo(message));
    });
    await using exchange = new Do53Exchange();
    const asked = Array.from({ length: 100 }, (_, i) =>
      exchange.exchange(do53At(server.port), query(`n${i}.test`), { signal: never }),
    );
    expect((await Promise.all(asked)).map(nameOf)).toEqual(asked.map((_, i) => `n${i}.test`));
  });

  test('Q14 three datagrams that match nothing: all queries of that port go over TCP, no others', async () => {
    const clock = new VirtualClock();
    await using server = await startUdp();
    await using tcp = await startTcp(server.port, (socket, answer) => socket.write(answer));
    await using exchange = new Do53Exchange({ clock });
    const asked = Array.from({ length: 64 }, () => exchange.attempt(do53At(server.port), query('a.test'), 5000).done);
    await server.until(64);
    const port = server.received[0]?.from.port;
    const hit = server.received.filter((each) => each.from.port === port);
    for (let i = 0; i < 3; i++) hit[0]?.reply(Buffer.alloc(20));
    await tcp.until(({ asked: count }) => count >= hit.length);
    for (const { message, reply } of server.received) reply(echo(message));
    expect(await endsOf(asked)).toEqual({ answered: 64 });
    expect([tcp.asked, tcp.accepted]).toEqual([hit.length, 1]);
  });

  test('a caller leaves: the others on its port are answered', async () => {
    await using server = await startUdp();
    await using exchange = new Do53Exchange({ clock: new VirtualClock() });
    const controller = new AbortController();
    const ask = (signal: AbortSignal) => exchange.exchange(do53At(server.port), query('a.test'), { signal });
    const staying = Array.from({ length: 50 }, () => ask(never));
    const leaving = Array.from({ length: 50 }, () => ask(controller.signal));
    await server.until(100);
    controller.abort(new Error('enough'));
    expect(await endsOf(leaving)).toEqual({ 'Error: enough': 50 });
    for (const { message, reply } of server.received) reply(echo(message));
    expect(await endsOf(staying)).toEqual({ answered: 50 });
  });
});

test('nothing listens: many at once are refused', async () => {
  await using exchange = new Do53Exchange();
  const server = await startUdp();
  const { port } = server;
  await server[Symbol.asyncDispose]();
  const ask = () => exchange.exchange(do53At(port), query('a.test'), { signal: never });
  expect(await endsOf(Array.from({ length: 300 }, ask))).toEqual({ 'connect refused': 300 });
});

/** Asks so often, each time from another address of ours, and not faster than the server's socket can take it. */
async function fill(exchange: Do53Exchange, server: UdpTestServer, count: number): Promise<Attempt[]> {
  const asked: Attempt[] = [];
  while (asked.length < count) {
    asked.push(exchange.attempt(from(server.port, asked.length + 1), query('a.test'), 5000));
    if (asked.length % 128 === 0) await server.until(asked.length);
  }
  return asked;
}

describe('bounds', () => {
  test('1,024 sockets; the others wait in line and are served in turn', async () => {
    await using server = await startUdp();
    await using exchange = new Do53Exchange({ clock: new VirtualClock() });
    const asked = await fill(exchange, server, 1030);
    await server.until(1024);
    // One that is taken back is not sent.
    expect(asked[1025]?.withdraw()).toBe(true);
    for (let i = 0; i < 10; i++) await new Promise(setImmediate);
    expect(server.received.length).toBe(1024);
    const answer = (at: number): void => {
      const { message, reply } = server.received[at] as Received;
      reply(echo(message));
    };
    answer(0);
    await server.until(1025);
    answer(1);
    await server.until(1026);
    expect(server.received.slice(1024).map((each) => each.from.address)).toEqual(['127.1.4.1', '127.1.4.3']);
    for (let i = 2; i < 1029; i++) {
      await server.until(i + 1);
      answer(i);
    }
    expect(await endsOf(asked.map((each) => each.done))).toEqual({
      answered: 1029,
      'connect local withdrawn before it was sent': 1,
    });
  });

  test('a silent server: 256 sockets, a line of 8,192, no room for others of it; another server is not held up', async () => {
    const clock = new VirtualClock();
    await using silent = await startUdp();
    await using server = await startUdp(({ message, reply }) => reply(echo(message)));
    await using exchange = new Do53Exchange({ clock });
    const ask = () => exchange.attempt(do53At(silent.port), query('a.test'), 5000).done;
    const full = Array.from({ length: 256 * 32 + 8192 }, ask);
    expect(await endOf(ask())).toBe('connect local budget');
    const other = await exchange.exchange(do53At(server.port), query('b.test'), { signal: never });
    expect(nameOf(other)).toBe('b.test');
    await clock.advance(5000);
    const ends = await endsOf(full);
    expect(ends).toEqual({ 'answer silent': 8192, 'connect local budget': 8192 });
  });

  test('those in line that cannot be sent fail, each for itself', async () => {
    await using server = await startUdp();
    await using exchange = new Do53Exchange({ clock: new VirtualClock() });
    const held = await fill(exchange, server, 1024);
    const foreign = { ...do53At(server.port), key: 'foreign', localAddress: '192.0.2.77' };
    const hopeless = Array.from({ length: 5000 }, () => exchange.attempt(foreign, query('a.test'), 5000).done);
    const { message, reply } = server.received[0] as Received;
    reply(echo(message));
    await held[0]?.done;
    const ends = Object.entries(await endsOf(hopeless));
    expect(ends.map(([end, count]) => [end.startsWith('connect local bind EADDRNOTAVAIL'), count])).toEqual([
      [true, 5000],
    ]);
  });

  test('close: what waits in line is told as well', async () => {
    await using server = await startUdp();
    const exchange = new Do53Exchange({ clock: new VirtualClock() });
    const ask = () => exchange.attempt(do53At(server.port), query('a.test'), 5000).done;
    const asked = Array.from({ length: 10_000 }, ask);
    await exchange.close();
    expect(await endsOf(asked)).toEqual({ CLOSED: 10_000 });
  });
});

test('random numbers: all of them, and none below a bound is left out', () => {
  const random = new RandomNumbers();
  const seen = Array.from({ length: 200_000 }, () => random.next());
  expect(new Set(seen).size).toBeGreaterThan(60_000);
  expect(Math.max(...seen.slice(0, 9000))).toBeLessThan(65_536);
  expect(new Set(Array.from({ length: 1000 }, () => random.below(8))).size).toBe(8);
});
