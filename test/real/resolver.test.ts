// The same questions through Node's Resolver and ours, to NSD: what differs is written down here, with its reason.
import { promises } from 'node:dns';
import { once } from 'node:events';
import { createServer, get } from 'node:http';
import { Resolver } from 'dotscout/resolver';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { startFaultServer } from '../../src/testing/index.js';
import { freePort } from '../../src/testing/ports.js';
import { outcome, withoutType } from '../resolver/outcome.js';
import { type RealServer, startNsd } from '../support/servers.js';

const ZONE = `$ORIGIN shapes.test.
$TTL 3600
@ SOA ns host\\.master 7 7200 3600 1209600 60
@ NS ns
@ NS Ns2
@ MX 10 mail
@ MX 20 Backup
@ TXT "one" "two"
@ TXT "\\195\\188 \\255\\000"
@ CAA 128 issue "ca.example"
@ CAA 0 iodef "mailto:a@example.test"
ns A 127.0.0.1
ns2 A 127.0.0.2
www 60 A 192.0.2.1
www 60 A 192.0.2.2
www 90 AAAA 2001:db8::1
www 90 AAAA ::ffff:192.0.2.1
www 90 AAAA 1:0:0:2:0:0:0:3
alias 30 CNAME www
chain 300 CNAME alias
long CNAME chain
dangling CNAME onlytxt
nowhere CNAME not.there
outside CNAME www.elsewhere.test.
onlytxt TXT "text"
nomail MX 0 .
_sip._tcp SRV 1 2 5060 www
_none._tcp SRV 0 0 0 .
naptr NAPTR 100 10 "u" "E2U+sip" "!^.*$!sip:a@example.test!" .
naptr NAPTR 100 20 "" "" "" Next
_853._tcp TLSA 3 1 1 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
https HTTPS 1 . alpn=h2
svcb SVCB 1 www port=853
odd\\.label A 192.0.2.3
odd CNAME a\\.b\\032c\\;d\\255.shapes.test.
a\\.b\\032c\\;d\\255 A 192.0.2.4
*.wild A 192.0.2.5
many TXT ${Array.from({ length: 20 }, (_, i) => `"${'x'.repeat(200)}${i}"`).join(' ')}
xn--bcher-kva A 192.0.2.6
`;
const REVERSE = `$ORIGIN 2.0.192.in-addr.arpa.
$TTL 3600
@ SOA ns.shapes.test. hostmaster.shapes.test. 1 7200 3600 1209600 60
@ NS ns.shapes.test.
1 PTR www.shapes.test.
1 PTR Second.shapes.test.
2 CNAME 2.sub
2.sub PTR delegated.shapes.test.
3 TXT "no name"
`;
const REVERSE6 = `$ORIGIN 8.b.d.0.1.0.0.2.ip6.arpa.
$TTL 3600
@ SOA ns.shapes.test. hostmaster.shapes.test. 1 7200 3600 1209600 60
@ NS ns.shapes.test.
1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0 PTR six.shapes.test.
`;

const ASKED = [
  '',
  '@',
  'www.',
  'WwW',
  'alias',
  'chain',
  'long',
  'dangling',
  'nowhere',
  'outside',
  'onlytxt',
  'nomail',
  '_sip._tcp',
  '_none._tcp',
  'naptr',
  'https',
  'svcb',
  'odd\\.label',
  'odd\\046label',
  'odd',
  'x.wild',
  'many',
  'bücher',
  'not.there',
].map((label) =>
  label === '@'
    ? 'shapes.test'
    : label === ''
      ? ''
      : `${label.replace(/\.$/, '')}.shapes.test${label.endsWith('.') ? '.' : ''}`,
);
const NAMES = [
  ...ASKED,
  'www.elsewhere.test',
  'a.broken.test',
  'a..b',
  'a b.test',
  `${'a'.repeat(64)}.test`,
  'a.onion',
  '\\',
  '::1',
  'bü cher.test',
];

const METHODS = [
  'resolve',
  'resolve4',
  'resolve6',
  'resolveAny',
  'resolveCaa',
  'resolveCname',
  'resolveMx',
  'resolveNaptr',
  'resolveNs',
  'resolvePtr',
  'resolveSoa',
  'resolveSrv',
  'resolveTxt',
] as const;

let server: RealServer;
let place: string;
beforeAll(async () => {
  const zones = {
    'shapes.test': ZONE,
    '2.0.192.in-addr.arpa': REVERSE,
    '8.b.d.0.1.0.0.2.ip6.arpa': REVERSE6,
    'broken.test': 'this is no zone file\n',
  };
  server = await startNsd({ zones });
  place = `${server.address}:${server.port}`;
});
afterAll(() => server.stop());

function pair(options: { timeout?: number; tries?: number; dotPort?: number } = {}): [promises.Resolver, Resolver] {
  const { dotPort, ...limits } = options;
  const nodes = new promises.Resolver(limits);
  const ours = new Resolver({ ...limits, dotPort, servers: [place] });
  nodes.setServers([place]);
  onTestFinished(() => ours.close());
  return [nodes, ours];
}

const ADDS_TYPE: readonly string[] = ['resolveMx', 'resolveSrv', 'resolveCaa'];

describe('beside node:dns', () => {
  it.each(METHODS)('%s: the same answers and errors as Node’s own', async (method) => {
    const [nodes, ours] = pair();
    const shown = (result: unknown): unknown => (ADDS_TYPE.includes(method) ? withoutType(result) : result);
    for (const name of NAMES) {
      const expected = await outcome(async () => shown(await nodes[method](name)));
      expect([name, await outcome(() => ours[method](name))]).toEqual([name, expected]);
    }
  });

  it.each(['A', 'AAAA', 'ANY', 'CAA', 'CNAME', 'MX', 'NAPTR', 'NS', 'PTR', 'SOA', 'SRV', 'TXT', 'FOO', 'mx', ''])(
    'resolve(name, %j): the same',
    async (type) => {
      const [nodes, ours] = pair();
      for (const name of ['www.shapes.test', 'shapes.test', 'nx.shapes.test']) {
        const expected = await outcome(async () => withoutType(await nodes.resolve(name, type)));
        expect(await outcome(async () => withoutType(await ours.resolve(name, type)))).toEqual(expected);
      }
    },
  );

  it('with ttl: the same, the shortest of the aliases among them', async () => {
    const [nodes, ours] = pair();
    for (const name of ['www', 'alias', 'chain', 'dangling'].map((label) => `${label}.shapes.test`)) {
      for (const method of ['resolve4', 'resolve6'] as const) {
        const expected = await outcome(() => nodes[method](name, { ttl: true }));
        expect(await outcome(() => ours[method](name, { ttl: true }))).toEqual(expected);
      }
    }
  });

  it.each([
    '192.0.2.1',
    '192.0.2.2',
    '192.0.2.3',
    '192.0.2.9',
    '198.51.100.1',
    '2001:db8::1',
    '2001:DB8:0::1',
    '2001:db8::1%lo',
    '::ffff:192.0.2.1',
    '192.0.2.01',
    '0x7f.1',
    'www.shapes.test',
    '',
  ])('reverse(%j): the same', async (address) => {
    const [nodes, ours] = pair();
    expect(await outcome(() => ours.reverse(address))).toEqual(await outcome(() => nodes.reverse(address)));
  });

  it('resolveTlsa: as Node 24 has it', async () => {
    const [nodes, ours] = pair();
    const found = await ours.resolveTlsa('_853._tcp.shapes.test');
    const data = Uint8Array.from(Buffer.from('0123456789abcdef'.repeat(4), 'hex')).buffer;
    expect(found).toEqual([{ certUsage: 3, selector: 1, match: 1, data }]);
    expect(await outcome(() => ours.resolve('_853._tcp.shapes.test', 'TLSA'))).toEqual(
      await outcome(async () => found),
    );
    // Node 20 has no such method, and leaves the type out of `resolveAny`; Node 24 gives it there without its type.
    const theirs = (nodes as { resolveTlsa?: (name: string) => Promise<unknown> }).resolveTlsa?.(
      '_853._tcp.shapes.test',
    );
    expect((await theirs) ?? found).toEqual(found);
    expect(await ours.resolveAny('_853._tcp.shapes.test')).toMatchObject([{ type: 'TLSA', certUsage: 3 }]);
  });

  it('a server that is silent, closed, or not there at all', async () => {
    const silent = await startFaultServer({ clear: 'silent' });
    onTestFinished(() => silent.close());
    const closed = `127.0.0.1:${await freePort('127.0.0.1')}`;
    const still = `${silent.address}:${silent.port}`;
    for (const servers of [
      [still],
      [closed],
      [closed, place],
      [still, place],
      [place, still],
      [still, closed],
      [closed, still],
    ]) {
      const [nodes, ours] = pair({ timeout: 500, tries: 2 });
      for (const resolver of [nodes, ours]) resolver.setServers(servers);
      const [expected, given] = await Promise.all(
        [nodes, ours].map((one) => outcome(() => one.resolve4('www.shapes.test'))),
      );
      expect([servers, given]).toEqual([servers, expected]);
    }
  });

  it('cancel: every question that waits rejects, later ones are asked', async () => {
    const silent = await startFaultServer({ clear: 'silent' });
    onTestFinished(() => silent.close());
    const [nodes, ours] = pair();
    const questions = [nodes, ours].map((resolver) => {
      resolver.setServers([`${silent.address}:${silent.port}`]);
      const all = [
        () => resolver.resolve4('a.test'),
        () => resolver.resolveMx('b.test'),
        () => resolver.resolveAny('c.test'),
        () => resolver.reverse('192.0.2.1'),
        ...Array.from({ length: 20 }, () => () => resolver.resolveTxt('d.test')),
      ].map(outcome);
      resolver.cancel();
      resolver.setServers([place]);
      return Promise.all([...all, outcome(() => resolver.resolve4('www.shapes.test'))]);
    });
    const [expected, given] = await Promise.all(questions);
    expect(given).toEqual(expected);
  });

  it.each([
    [['192.0.2.1']],
    [['192.0.2.1:53']],
    [['192.0.2.1:5353', '192.0.2.1:5353', '192.0.2.1']],
    [['2001:DB8:0::1']],
    [['[2001:db8::1]']],
    [['[2001:db8::1]:53']],
    [['[2001:db8::1]:5353']],
    [['192.0.2.1:05353']],
    [[]],
  ])('setServers(%j): the same servers', (servers) => {
    const [nodes, ours] = pair();
    for (const resolver of [nodes, ours]) resolver.setServers(servers);
    expect(ours.getServers()).toEqual(nodes.getServers());
  });

  it('without servers: the system’s', () => {
    const ours = new Resolver();
    expect(ours.getServers()).toEqual(new promises.Resolver().getServers());
  });

  const WRONG: Readonly<Record<string, (resolver: promises.Resolver) => unknown>> = {
    'no name': (r) => r.resolve4(undefined as unknown as string),
    'a number for a name': (r) => r.resolveMx(5 as unknown as string),
    'no name for any': (r) => r.resolveAny(null as unknown as string),
    'a number for a type': (r) => r.resolve('a.test', 5 as unknown as string),
    'no such type': (r) => r.resolve('a.test', 'toString'),
    'a number for an address': (r) => r.reverse(5 as unknown as string),
    'servers that are no list': (r) => r.setServers('192.0.2.1' as unknown as string[]),
    'a name for a server': (r) => r.setServers(['ns.example']),
    'a number for a server': (r) => r.setServers([5 as unknown as string]),
    'a name for our address': (r) => r.setLocalAddress('me'),
    'a number for our address': (r) => r.setLocalAddress(5 as unknown as string),
    'two addresses of one family': (r) => r.setLocalAddress('127.0.0.1', '127.0.0.2'),
  };

  it.each(Object.entries(WRONG))('%s: thrown by the call itself, with the same code', (_what, call) => {
    const [nodes, ours] = pair();
    expect(thrownBy(() => call(ours))).toEqual(thrownBy(() => call(nodes)));
    expect(ours.getServers()).toEqual([place]);
  });

  it.each([{ timeout: -2 }, { timeout: 1.5 }, { timeout: 'x' }, { tries: 0 }, { tries: 1.5 }, { tries: 'x' }])(
    'new Resolver(%j): the same code',
    (options) => {
      const given = options as { timeout?: number };
      expect(thrownBy(() => new Resolver(given))).toEqual(thrownBy(() => new promises.Resolver(given)));
    },
  );

  it('asks from the address that setLocalAddress names', async () => {
    const [nodes, ours] = pair();
    for (const resolver of [nodes, ours]) {
      resolver.setLocalAddress('127.0.0.7');
      expect(await resolver.resolve4('x.wild.shapes.test')).toEqual(['192.0.2.5']);
      resolver.setLocalAddress('0.0.0.0', '::');
      expect(await resolver.resolve4('x.wild.shapes.test')).toEqual(['192.0.2.5']);
    }
  });
});

function thrownBy(call: () => unknown): unknown {
  try {
    call();
    return undefined;
  } catch (error) {
    const { name, code } = error as NodeJS.ErrnoException;
    return { name, code };
  }
}

describe('over DNS over TLS', () => {
  it('learns of it beside the questions, and says the same', async () => {
    const [nodes, ours] = pair({ dotPort: server.dotPort });
    const probed = new Promise((resolve) => ours.selector.once('probe', resolve));
    const ask = (resolver: promises.Resolver) => outcome(() => resolver.resolveMx('shapes.test'));
    const expected = withoutTypes(await ask(nodes));
    for (let i = 0; i < 2; i++) expect(await ask(ours)).toEqual(expected);
    await probed;
    expect(await ask(ours)).toEqual(expected);
    expect(ours.selector.metrics().queries).toEqual({ do53: 2, dot: 1 });
  });

  it('lookup: a program’s own, with one line', async () => {
    const web = createServer((_request, response) => response.end('found'));
    web.listen(0, '127.0.0.1');
    await once(web, 'listening');
    onTestFinished(() => void web.close());
    const port = (web.address() as { port: number }).port;
    const local = await startNsd({
      zones: {
        'web.test': `$ORIGIN web.test.\n$TTL 60\n@ SOA ns h 1 2 3 4 5\n@ NS ns\nns A 127.0.0.1\nwww A 127.0.0.1\n`,
      },
    });
    onTestFinished(() => local.stop());
    const resolver = new Resolver({ servers: [`${local.address}:${local.port}`], dotPort: local.dotPort });
    onTestFinished(() => resolver.close());
    await resolver.selector.probe({ address: local.address, port: local.port, dotPort: local.dotPort });
    const { lookup } = resolver;
    const body = await new Promise((resolve, reject) => {
      get({ host: 'www.web.test', port, lookup }, (response) =>
        response.once('data', (chunk) => resolve(String(chunk))),
      ).once('error', reject);
    });
    expect(body).toBe('found');
    // A and AAAA.
    expect(resolver.selector.metrics().queries).toEqual({ dot: 2 });
  });
});

/** As {@link withoutType}, of what {@link outcome} has made. */
function withoutTypes(shown: unknown): unknown {
  return (shown as string[]).map((record) => {
    const { type: _, ...rest } = JSON.parse(record) as Record<string, unknown>;
    return JSON.stringify(rest);
  });
}
