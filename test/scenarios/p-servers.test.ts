import { describe, expect, it } from 'vitest';
import { type FaultServerOptions, parseClientHello, parseQuery } from '../../src/testing/index.js';
import { brisk, type Lab, lab, PATIENCE } from '../support/lab.js';
import { query } from '../transport/support.js';

/** What the next query shows after the probe. */
async function achieved(l: Lab): Promise<{ status: string; transport: string; kind: string | undefined }> {
  const { status, history } = l.selector.explain(l.target);
  const { transport } = await l.ask();
  return { status, transport, kind: history.at(-1)?.detail };
}

describe('P1', () => {
  it.each(['good', 'tls12', 'no-alpn', 'expired-cert', 'self-signed', 'wrong-name'] as const)(
    'P1 %s: found Good, and the third query goes over DoT',
    async (fault) => {
      const l = await lab({ fault });
      const { result } = await l.discover();
      expect(result).toMatchObject({ evidence: { result: 'success' }, rcode: 0 });
      expect(await achieved(l)).toMatchObject({ status: 'Good', transport: 'dot' });
    },
  );
});

describe('P2', () => {
  it.each([
    ['closed', 'connect refused'],
    ['black-hole', 'connect silent'],
    ['tcp-mute', 'handshake silent'],
    ['plain-dns', 'handshake silent'],
    ['http', 'handshake not-tls'],
    ['smtp', 'handshake not-tls'],
    ['tcp-close', 'handshake closed'],
    ['tcp-reset', 'handshake closed'],
    ['alpn-alert', 'handshake alert'],
    ['tls10', 'handshake alert'],
  ] as const)('P2 %s: Bad, %s, and queries stay in clear text', async (fault, kind) => {
    const l = await lab({ fault });
    await l.discover();
    expect(await achieved(l)).toEqual({ status: 'Bad', transport: 'do53', kind });
    const { probes, inFlight } = l.selector.metrics();
    // Ended by its prober, not by the state's own deadline.
    expect([probes, inFlight]).toEqual([{ begun: 1, [`failure-${kind.split(' ')[1]}`]: 1 }, 0]);
  });
});

describe('P19', () => {
  it.each(['tcp-mute', 'tcp-close', 'tcp-reset', 'deaf'] as const)(
    'P19 %s, as at a limit of connections: Bad for an hour, not for a day',
    async (fault) => {
      const l = await lab({ fault });
      l.proveNetwork();
      await l.discover();
      const { status, since, until } = l.selector.explain(l.target);
      expect([status, Number(until) - Number(since)]).toEqual(['Bad', 3_600_000]);
    },
  );
});

describe('P3', () => {
  it.each([
    ['tls-mute', 'answer silent'],
    ['tls-close', 'answer closed'],
    ['tls-close-query', 'answer closed'],
    ['tls-reset', 'answer closed'],
    ['tls-reset-query', 'answer closed'],
    ['zero-length', 'answer malformed'],
    ['length-stall', 'answer malformed'],
    ['byte-at-a-time', 'answer silent'],
    ['wrong-question', 'answer silent'],
    ['not-a-response', 'answer malformed'],
    ['oversized', 'answer malformed'],
    ['garbage', 'answer malformed'],
    ['count-bomb', 'answer malformed'],
    ['answer-flood', 'answer malformed'],
  ] as const)('P3 %s: Bad, %s, one verdict', async (fault, kind) => {
    const l = await lab({ fault });
    await l.discover();
    expect(await achieved(l)).toEqual({ status: 'Bad', transport: 'do53', kind });
    expect(l.selector.metrics().transitions).toEqual({ 'unknown-bad': 1 });
    await l.server.until(({ open }) => open === 0);
  });

  it.each([
    [3, 'answer silent'],
    [16, 'answer malformed'],
  ])('P3 %i answers with wrong ids: ignored until silence or the cap: %s', async (copies, kind) => {
    const l = await lab({ fault: 'wrong-id', copies });
    await l.discover();
    expect(await achieved(l)).toMatchObject({ status: 'Bad', kind });
  });
});

describe('P4', () => {
  const faults = [
    'refused',
    'servfail',
    'formerr',
    'notimp',
    'refused-bare',
    'servfail-bare',
    'formerr-bare',
    'notimp-bare',
  ] as const;

  it.each(faults)('P4 %s over DoT, REFUSED over Do53: the transport is proven, Good', async (fault) => {
    const l = await lab({ fault, clear: 'refused' });
    await l.discover();
    expect(await achieved(l)).toMatchObject({ status: 'Good', transport: 'dot' });
  });

  it.each(faults)('P4 %s over DoT, NOERROR over Do53: the zone is lame, the server stays Unknown', async (fault) => {
    const l = await lab({ fault });
    await l.discover();
    expect(l.selector.explain(l.target)).toMatchObject({ status: 'Unknown', lameZones: ['example.test.'] });
    expect((await l.ask()).transport).toBe('do53');
  });

  it.each(['silent', 'closed'] as const)('P4 REFUSED over DoT, Do53 %s: success', async (clear) => {
    const l = await lab({ fault: 'refused', clear });
    const result = await l.selector.probe(l.target);
    expect(result).toMatchObject({ evidence: { result: 'success' }, rcode: 5, comparison: { rcode: undefined } });
    expect(l.selector.explain(l.target).status).toBe('Good');
  });

  it('P4 NOERROR over Do53, but truncated there and over TCP: not complete, so no comparison', async () => {
    const l = await lab({ fault: 'refused', clear: 'truncate' });
    await l.discover();
    // TCP answers well: complete after all.
    expect(l.selector.explain(l.target)).toMatchObject({ status: 'Unknown', lameZones: ['example.test.'] });
    expect(l.server.counters.tcpQueries).toBe(3);
  });
});

describe('P5', () => {
  it.each([
    ['formerr-padded', 2],
    ['formerr-edns', 3],
  ] as const)('P5 %s: Good, and the next query goes in the shape that worked', async (fault, probing) => {
    const l = await lab({ fault });
    await l.discover();
    expect(l.server.counters.dotQueries).toBe(probing);
    for (let i = 0; i < 3; i++) expect((await l.ask()).transport).toBe('dot');
    expect(l.server.counters).toMatchObject({ dotQueries: probing + 3, handshakes: 1 });
  });
});

it('P11 the apex is asked for, padded, without RD and without the user’s name', async () => {
  const l = await lab();
  const probed = new Promise((resolve) => l.selector.once('probe', resolve));
  for (let i = 0; i < 2; i++) await l.selector.query(l.target, query('secret.user.example.test'));
  await probed;
  const message = l.server.queries.find(({ transport }) => transport === 'dot')?.message ?? new Uint8Array();
  expect(message.length % 128).toBe(0);
  expect(parseQuery(message)).toMatchObject({ name: 'example.test.', type: 6, flags: 0 });
});

it('P11 no zone named: the root is asked for, never what the user asked', async () => {
  const l = await lab();
  const { zone: _, ...target } = l.target;
  const probed = new Promise((resolve) => l.selector.once('probe', resolve));
  for (let i = 0; i < 2; i++) await l.selector.query(target, query('secret.user.example.test'));
  await probed;
  const probes = l.server.queries.filter(({ transport }) => transport === 'dot').map(({ message }) => message);
  expect(probes.map((message) => parseQuery(message)?.name)).toEqual(['.']);
});

it('P11 a probe that is asked for, of a server never met, asks for the apex of the zone named with it', async () => {
  const l = await lab();
  await l.selector.probe(l.target);
  const probes = l.server.queries.map(({ transport, message }) => [transport, parseQuery(message)?.name]);
  expect(probes).toEqual([['dot', 'example.test.']]);
});

it('P12 the probe’s session serves what follows: one handshake in all', async () => {
  const l = await lab();
  await l.discover();
  for (let i = 0; i < 5; i++) expect(await l.ask()).toMatchObject({ transport: 'dot', encrypted: true });
  expect(l.server.counters).toMatchObject({ connections: 1, handshakes: 1, dotQueries: 6, udpQueries: 2 });
});

describe('P13', () => {
  it.each(['dhe-8192', 'hrr-ffdhe8192'] as const)('P13 %s: Bad by an alert', async (fault) => {
    const l = await lab({ fault });
    await l.discover();
    expect(await achieved(l)).toEqual({ status: 'Bad', transport: 'do53', kind: 'handshake alert' });
    // No group was offered whose arithmetic could stop our thread: ffdhe2048 to ffdhe8192 are 0x100 to 0x104.
    const hello = parseClientHello(l.server.connections[0]?.firstBytes ?? new Uint8Array());
    expect(hello.groups.filter((group) => group >= 0x100 && group <= 0x1ff)).toEqual([]);
    expect(hello.groups.length).toBeGreaterThan(0);
  });
});

describe('P14', () => {
  it.each([
    ['black-hole', 'good', 86_400_000],
    // At its limit of connections, perhaps (P19).
    ['tcp-mute', 'good', 3_600_000],
    ['black-hole', 'silent', 60_000],
    ['tcp-mute', 'closed', 60_000],
  ] satisfies readonly [FaultServerOptions['fault'], FaultServerOptions['clear'], number][])(
    'P14 %s with Do53 %s: Bad for %i ms',
    async (fault, clear, damping) => {
      const l = await lab({ fault, clear }, { policy: { ...brisk, probeTimeoutMs: PATIENCE / 2 } });
      l.proveNetwork();
      await l.selector.probe(l.target);
      const { status, since, until } = l.selector.explain(l.target);
      expect([status, Number(until) - Number(since)]).toEqual(['Bad', expect.closeTo(damping, -2)]);
    },
  );
});
