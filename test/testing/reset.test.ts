import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { expect, onTestFinished, test } from 'vitest';
import { resetConnection } from '../../src/testing/tcp-faults.js';

/** How many connections Node holds. */
const held = () => process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length;

/** How a client's connection ended whose server does this with it. */
async function endOf(act: (socket: Socket) => void): Promise<unknown> {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () => act(socket));
  });
  onTestFinished(() => void server.close());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1', () => client.write('x'));
  onTestFinished(() => void client.destroy());
  let end: unknown;
  client.on('error', ({ code }: NodeJS.ErrnoException) => {
    end = code;
  });
  client.on('close', () => {
    end ??= 'closed';
  });
  client.resume();
  await expect.poll(() => end).toBeDefined();
  return end;
}

test('an open connection is reset', async () => {
  expect(await endOf((socket) => resetConnection(socket, undefined))).toBe('ECONNRESET');
});

test('one whose end is under way is closed, and not held for good', async () => {
  const before = held();
  const end = await endOf((socket) => {
    socket.end('y');
    resetConnection(socket, undefined);
  });
  expect(end).toBe('closed');
  await expect.poll(held).toBe(before);
});

test('the same where what is spoken over it is ending', async () => {
  const session = new Duplex({ read: () => {}, write: (_octets, _encoding, done) => done() });
  session.end();
  expect(await endOf((socket) => resetConnection(socket, session))).toBe('closed');
});
