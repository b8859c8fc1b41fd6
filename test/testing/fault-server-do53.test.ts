import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { startFaultServer, startFleet } from '../../src/testing/index.js';
import { recordsOf } from '../../src/wire/records.js';
import { readSvcb } from '../../src/wire/svcb.js';
import { framed, headOf, rawQuery, rawTcp, rawTls, rawUdp } from '../support/raw-client.js';

const query = rawQuery({ id: 42, edns: 'none' });

test('good: the same over UDP and TCP, counted apart', async () => {
  await using server = await startFaultServer();
  const [datagram] = await rawUdp(server, query);
  const tcp = await rawTcp(server);
  const answer = await tcp.ask(query);
  expect(datagram?.message).toEqual(answer);
  expect([...answer.subarray(-4)]).toEqual([192, 0, 2, 1]);
  expect(server.counters).toMatchObject({ udpQueries: 1, tcpQueries: 1, dotQueries: 0 });
  expect(server.queries.map(({ transport }) => transport)).toEqual(['udp', 'tcp']);
});

test.each([
  ['servfail', 2],
  ['nxdomain', 3],
  ['refused', 5],
] as const)('%s', async (clear, rcode) => {
  await using server = await startFaultServer({ clear });
  const [datagram] = await rawUdp(server, query);
  expect(headOf(datagram?.message ?? Buffer.alloc(12))).toMatchObject({ id: 42, rcode });
});

test('silent: until it is set right', async () => {
  await using server = await startFaultServer({ clear: 'silent' });
  const tcp = await rawTcp(server);
  tcp.socket.write(framed(query));
  const socket = createSocket('udp4');
  socket.send(query, server.port, server.address);
  await server.until(({ udpQueries, tcpQueries }) => udpQueries === 1 && tcpQueries === 1);
  await server.setClear('good');
  const second = rawQuery({ id: 43 });
  socket.send(second, server.port, server.address);
  const [answer] = (await once(socket, 'message')) as [Buffer];
  socket.close();
  expect(headOf(answer).id).toBe(43);
  expect(headOf(await tcp.ask(second)).id).toBe(43);
});

test('truncate: TC over UDP, everything over TCP', async () => {
  await using server = await startFaultServer({ clear: 'truncate' });
  const [datagram] = await rawUdp(server, query);
  expect(headOf(datagram?.message ?? Buffer.alloc(12))).toMatchObject({ tc: true, counts: [1, 0, 0, 0] });
  const tcp = await rawTcp(server);
  expect(headOf(await tcp.ask(query))).toMatchObject({ tc: false, counts: [1, 1, 0, 0] });
});

test('forge: three forgeries, then the answer; forge-only: the forgeries alone', async () => {
  await using server = await startFaultServer({ clear: 'forge' });
  const datagrams = await rawUdp(server, query, 4);
  const forged = (message: Buffer) => message.at(-1) === 66;
  expect(datagrams.map(({ message }) => forged(message)).sort()).toEqual([false, true, true, true]);
  const wrongs = datagrams.map(({ message, port }) => ({
    id: headOf(message).id === 42,
    port: port === server.port,
    question: message.subarray(12, query.length).equals(query.subarray(12)),
  }));
  expect(wrongs).toContainEqual({ id: false, port: true, question: true });
  expect(wrongs).toContainEqual({ id: true, port: false, question: true });
  expect(wrongs).toContainEqual({ id: true, port: true, question: false });
  expect(wrongs).toContainEqual({ id: true, port: true, question: true });
  await server.setClear('forge-only');
  const only = await rawUdp(server, query, 3);
  expect(only.every(({ message }) => forged(message))).toBe(true);
});

test('closed: connections are refused, and it can be opened again', async () => {
  await using server = await startFaultServer({ clear: 'closed' });
  await expect(rawTcp(server)).rejects.toThrow('ECONNREFUSED');
  await server.setClear('good');
  const [datagram] = await rawUdp(server, query);
  expect(headOf(datagram?.message ?? Buffer.alloc(12)).id).toBe(42);
  await server.setClear('closed');
  const socket = createSocket('udp4');
  socket.connect(server.port, server.address);
  await once(socket, 'connect');
  socket.send(query);
  const [error] = await once(socket, 'error').catch((caught) => [caught]);
  socket.close();
  expect((error as NodeJS.ErrnoException).code).toBe('ECONNREFUSED');
});

test('zones: a response code of their own over Do53 only', async () => {
  await using server = await startFaultServer({ zones: { 'lame.test': { clear: 'REFUSED' } } });
  const lame = rawQuery({ name: 'www.lame.test' });
  const [datagram] = await rawUdp(server, lame);
  expect(headOf(datagram?.message ?? Buffer.alloc(12)).rcode).toBe(5);
  const dot = await rawTls({ address: server.address, port: server.dotPort });
  expect(headOf(await dot.ask(lame)).rcode).toBe(0);
});

test.each(['127.0.0.1', '::1'])('a server at %s designates its DoT port, where it is told to', async (address) => {
  const SVCB = 64;
  const ask = rawQuery({ name: '_dns.resolver.arpa', type: SVCB });
  const designated = async (isTold: boolean): Promise<unknown> => {
    await using server = await startFaultServer({ address, designated: isTold });
    const answer = await (await rawTcp(server)).ask(ask);
    const [record] = recordsOf(ask, answer, SVCB)?.records ?? [];
    return record && { ...readSvcb(record), port: readSvcb(record)?.port === server.dotPort };
  };
  const hints = { ipv4Hint: address === '::1' ? [] : [address], ipv6Hint: address === '::1' ? [address] : [] };
  expect(await designated(true)).toMatchObject({ target: 'auth.test.', alpn: ['dot'], port: true, ...hints });
  expect(await designated(false)).toBeUndefined();
});

test('a fleet: many addresses, the same ports', async () => {
  await using fleet = await startFleet(
    [{ fault: 'closed', count: 2 }, { count: 3 }, { clear: 'refused', address: '127.79.1.1' }],
    {
      network: '127.78',
      port: 15_353,
      dotPort: 18_853,
    },
  );
  expect(fleet.servers.map(({ address }) => address)).toEqual([
    '127.78.0.1',
    '127.78.0.2',
    '127.78.0.3',
    '127.78.0.4',
    '127.78.0.5',
    '127.79.1.1',
  ]);
  const outcomes = await Promise.allSettled(
    fleet.servers.map(({ address, dotPort }) => rawTls({ address, port: dotPort })),
  );
  expect(outcomes.map(({ status }) => status === 'fulfilled')).toEqual([false, false, true, true, true, true]);
  const answers = await Promise.all(fleet.servers.map((server) => rawUdp(server, query)));
  expect(answers.map(([answer]) => headOf(answer?.message ?? Buffer.alloc(12)).rcode)).toEqual([0, 0, 0, 0, 0, 5]);
});

test('a fleet that cannot be started leaves nothing behind', async () => {
  await using taken = await startFaultServer({ address: '127.80.0.2', port: 15_353, dotPort: 18_853 });
  const starting = startFleet([{ count: 3 }], { network: '127.80', port: taken.port, dotPort: taken.dotPort });
  await expect(starting).rejects.toThrow('EADDRINUSE');
  await expect(rawTcp({ address: '127.80.0.1', port: 15_353 })).rejects.toThrow('ECONNREFUSED');
  await expect(startFleet([{ count: 2001 }])).rejects.toThrow('2000');
});
