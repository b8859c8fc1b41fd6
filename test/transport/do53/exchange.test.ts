import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { describe, expect, test } from 'vitest';
import { DotscoutError, InvalidInputError, TransportError } from '../../../src/common/errors.js';
import { type FaultServerOptions, startFaultServer, VirtualClock } from '../../../src/testing/index.js';
import { freePort } from '../../../src/testing/ports.js';
import { Do53Exchange, type Do53ExchangeOptions } from '../../../src/transport/do53/exchange.js';
import { isTruncated, rcodeOf } from '../../../src/wire/message.js';
import { do53At, idOf, nameOf, never, opt, query, withAdditional } from '../support.js';

async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof TransportError) return [error.failure.phase, error.failure.kind];
    return error instanceof DotscoutError || error instanceof InvalidInputError ? error.code : error;
  }
  return 'answered';
}

async function pair(options: FaultServerOptions = {}, own: Do53ExchangeOptions = {}) {
  const server = await startFaultServer(options);
  const exchange = new Do53Exchange(own);
  return {
    server,
    exchange,
    ask: (name = 'www.example.test', id = 7) => exchange.exchange(server.do53, query(name, id), { signal: never }),
    async [Symbol.asyncDispose](): Promise<void> {
      await exchange.close();
      await server.close();
    },
  };
}

/** A UDP server of the test's own. */
async function udpServer(
  answer: (socket: Socket, message: Buffer, from: RemoteInfo, count: number) => void,
): Promise<{ port: number; received: Buffer[] } & AsyncDisposable> {
  const socket = createSocket('udp4');
  const received: Buffer[] = [];
  socket.on('message', (message, from) => {
    received.push(message);
    answer(socket, message, from, received.length);
  });
  socket.bind(await freePort('127.0.0.1'), '127.0.0.1');
  await once(socket, 'listening');
  return {
    port: socket.address().port,
    received,
    async [Symbol.asyncDispose]() {
      socket.close();
    },
  };
}

function echo(message: Buffer): Buffer {
  const answer = Buffer.from(message);
  answer[2] = 0x80;
  return answer;
}

/** A TCP server of the test's own, which answers everything. */
async function tcpServer(port: number): Promise<{ readonly received: number } & AsyncDisposable> {
  let received = 0;
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', (chunk: Buffer) => {
      received++;
      socket.end(Buffer.concat([chunk.subarray(0, 2), echo(chunk.subarray(2))]));
    });
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    get received() {
      return received;
    },
    async [Symbol.asyncDispose]() {
      server.close();
    },
  };
}

describe('over UDP', () => {
  test('30-1 the message goes as it is, with an id of its own; the caller’s comes back', async () => {
    await using p = await pair();
    const message = withAdditional(query('a.example.test', 7), opt());
    const answer = await p.exchange.exchange(p.server.do53, message, { signal: never });
    expect([idOf(answer), nameOf(answer)]).toEqual([7, 'a.example.test']);
    expect([...(p.server.queries[0]?.message.subarray(2) ?? [])]).toEqual([...message.subarray(2)]);
    expect(p.server.counters).toMatchObject({ udpQueries: 1, tcpQueries: 0, dotQueries: 0 });
  });

  test('Q24 a signed message keeps its id', async () => {
    await using p = await pair();
    const signed = withAdditional(query('b.example.test', 99), [0, 0, 250, 0, 255, 0, 0, 0, 0, 0, 2, 1, 2]);
    await p.exchange.exchange(p.server.do53, signed, { signal: never });
    expect(Uint8Array.from(p.server.queries[0]?.message ?? [])).toEqual(signed);
  });

  test('Q14 forged answers are ignored', async () => {
    await using p = await pair({ clear: 'forge' });
    const answer = await p.ask();
    expect(Buffer.from(answer).includes(Buffer.from([192, 0, 2, 66]))).toBe(false);
    expect(rcodeOf(answer)).toBe(0);
  });

  test('Q14 three datagrams that match nothing: TCP', async () => {
    await using p = await pair({ clear: 'forge-only' });
    const first = p.ask();
    const answer = await first;
    expect(Buffer.from(answer).includes(Buffer.from([192, 0, 2, 66]))).toBe(false);
    expect(p.server.counters.tcpQueries).toBe(1);
  });

  test.each<[string, (message: Buffer) => Buffer]>([
    ['a query', (message) => message],
    ['cut short after the id', (message) => message.subarray(0, 2)],
    [
      'counts records that it has not',
      (message) => Buffer.concat([echo(message).subarray(0, 7), Buffer.from([9, 0, 0, 0, 0])]),
    ],
  ])('Q14 our id on what is no answer, %s: TCP at once', async (_, make) => {
    await using udp = await udpServer((socket, message, from) => socket.send(make(message), from.port, from.address));
    await using tcp = await tcpServer(udp.port);
    await using exchange = new Do53Exchange({ clock: new VirtualClock() });
    const answer = await exchange.exchange(do53At(udp.port), query('a.test'), { signal: never });
    expect([nameOf(answer), tcp.received, udp.received.length]).toEqual(['a.test', 1, 1]);
  });

  test('Q14 short datagrams without our id: ignored, the answer is still heard', async () => {
    await using udp = await udpServer((socket, message, from) => {
      const other = Buffer.from(message.subarray(0, 5));
      other[0] = (message[0] ?? 0) ^ 1;
      for (const datagram of [Buffer.alloc(0), other, echo(message)]) socket.send(datagram, from.port, from.address);
    });
    await using tcp = await tcpServer(udp.port);
    await using exchange = new Do53Exchange();
    expect(nameOf(await exchange.exchange(do53At(udp.port), query('a.test'), { signal: never }))).toBe('a.test');
    expect(tcp.received).toBe(0);
  });

  test('Q14 truncated: TCP', async () => {
    await using p = await pair({ clear: 'truncate' });
    const answer = await p.ask();
    expect([isTruncated(answer), idOf(answer), nameOf(answer)]).toEqual([false, 7, 'www.example.test']);
    expect(p.server.counters).toMatchObject({ udpQueries: 1, tcpQueries: 1 });
  });

  test('Q14 truncated and no TCP: the truncated answer', async () => {
    await using server = await udpServer((socket, message, from) => {
      const answer = echo(message);
      answer[2] = 0x82;
      socket.send(answer, from.port, from.address);
    });
    await using exchange = new Do53Exchange();
    expect(isTruncated(await exchange.exchange(do53At(server.port), query('a.test'), { signal: never }))).toBe(true);
  });

  test('Q42 sent again after 400 ms and 800 ms more, and no more; silent, where nothing comes over TCP either', async () => {
    const clock = new VirtualClock();
    await using server = await udpServer(() => undefined);
    await using exchange = new Do53Exchange({ clock });
    const asked = failureOf(exchange.exchange(do53At(server.port), query('a.test'), { signal: never }));
    const arrived = async (count: number): Promise<void> => {
      while (server.received.length < count) await new Promise(setImmediate);
    };
    await arrived(1);
    await clock.advance(399);
    expect(server.received.length).toBe(1);
    await clock.advance(1);
    await arrived(2);
    await clock.advance(799);
    expect(server.received.length).toBe(2);
    await clock.advance(1);
    await arrived(3);
    await clock.advance(3800);
    expect(await asked).toEqual(['answer', 'silent']);
    expect(server.received.length).toBe(3);
    expect(new Set(server.received.map((message) => message.toString('hex'))).size).toBe(1);
  });

  test('a slow server’s queries are sent again later', async () => {
    const clock = new VirtualClock();
    let held: (() => void) | undefined;
    await using server = await udpServer((socket, message, from) => {
      held = () => socket.send(echo(message), from.port, from.address);
    });
    await using exchange = new Do53Exchange({ clock });
    const arrived = async (count: number): Promise<void> => {
      while (server.received.length < count) await new Promise(setImmediate);
    };
    const first = exchange.exchange(do53At(server.port), query('a.test'), { signal: never });
    await arrived(1);
    await clock.advance(300);
    held?.();
    await first;
    const second = exchange.exchange(do53At(server.port), query('b.test'), { signal: never });
    await arrived(2);
    await clock.advance(599);
    expect(server.received.length).toBe(2);
    await clock.advance(1);
    await arrived(3);
    held?.();
    expect(nameOf(await second)).toBe('b.test');
  });

  test('nothing listens: refused', async () => {
    await using p = await pair({ clear: 'closed' });
    expect(await failureOf(p.ask())).toEqual(['connect', 'refused']);
  });

  test('Q23 our own loop stood still', async () => {
    const clock = new VirtualClock();
    await using p = await pair({ clear: 'silent' }, { clock });
    const asked = failureOf(p.ask());
    await p.server.until(({ udpQueries }) => udpQueries === 1);
    await clock.stall(6000);
    await clock.advance(10_000);
    expect(await asked).toEqual(['answer', 'local']);
  });

  test('an address of ours that we do not have: local', async () => {
    await using exchange = new Do53Exchange();
    const endpoint = { ...do53At(5399), localAddress: '192.0.2.77' };
    expect(await failureOf(exchange.exchange(endpoint, query('a.test'), { signal: never }))).toEqual([
      'connect',
      'local',
    ]);
  });

  test('S13 our own address', async () => {
    await using p = await pair();
    const endpoint = { ...p.server.do53, localAddress: '127.0.0.9' };
    expect(nameOf(await p.exchange.exchange(endpoint, query('a.test'), { signal: never }))).toBe('a.test');
  });
});

describe('over TCP', () => {
  test.each([
    ['closes', 'closed', undefined],
    ['sends a short message', 'malformed', Buffer.from([0, 1, 0])],
    ['answers with QR=0', 'malformed', 'query'],
    ['answers others', 'malformed', 'others'],
  ] as const)('after three forged datagrams the server %s: %s', async (_what, kind, says) => {
    await using udp = await udpServer((socket, _message, from) => {
      for (let i = 0; i < 3; i++) socket.send(Buffer.alloc(20), from.port, from.address);
    });
    const tcp = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', (chunk: Buffer) => {
        const other = Buffer.from(chunk);
        other[2] = (chunk[2] ?? 0) ^ 1;
        if (says === 'query') socket.write(chunk);
        else if (says === 'others') for (let i = 0; i < 16; i++) socket.write(other);
        else if (says === undefined) socket.end();
        else socket.write(says);
      });
    });
    tcp.listen(udp.port, '127.0.0.1');
    await once(tcp, 'listening');
    await using exchange = new Do53Exchange();
    expect(await failureOf(exchange.exchange(do53At(udp.port), query('a.test'), { signal: never }))).toEqual([
      'answer',
      kind,
    ]);
    tcp.close();
  });
});

describe('callers', () => {
  test('Q17 a malformed message, and port 853, are refused before anything is sent', async () => {
    await using exchange = new Do53Exchange();
    const send = (port: number, message: Uint8Array) =>
      failureOf(exchange.exchange(do53At(port), message, { signal: never }));
    expect(await send(53, new Uint8Array(3))).toBe('INVALID_MESSAGE');
    expect(await send(853, query('a.test'))).toBe('INVALID_PORT');
    expect(() => exchange.attempt(do53At(53), query('a.test'), 0)).toThrow(InvalidInputError);
    expect(() => new Do53Exchange({ timeoutMs: -1 })).toThrow(InvalidInputError);
  });

  test('Q11 aborted before and while waiting: the caller’s reason', async () => {
    await using p = await pair({ clear: 'silent' });
    const reason = new Error('enough');
    const aborted = { signal: AbortSignal.abort(reason) };
    expect(await failureOf(p.exchange.exchange(p.server.do53, query('a.test'), aborted))).toBe(reason);
    const controller = new AbortController();
    const asked = failureOf(p.exchange.exchange(p.server.do53, query('a.test'), { signal: controller.signal }));
    await p.server.until(({ udpQueries }) => udpQueries === 1);
    controller.abort(reason);
    expect(await asked).toBe(reason);
  });

  test('Q11 only what was not sent is withdrawn', async () => {
    await using p = await pair();
    const early = p.exchange.attempt(p.server.do53, query('a.test'), 1000);
    expect([early.withdraw(), early.withdraw()]).toEqual([true, false]);
    expect(await failureOf(early.done)).toEqual(['connect', 'local']);
    const late = p.exchange.attempt(p.server.do53, query('b.test'), 1000);
    await p.server.until(({ udpQueries }) => udpQueries === 1);
    expect(late.withdraw()).toBe(false);
    const reply = await late.done;
    expect(nameOf(reply.message)).toBe('b.test');
    expect(reply.authenticated).toBe(false);
  });

  test('close is idempotent; waiting calls reject, later ones too', async () => {
    await using p = await pair({ clear: 'silent' });
    const waiting = failureOf(p.ask());
    await p.exchange.close();
    await p.exchange[Symbol.asyncDispose]();
    expect(await waiting).toBe('CLOSED');
    expect(await failureOf(p.ask())).toBe('CLOSED');
  });
});
