import { expect, test, vi } from 'vitest';
import {
  type FaultServer,
  type FaultServerOptions,
  parseClientHello,
  startFaultServer,
  testCa,
} from '../../src/testing/index.js';
import { beginTls, headOf, rawQuery, rawTls } from '../support/raw-client.js';

function dotOf(server: FaultServer): { address: string; port: number } {
  return { address: server.address, port: server.dotPort };
}

async function handshake(options: FaultServerOptions, tls: Parameters<typeof rawTls>[1] = {}): Promise<string> {
  await using server = await startFaultServer(options);
  try {
    const client = await rawTls(dotOf(server), tls);
    return `${client.socket.getProtocol()} ${client.socket.alpnProtocol}`;
  } catch (error) {
    return (error as Error).message;
  }
}

test('good: TLS 1.3, ALPN dot, an answer, and a record of all of it', async () => {
  await using server = await startFaultServer();
  const client = await rawTls(dotOf(server));
  const query = rawQuery({ id: 77 });
  const answer = await client.ask(query);
  expect(headOf(answer)).toEqual({ id: 77, qr: true, tc: false, rcode: 0, counts: [1, 1, 0, 1] });
  expect(answer.length % 468).toBe(0);
  expect(server.counters).toEqual({
    connections: 1,
    open: 1,
    handshakes: 1,
    resumed: 0,
    dotQueries: 1,
    dotAnswers: 1,
    unasked: 0,
    udpQueries: 0,
    tcpQueries: 0,
  });
  expect(server.queries.map(({ transport, message, connection }) => [transport, message, connection])).toEqual([
    ['dot', query, 1],
  ]);
  const [connection] = server.connections;
  expect(connection?.handshake).toEqual({ protocol: 'TLSv1.3', alpn: 'dot', serverName: false, resumed: false });
  const hello = parseClientHello(connection?.firstBytes ?? new Uint8Array());
  expect(hello).toMatchObject({ sni: undefined, alpn: ['dot'], preSharedKey: false });
  expect(hello.versions).toContain(0x0304);
  expect(hello.ciphers).toContain(0x1301);
  expect(hello.groups).toContain(0x001d);
});

test('the server name is recorded', async () => {
  await using server = await startFaultServer();
  const client = await rawTls(dotOf(server), { servername: 'ns.example.test' });
  await client.ask(rawQuery());
  const [connection] = server.connections;
  expect(connection?.handshake?.serverName).toBe('ns.example.test');
  expect(parseClientHello(connection?.firstBytes ?? new Uint8Array()).sni).toBe('ns.example.test');
});

test('a resumed handshake is counted, also after a change of fault', async () => {
  await using server = await startFaultServer();
  const first = beginTls(dotOf(server));
  const session = await new Promise<Buffer>((resolve) => first.once('session', resolve));
  first.destroy();
  await server.setFault('no-alpn');
  const second = await rawTls(dotOf(server), { session });
  await server.until((counters) => counters.handshakes === 2);
  expect(second.socket.isSessionReused()).toBe(true);
  expect(server.counters.resumed).toBe(1);
  expect(parseClientHello(server.connections[1]?.firstBytes ?? new Uint8Array()).preSharedKey).toBe(true);
});

test('tls12: TLS 1.2 only', async () => {
  expect(await handshake({ fault: 'tls12' })).toBe('TLSv1.2 dot');
  expect(await handshake({ fault: 'tls12' }, { minVersion: 'TLSv1.3' })).toBe('ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION');
});

test('no-alpn: no protocol is chosen', async () => {
  expect(await handshake({ fault: 'no-alpn' })).toBe('TLSv1.3 false');
});

test('alpn-alert: an alert for dot', async () => {
  expect(await handshake({ fault: 'alpn-alert' })).toBe('ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL');
  expect(await handshake({ fault: 'alpn-alert' }, { ALPNProtocols: ['h2'] })).toBe('TLSv1.3 h2');
});

test('tls10: an alert for TLS 1.2 and 1.3', async () => {
  expect(await handshake({ fault: 'tls10' })).toBe('ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION');
  const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1', ciphers: 'DEFAULT@SECLEVEL=0' } as const;
  expect(await handshake({ fault: 'tls10' }, old)).toBe('TLSv1 dot');
});

test.each([
  ['good', 'TLSv1.3 dot'],
  ['expired-cert', 'CERT_HAS_EXPIRED'],
  ['self-signed', 'DEPTH_ZERO_SELF_SIGNED_CERT'],
  ['wrong-name', 'ERR_TLS_CERT_ALTNAME_INVALID'],
] as const)('%s: a client that verifies comes to %s', async (fault, outcome) => {
  const verified = handshake({ fault }, { ca: testCa, servername: 'auth.test', rejectUnauthorized: true });
  expect(await verified).toBe(outcome);
  expect(await handshake({ fault })).toBe('TLSv1.3 dot');
});

test('dhe-8192: DHE for those who take it, an alert for the others', async () => {
  await using server = await startFaultServer({ fault: 'dhe-8192' });
  const client = await rawTls(dotOf(server), { ciphers: 'DHE+AESGCM', maxVersion: 'TLSv1.2' });
  expect(client.socket.getCipher().name).toMatch(/^DHE-RSA-/);
  expect(client.socket.getEphemeralKeyInfo()).toMatchObject({ type: 'DH', size: 8192 });
  const modern = rawTls(dotOf(server), { ciphers: 'TLS_AES_128_GCM_SHA256:ECDHE+AESGCM' });
  await expect(modern).rejects.toThrow(/HANDSHAKE_FAILURE/);
});

test('hrr-ffdhe8192: a HelloRetryRequest for those who have the group, an alert for the others', async () => {
  expect(await handshake({ fault: 'hrr-ffdhe8192' }, { ecdhCurve: 'X25519:ffdhe8192' })).toBe('TLSv1.3 dot');
  expect(await handshake({ fault: 'hrr-ffdhe8192' }, { ecdhCurve: 'X25519:P-256' })).toMatch(/HANDSHAKE_FAILURE/);
});

test('ticket-flood: 2,000 tickets, and answers', async () => {
  await using server = await startFaultServer({ fault: 'ticket-flood' });
  const client = await rawTls(dotOf(server));
  let tickets = 0;
  const all = new Promise<void>((resolve) => {
    client.socket.on('session', () => {
      tickets += 1;
      if (tickets === 2000) resolve();
    });
  });
  const answer = await client.ask(rawQuery({ id: 9 }));
  await all;
  expect(headOf(answer).id).toBe(9);
  expect(server.counters.dotQueries).toBe(1);
});

test('key-update-flood: an answer, then KeyUpdates that a client accepts, and nothing else', async () => {
  await using server = await startFaultServer({ fault: 'key-update-flood' });
  const client = await rawTls(dotOf(server));
  expect(headOf(await client.ask(rawQuery({ id: 9 }))).id).toBe(9);
  const before = client.socket.bytesRead;
  await server.until(({ unasked }) => unasked > 1_000);
  expect([client.socket.bytesRead, client.socket.destroyed]).toEqual([before, false]);
  client.socket.destroy();
  await server.until(({ open }) => open === 0);
  expect(server.connections[0]).toMatchObject({ answers: 1, closedBy: 'client', handshake: { protocol: 'TLSv1.3' } });
});

test('empty-records: an answer, then records that a client accepts, of each 32 one with an octet', async () => {
  await using server = await startFaultServer({ fault: 'empty-records' });
  const client = await rawTls(dotOf(server));
  expect(headOf(await client.ask(rawQuery({ id: 9 }))).id).toBe(9);
  const octets: number[] = [];
  client.socket.on('data', (chunk: Buffer) => octets.push(...chunk));
  await server.until(({ unasked }) => unasked > 10_000 && octets.length > 100);
  expect(new Set(octets)).toEqual(new Set([0xff]));
  expect(octets.length).toBeLessThanOrEqual(server.counters.unasked / 32);
});

test('a ClientHello that is cut short, or none, is an error', async () => {
  await using server = await startFaultServer();
  await rawTls(dotOf(server));
  const bytes = server.connections[0]?.firstBytes ?? new Uint8Array();
  expect(() => parseClientHello(bytes.subarray(0, 100))).toThrow(RangeError);
  expect(() => parseClientHello(Buffer.from('GET / HTTP/1.0'))).toThrow(RangeError);
  expect(() => parseClientHello(Buffer.from([22, 3, 3, 0, 4, 2, 0, 0, 0]))).toThrow('not a ClientHello');
});

test('ticket-flood without openssl is refused at the start', async () => {
  vi.stubEnv('PATH', '/nonexistent');
  const starting = startFaultServer({ fault: 'ticket-flood' });
  await expect(starting).rejects.toThrow('needs the command openssl');
  vi.unstubAllEnvs();
});

test('turns: connections meet the faults one after the other', async () => {
  await using server = await startFaultServer({ turns: ['good', 'alpn-alert'] });
  const outcomes: string[] = [];
  for (let i = 0; i < 4; i += 1) {
    const outcome = await rawTls(dotOf(server)).then(
      () => 'good',
      () => 'alert',
    );
    outcomes.push(outcome);
  }
  expect(outcomes).toEqual(['good', 'alert', 'good', 'alert']);
  expect(server.connections.map(({ handshakeError }) => handshakeError !== undefined)).toEqual([
    false,
    true,
    false,
    true,
  ]);
});
