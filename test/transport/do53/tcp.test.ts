import { describe, expect, test } from 'vitest';
import { VirtualClock } from '../../../src/testing/index.js';
import { Do53Exchange } from '../../../src/transport/do53/exchange.js';
import { isTruncated } from '../../../src/wire/message.js';
import { do53At, nameOf, never, query } from '../support.js';
import { endOf, endsOf, from, startTcp, startUdp, truncated } from './support.js';

/** Asks, and says whether the answer is whole. */
async function isWhole(exchange: Do53Exchange, port: number): Promise<boolean> {
  return !isTruncated(await exchange.exchange(do53At(port), query('a.test'), { signal: never }));
}

/** A UDP server that sends everybody to TCP. */
const startTruncating = () => startUdp(({ message, reply }) => reply(truncated(message)));

describe('sessions', () => {
  test('one after another, and many at once: one session', async () => {
    await using udp = await startTruncating();
    await using tcp = await startTcp(udp.port, (socket, answer) => socket.write(answer));
    await using exchange = new Do53Exchange();
    const ask = (name: string) => exchange.exchange(do53At(udp.port), query(name), { signal: never });
    for (let i = 0; i < 5; i++) expect(nameOf(await ask(`n${i}.test`))).toBe(`n${i}.test`);
    const names = Array.from({ length: 100 }, (_, i) => `m${i}.test`);
    expect((await Promise.all(names.map(ask))).map(nameOf)).toEqual(names);
    expect([tcp.accepted, tcp.asked]).toEqual([1, 105]);
  });

  test('idle for three seconds: closed', async () => {
    const clock = new VirtualClock();
    await using udp = await startTruncating();
    await using tcp = await startTcp(udp.port, (socket, answer) => socket.write(answer));
    await using exchange = new Do53Exchange({ clock });
    const ask = () => exchange.exchange(do53At(udp.port), query('a.test'), { signal: never });
    await ask();
    await clock.advance(2999);
    await ask();
    await clock.advance(2999);
    expect([tcp.open, tcp.accepted]).toEqual([1, 1]);
    await clock.advance(1);
    await tcp.until(({ open }) => open === 0);
    await ask();
    expect(tcp.accepted).toBe(2);
  });

  test.each([
    ['cleanly', (socket: { end(): void }) => socket.end()],
    ['with a reset', (socket: { resetAndDestroy(): void }) => socket.resetAndDestroy()],
  ])('a server that closes after each answer, %s: every query is answered', async (_how, close) => {
    await using udp = await startTruncating();
    await using tcp = await startTcp(udp.port, (socket, answer, count) => {
      if (count === 1) socket.write(answer, () => close(socket));
    });
    await using exchange = new Do53Exchange();
    const ask = () => isWhole(exchange, udp.port);
    expect(new Set(await Promise.all(Array.from({ length: 100 }, ask)))).toEqual(new Set([true]));
    for (let i = 0; i < 20; i++) expect(await ask()).toBe(true);
    // What came at once met the first session; from then on it is known. With a reset, its answer may be lost.
    expect([tcp.accepted >= 120, tcp.accepted <= 121]).toEqual([true, true]);
  });

  test('a server that closes at random: every query is answered', async () => {
    let seed = 7;
    await using udp = await startTruncating();
    await using tcp = await startTcp(udp.port, (socket, answer) => {
      seed = (seed * 16_807) % 2_147_483_647;
      if (socket.writable) socket.write(answer);
      if (seed % 5 === 0) socket.end();
    });
    await using exchange = new Do53Exchange();
    for (let round = 0; round < 20; round++) {
      const answers = await Promise.all(Array.from({ length: 10 }, () => isWhole(exchange, udp.port)));
      expect(new Set(answers)).toEqual(new Set([true]));
    }
    expect(tcp.asked).toBeGreaterThanOrEqual(200);
  });

  test('another network: a fresh session', async () => {
    await using udp = await startTruncating();
    await using tcp = await startTcp(udp.port, (socket, answer) => socket.write(answer));
    await using exchange = new Do53Exchange();
    const ask = () => exchange.exchange(do53At(udp.port), query('a.test'), { signal: never });
    await ask();
    exchange.reset();
    await ask();
    expect(tcp.accepted).toBe(2);
  });
});

describe('bounds', () => {
  test('256 sessions: the one idle longest goes first, a busy one never', async () => {
    const clock = new VirtualClock();
    await using udp = await startTruncating();
    let answering = true;
    await using tcp = await startTcp(udp.port, (socket, answer) => {
      if (answering) socket.write(answer);
    });
    await using exchange = new Do53Exchange({ clock });
    const ask = (number: number) => exchange.attempt(from(udp.port, number), query('a.test'), 5000).done;
    for (let i = 1; i <= 256; i++) await ask(i);
    expect([tcp.open, tcp.accepted]).toEqual([256, 256]);
    await ask(257);
    await tcp.until(({ open }) => open === 256);
    // Its session is still there; the first one's is not.
    await ask(2);
    expect(tcp.accepted).toBe(257);
    await ask(1);
    expect(tcp.accepted).toBe(258);
    answering = false;
    const busy = Array.from({ length: 256 }, (_, i) => ask(1000 + i));
    await tcp.until(({ asked }) => asked === 256 + 3 + 256);
    const waiting = ask(2000);
    for (let i = 0; i < 10; i++) await new Promise(setImmediate);
    await clock.advance(0);
    expect(tcp.asked).toBe(256 + 3 + 256);
    expect(tcp.open).toBe(256);
    await clock.advance(5000);
    // What was cut short is answered all the same, with what there is.
    expect(await endsOf([...busy, waiting])).toEqual({ answered: 257 });
  });

  test('no session within the limit: the failure says that it was our bound', async () => {
    const clock = new VirtualClock();
    await using udp = await startUdp(({ reply }) => {
      for (let i = 0; i < 3; i++) reply(Buffer.alloc(20));
    });
    await using tcp = await startTcp(udp.port, () => {});
    await using exchange = new Do53Exchange({ clock });
    const ask = (number: number) => exchange.attempt(from(udp.port, number), query('a.test'), 5000).done;
    const busy = Array.from({ length: 256 }, (_, i) => ask(i + 1));
    await tcp.until(({ asked }) => asked === 256);
    await clock.advance(1000);
    const waiting = endOf(ask(257));
    await udp.until(257);
    for (let i = 0; i < 10; i++) await new Promise(setImmediate);
    await clock.advance(3999);
    expect([tcp.asked, tcp.accepted]).toEqual([256, 256]);
    await exchange.close();
    expect(await waiting).toBe('CLOSED');
    expect(await endsOf(busy)).toEqual({ CLOSED: 256 });
  });

  test('an aborted query that waits for a session is not sent', async () => {
    const clock = new VirtualClock();
    await using udp = await startTruncating();
    await using tcp = await startTcp(udp.port, (socket, answer, count) => {
      if (count === 1) socket.write(answer);
    });
    await using exchange = new Do53Exchange({ clock });
    for (let i = 1; i <= 256; i++) await exchange.attempt(from(udp.port, i), query('a.test'), 5000).done;
    const busy = Array.from(
      { length: 256 },
      (_, i) => exchange.attempt(from(udp.port, i + 1), query('b.test'), 5000).done,
    );
    await tcp.until(({ asked }) => asked === 512);
    const controller = new AbortController();
    const asked = exchange.exchange(from(udp.port, 999), query('c.test'), { signal: controller.signal });
    await udp.until(513);
    for (let i = 0; i < 10; i++) await new Promise(setImmediate);
    controller.abort(new Error('enough'));
    expect(await endOf(asked)).toBe('Error: enough');
    await clock.advance(5000);
    expect(await endsOf(busy)).toEqual({ answered: 256 });
    await tcp.until(({ open }) => open === 0);
    expect(tcp.accepted).toBe(256);
  });
});
