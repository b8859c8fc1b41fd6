import { promises } from 'node:dns';
import { DnsError, Resolver, type ResolverOptions } from 'dotscout/resolver';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type Exchange, InvalidInputError, QueryError, TransportError, TransportSelector } from '../../src/index.js';
import { codeOfFailure } from '../../src/resolver/failure-code.js';
import { outcome, withoutType } from './outcome.js';
import { answerWith, name, type Scripted, scriptedServer, text, u16 } from './support.js';

const A: Scripted = { type: 1, data: Buffer.from([192, 0, 2, 1]) };
const OF: Scripted = { ...A, owner: name('of', 'others') };
const cname = (owner: Buffer, target: Buffer): Scripted => ({ type: 5, owner, data: target });

function resolver(options: ResolverOptions): Resolver {
  const made = new Resolver({ timeout: 10_000, tries: 1, ...options });
  onTestFinished(() => made.close());
  return made;
}

/** Ours, and Node's. */
async function both(records: readonly Scripted[], rcode = 0): Promise<[Resolver, promises.Resolver]> {
  const servers = [await scriptedServer((query) => answerWith(query, records, rcode))];
  const nodes = new promises.Resolver({ timeout: 10_000, tries: 1 });
  nodes.setServers(servers);
  return [resolver({ servers }), nodes];
}

type Call = (resolver: promises.Resolver) => Promise<unknown>;

/** Records of all types that Node knows, and of some that it does not. */
const EVERY: readonly Scripted[] = [
  { type: 257, data: Buffer.concat([Buffer.from([128]), text('issue'), Buffer.from('ca')]) },
  { type: 6, data: Buffer.concat([name('ns', 't'), name('h', 't'), u16(0, 1, 0, 2, 0, 3, 0, 4, 0xffff, 0xffff)]) },
  { type: 35, data: Buffer.concat([u16(1, 2), text('u'), text('s'), text('r'), name('a')]) },
  { type: 12, data: name('p') },
  { type: 33, data: Buffer.concat([u16(1, 2, 3), name('s')]) },
  { type: 16, data: Buffer.concat([text('a'), text('\xff\0')]) },
  { type: 2, data: name('n') },
  { type: 15, data: Buffer.concat([u16(5), name()]) },
  { type: 28, data: Buffer.alloc(16, 1) },
  A,
  { type: 64, data: Buffer.from([0, 1, 0]) },
  { type: 65_280, data: Buffer.from([1]) },
];

describe('what a server says: the same as Node’s', () => {
  it.each(Array.from({ length: 16 }, (_, rcode) => rcode))('rcode %i, with records and without', async (rcode) => {
    for (const records of [[], [A]]) {
      const [ours, nodes] = await both(records, rcode);
      expect(await outcome(() => ours.resolve4('a.test'))).toEqual(await outcome(() => nodes.resolve4('a.test')));
    }
  });

  it('all types at once', async () => {
    const [ours, nodes] = await both(EVERY);
    const calls: readonly Call[] = [
      ...(['resolve4', 'resolve6', 'resolveCaa', 'resolveMx', 'resolveNaptr', 'resolveNs'] as const),
      ...(['resolvePtr', 'resolveSoa', 'resolveSrv', 'resolveTxt', 'resolveAny'] as const),
    ].map((method) => async (one) => {
      const records = await one[method]('a.test');
      return method === 'resolveAny' ? records : withoutType(records);
    });
    for (const call of calls) {
      // Node 24 adds `type` to what it shows of CAA in `resolveAny` before the tag.
      expect(await outcome(() => call(ours))).toEqual(await outcome(() => call(nodes)));
    }
  });

  it.each<[string, Call, readonly Scripted[]]>([
    ['an address of three octets', (r) => r.resolve4('a.test'), [{ type: 1, data: Buffer.from([1, 2, 3]) }]],
    ['a TXT without a string', (r) => r.resolveTxt('a.test'), [{ type: 16, data: Buffer.alloc(0) }]],
    [
      'a string that goes on beyond its record',
      (r) => r.resolveTxt('a.test'),
      [{ type: 16, data: Buffer.from([5, 1]) }],
    ],
    [
      'a name that goes on beyond its record',
      (r) => r.resolveNs('a.test'),
      [{ type: 2, data: Buffer.from([5, 1]) }, A],
    ],
    ['a name that points to itself', (r) => r.resolveNs('a.test'), [{ type: 2, data: Buffer.from([0xc0, 34]) }]],
    ['a CAA without a tag', (r) => r.resolveCaa('a.test'), [{ type: 257, data: Buffer.from([0, 0, 65]) }]],
    [
      'a NAPTR in UTF-8',
      (r) => r.resolveNaptr('a.test'),
      [{ type: 35, data: Buffer.concat([u16(1, 2), text('\xc3\xbc'), text(''), text(''), name()]) }],
    ],
    ['another class', (r) => r.resolve4('a.test'), [{ ...A, class: 3 }]],
    [
      'a critical tag',
      (r) => r.resolveCaa('a.test').then(withoutType),
      [{ type: 257, data: Buffer.concat([Buffer.from([1]), text('critical'), Buffer.from('\xff', 'latin1')]) }],
    ],
    ['a high time to live', (r) => r.resolve4('a.test', { ttl: true }), [{ ...A, ttl: 0x8000_0001 }]],
    ['no SOA', (r) => r.resolveSoa('a.test'), [A]],
    ['no MX', (r) => r.resolveMx('a.test'), [A]],
    ['no NS', (r) => r.resolveNs('a.test'), [A]],
    ['no AAAA', (r) => r.resolve6('a.test'), [A]],
    ['nothing known', (r) => r.resolveAny('a.test'), [{ type: 65_280, data: Buffer.from([1]) }]],
  ])('%s', async (_what, call, records) => {
    const [ours, nodes] = await both(records);
    expect(await outcome(() => call(ours))).toEqual(await outcome(() => call(nodes)));
  });

  it('names: which are asked for, and which are none', async () => {
    const asked: string[] = [];
    const servers = [
      await scriptedServer((query) => {
        // The question for designations (DDR) is our own, and comes beside.
        if (query[13] !== '_'.charCodeAt(0) || query.toString('latin1', 14, 17) !== 'dns')
          asked.push(query.toString('latin1', 12));
        return answerWith(query, [A]);
      }),
    ];
    const nodes = new promises.Resolver();
    nodes.setServers(servers);
    const ours = resolver({ servers });
    const octets = Array.from({ length: 94 }, (_, index) => `a${String.fromCharCode(33 + index)}b.test`);
    const escaped = Array.from({ length: 256 }, (_, octet) => `a\\${String(octet).padStart(3, '0')}.test`);
    const names = [
      ...[...octets, ...escaped, 'a b', 'a\tb', '', '.', '..', '.a', 'a..b', 'a\\', 'a\\1', 'a\\.', '\\.', 'A\\065'],
      ...[
        'ü.test',
        'Ü.test',
        'ß.test',
        'faß.de',
        '\u{1F600}.test',
        'Ａ.test',
        'a。b',
        'é.1.2',

        'x\u00ad.test',
        'é b',
      ],
      ...[
        `${'a'.repeat(63)}.test`,
        `${'a'.repeat(64)}.test`,
        `${'a.'.repeat(126)}a`,
        '192.0.2.7',
        '::1',
        'a.onion',
        'a.onion.',
        'onion',
      ],
    ];
    for (const host of names) {
      const [expected, sent] = [await outcome(() => nodes.resolve4(host)), asked.splice(0)];
      expect([host, await outcome(() => ours.resolve4(host)), asked.splice(0)]).toEqual([host, expected, sent]);
    }
  });
});

describe('what differs from Node’s, and why', () => {
  it('records of other names are left out: whoever answers speaks for the name that was asked', async () => {
    const [ours, nodes] = await both([OF]);
    expect(await nodes.resolve4('a.test')).toEqual(['192.0.2.1']);
    expect(await outcome(() => ours.resolve4('a.test'))).toMatchObject({ code: 'ENODATA' });
    expect(await outcome(() => ours.resolveAny('a.test'))).toMatchObject({ code: 'ENODATA' });
  });

  it('aliases in a circle, and more than 16 of them: no address', async () => {
    const circle = [cname(name('a', 'test'), name('b', 'test')), cname(name('b', 'test'), name('a', 'test'))];
    const link = (index: number): Buffer => name(index === 0 ? 'a' : `l${index}`, 'test');
    const chain = (length: number) => Array.from({ length }, (_, index) => cname(link(index), link(index + 1)));
    const end = (length: number): Scripted => ({ ...A, owner: link(length) });
    expect(await (await both(circle))[0].resolve4('a.test')).toEqual([]);
    expect(await (await both([end(16), ...chain(16).reverse()]))[0].resolve4('a.test')).toEqual(['192.0.2.1']);
    expect(await (await both([end(17), ...chain(17)]))[0].resolve4('a.test')).toEqual([]);
  });

  it('octets behind a record’s data: it is malformed', async () => {
    const [ours, nodes] = await both([{ type: 1, data: Buffer.from([192, 0, 2, 1, 5]) }]);
    expect(await nodes.resolve4('a.test')).toEqual(['192.0.2.1']);
    expect(await outcome(() => ours.resolve4('a.test'))).toMatchObject({ code: 'EBADRESP' });
  });

  it('a CNAME that is not there: Node gives the name itself', async () => {
    const [ours, nodes] = await both([A]);
    expect(await nodes.resolveCname('a.test')).toEqual(['a.test']);
    expect(await outcome(() => ours.resolveCname('a.test'))).toMatchObject({ code: 'ENODATA' });
  });

  it('a NUL in a name: Node asks for what is before it', async () => {
    const [ours, nodes] = await both([A]);
    expect(await nodes.resolve4('a\0b.test')).toEqual(['192.0.2.1']);
    expect(await outcome(() => ours.resolve4('a\0b.test'))).toMatchObject({ code: 'EBADNAME' });
  });

  it('a label that IDNA does not have: Node asks for the root, and gives its records', async () => {
    const [ours, nodes] = await both([A]);
    expect(await nodes.resolve4('\ufffd.test')).toEqual(['192.0.2.1']);
    expect(await outcome(() => ours.resolve4('\ufffd.test'))).toMatchObject({ code: 'EBADNAME' });
  });

  it('a CAA without a value is one (RFC 8659 section 4.1)', async () => {
    const [ours, nodes] = await both([{ type: 257, data: Buffer.concat([Buffer.from([0]), text('issue')]) }]);
    expect(await outcome(() => nodes.resolveCaa('a.test'))).toMatchObject({ code: 'EBADRESP' });
    expect(await ours.resolveCaa('a.test')).toEqual([{ critical: 0, issue: '' }]);
  });

  it('a CAA whose tag is `type`: among all records it is a CAA all the same, as Node has it', async () => {
    const [ours, nodes] = await both([
      { type: 257, data: Buffer.concat([Buffer.from([0]), text('type'), Buffer.from('A')]) },
    ]);
    const all = [{ type: 'CAA', critical: 0 }];
    expect(await nodes.resolveAny('a.test')).toEqual(all);
    expect(await ours.resolveAny('a.test')).toEqual(all);
  });

  it('names of more than 255 octets: never asked for', async () => {
    const [ours] = await both([A]);
    const label = `${'a'.repeat(63)}.`;
    for (const host of ['a.'.repeat(128), label.repeat(3) + 'a'.repeat(62)])
      expect(await outcome(() => ours.resolve4(host))).toMatchObject({ code: 'EBADNAME' });
  });

  it('a question for an answer: it is none', async () => {
    const ours = resolver({ servers: [await scriptedServer((query) => query)], timeout: 100 });
    expect(await outcome(() => ours.resolve4('a.test'))).toMatchObject({
      code: expect.stringMatching(/^E(TIMEOUT|BADRESP)$/),
    });
  });

  it('no servers at all: ECONNREFUSED, not an unknown error', async () => {
    expect(await outcome(() => resolver({ servers: [] }).resolve4('a.test'))).toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('scope ids of servers are shown: without them they are not to be reached', () => {
    expect(resolver({ servers: ['fe80::1%lo', '[fe80::1%lo]:5353'] }).getServers()).toEqual([
      'fe80::1%lo',
      '[fe80::1%lo]:5353',
    ]);
  });

  it.each(['192.0.2.1:0', '192.0.2.1:65536'])('the port of %s: refused, where Node 20 ends the process', (server) => {
    const ours = resolver({ servers: ['192.0.2.1'] });
    expect(() => ours.setServers([server])).toThrow(
      expect.objectContaining({ name: 'RangeError', code: 'ERR_SOCKET_BAD_PORT' }),
    );
    expect(ours.getServers()).toEqual(['192.0.2.1']);
  });
});

describe('Resolver', () => {
  it('the servers’ order is the operator’s: the second may know other names than the first', async () => {
    const [first, second] = [
      [192, 0, 2, 1],
      [192, 0, 2, 2],
    ].map((data) => scriptedServer((query) => answerWith(query, [{ type: 1, data: Buffer.from(data) }])));
    const ours = resolver({ servers: [await (first as Promise<string>), await (second as Promise<string>)] });
    // Of 300 rankings that explore with the default share, all keep their order once in five million runs.
    for (let i = 0; i < 300; i++) expect(await ours.resolve4('a.test')).toEqual(['192.0.2.1']);
  });

  it('a server that is silent and one that refuses: the silent one has its next rounds', async () => {
    const asked: string[] = [];
    const do53: Exchange = {
      exchange: async ({ address }) => {
        asked.push(address);
        const kind = address === '192.0.2.1' ? 'silent' : 'refused';
        throw new TransportError({ phase: 'answer', kind });
      },
      close: async () => {},
    };
    const selector = new TransportSelector({ do53, policy: { exploreShare: 0 } });
    onTestFinished(() => selector.close());
    const servers = ['192.0.2.1', '192.0.2.2'];
    const ours = resolver({ selector, servers, tries: 2 });
    expect(await outcome(() => ours.resolve4('a.test'))).toMatchObject({ code: 'ECONNREFUSED' });
    expect(asked.toSorted()).toEqual(['192.0.2.1', '192.0.2.1', '192.0.2.2', '192.0.2.2']);
  });

  it.each([
    ['ETIMEOUT', { phase: 'answer', kind: 'silent' }],
    ['ETIMEOUT', { phase: 'answer', kind: 'local' }],
    ['ECONNREFUSED', { phase: 'connect', kind: 'local' }],
    ['ECONNREFUSED', { phase: 'connect', kind: 'refused' }],
    ['EBADRESP', { phase: 'answer', kind: 'malformed' }],
  ] as const)('%s where the last server has met %j', (code, last) => {
    const endpoint = { key: 'x', address: '192.0.2.1', port: 53, transport: 'do53' };
    const met = [{ phase: 'connect', kind: 'refused' } as const, last];
    const failures = met.map((one) => ({ ...one, transport: 'do53', endpoint }));
    expect(codeOfFailure(new QueryError('NO_ANSWER', 'no answer', failures))).toBe(code);
  });

  it('an answer that cannot be read: the next server is asked', async () => {
    const bad = await scriptedServer((query) => answerWith(query, [{ type: 1, data: Buffer.alloc(3) }]));
    const good = await scriptedServer((query) => answerWith(query, [A]));
    expect(await resolver({ servers: [bad, good] }).resolve4('a.test')).toEqual(['192.0.2.1']);
  });

  it('octets of no sense: EBADRESP, whatever they are', async () => {
    let round = 0;
    const servers = [
      await scriptedServer((query) => {
        const answer = answerWith(query, EVERY);
        // Each octet behind the question in turn, so that all lengths, types and pointers are wrong once.
        const at = query.length + (round % (answer.length - query.length));
        answer[at] = (answer[at] ?? 0) ^ (1 << (round++ % 8));
        return answer;
      }),
    ];
    const ours = resolver({ servers, timeout: 1_000 });
    const outcomes = new Set<unknown>();
    for (let i = 0; i < 600; i++) {
      const result = await ours.resolveAny('a.test').then(
        () => 'read',
        (error) => error instanceof DnsError && error.code,
      );
      outcomes.add(result);
    }
    expect([...outcomes].every((one) => ['read', 'EBADRESP', 'ENODATA', 'ETIMEOUT'].includes(String(one)))).toBe(true);
    expect(outcomes).toContain('EBADRESP');
  });

  it('closed before its first question: EDESTRUCTION, and no selector is left open', async () => {
    const ours = resolver({ servers: [await scriptedServer((query) => answerWith(query, [A]))] });
    await ours.close();
    expect(await outcome(() => ours.resolve4('a.test'))).toMatchObject({ code: 'EDESTRUCTION' });
  });

  it('shares a selector that it is given, and leaves it open', async () => {
    const selector = new TransportSelector({ guard: { allow: ['127.0.0.0/8'] } });
    onTestFinished(() => selector.close());
    const servers = [await scriptedServer((query) => answerWith(query, [A]))];
    for (let i = 0; i < 2; i++) {
      const one = resolver({ selector, servers });
      expect(one.selector).toBe(selector);
      expect(await one.resolve4('a.test')).toEqual(['192.0.2.1']);
      await one.close();
    }
    expect(selector.metrics().queries).toEqual({ do53: 2 });
  });

  it('close: what waits is rejected with EDESTRUCTION, and so is what comes later', async () => {
    const ours = resolver({ servers: [await scriptedServer(() => undefined)], timeout: 60_000 });
    const waiting = outcome(() => ours.resolve4('a.test'));
    await ours.close();
    expect(await waiting).toMatchObject({ code: 'EDESTRUCTION' });
    expect(await outcome(() => ours.resolve4('a.test'))).toMatchObject({ code: 'EDESTRUCTION' });
  });

  it.each([{ timeuot: 1 }, { selector: {} }, { dotPort: 53 }, { dotPort: 0 }, { dotPort: '853' }])(
    'new Resolver(%j): refused',
    (options) => {
      expect(() => new Resolver(options as ResolverOptions)).toThrow(
        expect.objectContaining({ code: 'INVALID_OPTION' }),
      );
    },
  );

  it.each([{}, { address: 'ns.example' }, { address: '192.0.2.1', dotPort: 53 }])(
    'servers %j: refused, nothing changes',
    (server) => {
      const ours = resolver({ servers: ['192.0.2.1'] });
      expect(() => ours.setServers([server])).toThrow(InvalidInputError);
      expect(ours.getServers()).toEqual(['192.0.2.1']);
    },
  );

  it('many questions at once: no warning, and all are cancelled', async () => {
    const warnings: string[] = [];
    const warned = ({ name: kind }: Error) => void warnings.push(kind);
    process.on('warning', warned);
    onTestFinished(() => void process.off('warning', warned));
    const ours = resolver({ servers: [await scriptedServer(() => undefined)] });
    const waiting = Promise.all(Array.from({ length: 200 }, () => outcome(() => ours.resolve4('a.test'))));
    ours.cancel();
    expect(new Set((await waiting).map((one) => (one as { code: string }).code))).toEqual(new Set(['ECANCELLED']));
    await new Promise((resolve) => setImmediate(resolve));
    expect(warnings).toEqual([]);
  });

  it('an error tells its cause: what the servers have met', async () => {
    const ours = resolver({ servers: [await scriptedServer(() => undefined)], timeout: 100 });
    const error = await ours.resolveMx('a.test').catch((reason) => reason);
    expect(error).toBeInstanceOf(DnsError);
    expect(error.cause).toMatchObject({ name: 'QueryError', code: 'TIMEOUT' });
  });
});
