import { readdirSync } from 'node:fs';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { VirtualClock } from '../../../src/testing/index.js';
import { Do53Exchange } from '../../../src/transport/do53/exchange.js';
import { do53At, nameOf, never, query, withAdditional } from '../support.js';
import { echo, endOf, endsOf, from, type Received, startTcp, startUdp, truncated } from './support.js';

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

/** Lets a query's three datagrams go unanswered, up to the moment at which TCP begins. */
async function unheard(clock: VirtualClock, server: Awaited<ReturnType<typeof startUdp>>): Promise<void> {
  await server.until(1);
  for (const [afterMs, count] of [
    [400, 2],
    [800, 3],
  ] as const) {
    await clock.advance(afterMs);
    await server.until(count);
  }
  await clock.advance(800);
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

describe('a path that loses datagrams', () => {
  /** Of all datagrams, in both directions, every third is lost, by a fixed sequence. */
  function losses(): () => boolean {
    let state = 12_345;
    return () => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
      return state % 1_000 < 333;
    };
  }

  test('Q42 a third of all is lost: every query is answered within its 5 s', async () => {
    const clock = new VirtualClock();
    const isLost = losses();
    await using server = await startUdp(({ message, reply }) => {
      if (!isLost() && !isLost()) reply(echo(message));
    });
    await using tcp = await startTcp(server.port, (socket, answer) => socket.write(answer));
    await using exchange = new Do53Exchange({ clock });
    let ended = 0;
    const asked = Array.from({ length: 200 }, async (_, i) => {
      const { done } = exchange.attempt(do53At(server.port), query(`n${i}.test`), 5000);
      return done.finally(() => {
        ended++;
      });
    });
    const ends = endsOf(asked);
    for (let ms = 0; ms < 4_900 && ended < 200; ms += 20) {
      await clock.advance(20);
      await rounds(20);
    }
    while (ended < 200) await rounds(1);
    expect(await ends).toEqual({ answered: 200 });
    expect([tcp.asked > 10, tcp.accepted]).toEqual([true, 1]);
    expect(server.received.length).toBeLessThanOrEqual(600);
  });

  test('Q42 the late answer of a datagram is taken while TCP is silent, and TCP’s while datagrams are lost', async () => {
    const clock = new VirtualClock();
    await using server = await startUdp();
    await using tcp = await startTcp(server.port, (socket, answer) => {
      if (answer.includes('stream')) socket.write(answer);
    });
    await using exchange = new Do53Exchange({ clock });
    const ask = (name: string) => exchange.attempt(do53At(server.port), query(name), 5000);
    const [overUdp, overTcp] = [ask('datagram.test'), ask('stream.test')];
    await server.until(2);
    for (const [afterMs, count] of [
      [410, 4],
      [810, 6],
    ] as const) {
      await clock.advance(afterMs);
      await server.until(count);
    }
    await clock.advance(810);
    await tcp.until(({ asked }) => asked === 2);
    // It has been sent, over both.
    expect(overUdp.withdraw()).toBe(false);
    expect(nameOf((await overTcp.done).message)).toBe('stream.test');
    for (const { message, reply } of server.received) if (nameOf(message) === 'datagram.test') reply(echo(message));
    expect(nameOf((await overUdp.done).message)).toBe('datagram.test');
    expect(server.received.length).toBe(6);
  });

  test('Q42 a truncated answer after all: TCP’s is waited for, and asked once', async () => {
    const clock = new VirtualClock();
    await using server = await startUdp();
    const held: (() => void)[] = [];
    await using tcp = await startTcp(server.port, (socket, answer) => held.push(() => socket.write(answer)));
    await using exchange = new Do53Exchange({ clock });
    const { done } = exchange.attempt(do53At(server.port), query('a.test'), 5000);
    await unheard(clock, server);
    await tcp.until(({ asked }) => asked === 1);
    const { message, reply } = server.received[0] as Received;
    reply(truncated(message));
    await rounds(20);
    held[0]?.();
    expect((await done).message[2]).toBe(0x80);
    expect(tcp.asked).toBe(1);
  });

  test.each(['refuses TCP', 'closes TCP without a word'])(
    'Q42 a server that %s meanwhile: the answer of a datagram still counts, and none is sent once more',
    async (how) => {
      const clock = new VirtualClock();
      await using server = await startUdp();
      const closes = how.startsWith('closes') ? [await startTcp(server.port, (socket) => void socket.end())] : [];
      await using exchange = new Do53Exchange({ clock });
      const { done } = exchange.attempt(do53At(server.port), query('a.test'), 5000);
      await unheard(clock, server);
      await rounds(100);
      expect(server.received.length).toBe(3);
      const { message, reply } = server.received[2] as Received;
      reply(echo(message));
      expect(nameOf((await done).message)).toBe('a.test');
      for (const tcp of closes) {
        expect(tcp.asked).toBe(1);
        await tcp[Symbol.asyncDispose]();
      }
    },
  );

  test('Q42 other rules come into force: nothing goes over TCP', async () => {
    const clock = new VirtualClock();
    await using server = await startUdp();
    await using tcp = await startTcp(server.port, (socket, answer) => socket.write(answer));
    await using exchange = new Do53Exchange({ clock });
    let mayBeSent = true;
    const options = { mayBeSent: () => mayBeSent };
    const { done } = exchange.attempt(do53At(server.port), query('a.test'), 5000, undefined, options);
    await server.until(1);
    await clock.advance(400);
    await server.until(2);
    await clock.advance(800);
    await server.until(3);
    mayBeSent = false;
    const ended = endOf(done);
    await clock.advance(800);
    expect(await ended).toBe('connect local rule');
    expect(tcp.accepted).toBe(0);
  });

  test('Q42 many silent servers leave half of the TCP sessions to those who need them', async () => {
    const clock = new VirtualClock();
    await using server = await startUdp();
    await using tcp = await startTcp(server.port, () => undefined);
    await using exchange = new Do53Exchange({ clock });
    const ends = endsOf(
      Array.from({ length: 200 }, (_, i) => exchange.attempt(from(server.port, i + 1), query('a.test'), 5000).done),
    );
    await server.until(200);
    await clock.advance(400);
    await server.until(400);
    await clock.advance(800);
    await server.until(600);
    await clock.advance(800);
    await tcp.until(({ accepted }) => accepted === 128);
    await rounds(50);
    await clock.advance(3_000);
    expect([await ends, tcp.most]).toEqual([{ 'answer silent': 200 }, 128]);
  });
});

describe('a query too long for a datagram', () => {
  /** A query with so many octets in all, by an option that pads. */
  const long = (octets: number): Uint8Array => {
    const bare = query('a.test');
    const length = octets - bare.length - 15;
    const opt = [0, 0, 41, 4, 208, 0, 0, 0, 0, (length + 4) >> 8, (length + 4) & 255, 0, 12, length >> 8, length & 255];
    return withAdditional(bare, [...opt, ...new Array<number>(length).fill(0)]);
  };

  test.each([1_232, 1_233, 65_535])('Q42 of %i octets: answered', async (octets) => {
    await using server = await startUdp(({ message, reply }) => reply(echo(message)));
    await using tcp = await startTcp(server.port, (socket, answer) => socket.write(answer));
    await using exchange = new Do53Exchange({ clock: new VirtualClock() });
    const { message } = await exchange.attempt(do53At(server.port), long(octets), 5000).done;
    expect([message.length, tcp.asked]).toEqual([octets, octets > 1_232 ? 1 : 0]);
  });

  /** The answer to such a query, whose server takes so many octets in a datagram. */
  const announcing = (message: Uint8Array, octets: number): Uint8Array => {
    const answer = echo(message);
    // The class of the OPT, behind the root's name and the type.
    new DataView(answer.buffer, answer.byteOffset).setUint16(query('a.test').length + 3, octets);
    return answer;
  };

  test.each([
    [600, 600, 601],
    [0, 512, 513],
    [4_096, 1_232, 1_233],
  ])('Q42 the server’s answer says %i: up to %i over UDP, %i over TCP', async (announced, most, tooLong) => {
    await using server = await startUdp(({ message, reply }) => reply(announcing(message, announced)));
    await using tcp = await startTcp(server.port, (socket, answer) => socket.write(answer));
    await using exchange = new Do53Exchange({ clock: new VirtualClock() });
    const ask = (octets: number) => exchange.attempt(do53At(server.port), long(octets), 5000).done;
    // What has no room in a datagram by what was said is known from the first answer on, and after its socket has closed.
    await ask(100);
    for (const octets of [most, tooLong, most]) expect((await ask(octets)).message.length).toBe(octets);
    expect([server.received.length, tcp.asked]).toEqual([3, 1]);
    exchange.reset();
    if (tooLong < 1_232) await ask(tooLong);
    expect(tcp.asked).toBe(1);
  });

  test('Q42 to a server without TCP: over UDP where the system takes it, else refused; nobody else is told', async () => {
    await using server = await startUdp(({ message, reply }) => {
      if (message.length > 100) reply(echo(message));
    });
    await using exchange = new Do53Exchange({ clock: new VirtualClock() });
    const ask = (message: Uint8Array) => exchange.attempt(do53At(server.port), message, 5000).done;
    const others = Array.from({ length: 20 }, () => ask(query('b.test')));
    await server.until(20);
    expect((await ask(long(2_000))).message.length).toBe(2_000);
    expect(await endOf(ask(long(65_535)))).toBe('connect refused');
    for (const { message, reply } of server.received) reply(echo(message));
    expect(await endsOf(others)).toEqual({ answered: 20 });
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
