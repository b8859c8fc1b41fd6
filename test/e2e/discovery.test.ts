import { describe, expect, test } from 'vitest';
import { parseClientHello, startFaultServer } from '../../src/testing/index.js';
import { parseQuery } from '../../src/testing/query.js';
import { rawQuery } from '../support/raw-client.js';
import {
  ask,
  askAll,
  becomeGood,
  discover,
  names,
  nextProbe,
  REAL_SERVERS,
  rig,
  selectorFor,
  transports,
  ZONE,
} from '../support/rig.js';
import type { RealServerOptions } from '../support/servers.js';

const noHedge = { policy: { hedge: 'off' } } as const;

/** AEAD with ephemeral elliptic curves, or a suite of TLS 1.3. */
const SOUND_CIPHER = /^TLS_(AES|CHACHA20|ECDHE)_.*(GCM|POLY1305|CHACHA20)/;

/** TLS 1.2's finite-field suites: DHE with a certificate, anonymous DH, both with and without AEAD (IANA's registry). */
function isFiniteField(suite: number): boolean {
  const ranges = [
    [0x000b, 0x001b],
    [0x002d, 0x002d],
    [0x0030, 0x0034],
    [0x0036, 0x003a],
    [0x003e, 0x0040],
    [0x0042, 0x0046],
    [0x0067, 0x006d],
    [0x0085, 0x0089],
    [0x008e, 0x0091],
    [0x0097, 0x009b],
    [0x009e, 0x00a7],
    [0x00aa, 0x00ab],
    [0x00b2, 0x00b5],
    [0x00bb, 0x00c5],
    [0xc052, 0xc053],
    [0xc056, 0xc057],
    [0xc09e, 0xc09f],
    [0xc0a2, 0xc0a3],
    [0xccaa, 0xccaa],
  ] as const;
  return ranges.some(([first, last]) => suite >= first && suite <= last);
}

describe.each(REAL_SERVERS)('%s', (software, start) => {
  const alpn = software === 'BIND' ? 'dot' : false;

  test.each<[string, RealServerOptions, { protocol: string; authorizationError: string | RegExp }]>([
    ['TLS 1.2 and 1.3', {}, { protocol: 'TLSv1.3', authorizationError: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' }],
    ['TLS 1.2 only', { tls: 'tls12' }, { protocol: 'TLSv1.2', authorizationError: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' }],
    [
      'an expired certificate',
      { certificate: 'expired' },
      { protocol: 'TLSv1.3', authorizationError: /CERT_HAS_EXPIRED|UNABLE_TO_VERIFY_LEAF_SIGNATURE/ },
    ],
    [
      'a self-signed certificate',
      { certificate: 'selfSigned' },
      { protocol: 'TLSv1.3', authorizationError: 'DEPTH_ZERO_SELF_SIGNED_CERT' },
    ],
    [
      'a certificate for another name',
      { certificate: 'wrongName' },
      { protocol: 'TLSv1.3', authorizationError: /UNABLE_TO_VERIFY_LEAF_SIGNATURE|ERR_TLS_CERT_ALTNAME_INVALID/ },
    ],
  ])(`P1 ${alpn === false ? 'no ALPN answer, ' : ''}%s: Good, and its TLS is told`, async (_what, options, facts) => {
    const { target, dot } = await rig(start, options);
    const selector = selectorFor(noHedge);
    const { result } = await becomeGood(selector, target);
    expect(result).toMatchObject({
      evidence: { result: 'success' },
      rcode: 0,
      tls: { protocol: facts.protocol, alpn, authorized: false },
    });
    expect(result.tls?.cipher).toMatch(SOUND_CIPHER);
    expect(result.tls?.authorizationError).toMatch(facts.authorizationError);
    expect(await ask(selector, target)).toMatchObject({ transport: 'dot', encrypted: true, authenticated: false });
    expect(dot.connections).toBe(1);
  });

  test('S1 counted at the server: two contacts in clear text, one probe, then nothing but DoT', async () => {
    const { target, dot, clear } = await rig(start);
    const selector = selectorFor(noHedge);
    const first = await ask(selector, target);
    expect([first.transport, first.decision.reason]).toEqual(['do53', 'unknown']);
    expect([clear(), dot.connections]).toEqual([{ datagrams: 1, connections: 0 }, 0]);
    const probed = nextProbe(selector);
    const second = await ask(selector, target);
    expect([second.transport, second.encrypted]).toEqual(['do53', false]);
    await probed;
    expect([clear(), dot.connections]).toEqual([{ datagrams: 2, connections: 0 }, 1]);
    expect(await ask(selector, target)).toMatchObject({ transport: 'dot', encrypted: true });
    expect(transports(await askAll(selector, target, names(100)))).toEqual({ dot: 100 });
    // The probe's session has served them all.
    expect([clear(), dot.connections]).toEqual([{ datagrams: 2, connections: 0 }, 1]);
    expect(selector.metrics().probes).toEqual({ begun: 1, success: 1 });
  });

  test('R04 the ClientHello names ALPN dot and no server', async () => {
    const { target, dot } = await rig(start);
    await becomeGood(selectorFor(noHedge), target);
    const hello = parseClientHello(dot.firstBytes[0] ?? Buffer.alloc(0));
    expect(hello).toMatchObject({ alpn: ['dot'], sni: undefined, preSharedKey: false, ticketLength: 0 });
    expect(hello.versions.filter((version) => version >= 0x0301 && version <= 0x0304)).toEqual([0x0304, 0x0303]);
  });

  test('P13 the ClientHello offers no finite-field suite or group', async () => {
    const { target, dot } = await rig(start);
    await becomeGood(selectorFor(noHedge), target);
    const { ciphers, groups } = parseClientHello(dot.firstBytes[0] ?? Buffer.alloc(0));
    expect(ciphers).toContain(0x1301);
    expect(ciphers.filter(isFiniteField)).toEqual([]);
    expect(groups).toContain(0x001d);
    expect(groups.filter((group) => group >= 0x0100 && group < 0x0200)).toEqual([]);
  });
});

test('P11 the probe asks for the SOA of the apex, padded, without RD, and names no user', async () => {
  await using server = await startFaultServer();
  const selector = selectorFor(noHedge);
  const target = { address: server.address, port: server.port, dotPort: server.dotPort, zone: ZONE };
  await discover(selector, target);
  const [probe, ...more] = server.queries.filter(({ transport }) => transport === 'dot');
  expect(more).toEqual([]);
  expect((probe?.message.length ?? 0) % 128).toBe(0);
  expect(parseQuery(probe?.message ?? new Uint8Array())).toMatchObject({ name: `${ZONE}.`, type: 6, flags: 0 });
});

test('R33 every decrypted query is a multiple of 128 octets, whatever its name and OPT', async () => {
  await using server = await startFaultServer();
  const selector = selectorFor(noHedge);
  const target = { address: server.address, port: server.port, dotPort: server.dotPort, zone: ZONE };
  await discover(selector, target);
  const labels = [1, 20, 62, 63].map((length) => 'x'.repeat(length));
  const asked = labels.flatMap((label) => [`${label}.${ZONE}`, `${label}.${label}.${ZONE}`]);
  for (const name of asked) {
    for (const edns of ['none', 'plain'] as const) {
      const { transport } = await selector.query(target, rawQuery({ name, edns }));
      expect(transport).toBe('dot');
    }
  }
  const lengths = server.queries.filter(({ transport }) => transport === 'dot').map(({ message }) => message.length);
  expect(lengths).toHaveLength(1 + 2 * asked.length);
  expect(lengths.filter((length) => length === 0 || length % 128 !== 0)).toEqual([]);
  expect(new Set(lengths).size).toBeGreaterThan(1);
});
