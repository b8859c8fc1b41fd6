import { readdirSync } from 'node:fs';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { VirtualClock } from '../../../src/testing/index.js';
import { Do53Exchange } from '../../../src/transport/do53/exchange.js';
import { do53At, nameOf, never, query } from '../support.js';
import { echo, endOf, endsOf, from, startTcp, startUdp, truncated } from './support.js';

const descriptors = vi.hoisted(() => ({ areOut: false }));
vi.mock('node:dgram', async (original) => {
  const dgram = await original<typeof import('node:dgram')>();
  const createSocket: typeof dgram.createSocket = (...given: unknown[]) => {
    const socket = (dgram.createSocket as (...all: unknown[]) => ReturnType<typeof dgram.createSocket>)(...given);
    // As Node does it: the descriptor is made when the socket is bound, and what fails is told by an event.
    if (descriptors.areOut)
      socket.connect = () => {
        const error = Object.assign(new Error('bind EMFILE 0.0.0.0'), { code: 'EMFILE', syscall: 'bind' });
        socket.emit('error', error);
      };
    return socket;
  };
  return { ...dgram, createSocket };
});
afterEach(() => {
  descriptors.areOut = false;
});

async function rounds(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise(setImmediate);
}

describe('no descriptor is left', () => {
  test('an open socket of the same server takes the query; where there is none, it fails as local', async () => {
    await using server = await startUdp();
    await using other = await startUdp();
    await using exchange = new Do53Exchange({ clock: new VirtualClock() });
    const ask = (port: number) => exchange.attempt(do53At(port), query('a.test'), 5000).done;
    const asked = [ask(server.port), ask(server.port)];
    await server.until(2);
    descriptors.areOut = true;
    asked.push(...Array.from({ length: 40 }, () => ask(server.port)));
    await server.until(42);
    expect(new Set(server.received.map(({ from: peer }) => peer.port)).size).toBe(2);
    expect(await endOf(ask(other.port))).toBe('connect local bind EMFILE 0.0.0.0');
    for (const { message, reply } of server.received) reply(echo(message));
    expect(await endsOf(asked)).toEqual({ answered: 42 });
  });
});

describe('a server overwhelmed', () => {
  test('what was sent at one instant is sent again one after the other', async () => {
    const clock = new VirtualClock();
    await using server = await startUdp();
    await using exchange = new Do53Exchange({ clock });
    for (let i = 0; i < 1000; i++) exchange.attempt(do53At(server.port), query('a.test'), 5000);
    await server.until(1000);
    const sockets = new Set(server.received.map(({ from: peer }) => peer.port)).size;
    await clock.advance(399);
    await rounds(20);
    expect(server.received.length).toBe(1000);
    const bursts: number[] = [];
    for (let ms = 400; ms < 540; ms++) {
      const before = server.received.length;
      await clock.advance(1);
      await rounds(4);
      bursts.push(server.received.length - before);
    }
    await server.until(2000);
    expect(Math.max(...bursts)).toBeLessThanOrEqual(2 * sockets);
  });
});

describe('a server without TCP', () => {
  test('Q14 three datagrams that match nothing: asked again over UDP, from another port, once', async () => {
    let forged = 0;
    await using server = await startUdp(({ message, from: peer, reply }) => {
      if (forged++ === 0) for (let i = 0; i < 3; i++) reply(Buffer.alloc(20));
      else {
        expect(peer.port).not.toBe(server.received[0]?.from.port);
        reply(echo(message));
      }
    });
    await using exchange = new Do53Exchange({ clock: new VirtualClock() });
    const attempt = exchange.attempt(do53At(server.port), query('a.test'), 5000);
    await server.until(1);
    while (server.received.length === 1) {
      // It has been sent, whatever comes: never taken for unsent.
      expect(attempt.withdraw()).toBe(false);
      await rounds(1);
    }
    expect(nameOf((await attempt.done).message)).toBe('a.test');
  });

  test('Q14 and again three of them: no third time', async () => {
    await using server = await startUdp(({ reply }) => {
      for (let i = 0; i < 3; i++) reply(Buffer.alloc(20));
    });
    await using exchange = new Do53Exchange({ clock: new VirtualClock() });
    expect(await endOf(exchange.attempt(do53At(server.port), query('a.test'), 5000).done)).toBe('connect refused');
    expect(server.received.length).toBe(2);
  });
});

describe('callers who leave', () => {
  test('Q11 their TCP sessions make room for others, and one of them may still be used', async () => {
    const clock = new VirtualClock();
    await using udp = await startUdp(({ message, reply }) => reply(truncated(message)));
    await using tcp = await startTcp(udp.port, (socket, answer) => {
      if (answer.includes('answered')) socket.write(answer);
    });
    await using exchange = new Do53Exchange({ clock });
    const controller = new AbortController();
    const { signal } = controller;
    const left = Array.from({ length: 256 }, (_, i) =>
      exchange.exchange(from(udp.port, i + 1), query('silent.test'), { signal }),
    );
    await tcp.until(({ asked }) => asked === 256);
    controller.abort(new Error('enough'));
    expect(await endsOf(left)).toEqual({ 'Error: enough': 256 });
    const ask = (number: number) =>
      exchange.exchange(from(udp.port, number), query('answered.test'), { signal: never });
    expect(nameOf(await ask(999))).toBe('answered.test');
    await tcp.until(({ open }) => open === 256);
    expect(nameOf(await ask(256))).toBe('answered.test');
    expect(tcp.accepted).toBe(257);
  });

  test('Q11 nothing of theirs is sent again where the server closes the session', async () => {
    await using udp = await startUdp(({ message, reply }) => reply(truncated(message)));
    let close = (): void => {};
    await using tcp = await startTcp(udp.port, (socket, answer, count) => {
      if (count === 1) socket.write(answer);
      else close = () => socket.end();
    });
    await using exchange = new Do53Exchange();
    const controller = new AbortController();
    const ask = (signal: AbortSignal) => exchange.exchange(do53At(udp.port), query('a.test'), { signal });
    await ask(never);
    const left = ask(controller.signal);
    await tcp.until(({ asked }) => asked === 2);
    controller.abort(new Error('enough'));
    expect(await endOf(left)).toBe('Error: enough');
    close();
    await tcp.until(({ open }) => open === 0);
    await ask(never);
    expect(tcp.asked).toBe(3);
  });

  test('Q11 no descriptor is left behind, whatever the phase', async () => {
    const clock = new VirtualClock();
    await using udp = await startUdp(({ message, reply }) => {
      if (message.includes('cut')) reply(truncated(message));
    });
    await using tcp = await startTcp(udp.port, () => {});
    const open = () => readdirSync('/proc/self/fd').length;
    await using exchange = new Do53Exchange({ clock });
    const round = async (turns: number, name: string, end: 'abort' | 'limit'): Promise<void> => {
      const controller = new AbortController();
      const { signal } = controller;
      const asked = Array.from({ length: 100 }, (_, i) =>
        exchange.exchange(from(udp.port, i % 10), query(name), { signal }),
      );
      const ends = endsOf(asked);
      await rounds(turns);
      if (end === 'abort') controller.abort(new Error('enough'));
      else await clock.advance(5000);
      await ends;
    };
    const settled = async (): Promise<number> => {
      // The server's ends of what was closed are closed by then.
      await clock.advance(10_000);
      await tcp.until(({ open: held }) => held === 0);
      await rounds(5);
      return open();
    };
    const before = await settled();
    for (const turns of [0, 1, 2, 5, 20])
      for (const name of ['silent.test', 'cut.test'])
        for (const end of ['abort', 'limit'] as const) {
          await round(turns, name, end);
          expect([turns, name, end, await settled()]).toEqual([turns, name, end, before]);
        }
  });
});
