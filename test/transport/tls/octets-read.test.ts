import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { expect, onTestFinished, test } from 'vitest';
import { frame } from '../../../src/testing/answers.js';
import { startFaultServer } from '../../../src/testing/index.js';
import { octetsRead } from '../../../src/transport/tls/octets-read.js';
import { query } from '../support.js';

const CARRIERS: Readonly<Record<string, (socket: Socket) => Duplex | undefined>> = {
  'a connection of its own': () => undefined,
  'a socket': (socket) => socket,
  'a host’s own stream': (socket) => Duplex.from({ readable: socket, writable: socket }),
};

test.each(Object.keys(CARRIERS))('Q43 TLS over %s: all octets are counted, and data apart', async (carrier) => {
  const server = await startFaultServer();
  const to = { host: server.address, port: server.dotPort };
  const below = connect(to);
  const raw = CARRIERS[carrier]?.(below);
  const common = { ALPNProtocols: ['dot'], rejectUnauthorized: false };
  const socket = raw === undefined ? connectTls({ ...common, ...to }) : connectTls({ ...common, socket: raw });
  onTestFinished(async () => {
    socket.destroy();
    below.destroy();
    await server.close();
  });
  // A stream of two halves is aborted when it is destroyed.
  socket.on('error', () => undefined);
  await once(socket, 'secureConnect');
  const counters = octetsRead(socket, raw);
  expect(counters?.data()).toBe(0);
  const before = counters?.all() ?? 0;
  expect(before).toBeGreaterThan(0);
  socket.write(frame(query('a.example.test')));
  const [answer] = (await once(socket, 'data')) as [Buffer];
  expect(counters?.data()).toBe(answer.length);
  expect((counters?.all() ?? 0) - before).toBeGreaterThan(answer.length);
});

test('Q43 where nothing counts, nothing is told', () => {
  for (const handle of [undefined, null, {}, { _parent: null }, { _parent: {} }, { _parent: { bytesRead: '7' } }])
    expect(octetsRead({ bytesRead: 7, _handle: handle } as unknown as TLSSocket, undefined)).toBeUndefined();
});
