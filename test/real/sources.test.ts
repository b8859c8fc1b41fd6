import { createServer } from 'node:tls';
import dns2 from 'dns2';
import { describe, expect, onTestFinished, test } from 'vitest';
import { startForwarder } from '../../examples/dns2/forwarder.js';
import { DdrSource, type Lookup, NameserverSource, readSvcb, StaticSource } from '../../src/sources/index.js';
import { testCa, testCertificates } from '../../src/testing/certificate.js';
import { freePort } from '../../src/testing/ports.js';
import { Do53Exchange } from '../../src/transport/do53/exchange.js';
import { recordsOf } from '../../src/wire/records.js';
import { hex } from '../sources/support.js';
import { ask, REAL_SERVERS, selectorFor, tally, targetOf, ZONE } from '../support/rig.js';
import { type RealServer, startNsd } from '../support/servers.js';
import { do53At, never, query } from '../transport/support.js';

const SOA = '$TTL 300\n@ SOA ns.example.test. hostmaster.example.test. 1 7200 3600 1209600 60\n@ NS ns.example.test.\n';
const TYPES = { A: 1, AAAA: 28, SVCB: 64 } as const;

/** A host's look-up, which asks one server. */
function lookupAt(server: RealServer): Lookup {
  const exchange = new Do53Exchange();
  onTestFinished(() => exchange.close());
  return async (name, type, { signal }) => {
    const asked = query(name, 7, TYPES[type]);
    const found = recordsOf(asked, await exchange.exchange(do53At(server.port), asked, { signal }), TYPES[type]);
    if (found === undefined) throw new Error('no answer');
    return { records: found.records, ttl: found.ttlMs / 1_000, secure: false };
  };
}

/** RFC 9460 appendix D.2: what is written in a zone, and what it is on the wire. */
const VECTORS: readonly (readonly [string, string])[] = [
  ['0 foo.example.com.', '000003666f6f076578616d706c6503636f6d00'],
  ['1 .', '000100'],
  ['16 foo.example.com. port=53', '001003666f6f076578616d706c6503636f6d00 000300020035'],
  ['1 foo.example.com. key667=hello', '000103666f6f076578616d706c6503636f6d00 029b000568656c6c6f'],
  ['1 foo.example.com. key667="hello\\210qoo"', '000103666f6f076578616d706c6503636f6d00 029b000968656c6c6fd2716f6f'],
  [
    '1 foo.example.com. ipv6hint="2001:db8::1,2001:db8::53:1"',
    '000103666f6f076578616d706c6503636f6d00 00060020 20010db8000000000000000000000001 20010db8000000000000000000530001',
  ],
  [
    '1 example.com. ipv6hint="2001:db8:122:344::192.0.2.33"',
    '0001076578616d706c6503636f6d00 00060010 20010db80122034400000000c0000221',
  ],
  [
    '16 foo.example.org. alpn=h2,h3-19 mandatory=ipv4hint,alpn ipv4hint=192.0.2.1',
    '001003666f6f076578616d706c65036f726700 0000000400010004 00010009 026832 0568332d3139 00040004c0000201',
  ],
  [
    '16 foo.example.org. alpn="f\\\\\\\\oo\\\\,bar,h2"',
    '001003666f6f076578616d706c65036f726700 0001000c 08665c6f6f2c626172 026832',
  ],
];

describe.each(REAL_SERVERS)('%s', (_, start) => {
  test('60-2 every vector of RFC 9460, as the server has it', async () => {
    const lines = VECTORS.map(([text], index) => `v${index} SVCB ${text}`);
    const server = await start({ zones: { 'vectors.test': `${SOA}${lines.join('\n')}\n` } });
    onTestFinished(() => server.stop());
    const lookup = lookupAt(server);
    for (const [index, [text, octets]] of VECTORS.entries()) {
      const { records } = await lookup(`v${index}.vectors.test.`, 'SVCB', { signal: never });
      expect(
        records.map((data) => Buffer.from(data).toString('hex')),
        text,
      ).toEqual([Buffer.from(hex(octets)).toString('hex')]);
      expect(readSvcb(records[0] as Uint8Array), text).toEqual(readSvcb(hex(octets)));
      expect(readSvcb(records[0] as Uint8Array), text).toBeDefined();
    }
  });

  test('61-1 a name server’s record leads to a port of its own, before it was ever asked for twice', async () => {
    const dotPort = await freePort('127.0.0.1');
    const zone = `$ORIGIN signed.test.\n${SOA}_dns.ns SVCB 1 ns alpn=dot port=${dotPort}\nns A 127.0.0.1\n`;
    const server = await start({ dotPort, zones: { 'signed.test': zone } });
    onTestFinished(() => server.stop());
    const source = new NameserverSource({ lookup: lookupAt(server), ports: [dotPort] });
    const selector = selectorFor({ sources: [source] });
    const probed = new Promise((resolve) => selector.once('probe', resolve));
    // The host knows of port 53 alone, here another number; that of DoT comes from the record.
    const target = { address: '127.0.0.1', port: server.port };
    const context = { nameserver: 'ns.signed.test' };
    expect(selector.peek(target, context).reason).toBe('port');
    // For a Do53 port other than 53 the record would stand elsewhere: the host names none here.
    const asked = () => selector.decide('127.0.0.1', context);
    asked();
    asked();
    await expect.poll(() => asked().reason, { timeout: 5_000 }).not.toBe('unknown');
    await probed;
    const decision = asked();
    expect(decision).toMatchObject({ action: 'encrypt', endpoints: [{ address: '127.0.0.1', port: dotPort }] });
    const result = await selector.query(decision, query(`www.${ZONE}`));
    expect(result).toMatchObject({ transport: 'dot', encrypted: true });
  });

  test('62-5 62-6 a forwarder designates itself: verified by its address, used at once and proven by each session', async () => {
    const { server, forwarder } = await designating(start, '127.0.0.1', 'good');
    const source = new DdrSource({ forwarders: [forwarder], ports: [server.dotPort], opportunistic: 'never' });
    const selector = selectorFor({ sources: [source], trustAnchors: [testCa] });
    await expect.poll(() => selector.peek(forwarder).action, { timeout: 5_000 }).toBe('encrypt');
    expect(await ask(selector, forwarder)).toMatchObject({ transport: 'dot', authenticated: true, encrypted: true });
  });

  test.each(['wrongName', 'expired', 'selfSigned'] as const)(
    '62-4 62-8 a certificate that is %s: not used but opportunistically, at the very address',
    async (certificate) => {
      const { server, forwarder } = await designating(start, '127.0.0.1', certificate);
      const options = { forwarders: [forwarder], ports: [server.dotPort] };
      const strict = selectorFor({
        ...{ sources: [new DdrSource({ ...options, opportunistic: 'never' })], trustAnchors: [testCa] },
      });
      const mild = selectorFor({ sources: [new DdrSource(options)], trustAnchors: [testCa] });
      await expect.poll(() => mild.decide(forwarder).action, { timeout: 5_000 }).toBe('encrypt');
      expect(await ask(mild, forwarder)).toMatchObject({ transport: 'dot', authenticated: false });
      for (let i = 0; i < 5; i++) expect((await ask(strict, forwarder)).transport).toBe('do53');
      expect(strict.explain(forwarder).claims).toEqual([]);
    },
  );
});

/** A server that is a forwarder as far as DDR can tell, and designates an address. */
async function designating(
  start: (typeof REAL_SERVERS)[number][1],
  address: string,
  certificate: keyof typeof testCertificates,
  addresses: readonly string[] = ['127.0.0.1'],
): Promise<{ server: RealServer; forwarder: { address: string; port: number } }> {
  const dotPort = await freePort('127.0.0.1');
  const zone = `${SOA}_dns SVCB 1 dot.example.test. alpn=dot port=${dotPort} ipv4hint=${address}\n`;
  const server = await start({
    dotPort,
    certificate,
    address: addresses,
    zones: { 'resolver.arpa': zone, 'dot.example.test': `${SOA}@ A ${address}\n` },
  });
  onTestFinished(() => server.stop());
  return { server, forwarder: { address: '127.0.0.1', port: server.port } };
}

test('62-5 the connection goes to another address, whose certificate is for the one that was configured', async () => {
  const { server, forwarder } = await designating(startNsd, '127.0.0.2', 'good', ['127.0.0.1', '127.0.0.2']);
  const source = new DdrSource({ forwarders: [forwarder], ports: [server.dotPort] });
  const selector = selectorFor({ sources: [source], trustAnchors: [testCa] });
  await expect.poll(() => selector.peek(forwarder).action, { timeout: 5_000 }).toBe('encrypt');
  expect(selector.peek(forwarder).endpoints).toMatchObject([{ address: '127.0.0.2', port: server.dotPort }]);
  expect(await ask(selector, forwarder)).toMatchObject({ transport: 'dot', authenticated: true });
});

test('62-4 the same where the certificate is for another: never, though a stranger’s address speaks DoT', async () => {
  const { server, forwarder } = await designating(startNsd, '127.0.0.2', 'wrongName', ['127.0.0.1', '127.0.0.2']);
  const source = new DdrSource({ forwarders: [forwarder], ports: [server.dotPort] });
  const selector = selectorFor({ sources: [source], trustAnchors: [testCa] });
  const over = [];
  for (let i = 0; i < 10; i++) over.push((await ask(selector, forwarder)).transport);
  expect(tally(over)).toEqual({ do53: 10 });
  expect(selector.explain(forwarder).claims).toEqual([]);
});

/** A DoT port that tells what it is shown of its client, and answers nothing. */
async function startListening(): Promise<{ port: number; seen: { sni: unknown; certificate: boolean }[] }> {
  const seen: { sni: unknown; certificate: boolean }[] = [];
  const { key, cert } = testCertificates.good;
  const server = createServer(
    { key, cert, ALPNProtocols: ['dot'], requestCert: true, rejectUnauthorized: false },
    (socket) => {
      seen.push({ sni: socket.servername, certificate: socket.getPeerX509Certificate() !== undefined });
      socket.end();
      socket.on('error', () => undefined);
    },
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const address = server.address();
  return { port: typeof address === 'object' && address !== null ? address.port : 0, seen };
}

test('61-8 62-10 whoever is found is shown no certificate of ours and, where an address is proven, no SNI', async () => {
  const { port, seen } = await startListening();
  const authentication = { type: 'pkix', name: '127.0.0.1' } as const;
  const source = new StaticSource([
    { address: '127.0.0.1', endpoints: [{ port, authentication }], onFailure: 'closed' },
  ]);
  const selector = selectorFor({ sources: [source], trustAnchors: [testCa] });
  await selector.query('127.0.0.1', query('a.test'), { timeoutMs: 2_000 }).catch(() => undefined);
  expect(seen[0]).toEqual({ sni: false, certificate: false });
});

test('62-14 a forwarder of ours passes no question for resolver.arpa on', async () => {
  const server = await startNsd({
    zones: { 'resolver.arpa': `${SOA}_dns TXT "from upstream"\n@ TXT "from upstream"\n` },
  });
  onTestFinished(() => server.stop());
  const selector = selectorFor();
  const port = await freePort('127.0.0.1');
  const close = await startForwarder({ selector, upstreams: [targetOf(server)], address: '127.0.0.1', port });
  onTestFinished(close);
  const client = dns2.UDPClient({ dns: '127.0.0.1', port });
  for (const name of ['_dns.resolver.arpa', 'RESOLVER.arpa', 'x.y.resolver.arpa']) {
    const { header, answers } = await client(name, 'TXT');
    expect([header.rcode, answers.length]).toEqual([3, 0]);
  }
  expect(selector.metrics().queries).toEqual({});
  expect((await client(`www.${ZONE}`)).answers).toHaveLength(1);
});
