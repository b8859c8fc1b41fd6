import { afterEach, beforeEach, expect, test } from 'vitest';
import type { AnswerFault } from '../../src/testing/index.js';
import { type FaultServer, type FaultSettings, startFaultServer } from '../../src/testing/index.js';
import { framed, headOf, type RawStream, rawQuery, rawTls } from '../support/raw-client.js';

let server: FaultServer;
beforeEach(async () => {
  server = await startFaultServer();
});
afterEach(async () => {
  await server.close();
});

/** An open session whose server then takes on a fault: each of them works on open sessions. */
async function sessionUnder(fault: AnswerFault, settings: FaultSettings = {}): Promise<RawStream> {
  const client = await rawTls({ address: server.address, port: server.dotPort });
  await server.until(({ handshakes, connections }) => handshakes === connections);
  await server.setFault(fault, settings);
  return client;
}

const query = rawQuery({ id: 42 });

test('tls-mute: never answers', async () => {
  const client = await sessionUnder('tls-mute');
  client.socket.write(framed(query));
  await server.until(({ dotQueries }) => dotQueries === 1);
  await server.setFault('good');
  // Had the first been answered, its answer would come first.
  expect(headOf(await client.ask(rawQuery({ id: 43 }))).id).toBe(43);
});

test('tls-close: cleanly, with open sessions and new ones', async () => {
  const client = await sessionUnder('tls-close');
  expect(await client.ended).toBe('end');
  const another = await rawTls({ address: server.address, port: server.dotPort });
  expect(await another.ended).toBe('end');
  expect(server.connections.map(({ closedBy }) => closedBy)).toEqual(['server', 'server']);
});

test('tls-reset: open sessions and new ones', async () => {
  const client = await sessionUnder('tls-reset');
  expect(await client.ended).toBe('ECONNRESET');
  const another = await rawTls({ address: server.address, port: server.dotPort }).then((stream) => stream.ended);
  expect(another).toBe('ECONNRESET');
});

test('tls-close-query and tls-reset-query wait for a query', async () => {
  const first = await sessionUnder('tls-close-query');
  first.socket.write(framed(query));
  expect(await first.ended).toBe('end');
  const second = await sessionUnder('tls-reset-query');
  second.socket.write(framed(query));
  expect(await second.ended).toBe('ECONNRESET');
  expect(server.counters.dotQueries).toBe(2);
});

test('one-shot: one answer, then a clean close, and the other queries are lost', async () => {
  const client = await sessionUnder('one-shot');
  client.socket.write(Buffer.concat([framed(query), framed(rawQuery({ id: 43 }))]));
  expect(headOf(await client.next()).id).toBe(42);
  expect(await client.ended).toBe('end');
  await expect(client.next()).rejects.toThrow('end');
  expect(server.counters.dotQueries).toBe(2);
});

/** How many answers each of twenty sessions gave before it was closed. */
async function answersUntilClosed(): Promise<number[]> {
  const counts: number[] = [];
  for (let i = 0; i < 20; i += 1) {
    const client = await rawTls({ address: server.address, port: server.dotPort });
    let answers = 0;
    const asking = async (): Promise<void> => {
      for (;;) {
        await client.ask(query);
        answers += 1;
      }
    };
    await asking().catch(() => client.socket.destroy());
    counts.push(answers);
  }
  return counts;
}

test('random-close: at random, and the same at every run', async () => {
  await server.setFault('random-close', { probability: 0.5 });
  const counts = await answersUntilClosed();
  expect(Math.max(...counts)).toBeGreaterThan(1);
  expect(Math.min(...counts)).toBe(0);
  await server.close();
  server = await startFaultServer({ fault: 'random-close', probability: 0.5 });
  expect(await answersUntilClosed()).toEqual(counts);
});

test('reverse: a batch, the last first', async () => {
  const client = await sessionUnder('reverse', { batch: 5 });
  for (let id = 1; id <= 5; id += 1) client.socket.write(framed(rawQuery({ id })));
  const ids: number[] = [];
  for (let i = 0; i < 5; i += 1) ids.push(headOf(await client.next()).id);
  expect(ids).toEqual([5, 4, 3, 2, 1]);
  expect(headOf(await client.ask(query)).id).toBe(42);
});

test('renegotiate: asks for a new handshake, and gives no answer', async () => {
  await server.setFault('renegotiate');
  const client = await rawTls({ address: server.address, port: server.dotPort });
  expect(client.socket.getProtocol()).toBe('TLSv1.2');
  const before = client.socket.getFinished();
  client.socket.write(framed(query));
  // Node's client agrees to it, so that the handshake's last message is another.
  while (client.socket.getFinished()?.equals(before ?? Buffer.alloc(0))) {
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(client.bytes.length).toBe(0);
});

test('renegotiate does nothing to a session of TLS 1.3', async () => {
  const client = await sessionUnder('renegotiate');
  client.socket.write(framed(query));
  await server.until(({ dotQueries }) => dotQueries === 1);
  await server.setFault('good');
  expect(headOf(await client.ask(rawQuery({ id: 43 }))).id).toBe(43);
});

test('zero-length: two octets', async () => {
  const client = await sessionUnder('zero-length');
  client.socket.write(framed(query));
  expect(await client.received(2)).toEqual(Buffer.alloc(2));
});

test('length-stall: 65,535 announced, ten sent', async () => {
  const client = await sessionUnder('length-stall');
  client.socket.write(framed(query));
  const bytes = await client.received(12);
  expect(bytes.readUInt16BE(0)).toBe(65_535);
  await server.setFault('good');
  client.socket.write(framed(query));
  expect((await client.received(13)).length).toBeGreaterThan(12);
});

test('byte-at-a-time: a right answer, each octet for itself', async () => {
  const client = await sessionUnder('byte-at-a-time', { byteMs: 1 });
  const answer = await client.ask(rawQuery({ id: 42, edns: 'none' }));
  expect(headOf(answer)).toMatchObject({ id: 42, rcode: 0 });
  expect(client.pieces).toEqual(Array(answer.length + 2).fill(1));
});

test('wrong-question: the id is right, the name is not', async () => {
  const client = await sessionUnder('wrong-question');
  const answer = await client.ask(query);
  expect(headOf(answer)).toMatchObject({ id: 42, qr: true });
  const length = query.length - 12;
  expect(answer.subarray(12, 30).equals(query.subarray(12, 30))).toBe(false);
  expect(length).toBeGreaterThan(18);
});

test('wrong-question for the root changes the type', async () => {
  const client = await sessionUnder('wrong-question');
  const answer = await client.ask(rawQuery({ name: '', type: 6 }));
  expect([...answer.subarray(12, 17)]).toEqual([0, 0, 1, 0, 1]);
});

test('wrong-id: as many as asked for, none of them right', async () => {
  const client = await sessionUnder('wrong-id', { copies: 3 });
  client.socket.write(framed(query));
  const ids = [await client.next(), await client.next(), await client.next()].map((answer) => headOf(answer).id);
  expect(new Set(ids).size).toBe(3);
  expect(ids).not.toContain(42);
});

test('not-a-response: QR=0', async () => {
  const client = await sessionUnder('not-a-response');
  expect(headOf(await client.ask(query))).toMatchObject({ id: 42, qr: false });
});

test('oversized: well-formed and more than 4 KB for an SOA', async () => {
  const client = await sessionUnder('oversized');
  const answer = await client.ask(rawQuery({ id: 42, type: 6 }));
  expect(answer.length).toBeGreaterThan(4096);
  expect(headOf(answer)).toMatchObject({ id: 42, qr: true, rcode: 0 });
});

test('garbage and count-bomb: the id, and nothing to be read', async () => {
  const client = await sessionUnder('garbage');
  const garbage = await client.ask(query);
  expect([garbage.readUInt16BE(0), garbage.length]).toEqual([42, 64]);
  await server.setFault('count-bomb');
  const bomb = await client.ask(query);
  expect(bomb.length).toBe(12);
  expect(headOf(bomb).counts).toEqual([65_535, 65_535, 65_535, 65_535]);
});

test.each([
  ['formerr', 1],
  ['servfail', 2],
  ['notimp', 4],
  ['refused', 5],
] as const)('%s: with the question, and bare', async (fault, rcode) => {
  const client = await sessionUnder(fault);
  expect(headOf(await client.ask(query))).toMatchObject({ id: 42, rcode, counts: [1, 0, 0, 1] });
  await server.setFault(`${fault}-bare`);
  const bare = await client.ask(query);
  expect(bare.length).toBe(12);
  expect(headOf(bare)).toMatchObject({ id: 42, qr: true, rcode, counts: [0, 0, 0, 0] });
});

test('formerr-padded and formerr-edns: by what the query has', async () => {
  const client = await sessionUnder('formerr-padded');
  const rcodeFor = async (edns: 'none' | 'plain' | 'padded') => headOf(await client.ask(rawQuery({ edns }))).rcode;
  expect([await rcodeFor('padded'), await rcodeFor('plain'), await rcodeFor('none')]).toEqual([1, 0, 0]);
  await server.setFault('formerr-edns');
  expect([await rcodeFor('padded'), await rcodeFor('plain'), await rcodeFor('none')]).toEqual([1, 1, 0]);
});

/** The keepalive option's value, the last two octets of an unpadded answer. */
function keepaliveOf(answer: Buffer): number[] {
  return [
    answer.readUInt16BE(answer.length - 6),
    answer.readUInt16BE(answer.length - 4),
    answer.readUInt16BE(answer.length - 2),
  ];
}

test('keepalive-zero and keepalive-short: their times, to those who sent an OPT record', async () => {
  const client = await sessionUnder('keepalive-zero');
  expect(keepaliveOf(await client.ask(rawQuery({ edns: 'keepalive' })))).toEqual([11, 2, 0]);
  expect(headOf(await client.ask(rawQuery({ edns: 'none' }))).counts[3]).toBe(0);
  await server.setFault('keepalive-short', { keepaliveMs: 300 });
  expect(keepaliveOf(await client.ask(rawQuery({ edns: 'keepalive' })))).toEqual([11, 2, 3]);
  expect(await client.ended).toBe('end');
});

test('different-answers: over DoT another address', async () => {
  const client = await sessionUnder('different-answers');
  const answer = await client.ask(rawQuery({ edns: 'none' }));
  expect([...answer.subarray(-4)]).toEqual([192, 0, 2, 85]);
});

test('answer-flood: without end, none with the id that was asked', async () => {
  const client = await sessionUnder('answer-flood');
  client.socket.write(framed(query));
  for (let i = 0; i < 40; i += 1) {
    const answer = await client.next();
    expect([answer.length, headOf(answer).id === 42]).toEqual([65_535, false]);
  }
  client.socket.destroy();
});

test('answer-then-flood: the answer first', async () => {
  const client = await sessionUnder('answer-then-flood');
  expect(headOf(await client.ask(query)).id).toBe(42);
  expect((await client.next()).length).toBe(65_535);
  client.socket.destroy();
});

test('delayMs holds answers back, which lets them overtake nothing', async () => {
  const client = await sessionUnder('tls-mute');
  await server.setFault('good', { delayMs: 30 });
  client.socket.write(Buffer.concat([framed(rawQuery({ id: 1 })), framed(rawQuery({ id: 2 }))]));
  await server.until(({ dotQueries }) => dotQueries === 2);
  expect(client.bytes.length).toBe(0);
  expect([headOf(await client.next()).id, headOf(await client.next()).id]).toEqual([1, 2]);
});

test('zones: a response code of their own over DoT', async () => {
  await server.close();
  server = await startFaultServer({
    zones: { 'Lame.test': { dot: 'REFUSED' }, 'sub.lame.test.': { dot: 'SERVFAIL' } },
  });
  const client = await rawTls({ address: server.address, port: server.dotPort });
  const rcodeOf = async (name: string) => headOf(await client.ask(rawQuery({ name }))).rcode;
  expect(await rcodeOf('www.lame.test')).toBe(5);
  expect(await rcodeOf('WWW.LAME.TEST')).toBe(5);
  expect(await rcodeOf('a.sub.lame.test')).toBe(2);
  expect(await rcodeOf('www.example.test')).toBe(0);
  expect(await rcodeOf('notlame.test')).toBe(0);
});

test('names choose the kind of answer', async () => {
  const client = await sessionUnder('different-answers');
  const headFor = async (name: string, type = 1) => headOf(await client.ask(rawQuery({ name, type, edns: 'none' })));
  expect(await headFor('nx.example.test')).toMatchObject({ rcode: 3, counts: [1, 0, 1, 0] });
  expect(await headFor('nodata.example.test')).toMatchObject({ rcode: 0, counts: [1, 0, 1, 0] });
  expect(await headFor('referral.example.test')).toMatchObject({ rcode: 0, counts: [1, 0, 1, 0] });
  expect(await headFor('cname.example.test')).toMatchObject({ rcode: 0, counts: [1, 2, 0, 0] });
  expect(await headFor('www.example.test', 2)).toMatchObject({ rcode: 0, counts: [1, 1, 0, 0] });
  expect(await headFor('www.example.test', 28)).toMatchObject({ rcode: 0, counts: [1, 0, 1, 0] });
});
