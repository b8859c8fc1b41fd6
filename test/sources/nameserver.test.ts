import { describe, expect, test } from 'vitest';
import { NameserverSource, type NameserverSourceOptions } from '../../src/sources/index.js';
import { DAY, HOUR, MINUTE, message, SECOND, type World, type WorldOptions, world } from '../support/world.js';
import { a, alpn, hex, ipv4Hint, KEY, lookupIn, mandatory, param, port, svcb, type Zone } from './support.js';

const A = '192.0.2.1';
const NS = 'ns1.example.net';
const OWN = svcb(1, NS, alpn('dot'));
const AT = 'SVCB _dns.ns1.example.net.';

/** A world whose name servers may say something of themselves. */
function signals(
  zone: Zone,
  options: Omit<NameserverSourceOptions, 'lookup'> = {},
  more: WorldOptions = {},
): { w: World; asked: string[]; source: NameserverSource } {
  const { lookup, asked } = lookupIn(zone);
  const source = new NameserverSource({ lookup, ...options });
  const w = world({ sources: [source], authenticates: true, ...more });
  return { w, asked, source };
}

/** Contacts that name the name server, and a moment for what they bring about. */
async function meet(w: World, times = 1, nameserver = NS, server: string = A): Promise<void> {
  for (let i = 0; i < times; i++) {
    w.selector.decide(server, { zone: 'example.org', nameserver });
    // Look-ups take some turns of promises.
    for (let turn = 0; turn < 40; turn++) await w.clock.advance(0);
  }
}

function claimsOf(w: World): unknown[] {
  return w.selector.explain({ address: A, nameserver: NS }).claims.filter(({ source }) => source === 'svcb');
}

describe('61-1 where it is asked', () => {
  test('61-1 _dns. before the name, at the second contact, behind the queries’ back', async () => {
    const { w, asked } = signals({ [AT]: [OWN] });
    await meet(w, 1);
    expect(asked).toEqual([]);
    await meet(w, 1, 'NS1.Example.NET.');
    expect(asked).toEqual([AT]);
    await meet(w, 5);
    expect(asked).toEqual([AT]);
  });

  test('61-1 the port is named where it is not that of DNS', async () => {
    const { w, asked } = signals({});
    await meet(w, 2, NS, `${A}:5353`);
    expect(asked).toEqual(['SVCB _5353._dns.ns1.example.net.']);
  });

  test('61-1 nothing is asked for a contact without a name, a peek, an explanation or port 853', async () => {
    const { w, asked } = signals({});
    for (let i = 0; i < 3; i++) {
      w.selector.decide(A);
      w.selector.peek(A, { nameserver: NS });
      w.selector.explain({ address: A, nameserver: NS });
      await meet(w, 1, NS, `${A}:853`);
    }
    expect(asked).toEqual([]);
  });

  test('61-1 a record brings a probe at once, without an answer over Do53 before; what is proven is used', async () => {
    const { w } = signals({ [AT]: [OWN] });
    await meet(w, 3);
    expect(w.begun()).toHaveLength(1);
    expect(w.selector.peek(A, { nameserver: NS })).toMatchObject({ action: 'encrypt', fallback: true, reason: 'good' });
  });

  test('61-1 servers of a zone that are ranked are asked about as well', async () => {
    const { w, asked } = signals({ [AT]: [OWN] });
    for (let i = 0; i < 3; i++) w.selector.rank([A], { nameserver: NS });
    await w.clock.advance(SECOND);
    expect(asked).toEqual([AT]);
  });
});

describe('what a record has to say', () => {
  const endpoints = async (records: readonly Uint8Array[], options = {}, more: Zone = {}) => {
    const { w } = signals({ [AT]: records, ...more }, options);
    await meet(w, 3);
    return w.selector
      .explain({ address: A, nameserver: NS })
      .claims.filter(({ source }) => source === 'svcb')
      .flatMap((claim) => claim.endpoints.map((one) => `${one.address ?? 'own'} ${one.port}`));
  };

  test('61-2 without alpn it is incompatible: there is no default', async () => {
    expect(await endpoints([svcb(1, NS)])).toEqual([]);
    expect(await endpoints([svcb(1, NS, port(853))])).toEqual([]);
    // The parameter that takes a default away makes none.
    expect(await endpoints([svcb(1, NS, alpn('doq'), param(KEY.noDefaultAlpn, []))])).toEqual([]);
    expect(await endpoints([svcb(1, NS, alpn('doq', 'dot'))])).toEqual(['own 853']);
  });

  test('61-3 without a port it is 853, whatever other protocols have', async () => {
    expect(await endpoints([svcb(1, NS, alpn('h2', 'dot'), param(KEY.dohPath, [...Buffer.from('/q{?dns}')]))])).toEqual(
      ['own 853'],
    );
  });

  test('61-4 a port that we do not honour makes the record useless, and no other', async () => {
    const records = [svcb(1, NS, alpn('dot'), port(8853)), svcb(2, NS, alpn('dot'))];
    expect(await endpoints(records)).toEqual(['own 853']);
    expect(await endpoints(records, { ports: [853, 8853] })).toEqual(['own 8853', 'own 853']);
  });

  test('61-5 strangers choose no port by default, and never 53', async () => {
    for (const chosen of [22, 25, 53, 443, 8853]) {
      expect(await endpoints([svcb(1, NS, alpn('dot'), port(chosen))])).toEqual([]);
    }
    expect(() => new NameserverSource({ lookup: lookupIn({}).lookup, ports: [53] })).toThrow(/INVALID_SOURCE/);
  });

  test('61-6 a record for HTTP alone is of no use to a client that speaks DoT', async () => {
    const path = param(KEY.dohPath, [...Buffer.from('/dns-query{?dns}')]);
    expect(await endpoints([svcb(1, NS, alpn('h2', 'h3'), path)])).toEqual([]);
    expect(await endpoints([svcb(1, NS, alpn('h2'))])).toEqual([]);
  });

  test('60-2 an unknown mandatory key makes the record useless, and no other', async () => {
    const unknown = svcb(1, NS, mandatory(1, 667), alpn('dot'), param(667, [1]));
    expect(await endpoints([unknown, svcb(2, 'other.test', alpn('dot'), ipv4Hint('192.0.2.7'))])).toEqual([
      '192.0.2.7 853',
    ]);
    // One that is not mandatory is passed over.
    expect(await endpoints([svcb(1, NS, alpn('dot'), param(667, [1]))])).toEqual(['own 853']);
    expect(await endpoints([svcb(1, NS, mandatory(1, 3), alpn('dot'), port(853))])).toEqual(['own 853']);
  });

  test('60-2 a malformed record spoils the set', async () => {
    expect(await endpoints([svcb(1, NS, alpn('dot')), hex('0001')])).toEqual([]);
  });

  test('60-3 the lower priority first; equals are shuffled', async () => {
    const at = (priority: number, address: string) => svcb(priority, `${address}.test`, alpn('dot'), ipv4Hint(address));
    expect(await endpoints([at(3, '192.0.2.3'), at(1, '192.0.2.7'), at(2, '192.0.2.5')])).toEqual([
      '192.0.2.7 853',
      '192.0.2.5 853',
      '192.0.2.3 853',
    ]);
    const firsts = new Set<string | undefined>();
    for (let i = 0; i < 12; i++) {
      const equals = Array.from({ length: 8 }, (_, index) => at(1, `192.0.2.${(index + i) % 8}`));
      firsts.add((await endpoints(equals))[0]);
    }
    expect(firsts.size).toBeGreaterThan(1);
  });

  test('60-3 where the first has failed the next is used, and the first is tried again in time', async () => {
    const { w } = signals(
      {
        [AT]: [svcb(1, 'one.test', alpn('dot')), svcb(2, 'two.test', alpn('dot'))],
        'A one.test.': [a('198.51.100.1')],
        'A two.test.': [a('198.51.100.2')],
      },
      {},
      { probes: { script: { '198.51.100.1': ['refused', 'good'] } } },
    );
    await meet(w, 6);
    await w.clock.advance(2 * SECOND);
    expect(w.begun().map(({ address }) => address)).toEqual(['198.51.100.1', '198.51.100.2']);
    const where = () => w.selector.peek(A, { nameserver: NS }).endpoints.map(({ address }) => address);
    expect(where()).toEqual(['198.51.100.2']);
    for (let hour = 0; hour < 30; hour++) {
      await w.clock.advance(HOUR);
      await meet(w, 1);
    }
    expect(w.begun('198.51.100.1')).toHaveLength(2);
    expect(where()).toEqual(['198.51.100.1']);
  });
});

describe('60-1 AliasMode', () => {
  const claimed = async (zone: Zone) => {
    const { w, asked } = signals(zone);
    await meet(w, 3);
    const claims = claimsOf(w) as { endpoints: { address?: string }[] }[];
    return { endpoints: claims.flatMap((one) => one.endpoints), asked };
  };

  test('60-1 the target is asked as it is, without a prefix, for its records', async () => {
    const { endpoints, asked } = await claimed({
      [AT]: [svcb(0, 'pool.test')],
      'SVCB pool.test.': [svcb(1, '.', alpn('dot'))],
      'A pool.test.': [a('198.51.100.9')],
    });
    expect(asked).toEqual([AT, 'SVCB pool.test.', 'AAAA pool.test.', 'A pool.test.']);
    expect(endpoints).toEqual([expect.objectContaining({ address: '198.51.100.9', port: 853 })]);
  });

  test('60-1 a circle, a chain of nine and a target of nothing are as no record', async () => {
    const circle = await claimed({ [AT]: [svcb(0, 'b.test')], 'SVCB b.test.': [svcb(0, '_dns.ns1.example.net')] });
    expect(circle).toMatchObject({ endpoints: [], asked: [AT, 'SVCB b.test.'] });
    const chain: Zone = { [AT]: [svcb(0, 'c0.test')], 'SVCB c8.test.': [svcb(1, '.', alpn('dot'), ipv4Hint(A))] };
    for (let i = 0; i < 8; i++) chain[`SVCB c${i}.test.`] = [svcb(0, `c${i + 1}.test`)];
    expect((await claimed(chain)).endpoints).toEqual([]);
    expect((await claimed({ [AT]: [svcb(0, '.')] })).endpoints).toEqual([]);
    // Parameters of an alias mean nothing.
    expect((await claimed({ [AT]: [svcb(0, '.', alpn('dot'), ipv4Hint(A))] })).endpoints).toEqual([]);
  });

  test('60-1 eight aliases are followed', async () => {
    const chain: Zone = { [AT]: [svcb(0, 'c0.test')], 'SVCB c7.test.': [svcb(1, '.', alpn('dot'), ipv4Hint(A))] };
    for (let i = 0; i < 7; i++) chain[`SVCB c${i}.test.`] = [svcb(0, `c${i + 1}.test`)];
    expect((await claimed(chain)).endpoints).toHaveLength(1);
  });

  test('60-1 what stands beside an alias is not looked at', async () => {
    const { endpoints } = await claimed({
      [AT]: [svcb(1, NS, alpn('dot')), svcb(0, 'b.test')],
      'SVCB b.test.': [svcb(1, 'c.test', alpn('dot'), ipv4Hint('198.51.100.3'))],
    });
    expect(endpoints.map(({ address }) => address)).toEqual(['198.51.100.3']);
  });
});

describe('what it proves, and for how long', () => {
  const reliant = { reliant: ['example.net'] };

  test('61-7 what is proven is the name that was asked for, never the target', async () => {
    const zone = { [AT]: [svcb(1, 'target.test', alpn('dot'))], 'A target.test.': [a('198.51.100.4')] };
    const { w } = signals(zone, reliant);
    await meet(w, 3);
    expect(w.selector.peek(A, { nameserver: NS })).toMatchObject({
      action: 'encrypt',
      reason: 'source-require',
      fallback: false,
      authentication: { type: 'pkix', name: 'ns1.example.net' },
      endpoints: [{ address: '198.51.100.4', port: 853 }],
    });
  });

  test('61-9 an endpoint whose answers are no DNS is left alone', async () => {
    const { w } = signals({ [AT]: [OWN] }, {}, { probes: { otherwise: 'malformed' } });
    // DoT has worked on this network (S20).
    w.proveNetwork();
    await meet(w, 6);
    expect(w.begun()).toHaveLength(1);
    expect(w.selector.peek(A, { nameserver: NS })).toMatchObject({ action: 'clear', reason: 'bad' });
    for (let hour = 0; hour < 20; hour++) {
      await w.clock.advance(HOUR);
      await meet(w, 1);
    }
    expect(w.begun()).toHaveLength(1);
  });

  test('61-10 where the operator stands up for the name and DNSSEC for the record, nothing falls back', async () => {
    const { w } = signals({ [AT]: [OWN] }, reliant);
    await meet(w, 3);
    w.dot.set(A, { phase: 'connect', kind: 'refused' });
    const failed = w.selector.query(A, message('x.test'), { context: { nameserver: NS } });
    await expect(failed).rejects.toMatchObject({ code: 'NO_ANSWER' });
    expect(w.do53.calls).toEqual([]);
    // Of other names Do53 follows a failure as ever.
    const other = await w.selector.query(A, message('x.test'), { context: { nameserver: 'ns.other.test' } });
    expect(other.transport).toBe('do53');
  });

  test('61-11 a name that nobody stands up for demands nothing, and an unsigned record never does', async () => {
    const { w } = signals({ [AT]: [OWN] }, { reliant: ['example.com'] });
    await meet(w, 3);
    expect(claimsOf(w)).toMatchObject([
      { onFailure: 'open', evidence: 'signalled-dnssec', endpoints: [{ port: 853 }] },
    ]);
    const unsigned = { [AT]: { records: [OWN], ttl: 300, secure: false } };
    const { w: other } = signals(unsigned, reliant);
    await meet(other, 3);
    expect(claimsOf(other)).toMatchObject([{ onFailure: 'open', evidence: 'signalled-unsigned' }]);
  });

  test('61-11 it is about contacts by that name alone', async () => {
    const { w } = signals({ [AT]: [OWN] }, reliant);
    await meet(w, 3);
    expect(w.selector.peek(A).authentication).toBeUndefined();
    expect(w.selector.peek(A, { nameserver: 'ns2.example.net' }).reason).not.toBe('source-require');
  });

  test('60-4 over a protected channel a look-up that fails takes nothing back', async () => {
    for (const isProtected of [true, false]) {
      const zone: Zone = { [AT]: [OWN] };
      const { w } = signals(zone, { ...reliant, isProtected });
      await meet(w, 3);
      zone[AT] = new Error('SERVFAIL');
      for (let past = 0; past < HOUR; past += MINUTE) {
        await w.clock.advance(MINUTE);
        await meet(w, 1);
      }
      const { reason } = w.selector.peek(A, { nameserver: NS });
      expect(reason === 'source-require', String(isProtected)).toBe(isProtected);
    }
  });

  test('60-4 nor does an address that cannot be had make of what is signed what is not', async () => {
    for (const isProtected of [true, false]) {
      const zone: Zone = {
        [AT]: [svcb(1, 'target.test', alpn('dot'), ipv4Hint('198.51.100.9'))],
        'A target.test.': [a('198.51.100.4')],
      };
      const { w } = signals(zone, { ...reliant, isProtected });
      await meet(w, 3);
      zone['A target.test.'] = new Error('SERVFAIL');
      await w.clock.advance(6 * MINUTE);
      await meet(w, 1);
      expect(claimsOf(w)).toMatchObject(isProtected ? [{ onFailure: 'closed' }] : []);
    }
  });

  test('61-10 it holds from one contact to the next, however far apart, and where servers are ranked', async () => {
    const { w, asked } = signals({ [AT]: [OWN] }, reliant);
    await meet(w, 3);
    for (let i = 0; i < 5; i++) {
      await w.clock.advance(HOUR);
      const { reason } = w.selector.rank([A], { nameserver: NS })[0] ?? {};
      expect(reason).toBe('source-require');
      for (let turn = 0; turn < 20; turn++) await w.clock.advance(0);
    }
    expect(asked).toHaveLength(6);
  });

  test('60-4 what is truly gone is gone', async () => {
    const zone: Zone = { [AT]: [OWN] };
    const { w } = signals(zone, { ...reliant, isProtected: true });
    await meet(w, 3);
    delete zone[AT];
    await w.clock.advance(10 * MINUTE);
    await meet(w, 2);
    expect(claimsOf(w)).toEqual([]);
  });

  test('60-5 one policy for the record and the addresses that it leads to', async () => {
    const zone = {
      [AT]: [svcb(1, 'target.test', alpn('dot'))],
      'A target.test.': { records: [a('198.51.100.4')], ttl: 300, secure: false },
    };
    const { w } = signals(zone, reliant);
    await meet(w, 3);
    expect(claimsOf(w)).toMatchObject([{ evidence: 'signalled-unsigned', onFailure: 'open' }]);
    // Nobody has signed for hints.
    const { w: hinted } = signals({ [AT]: [svcb(1, 'target.test', alpn('dot'), ipv4Hint('198.51.100.5'))] }, reliant);
    await meet(hinted, 3);
    expect(claimsOf(hinted)).toMatchObject([
      { evidence: 'signalled-unsigned', endpoints: [{ address: '198.51.100.5' }] },
    ]);
  });

  test('it is looked up again by its TTL, within a minute and a day', async () => {
    for (const [ttl, heldMs] of [
      [0, MINUTE],
      [300, 5 * MINUTE],
      [10 * 86_400, DAY],
    ] as const) {
      const { w, asked } = signals({ [AT]: { records: [OWN], ttl, secure: true } });
      await meet(w, 3);
      await w.clock.advance(heldMs - SECOND);
      await meet(w, 2);
      expect(asked).toHaveLength(1);
      await w.clock.advance(2 * SECOND);
      await meet(w, 2);
      expect(asked).toHaveLength(2);
    }
  });

  test('another network: nothing of the old one is used', async () => {
    const { w, asked } = signals({ [AT]: [OWN] });
    await meet(w, 3);
    w.selector.networkChanged('other');
    expect(claimsOf(w)).toEqual([]);
    await meet(w, 2);
    expect(asked).toHaveLength(2);
  });
});

describe('bounds', () => {
  test('four look-ups at once, five a second; no query waits for one that never ends', async () => {
    const asked: string[] = [];
    const source = new NameserverSource({
      lookup: (name) => {
        asked.push(name);
        return new Promise(() => {});
      },
    });
    const w = world({ sources: [source], probes: { otherwise: 'refused' } });
    for (let index = 0; index < 50; index++) {
      for (let i = 0; i < 3; i++) {
        const answer = w.selector.query(`10.0.${index}.1`, message('x.test'), {
          context: { nameserver: `n${index}.test` },
        });
        await w.clock.advance(0);
        expect((await answer).transport).toBe('do53');
      }
    }
    expect(asked).toHaveLength(4);
    await w.clock.advance(11 * SECOND);
    for (let index = 0; index < 50; index++) await meet(w, 1, `n${index}.test`, `10.0.${index}.1`);
    expect(asked).toHaveLength(8);
  });

  test('names that strangers bring neither push out nor hold up those that must not fall back', async () => {
    const { lookup } = lookupIn({ [AT]: [OWN] });
    const slow: NameserverSourceOptions['lookup'] = (name, type, options) =>
      name.startsWith('_dns.evil') ? new Promise(() => {}) : lookup(name, type, options);
    const w = world({
      sources: [new NameserverSource({ lookup: slow, reliant: ['example.net'] })],
      authenticates: true,
    });
    for (let index = 0; index < 10_001; index++) w.selector.decide(A, { nameserver: `evil${index % 5_100}.test` });
    await meet(w, 3);
    expect(w.selector.peek(A, { nameserver: NS }).reason).toBe('source-require');
    for (let index = 0; index < 20_000; index++) w.selector.decide(A, { nameserver: `evil${index}.test` });
    expect(w.selector.peek(A, { nameserver: NS }).reason).toBe('source-require');
  });

  test('a set of records leads to the look-ups of four names at most', async () => {
    const records = Array.from({ length: 32 }, (_, index) => svcb(1, `t${index}.test`, alpn('dot')));
    const { w, asked } = signals({ [AT]: records });
    await meet(w, 3);
    expect(asked).toHaveLength(1 + 4 * 2);
  });

  test('a look-up that throws, rejects or brings rubbish harms nothing', async () => {
    for (const lookup of [
      () => {
        throw new Error('broken');
      },
      () => Promise.reject(new Error('broken')),
      () => Promise.resolve(undefined),
      () => Promise.resolve({ records: ['x'], ttl: -1 }),
    ] as unknown as NameserverSourceOptions['lookup'][]) {
      const w = world({ sources: [new NameserverSource({ lookup })] });
      await meet(w, 4);
      expect(w.selector.explain({ address: A, nameserver: NS }).claims).toEqual([]);
    }
  });

  test('a target may lead to 8 addresses, and the guard has the last word', async () => {
    const many = Array.from({ length: 40 }, (_, index) => a(`198.51.100.${index}`));
    const zone: Zone = { [AT]: [svcb(1, 'big.test', alpn('dot'))], 'A big.test.': many };
    const { w } = signals(zone);
    await meet(w, 3);
    expect(w.selector.explain({ address: A, nameserver: NS }).claims[0]?.endpoints).toHaveLength(8);
    const { w: guarded } = signals({ [AT]: [svcb(1, 'in.test', alpn('dot'))], 'A in.test.': [a('127.0.0.1')] });
    await meet(guarded, 6);
    expect(guarded.begun('127.0.0.1')).toEqual([]);
    expect(guarded.selector.peek(A, { nameserver: NS }).action).toBe('clear');
  });

  test.each([
    [{ lookup: 'x' }],
    [{ lookup: async () => ({}), ports: [0] }],
    [{ lookup: async () => ({}), reliant: 'x' }],
    [{ lookup: async () => ({}), isProtected: 1 }],
  ])('refuses %j', (options) => {
    expect(() => new NameserverSource(options as never)).toThrow(/INVALID_SOURCE/);
  });

  test('Q41 a wildcard among the reliant names is refused with the name that is meant', () => {
    const { lookup } = lookupIn({});
    expect(() => new NameserverSource({ lookup, reliant: ['example.com', '*.example.net'] })).toThrow(
      /INVALID_SOURCE.*"example.net." covers all below it/,
    );
  });
});
