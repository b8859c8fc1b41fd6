import { connect } from 'node:net';
import { describe, expect, test } from 'vitest';
import { DotscoutError, InvalidInputError } from '../../src/common/errors.js';
import { DotProber, type DotProberOptions } from '../../src/probe/dot-prober.js';
import type { ProbeResult } from '../../src/probe/prober.js';
import {
  type FaultServer,
  type FaultServerOptions,
  parseClientHello,
  startFaultServer,
  VirtualClock,
} from '../../src/testing/index.js';
import { DotExchange } from '../../src/transport/dot/exchange.js';
import type { Exchange } from '../../src/transport/exchange.js';
import { dotAt, nameOf, never, openGuard, query } from '../transport/support.js';

const EXCHANGE_NEVER: Exchange = {
  exchange: () => new Promise(() => undefined),
  close: () => Promise.resolve(),
};

interface Probed {
  readonly result: ProbeResult;
  readonly server: FaultServer;
}

/** Probes once; the session, if any, is closed. */
async function probe(
  options: FaultServerOptions,
  own: DotProberOptions = {},
  more: { timeoutMs?: number; clear?: boolean } = {},
): Promise<Probed> {
  await using server = await startFaultServer(options);
  const prober = new DotProber({ guard: openGuard, ...own });
  const target = { endpoint: server.dot, clear: more.clear === false ? undefined : server.do53, zone: 'Example.test.' };
  const result = await prober.probe(target, { signal: never, timeoutMs: more.timeoutMs ?? 4000 });
  result.session?.close();
  return { result, server };
}

const success = { result: 'success' };

function failure(phase: string, kind: string, controlled = true): object {
  return { result: 'failure', phase, kind, controlled };
}

describe('servers that work', () => {
  test.each(['good', 'tls12', 'no-alpn', 'expired-cert', 'self-signed', 'wrong-name', 'one-shot'] as const)(
    'P1 %s: success',
    async (fault) => {
      const { result, server } = await probe({ fault });
      expect(result).toMatchObject({ evidence: success, rcode: 0 });
      expect(Object.keys(result.times).sort()).toEqual(['answer', 'connect', 'handshake', 'total']);
      expect(result.tls?.protocol).toBe(fault === 'tls12' ? 'TLSv1.2' : 'TLSv1.3');
      expect(result.tls?.alpn).toBe(fault === 'no-alpn' ? false : 'dot');
      expect(server.counters).toMatchObject({ dotQueries: 1, udpQueries: 0, tcpQueries: 0 });
    },
  );

  test('P1 what is wrong with a certificate is reported', async () => {
    const { result } = await probe({ fault: 'self-signed' });
    expect(result.tls).toMatchObject({ authorized: false, authorizationError: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
  });

  test('P11 the apex’s SOA, padded, without RD', async () => {
    const { server } = await probe({ fault: 'good' });
    const message = server.queries[0]?.message ?? new Uint8Array();
    expect([message.length, nameOf(message), (message[2] ?? 1) & 1]).toEqual([128, 'Example.test', 0]);
  });

  test.each([
    ['formerr-padded', 2],
    ['formerr-edns', 3],
  ] as const)('P5 %s: success on one session, and its shape goes with it', async (fault, queries) => {
    await using server = await startFaultServer({ fault });
    await using exchange = new DotExchange({ guard: openGuard });
    const result = await new DotProber({ guard: openGuard }).probe(
      { endpoint: server.dot, zone: 'example.test.' },
      { signal: never, timeoutMs: 4000, keepAlive: false },
    );
    expect(result).toMatchObject({ evidence: success, rcode: 0 });
    expect(result.session && exchange.adopt(server.dot, result.session)).toBe(true);
    await exchange.exchange(server.dot, query('a.test'), { signal: never });
    expect(server.counters).toMatchObject({ connections: 1, dotQueries: queries + 1 });
  });
});

describe('servers that do not', () => {
  test.each([
    ['closed', failure('connect', 'refused')],
    ['http', failure('handshake', 'not-tls')],
    ['smtp', failure('handshake', 'not-tls')],
    ['tcp-close', failure('handshake', 'closed')],
    ['tcp-reset', failure('handshake', 'closed')],
    ['alpn-alert', failure('handshake', 'alert')],
    ['tls10', failure('handshake', 'alert')],
  ] as const)('P2 %s', async (fault, evidence) => {
    const { result } = await probe({ fault });
    // `detail` is for people, in the words of Node or of the session.
    expect(result).toEqual({ evidence, times: result.times, detail: expect.stringMatching(/./) });
  });

  test.each([
    ['black-hole', failure('connect', 'silent')],
    ['tcp-mute', failure('handshake', 'silent')],
    ['plain-dns', failure('handshake', 'silent')],
    ['tls-mute', failure('answer', 'silent')],
    ['byte-at-a-time', failure('answer', 'silent')],
    ['wrong-question', failure('answer', 'silent')],
    ['wrong-id', failure('answer', 'silent')],
  ] as const)('P14 %s, with Do53 answering: controlled', async (fault, evidence) => {
    const { result, server } = await probe({ fault }, {}, { timeoutMs: 300 });
    expect(result.evidence).toEqual(evidence);
    expect(server.counters.udpQueries).toBe(1);
  });

  test.each([
    ['tls-close', 'closed'],
    ['tls-close-query', 'closed'],
    ['tls-reset', 'closed'],
    ['tls-reset-query', 'closed'],
    ['renegotiate', 'closed'],
    ['zero-length', 'malformed'],
    ['length-stall', 'malformed'],
    ['not-a-response', 'malformed'],
    ['oversized', 'malformed'],
    ['garbage', 'malformed'],
    ['count-bomb', 'malformed'],
    ['answer-flood', 'malformed'],
  ] as const)('P3 %s: %s', async (fault, kind) => {
    const { result } = await probe({ fault });
    expect(result.evidence).toEqual(failure('answer', kind));
    expect(result.session).toBeUndefined();
  });

  test('P3 wrong ids until they are too many', async () => {
    const { result } = await probe({ fault: 'wrong-id', copies: 16 });
    expect(result.evidence).toEqual(failure('answer', 'malformed'));
  });

  test.each(['dhe-8192', 'hrr-ffdhe8192'] as const)('P13 %s: alert', async (fault) => {
    const { result } = await probe({ fault });
    expect(result.evidence).toEqual(failure('handshake', 'alert'));
  });

  test('P13 nothing is offered that stops our thread: no finite-field groups, no DHE, no SNI', async () => {
    const { server } = await probe({ fault: 'good' });
    const hello = parseClientHello(server.connections[0]?.firstBytes ?? new Uint8Array());
    expect(hello).toMatchObject({ sni: undefined, alpn: ['dot'], preSharedKey: false });
    expect([...hello.versions].sort()).toEqual([0x0303, 0x0304]);
    // ffdhe2048 to ffdhe8192 (RFC 7919).
    expect(hello.groups.filter((group) => group >= 0x100 && group <= 0x104)).toEqual([]);
    // TLS 1.3's three, ECDHE with AES-GCM and ChaCha20, and the signal that renegotiation is safe (RFC 5746).
    const aead = [0x1301, 0x1302, 0x1303, 0xc02b, 0xc02c, 0xc02f, 0xc030, 0xcca8, 0xcca9, 0xff];
    expect(hello.ciphers.filter((cipher) => !aead.includes(cipher))).toEqual([]);
  });
});

describe('the comparison', () => {
  const faults = ['refused', 'servfail', 'formerr', 'notimp', 'refused-bare', 'formerr-bare', 'notimp-bare'] as const;

  test.each(faults)('P4 %s over DoT, NOERROR over Do53: lame', async (fault) => {
    const { result } = await probe({ fault });
    expect(result).toMatchObject({ evidence: failure('answer', 'lame'), comparison: { rcode: 0 } });
    expect(result.session).toBeUndefined();
  });

  test.each(faults)('P4 %s over DoT, REFUSED over Do53: success', async (fault) => {
    const { result } = await probe({ fault, clear: 'refused' });
    expect(result).toMatchObject({ evidence: success, comparison: { rcode: 5 } });
  });

  test('P4 truncated over Do53: over TCP it is complete', async () => {
    const { result, server } = await probe({ fault: 'refused', clear: 'truncate' });
    expect(result.evidence).toEqual(failure('answer', 'lame'));
    expect(server.counters.tcpQueries).toBe(1);
  });

  test.each([
    ['closed', {}],
    ['good', { do53: EXCHANGE_NEVER, clock: new VirtualClock() }],
    ['good', { do53: { ...EXCHANGE_NEVER, exchange: () => Promise.reject(new Error('host bug')) } }],
    ['good', { do53: { ...EXCHANGE_NEVER, exchange: () => Promise.resolve(new Uint8Array(20)) } }],
  ] as const)('P4 no answer over Do53 (%s, %j): any well-formed answer is success', async (clear, own) => {
    if ('clock' in own) {
      await using server = await startFaultServer({ fault: 'refused' });
      const prober = new DotProber({ guard: openGuard, ...own });
      const target = { endpoint: server.dot, clear: server.do53, zone: '.' };
      const probed = prober.probe(target, { signal: never, timeoutMs: 4000 });
      await server.until(({ dotQueries }) => dotQueries === 1);
      // The comparison begins once the answer has come.
      let result: ProbeResult | undefined;
      void probed.then((settled) => {
        result = settled;
      });
      while (result === undefined) {
        await new Promise(setImmediate);
        await own.clock.advance(100);
      }
      expect(result).toMatchObject({ evidence: success, comparison: { rcode: undefined } });
      result.session?.close();
      return;
    }
    const { result } = await probe({ fault: 'refused', clear }, own);
    expect(result).toMatchObject({ evidence: success, rcode: 5, comparison: { rcode: undefined } });
  });

  test('P4 no clear text allowed: success without a comparison over Do53', async () => {
    const { result, server } = await probe({ fault: 'refused' }, {}, { clear: false });
    expect(result).toMatchObject({ evidence: success, rcode: 5 });
    expect(server.counters.udpQueries).toBe(0);
  });
});

describe('the control', () => {
  test.each([
    ['silent', true],
    ['closed', true],
    ['good', false],
  ] as const)('P14 silence, with Do53 %s and clear text allowed %s: not controlled', async (clear, allowed) => {
    const { result } = await probe({ fault: 'tcp-mute', clear }, {}, { timeoutMs: 200, clear: allowed });
    expect(result.evidence).toEqual(failure('handshake', 'silent', false));
  });

  test('P14 unreachable: asked afterwards', async () => {
    const unreachable = (): never => {
      throw Object.assign(new Error('no route'), { code: 'ENETUNREACH' });
    };
    const { result, server } = await probe({}, { connect: unreachable });
    expect(result.evidence).toEqual(failure('connect', 'unreachable'));
    expect(server.counters).toMatchObject({ connections: 0, udpQueries: 1 });
  });
});

describe('what is no evidence', () => {
  test.each(['EMFILE', 'EADDRNOTAVAIL', 'EPERM'])('P7 %s: inconclusive', async (code) => {
    const broken = (): never => {
      throw Object.assign(new Error(code), { code });
    };
    const { result } = await probe({}, { connect: broken });
    expect(result.evidence).toEqual({ result: 'inconclusive', why: 'local' });
  });

  test('P7 aborted before, in the handshake, and in the comparison: all is closed', async () => {
    await using server = await startFaultServer({ fault: 'tls-mute', clear: 'silent' });
    const prober = new DotProber({ guard: openGuard });
    const target = { endpoint: server.dot, clear: server.do53, zone: '.' };
    const aborted = { evidence: { result: 'inconclusive', why: 'aborted' } };
    expect(await prober.probe(target, { signal: AbortSignal.abort(), timeoutMs: 4000 })).toMatchObject(aborted);
    const first = new AbortController();
    const muted = prober.probe(target, { signal: first.signal, timeoutMs: 4000 });
    await server.until(({ dotQueries }) => dotQueries === 1);
    first.abort();
    expect(await muted).toMatchObject(aborted);
    await server.setFault('refused');
    const second = new AbortController();
    const compared = prober.probe(target, { signal: second.signal, timeoutMs: 4000 });
    await server.until(({ udpQueries }) => udpQueries === 1);
    second.abort();
    expect(await compared).toMatchObject(aborted);
    await server.until(({ open }) => open === 0);
  });

  test('P10 a guard that answers later, or rejects, forbids; what it rejects with ends nothing', async () => {
    await using server = await startFaultServer();
    const unhandled: unknown[] = [];
    const note = (error: unknown): void => void unhandled.push(error);
    process.on('unhandledRejection', note);
    for (const later of [Promise.resolve(true), Promise.reject(new Error('broken'))]) {
      const prober = new DotProber({ guard: { admits: () => later as unknown as boolean } });
      const target = { endpoint: server.dot, clear: server.do53, zone: 'example.test.' };
      const probed = prober.probe(target, { signal: never, timeoutMs: 4_000 });
      await expect(probed).rejects.toMatchObject({ code: 'REFUSED_BY_GUARD' });
    }
    await new Promise((resolve) => setImmediate(resolve));
    process.off('unhandledRejection', note);
    expect([unhandled, server.counters.connections]).toEqual([[], 0]);
  });

  test('P10 the guard forbids: rejected, at once or at connect, and no Do53 either', async () => {
    await using server = await startFaultServer({ fault: 'refused' });
    const target = { endpoint: server.dot, clear: server.do53, zone: '.' };
    const options = { signal: never, timeoutMs: 4000 };
    await expect(new DotProber().probe(target, options)).rejects.toMatchObject({ code: 'REFUSED_BY_GUARD' });
    let asked = 0;
    const fickle = { admits: () => ++asked === 1 };
    await expect(new DotProber({ guard: fickle }).probe(target, options)).rejects.toBeInstanceOf(DotscoutError);
    const onlyDot = { admits: (address: string) => address === '127.0.0.1' };
    const elsewhere = { ...target, clear: { ...server.do53, address: '127.0.0.2' } };
    const result = await new DotProber({ guard: onlyDot }).probe(elsewhere, options);
    expect(result.evidence).toEqual(success);
    result.session?.close();
    expect(server.counters).toMatchObject({ connections: 1, udpQueries: 0 });
  });

  test('what cannot be probed is refused', async () => {
    const prober = new DotProber({ guard: openGuard });
    const code = (zone: string, timeoutMs: number) =>
      prober.probe({ endpoint: dotAt(1), zone }, { signal: never, timeoutMs }).catch((error) => error.code);
    expect(await code('a..b', 1000)).toBe('INVALID_ZONE');
    expect(await code('.', 0)).toBe('INVALID_OPTION');
    expect(() => new DotProber({ do53: {} as Exchange })).toThrow(InvalidInputError);
  });
});

describe('the warm session', () => {
  async function warm(server: FaultServer): Promise<ProbeResult> {
    const prober = new DotProber({ guard: openGuard, connect: () => connect(server.dotPort, server.address) });
    return prober.probe({ endpoint: server.dot, zone: '.' }, { signal: never, timeoutMs: 4000 });
  }

  test('P12 serves the next query: one handshake in all, answers of any length, its tickets kept', async () => {
    await using server = await startFaultServer();
    await using exchange = new DotExchange({ guard: openGuard });
    const { session } = await warm(server);
    expect(session && exchange.adopt(server.dot, session)).toBe(true);
    await server.setFault('oversized');
    const answer = await exchange.exchange(server.dot, query('a.test'), { signal: never });
    expect(answer.length).toBeGreaterThan(4096);
    expect(server.counters).toMatchObject({ connections: 1, handshakes: 1 });
    await server.setFault('tls-close');
    await server.until(({ open }) => open === 0);
    await server.setFault('good');
    await exchange.exchange(server.dot, query('b.test'), { signal: never });
    expect(exchange.sessions).toEqual({ opened: 1, open: 1, resumed: 1 });
  });

  test('P12 is not taken twice, by another endpoint, closed, foreign, or by what is closed', async () => {
    await using server = await startFaultServer();
    await using exchange = new DotExchange({ guard: openGuard });
    const [one, two] = [await warm(server), await warm(server)];
    if (one.session === undefined || two.session === undefined) throw new Error('no sessions');
    expect(exchange.adopt(dotAt(1), one.session)).toBe(false);
    expect(exchange.adopt(server.dot, { close: () => undefined })).toBe(false);
    expect(exchange.adopt(server.dot, one.session)).toBe(true);
    expect(exchange.adopt(server.dot, two.session)).toBe(false);
    two.session.close();
    await exchange.close();
    expect(exchange.adopt(server.dot, two.session)).toBe(false);
    await server.until(({ open }) => open === 0);
  });
});
