import { createHash, X509Certificate } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { systemClock } from '../../../src/common/clock.js';
import { InvalidInputError, TransportError } from '../../../src/common/errors.js';
import { type Authentication, canonicalAuthentication, type TlsaRecord } from '../../../src/contact/authentication.js';
import { testCa, testCertificates } from '../../../src/testing/certificate.js';
import { type FaultServer, type FaultServerOptions, startFaultServer } from '../../../src/testing/index.js';
import { DotExchange, type DotExchangeOptions } from '../../../src/transport/dot/exchange.js';
import { Authenticator, authenticatorOf } from '../../../src/transport/tls/authenticator.js';
import { spkiHash, spkiOf } from '../../../src/transport/tls/spki.js';
import { never, openGuard, query } from '../support.js';

const ALL = Object.values(testCertificates).map(({ cert }) => new X509Certificate(cert));
const GOOD = new X509Certificate(testCertificates.good.cert);
const PIN = spkiHash(GOOD);
const OTHER_PIN = spkiHash(new X509Certificate(testCertificates.rsa.cert));

const byName: Authentication = { type: 'pkix', name: 'auth.test' };
const byIp: Authentication = { type: 'pkix', name: '127.0.0.1' };
const byPin: Authentication = { type: 'spki', pins: [PIN] };
const byOtherPin: Authentication = { type: 'spki', pins: [OTHER_PIN] };

function tlsa(selector: 0 | 1, matchingType: 0 | 1 | 2, certificate = GOOD): TlsaRecord {
  const octets = selector === 0 ? certificate.raw : spkiOf(certificate);
  const shown = [octets, createHash('sha256').update(octets).digest(), createHash('sha512').update(octets).digest()];
  return { usage: 3, selector, matchingType, data: (shown[matchingType] ?? octets).toString('hex') };
}

const byTlsa: Authentication = { type: 'tlsa', records: [tlsa(1, 1)] };

interface Pair extends AsyncDisposable {
  readonly server: FaultServer;
  readonly exchange: DotExchange;
  /** What came of a query under a demand. */
  ask(authentication?: Authentication): Promise<string>;
}

async function pair(options: FaultServerOptions = {}, own: DotExchangeOptions = {}): Promise<Pair> {
  const server = await startFaultServer(options);
  const exchange = new DotExchange({ guard: openGuard, trustAnchors: [testCa], ...own });
  return {
    server,
    exchange,
    async ask(authentication) {
      try {
        await exchange.exchange(server.dot, query('www.example.test'), { signal: never, authentication });
        return 'answered';
      } catch (error) {
        if (!(error instanceof TransportError)) throw error;
        const { phase, kind, detail } = error.failure;
        return `${phase} ${kind}: ${detail}`;
      }
    },
    async [Symbol.asyncDispose]() {
      await exchange.close();
      await server.close();
    },
  };
}

function refusal(given: unknown): string {
  try {
    canonicalAuthentication(given as Authentication);
  } catch (error) {
    if (error instanceof InvalidInputError) return `${error.code} ${error.value} ${error.expected}`;
    throw error;
  }
  return 'accepted';
}

test('a key is what Node would make of it', () => {
  for (const certificate of [...ALL, new X509Certificate(testCa)])
    expect(spkiOf(certificate)).toEqual(certificate.publicKey.export({ type: 'spki', format: 'der' }));
  const broken = (raw: Buffer) => () => spkiOf({ raw } as X509Certificate);
  for (let length = 0; length < 300; length += 7) expect(broken(GOOD.raw.subarray(0, length))).toThrow(RangeError);
});

describe('what an authentication is', () => {
  test('one canonical form, frozen, and one key for whatever demands the same', () => {
    const one = canonicalAuthentication({ type: 'pkix', name: 'AUTH.test.' });
    expect(one).toEqual({ type: 'pkix', name: 'auth.test' });
    expect(Object.isFrozen(one)).toBe(true);
    const pins = canonicalAuthentication({ type: 'spki', pins: [OTHER_PIN, PIN, PIN] });
    const turned = canonicalAuthentication({ type: 'spki', pins: [PIN, OTHER_PIN] });
    expect(new Authenticator(pins).key).toBe(new Authenticator(turned).key);
    const upper = { ...tlsa(1, 1), data: String(tlsa(1, 1).data).toUpperCase() };
    const octets = { ...upper, data: Buffer.from(upper.data, 'hex') };
    const [first, ...others] = [upper, octets, tlsa(1, 1)].map((record) =>
      authenticatorOf({ type: 'tlsa', records: [record] }),
    );
    expect(others.map(({ key }) => key)).toEqual([first?.key, first?.key]);
    expect(canonicalAuthentication({ type: 'pkix', name: '2001:DB8::0:1' })).toEqual({
      type: 'pkix',
      name: '2001:db8::1',
    });
  });

  test('different demands have different keys', () => {
    const all: Authentication[] = [byName, byIp, byPin, byOtherPin, byTlsa];
    all.push({ type: 'any-of', of: [byName, byPin] }, { type: 'all-of', of: [byName, byPin] });
    all.push({ type: 'tlsa', records: [tlsa(1, 1)], name: 'auth.test' });
    expect(new Set(all.map((one) => authenticatorOf(one).key)).size).toBe(all.length);
  });

  test('a name is sent as SNI, an address never', () => {
    const names = [byName, byIp, byPin, byTlsa, { type: 'any-of', of: [byIp, byName] } as const];
    expect(names.map((one) => authenticatorOf(one).serverName)).toEqual([
      'auth.test',
      undefined,
      undefined,
      undefined,
      'auth.test',
    ]);
  });

  test('records that nobody can use are passed over, as long as one is left', () => {
    const anchor = { ...tlsa(0, 1), usage: 2 };
    const unknown = { ...tlsa(0, 1), matchingType: 9 };
    expect(canonicalAuthentication({ type: 'tlsa', records: [anchor, tlsa(1, 2), unknown] })).toEqual({
      type: 'tlsa',
      records: [tlsa(1, 2)],
    });
    expect(refusal({ type: 'tlsa', records: [anchor, unknown] })).toContain('a record of usage 3');
  });

  test.each([
    [undefined, 'an object with a type'],
    [{ type: 'dnssec' }, 'pkix, spki'],
    [{ type: 'pkix', name: '' }, 'a host name, or an IP address'],
    [{ type: 'pkix', name: '*.example.org' }, 'a host name'],
    [{ type: 'pkix', name: '192.0.2.300' }, 'a host name'],
    [{ type: 'pkix', name: `${'a'.repeat(64)}.test` }, 'a host name'],
    [{ type: 'spki', pins: [] }, 'pins: a list'],
    [{ type: 'spki', pins: ['sha256/x'] }, '44 characters'],
    [{ type: 'spki', pins: [`${'A'.repeat(42)}B=`] }, '44 characters'],
    [{ type: 'tlsa', records: [{ usage: 3, selector: 1, matchingType: 1, data: 'zz' }] }, 'a TLSA record’s data'],
    [{ type: 'tlsa', records: [{ usage: 3, selector: 1, matchingType: 1, data: 'abcd' }] }, 'a record of usage 3'],
    [{ type: 'tlsa', records: [{ usage: '3' }] }, 'from 0 to 255'],
    [{ type: 'any-of', of: [] }, 'of: a list'],
    [{ type: 'all-of', of: Array(60).fill({ type: 'any-of', of: [byPin] }) }, 'at most 64 parts'],
  ])('%j is refused', (given, expected) => {
    expect(refusal(given)).toMatch(/^INVALID_AUTHENTICATION /);
    expect(refusal(given)).toContain(expected);
  });

  test('what nests without end is refused', () => {
    let nested: Authentication = byPin;
    for (let depth = 0; depth < 5; depth++) nested = { type: 'any-of', of: [nested] };
    expect(refusal(nested)).toContain('at most 4 levels');
  });
});

const NO_NAME = 'handshake auth: the certificate is not for other.test';
const EXPIRED = 'handshake auth: CERT_HAS_EXPIRED';
const UNPINNED = 'handshake auth: not a pinned key';

describe('Q13 no DNS message before the server has proven what was demanded', () => {
  test.each<[string, FaultServerOptions, Authentication, string]>([
    ['the right name', {}, byName, 'answered'],
    ['the right address', {}, byIp, 'answered'],
    ['another name', {}, { type: 'pkix', name: 'other.test' }, NO_NAME],
    [
      'another address',
      {},
      { type: 'pkix', name: '127.0.0.2' },
      'handshake auth: the certificate is not for 127.0.0.2',
    ],
    ['a name below a wildcard', {}, { type: 'pkix', name: 'ns1.auth.test' }, 'answered'],
    [
      'a certificate for elsewhere',
      { fault: 'wrong-name' },
      byName,
      'handshake auth: the certificate is not for auth.test',
    ],
    ['an expired certificate', { fault: 'expired-cert' }, byName, EXPIRED],
    ['a self-signed certificate', { fault: 'self-signed' }, byName, 'handshake auth: DEPTH_ZERO_SELF_SIGNED_CERT'],
    ['the right pin', {}, byPin, 'answered'],
    ['another pin', {}, byOtherPin, UNPINNED],
    ['the right pin, expired', { fault: 'expired-cert' }, byPin, 'answered'],
    ['the right pin, self-signed', { fault: 'self-signed' }, byPin, 'answered'],
    ['the right pin, wrong name', { fault: 'wrong-name' }, byPin, 'answered'],
    ['name and pin, expired', { fault: 'expired-cert' }, { type: 'all-of', of: [byName, byPin] }, EXPIRED],
    ['name and another pin', {}, { type: 'all-of', of: [byName, byOtherPin] }, UNPINNED],
    ['name or another pin', {}, { type: 'any-of', of: [byOtherPin, byName] }, 'answered'],
    [
      'name or another pin, expired',
      { fault: 'expired-cert' },
      { type: 'any-of', of: [byName, byOtherPin] },
      `${EXPIRED}; not a pinned key`,
    ],
    ['TLSA 3 0 0', {}, { type: 'tlsa', records: [tlsa(0, 0)] }, 'answered'],
    ['TLSA 3 0 1', {}, { type: 'tlsa', records: [tlsa(0, 1)] }, 'answered'],
    ['TLSA 3 1 0', {}, { type: 'tlsa', records: [tlsa(1, 0)] }, 'answered'],
    ['TLSA 3 1 1, expired', { fault: 'expired-cert' }, byTlsa, 'answered'],
    ['TLSA 3 1 2 with the base domain', {}, { type: 'tlsa', records: [tlsa(1, 2)], name: 'auth.test' }, 'answered'],
    [
      'TLSA 3 0 1 of another certificate',
      { fault: 'expired-cert' },
      { type: 'tlsa', records: [tlsa(0, 1)] },
      'handshake auth: no TLSA record matches',
    ],
    ['TLS 1.2, the right name', { fault: 'tls12' }, byName, 'answered'],
    ['TLS 1.2, another name', { fault: 'tls12' }, { type: 'pkix', name: 'other.test' }, NO_NAME],
  ])('%s', async (_, options, authentication, outcome) => {
    await using p = await pair(options);
    expect(await p.ask(authentication)).toBe(outcome);
    // Again: neither a session nor a ticket of the first time makes up for a proof that failed.
    expect(await p.ask(authentication)).toBe(outcome);
    const answered = outcome === 'answered';
    const clear = { udpQueries: 0, tcpQueries: 0 };
    expect(p.server.counters).toMatchObject({ connections: answered ? 1 : 2, dotQueries: answered ? 2 : 0, ...clear });
  });

  test('the system’s trust anchors do not know the tests’ authority', async () => {
    await using p = await pair({}, { trustAnchors: undefined });
    expect(await p.ask(byName)).toBe('handshake auth: UNABLE_TO_VERIFY_LEAF_SIGNATURE');
    expect(p.server.counters.dotQueries).toBe(0);
  });

  test('trust anchors that are none are refused', () => {
    for (const trustAnchors of [[], ['x'], 'x', [1]])
      expect(() => new DotExchange({ trustAnchors: trustAnchors as string[] })).toThrow('INVALID_OPTION');
  });
});

describe('sessions and tickets are kept apart by demand', () => {
  test('an open session that has proven nothing does not serve a demand, nor one demand another', async () => {
    await using p = await pair();
    for (const demand of [undefined, byName, byPin, undefined, byName, byPin])
      expect(await p.ask(demand)).toBe('answered');
    expect(p.server.counters).toMatchObject({ handshakes: 3, dotQueries: 6 });
    expect(p.exchange.sessions).toMatchObject({ opened: 3, resumed: 0 });
  });

  test('46-5 a ticket of a session that has proven nothing is not used where a proof is demanded', async () => {
    await using p = await pair({ fault: 'one-shot' });
    expect(await p.ask()).toBe('answered');
    expect(await p.ask()).toBe('answered');
    expect(p.exchange.sessions).toMatchObject({ opened: 2, resumed: 1 });
    expect(await p.ask(byOtherPin)).toBe(UNPINNED);
    expect(await p.ask(byName)).toBe('answered');
    expect(p.exchange.sessions).toMatchObject({ opened: 3, resumed: 1 });
    expect(await p.ask(byName)).toBe('answered');
    expect(p.exchange.sessions).toMatchObject({ opened: 4, resumed: 2 });
  });

  test('46-5 with TLS 1.2, whose tickets come before the check, none outlives a check that fails', async () => {
    await using p = await pair({ fault: 'tls12' });
    for (let tries = 0; tries < 3; tries++) expect(await p.ask(byOtherPin)).toBe(UNPINNED);
    expect(p.server.counters).toMatchObject({ connections: 3, resumed: 0 });
    expect(p.server.counters.dotQueries).toBe(0);
  });

  test('46-5 a ticket is used no longer than its session’s proof held', async () => {
    let wall = Date.now();
    await using p = await pair({ fault: 'one-shot' }, { clock: { ...systemClock, wall: () => wall } });
    for (const demand of [byName, byPin]) expect(await p.ask(demand)).toBe('answered');
    // The certificate has expired, says the clock; the key is no less the right one.
    wall = Date.parse(GOOD.validTo);
    for (const demand of [byName, byPin]) expect(await p.ask(demand)).toBe('answered');
    expect(p.server.connections.map(({ handshake }) => handshake?.resumed)).toEqual([false, false, false, true]);
  });

  test('an endpoint that is forgotten loses what it has proven, too', async () => {
    await using p = await pair({ fault: 'one-shot' });
    expect(await p.ask(byName)).toBe('answered');
    p.exchange.closeEndpoint(p.server.dot.key);
    expect(await p.ask(byName)).toBe('answered');
    expect(p.exchange.sessions.resumed).toBe(0);
  });

  test('a session stands open where somebody demanded a proof', async () => {
    await using p = await pair();
    expect(p.exchange.isOpen(p.server.dot)).toBe(false);
    await p.ask(byName);
    expect(p.exchange.isOpen(p.server.dot)).toBe(true);
    p.exchange.reset();
    expect(p.exchange.isOpen(p.server.dot)).toBe(false);
  });
});

test('the key that a server shows is told at each full handshake', async () => {
  await using p = await pair({ fault: 'one-shot' });
  const told: string[] = [];
  const forget = p.exchange.onKey(({ key }, spki) => told.push(`${key === p.server.dot.key} ${spki}`));
  p.exchange.onKey(() => {
    throw new Error('a host’s own trouble');
  });
  await p.ask();
  await p.ask();
  expect(p.exchange.sessions).toMatchObject({ opened: 2, resumed: 1 });
  expect(told).toEqual([`true ${PIN}`]);
  forget();
  await p.ask(byPin);
  expect(told).toHaveLength(1);
});
