import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parseClientHello, startFaultServer } from '../../src/testing/index.js';
import { findProgram } from '../support/daemon.js';
import { canNamespace, createNamespace } from '../support/namespace.js';
import { beginTls, headOf, rawQuery, rawTcp, rawTls, rawUdp } from '../support/raw-client.js';
import { startRelay, startUdpRelay } from '../support/relay.js';
import { type RealServer, startBind, startNsd } from '../support/servers.js';

const query = rawQuery({ id: 42 });

function dotOf(server: { address: string; dotPort: number }): { address: string; port: number } {
  return { address: server.address, port: server.dotPort };
}

async function protocolOf(server: RealServer): Promise<string> {
  const client = await rawTls(dotOf(server));
  const protocol = `${client.socket.getProtocol()} ${client.socket.alpnProtocol}`;
  expect(headOf(await client.ask(query))).toMatchObject({ id: 42, rcode: 0 });
  client.socket.destroy();
  return protocol;
}

test('NSD: both transports, TLS 1.2 alone, and no TLS, on the same ports', async () => {
  await using server = await startNsd({ address: ['127.0.91.1', '127.0.91.2'] });
  expect(await protocolOf(server)).toBe('TLSv1.3 false');
  const [datagram] = await rawUdp({ address: '127.0.91.2', port: server.port }, query);
  expect(headOf(datagram?.message ?? Buffer.alloc(12))).toMatchObject({ id: 42, rcode: 0, counts: [1, 1, 1, 2] });
  await server.setTls('tls12');
  expect(await protocolOf(server)).toBe('TLSv1.2 false');
  await server.setTls('none');
  await expect(rawTcp(dotOf(server))).rejects.toThrow('ECONNREFUSED');
  expect(await rawUdp(server, query)).toHaveLength(1);
});

test('BIND: both transports, TLS 1.2 alone, and a log of queries', async () => {
  await using server = await startBind({ logQueries: true });
  expect(await protocolOf(server)).toBe('TLSv1.3 dot');
  expect(server.output()).toContain('query: www.example.test IN A');
  await server.setTls('tls12');
  expect(await protocolOf(server)).toBe('TLSv1.2 dot');
  expect(() => startBind({ address: '127.0.91.3' })).toThrow('127.0.0.1');
});

test.each([
  ['expired', 'CERT_HAS_EXPIRED'],
  ['selfSigned', 'DEPTH_ZERO_SELF_SIGNED_CERT'],
] as const)('NSD serves a certificate that is %s', async (certificate, code) => {
  await using server = await startNsd({ certificate });
  expect(await protocolOf(server)).toBe('TLSv1.3 false');
  await expect(rawTls(dotOf(server), { rejectUnauthorized: true })).rejects.toThrow(
    code === 'CERT_HAS_EXPIRED' ? /CERT|UNABLE/ : code,
  );
});

test('zones of its own', async () => {
  const zone =
    '$TTL 60\n@ SOA ns.only.test. h.only.test. 1 1 1 1 1\n@ NS ns.only.test.\nwww A 192.0.2.7\nns A 127.0.0.1\n';
  await using server = await startNsd({ zones: { 'only.test': zone } });
  const [datagram] = await rawUdp(server, rawQuery({ name: 'www.only.test', edns: 'none' }));
  expect(datagram?.message.includes(Buffer.from([192, 0, 2, 7]))).toBe(true);
});

test('a server that is stopped leaves nothing behind, and one that cannot start says why', async () => {
  const server = await startNsd();
  await server.stop();
  await server.stop();
  await expect(rawTcp(server)).rejects.toThrow('ECONNREFUSED');
  await expect(startNsd({ zones: { 'two words': '' } })).rejects.toThrow(/did not start: .*server\.conf/s);
});

test('a program that is missing is named with its package', () => {
  expect(() => findProgram('no-such-server', 'no-such-package')).toThrow('apt-get install no-such-package');
  expect(existsSync(findProgram('nsd', 'nsd'))).toBe(true);
});

test('ensure-servers finds everything, or says what is missing', () => {
  const script = 'scripts/ensure-servers.mjs';
  const found = spawnSync(process.execPath, [script], { encoding: 'utf8' });
  expect([found.status, found.stdout]).toEqual([0, expect.stringContaining('all there')]);
});

test('a relay counts connections and keeps their ClientHello', async () => {
  await using server = await startNsd();
  await using relay = await startRelay(dotOf(server));
  const client = await rawTls(relay, { servername: 'ns.example.test' });
  expect(headOf(await client.ask(query)).id).toBe(42);
  expect(relay.connections).toBe(1);
  expect(parseClientHello(relay.firstBytes[0] ?? Buffer.alloc(0))).toMatchObject({
    sni: 'ns.example.test',
    alpn: ['dot'],
  });
  client.socket.end();
  expect(await client.ended).toMatch(/end|close/);
});

test('a relay can be switched: reset, closed, black hole, paused, muted', async () => {
  await using server = await startFaultServer();
  await using relay = await startRelay(dotOf(server));
  const first = await rawTls(relay);
  await first.ask(query);
  await relay.set('reset');
  expect(await first.ended).toBe('ECONNRESET');
  await relay.set('closed');
  await expect(rawTcp(relay)).rejects.toThrow('ECONNREFUSED');
  await relay.set('black-hole');
  const attempt = beginTls(relay);
  attempt.setTimeout(300);
  await new Promise<void>((resolve) => attempt.once('timeout', () => resolve()));
  expect(attempt.connecting).toBe(true);
  attempt.destroy();
  await relay.set('pass');
  const second = await rawTls(relay);
  await relay.set('paused');
  const answer = second.ask(query);
  await relay.set('pass');
  expect(headOf(await answer).id).toBe(42);
  const before = server.counters.dotQueries;
  await relay.set('mute');
  second.ask(query).catch(() => undefined);
  await relay.set('pass');
  const third = await rawTls(relay);
  expect(headOf(await third.ask(query)).id).toBe(42);
  expect(server.counters.dotQueries).toBe(before + 1);
});

test('a UDP relay counts datagrams and can lose them', async () => {
  await using server = await startFaultServer();
  await using relay = await startUdpRelay(server);
  expect(await rawUdp(relay, query)).toHaveLength(1);
  relay.set('drop');
  const lost = rawUdp(relay, query);
  lost.catch(() => undefined);
  relay.set('pass');
  expect(await rawUdp(relay, query)).toHaveLength(1);
  expect(relay.toServer).toBeGreaterThanOrEqual(2);
  expect(relay.toClients).toBeGreaterThanOrEqual(2);
});

test.skipIf(canNamespace() !== undefined)('a namespace with a firewall drops, resets and refuses by ICMP', async () => {
  await using namespace = await createNamespace();
  await namespace.addAddress('127.0.92.1');
  const script = `
    const { createServer, connect } = require('node:net');
    const server = createServer().listen(8853, '127.0.92.1', () => {
      const socket = connect(8853, '127.0.92.1');
      const done = (outcome) => { console.log(outcome); process.exit(0); };
      socket.on('connect', () => done('connected')).on('error', (error) => done(error.code));
      socket.setTimeout(300, () => done('silent'));
    });`;
  const outcome = async () => (await namespace.exec(process.execPath, '-e', script)).stdout.trim();
  expect(await outcome()).toBe('connected');
  await namespace.filter('127.0.92.1', 8853, 'drop');
  expect(await outcome()).toBe('silent');
  await namespace.unfilter();
  await namespace.filter('127.0.92.1', 8853, 'reset');
  expect(await outcome()).toBe('ECONNREFUSED');
  await namespace.unfilter();
  await namespace.filter('127.0.92.1', 8853, 'net-unreachable');
  expect(await outcome()).toBe('ENETUNREACH');
  await namespace.unfilter();
  await namespace.filter('127.0.92.1', 8853, 'admin-prohibited');
  expect(await outcome()).toBe('EHOSTUNREACH');
});
