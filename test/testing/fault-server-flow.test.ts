import { once } from 'node:events';
import { connect } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { expect, test } from 'vitest';
import { type Fault, type FaultServer, type FaultSettings, startFaultServer } from '../../src/testing/index.js';
import { framed, headOf, type RawStream, rawQuery, rawTls } from '../support/raw-client.js';

interface Pair extends AsyncDisposable {
  readonly server: FaultServer;
  readonly client: RawStream<TLSSocket>;
}

function dotOf(server: FaultServer): { address: string; port: number } {
  return { address: server.address, port: server.dotPort };
}

/** An open session that has asked for nothing. */
async function pair(fault: Fault = 'good', settings: FaultSettings = {}): Promise<Pair> {
  const server = await startFaultServer({ fault, ...settings });
  const client = await rawTls(dotOf(server));
  await server.until(({ handshakes }) => handshakes === 1);
  return { server, client, [Symbol.asyncDispose]: () => server.close() };
}

/** Queries of a row of ids, as one piece. */
function queries(from: number, to: number): Buffer {
  const ids = Array.from({ length: to - from + 1 }, (_, index) => from + index);
  return Buffer.concat(ids.map((id) => framed(rawQuery({ id }))));
}

/** The ids of so many answers. */
async function ids(client: RawStream, count: number): Promise<number[]> {
  const read: number[] = [];
  while (read.length < count) read.push(headOf(await client.next()).id);
  return read;
}

test('answers are counted, the first ones of the session too', async () => {
  await using p = await pair();
  p.client.socket.write(queries(1, 3));
  expect(await ids(p.client, 3)).toEqual([1, 2, 3]);
  expect(p.server.counters).toMatchObject({ dotAnswers: 3, unasked: 0 });
  expect(p.server.connections[0]).toMatchObject({ queries: 3, answers: 3, unasked: 0, renegotiations: 0 });
});

test('close-after: so many answers, then a clean close, and the others are lost', async () => {
  await using p = await pair('close-after', { answers: 3 });
  p.client.socket.write(queries(1, 5));
  expect(await ids(p.client, 3)).toEqual([1, 2, 3]);
  expect(await p.client.ended).toBe('end');
  expect(p.server.connections[0]).toMatchObject({ answers: 3, closedBy: 'server' });
});

test('close-after counts what it holds back', async () => {
  await using p = await pair('close-after', { answers: 2, delayMs: 20 });
  p.client.socket.write(queries(1, 2));
  expect(await ids(p.client, 2)).toEqual([1, 2]);
  expect(await p.client.ended).toBe('end');
});

test('dribble: 65,535 octets, one at a time, as fast as they are taken', async () => {
  await using p = await pair('dribble', { byteMs: 0 });
  const answer = await p.client.ask(rawQuery({ id: 42 }));
  expect([answer.length, headOf(answer).id]).toEqual([65_535, 42]);
  expect(p.client.pieces).toEqual(Array(65_537).fill(1));
  await p.server.until(({ dotAnswers }) => dotAnswers === 1);
});

test('byte-at-a-time and dribble: one answer after the other, and nothing gets in between', async () => {
  await using p = await pair('byte-at-a-time', { byteMs: 1 });
  p.client.socket.write(queries(1, 3));
  expect(await ids(p.client, 3)).toEqual([1, 2, 3]);
  await p.server.setFault('dribble', { byteMs: 60_000 });
  p.client.socket.write(queries(4, 5));
  await p.server.until(({ dotQueries }) => dotQueries === 5);
  await p.server.setFault('good');
  p.client.socket.write(queries(6, 6));
  expect(await ids(p.client, 3)).toEqual([4, 5, 6]);
  expect(p.server.counters.dotAnswers).toBe(6);
});

test('dribble: at the rate that was chosen', async () => {
  await using p = await pair('dribble', { byteMs: 1 });
  p.client.socket.write(framed(rawQuery()));
  expect((await p.client.received(3)).readUInt16BE(0)).toBe(65_535);
  expect(p.server.counters.dotAnswers).toBe(0);
});

test('dribble to a client that does not read: all of it comes when it does', async () => {
  await using p = await pair('good');
  await p.server.setFault('dribble', { byteMs: 0 });
  p.client.socket.write(framed(rawQuery({ id: 42 })));
  await p.client.received(1);
  p.client.socket.pause();
  await p.server.setFault('good');
  p.client.socket.resume();
  expect((await p.client.next()).length).toBe(65_535);
});

test('never-reads: nothing is read, of open sessions and new ones, and what is sent waits', async () => {
  await using p = await pair();
  await p.server.setFault('never-reads');
  const another = await rawTls(dotOf(p.server));
  for (const client of [p.client, another]) {
    client.socket.write(framed(rawQuery({ id: 7 })));
    // The kernels take some megabytes; the rest stays with the client.
    for (let i = 0; i < 400; i++) client.socket.write(Buffer.alloc(65_536));
    expect(client.socket.writableLength).toBeGreaterThan(1_000_000);
  }
  expect(p.server.counters.dotQueries).toBe(0);
  another.socket.destroy();
  await p.server.setFault('good');
  expect(headOf(await p.client.next()).id).toBe(7);
});

test('never-reads after so many queries: these are answered, however they come', async () => {
  await using p = await pair('never-reads', { afterQueries: 2 });
  p.client.socket.write(queries(1, 5));
  expect(await ids(p.client, 2)).toEqual([1, 2]);
  p.client.socket.write(queries(6, 6));
  await p.server.setFault('good');
  // Those that had come together with the second are lost.
  expect(await ids(p.client, 1)).toEqual([6]);
});

test('slow-window: reads now and then, and answers all of it', async () => {
  await using p = await pair('slow-window', { windowMs: 20 });
  for (let id = 1; id <= 2000; id += 1) p.client.socket.write(framed(rawQuery({ id })));
  const answered = await ids(p.client, 2000);
  expect(answered).toEqual(Array.from({ length: 2000 }, (_, index) => index + 1));
});

test('half-frame-timeout: an incomplete message closes the session, a whole one does not', async () => {
  await using p = await pair('half-frame-timeout', { frameMs: 50 });
  const [whole, next] = [framed(rawQuery({ id: 1 })), framed(rawQuery({ id: 2 }))];
  p.client.socket.write(whole.subarray(0, 1));
  p.client.socket.write(whole.subarray(1));
  expect(await ids(p.client, 1)).toEqual([1]);
  p.client.socket.write(Buffer.concat([next, whole.subarray(0, 1)]));
  expect(await ids(p.client, 1)).toEqual([2]);
  expect(await p.client.ended).toBe('end');
  expect(p.server.connections[0]).toMatchObject({ answers: 2, closedBy: 'server' });
});

test('half-frame-timeout: a message that ends in time has its time from its own beginning', async () => {
  await using p = await pair('half-frame-timeout', { frameMs: 60_000 });
  const frames = [1, 2, 3, 4].map((id) => framed(rawQuery({ id })));
  for (const [index, bytes] of frames.entries()) {
    const half = frames[index + 1]?.subarray(0, 5) ?? Buffer.alloc(0);
    p.client.socket.write(Buffer.concat([index === 0 ? bytes : bytes.subarray(5), half]));
    expect(await ids(p.client, 1)).toEqual([index + 1]);
  }
  expect(p.server.connections[0]?.closedBy).toBeUndefined();
});

test('unasked-flood: to an idle session at once, so many, and queries are answered', async () => {
  await using p = await pair();
  await p.server.setFault('unasked-flood', { unasked: 3 });
  for (let i = 0; i < 3; i += 1) expect((await p.client.next()).length).toBe(65_535);
  expect(headOf(await p.client.ask(rawQuery({ id: 5 }))).id).toBe(5);
  expect(p.server.counters).toMatchObject({ unasked: 3, dotAnswers: 1 });
});

test('unasked-flood: to a new session, without end', async () => {
  await using p = await pair('unasked-flood');
  for (let i = 0; i < 40; i += 1) {
    const message = await p.client.next();
    expect([message.length, headOf(message).qr]).toEqual([65_535, true]);
  }
  expect(p.server.connections[0]?.unasked).toBeGreaterThan(39);
  p.client.socket.destroy();
});

test('renegotiate-at-once: new sessions and idle ones are asked for another handshake, and answered', async () => {
  await using p = await pair('renegotiate-at-once');
  const { socket } = p.client;
  expect(socket.getProtocol()).toBe('TLSv1.2');
  expect(headOf(await p.client.ask(rawQuery({ id: 3 }))).id).toBe(3);
  const before = socket.getFinished() ?? Buffer.alloc(0);
  await p.server.setFault('renegotiate-at-once');
  // Node's client agrees to it, so that the handshake's last message is another.
  while (socket.getFinished()?.equals(before)) await new Promise((resolve) => setImmediate(resolve));
  expect(p.server.connections[0]?.renegotiations).toBe(2);
});

test('renegotiate-at-once leaves sessions of TLS 1.3 alone', async () => {
  await using p = await pair();
  await p.server.setFault('renegotiate-at-once');
  expect(headOf(await p.client.ask(rawQuery({ id: 3 }))).id).toBe(3);
  expect(p.server.connections[0]?.renegotiations).toBe(0);
});

test('deaf: nothing is read or sent, and then all of it', async () => {
  await using p = await pair('good', { delayMs: 20 });
  p.client.socket.write(queries(1, 2));
  await p.server.until(({ dotQueries }) => dotQueries === 2);
  await p.server.setFault('deaf');
  p.client.socket.write(queries(3, 4));
  // Connections are accepted, and get no further.
  const another = rawTls(dotOf(p.server));
  await p.server.until(({ connections }) => connections === 2);
  await new Promise((resolve) => setTimeout(resolve, 60));
  expect(p.server.counters).toMatchObject({ dotQueries: 2, dotAnswers: 0, handshakes: 1 });
  await p.server.setFault('good', { delayMs: 0 });
  expect((await ids(p.client, 4)).sort()).toEqual([1, 2, 3, 4]);
  expect(headOf(await (await another).ask(rawQuery({ id: 9 }))).id).toBe(9);
});

test('lost: no reply to a SYN, open sessions hear nothing, and then all of it', async () => {
  await using p = await pair();
  await p.server.setFault('lost');
  p.client.socket.write(queries(1, 2));
  const socket = connect({ host: p.server.address, port: p.server.dotPort });
  socket.setTimeout(300);
  await once(socket, 'timeout');
  expect(socket.connecting).toBe(true);
  socket.destroy();
  expect(p.server.counters).toMatchObject({ dotQueries: 0, connections: 1 });
  await p.server.setFault('good');
  expect(await ids(p.client, 2)).toEqual([1, 2]);
  expect(headOf(await (await rawTls(dotOf(p.server))).ask(rawQuery({ id: 3 }))).id).toBe(3);
});

test('rttMs: the handshake is held back for two round trips, every answer for one', async () => {
  const began = performance.now();
  await using p = await pair('good', { rttMs: 40 });
  const stood = performance.now();
  const answer = await p.client.ask(rawQuery({ id: 4 }));
  const answered = performance.now();
  expect(headOf(answer).id).toBe(4);
  // Timers may fire a millisecond early.
  expect(stood - began).toBeGreaterThan(78);
  expect(answered - stood).toBeGreaterThan(38);
});
