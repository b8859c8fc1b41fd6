import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { type FaultServer, startFaultServer } from '../../src/testing/index.js';
import { beginTls, framed, headOf, rawQuery, rawTcp, rawTls } from '../support/raw-client.js';

function dotOf(server: FaultServer): { address: string; port: number } {
  return { address: server.address, port: server.dotPort };
}

test('closed: connections are refused, open sessions reset, and it can be opened again', async () => {
  await using server = await startFaultServer({ fault: 'closed' });
  await expect(rawTcp(dotOf(server))).rejects.toThrow('ECONNREFUSED');
  await server.setFault('good');
  const client = await rawTls(dotOf(server));
  await server.until(({ handshakes }) => handshakes === 1);
  await server.setFault('closed');
  expect(await client.ended).toBe('ECONNRESET');
  await expect(rawTcp(dotOf(server))).rejects.toThrow('ECONNREFUSED');
  expect(server.connections[0]?.closedBy).toBe('server');
});

/** Tries to connect for so many milliseconds of silence. */
async function tryToConnect(server: FaultServer): Promise<string> {
  const socket = connect({ host: server.address, port: server.dotPort });
  socket.setTimeout(300);
  const outcome = await Promise.race([
    once(socket, 'connect').then(() => 'connected'),
    once(socket, 'timeout').then(() => 'silent'),
  ]);
  socket.destroy();
  return outcome;
}

test('black-hole: no reply to a SYN, open sessions are silent, and it can be opened again', async () => {
  await using server = await startFaultServer();
  const client = await rawTls(dotOf(server));
  await client.ask(rawQuery());
  await server.setFault('black-hole');
  expect(await Promise.all([tryToConnect(server), tryToConnect(server)])).toEqual(['silent', 'silent']);
  client.socket.write(framed(rawQuery({ id: 2 })));
  await server.until(({ dotQueries }) => dotQueries === 2);
  await server.setFault('good');
  expect(headOf(await client.ask(rawQuery({ id: 3 }))).id).toBe(3);
  expect(await tryToConnect(server)).toBe('connected');
});

test('several black holes live and end independently', async () => {
  const [one, two] = await Promise.all([
    startFaultServer({ fault: 'black-hole', address: '127.0.45.1' }),
    startFaultServer({ fault: 'black-hole', address: '127.0.45.2' }),
  ]);
  await one.close();
  await expect(rawTcp(dotOf(one))).rejects.toThrow('ECONNREFUSED');
  expect(await tryToConnect(two)).toBe('silent');
  await two.close();
  await expect(rawTcp(dotOf(two))).rejects.toThrow('ECONNREFUSED');
});

test('tcp-mute: reads and never says a word', async () => {
  await using server = await startFaultServer({ fault: 'tcp-mute' });
  const tls = beginTls(dotOf(server));
  tls.setTimeout(300);
  await once(tls, 'timeout');
  expect(tls.bytesRead).toBe(0);
  expect(tls.destroyed).toBe(false);
  expect(server.connections[0]?.firstBytes[0]).toBe(22);
  tls.destroy();
});

test.each([
  ['tcp-close', 'end'],
  ['tcp-reset', 'ECONNRESET'],
  ['http', 'ERR_SSL_WRONG_VERSION_NUMBER'],
  ['smtp', 'ERR_SSL_WRONG_VERSION_NUMBER'],
] as const)('%s: a TLS client meets %s', async (fault, code) => {
  await using server = await startFaultServer({ fault });
  await expect(rawTls(dotOf(server))).rejects.toThrow(code);
  expect(server.counters).toMatchObject({ connections: 1, handshakes: 0 });
});

test('tcp-close ends cleanly, tcp-reset does not', async () => {
  await using server = await startFaultServer({ fault: 'tcp-close' });
  const first = await rawTcp(dotOf(server));
  first.socket.write('anything');
  expect(await first.ended).toBe('end');
  await server.setFault('tcp-reset');
  const second = await rawTcp(dotOf(server));
  second.socket.write('anything');
  expect(await second.ended).toBe('ECONNRESET');
});

test('plain-dns: answers DNS over TCP, and waits for the rest of a ClientHello', async () => {
  await using server = await startFaultServer({ fault: 'plain-dns' });
  const client = await rawTcp(dotOf(server));
  expect(headOf(await client.ask(rawQuery({ id: 5 }))).id).toBe(5);
  const tls = beginTls(dotOf(server));
  tls.setTimeout(300);
  await once(tls, 'timeout');
  expect(tls.bytesRead).toBe(0);
  tls.destroy();
});

test('http and smtp speak as such servers do', async () => {
  await using server = await startFaultServer({ fault: 'http' });
  const web = await rawTcp(dotOf(server));
  web.socket.write('GET / HTTP/1.0\r\n\r\n');
  await web.ended;
  expect(web.bytes.toString()).toMatch(/^HTTP\/1\.1 400 /);
  await server.setFault('smtp');
  const mail = await rawTcp(dotOf(server));
  await mail.received(4);
  expect(mail.bytes.toString()).toMatch(/^220 /);
});

test('close ends sessions at once, twice does no harm, and nobody waits for ever', async () => {
  const server = await startFaultServer();
  const client = await rawTls(dotOf(server));
  await server.until(({ handshakes }) => handshakes === 1);
  const waiting = server.until(() => false);
  const rejected = expect(waiting).rejects.toThrow('closed');
  await server.close();
  await server.close();
  await rejected;
  expect(['end', 'close', 'ECONNRESET']).toContain(await client.ended);
  await expect(rawTcp(dotOf(server))).rejects.toThrow('ECONNREFUSED');
});
