// The hosts of examples/ against NSD: what they promise beyond the lines that they print.
import dns, { type promises } from 'node:dns';
import { promisify } from 'node:util';
import dns2 from 'dns2';
import { TransportSelector } from 'dotscout';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { bns } from '../../examples/bns/bns.js';
import { DotscoutResolver } from '../../examples/bns/resolver.js';
import { startWorld, type World } from '../../examples/bns/world.js';
import { DotscoutSocket } from '../../examples/dns-socket/socket.js';
import { startForwarder } from '../../examples/dns2/forwarder.js';
import { Resolver as CallbackResolver } from '../../examples/node-dns/callbacks.js';
import { Resolver } from '../../examples/node-dns/resolver.js';
import { startFaultServer } from '../../src/testing/index.js';
import { freePort } from '../../src/testing/ports.js';
import { type RealServer, startNsd } from '../support/servers.js';

const ZONE = `$ORIGIN shapes.test.
$TTL 3600
@ SOA ns hostmaster 7 7200 3600 1209600 60
@ NS ns
@ NS ns2
@ MX 10 mail
@ MX 20 backup
@ TXT "one" "two"
@ CAA 128 issue "ca.example"
ns A 127.0.0.1
ns2 A 127.0.0.2
www 60 A 192.0.2.1
www 60 A 192.0.2.2
www 60 AAAA 2001:db8::1
alias CNAME www
nomail MX 0 .
_sip._tcp SRV 1 2 5060 www
naptr NAPTR 100 10 "u" "E2U+sip" "!^.*$!sip:a@example.test!" .
`;
const REVERSE = `$ORIGIN 2.0.192.in-addr.arpa.
$TTL 3600
@ SOA ns.shapes.test. hostmaster.shapes.test. 1 7200 3600 1209600 60
@ NS ns.shapes.test.
1 PTR www.shapes.test.
`;

let server: RealServer;
let place: string;
beforeAll(async () => {
  server = await startNsd({ zones: { 'shapes.test': ZONE, '2.0.192.in-addr.arpa': REVERSE } });
  place = `${server.address}:${server.port}`;
});
afterAll(() => server.stop());

/** A selector that may go to loopback, and ends with the test. */
function selector(): TransportSelector {
  const made = new TransportSelector({ guard: { allow: ['127.0.0.0/8'] }, policy: { onlyAfterAnswer: false } });
  onTestFinished(() => made.close());
  return made;
}

/** What a call brings, or what is wrong: as a program sees it. Records of one answer come in any order. */
async function outcome(call: Promise<unknown>): Promise<unknown> {
  try {
    const value = await call;
    return Array.isArray(value) ? value.map((one) => JSON.stringify(one, sorted)).sort() : value;
  } catch (error) {
    const { code, syscall, hostname, message } = error as NodeJS.ErrnoException & { hostname?: string };
    return { code, syscall, hostname, message };
  }
}

function sorted(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => a.localeCompare(b)));
}

const CALLS: Readonly<Record<string, (resolver: promises.Resolver) => Promise<unknown>>> = {
  resolve4: (r) => r.resolve4('www.shapes.test'),
  'resolve4 with ttl': (r) => r.resolve4('www.shapes.test', { ttl: true }),
  'resolve4 by an alias': (r) => r.resolve4('alias.shapes.test'),
  resolve6: (r) => r.resolve6('www.shapes.test'),
  resolveMx: (r) => r.resolveMx('shapes.test'),
  'resolveMx of who takes no mail': (r) => r.resolveMx('nomail.shapes.test'),
  resolveNs: (r) => r.resolveNs('shapes.test'),
  resolveTxt: (r) => r.resolveTxt('shapes.test'),
  resolveSoa: (r) => r.resolveSoa('shapes.test'),
  resolveCaa: (r) => r.resolveCaa('shapes.test'),
  resolveCname: (r) => r.resolveCname('alias.shapes.test'),
  resolveSrv: (r) => r.resolveSrv('_sip._tcp.shapes.test'),
  resolveNaptr: (r) => r.resolveNaptr('naptr.shapes.test'),
  resolvePtr: (r) => r.resolvePtr('1.2.0.192.in-addr.arpa'),
  resolveAny: (r) => r.resolveAny('www.shapes.test'),
  resolve: (r) => r.resolve('www.shapes.test'),
  'resolve MX': (r) => r.resolve('shapes.test', 'MX'),
  'resolve SOA': (r) => r.resolve('shapes.test', 'SOA'),
  reverse: (r) => r.reverse('192.0.2.1'),
  'a name that does not exist': (r) => r.resolve4('nx.shapes.test'),
  'a name without such records': (r) => r.resolveMx('www.shapes.test'),
  'a zone of others': (r) => r.resolve4('www.elsewhere.test'),
  'no reverse name': (r) => r.reverse('192.0.2.9'),
  getServers: async (r) => r.getServers(),
};

describe('node:dns', () => {
  it.each(Object.entries(CALLS))('%s: the same as Node’s own', async (_name, call) => {
    const ours = new Resolver({ selector: selector(), dotPort: server.dotPort });
    const nodes = new dns.promises.Resolver();
    for (const resolver of [ours, nodes]) resolver.setServers([place]);
    const expected = await outcome(call(nodes));
    expect(await outcome(call(ours))).toEqual(expected);
    const withCallbacks = new CallbackResolver({ selector: ours.selector, dotPort: server.dotPort });
    withCallbacks.setServers([place]);
    expect(await outcome(call(promisedBy(withCallbacks)))).toEqual(expected);
  });

  it('asks over DoT once that is known, and says the same', async () => {
    const resolver = new Resolver({ selector: selector(), dotPort: server.dotPort });
    resolver.setServers([place]);
    await resolver.selector.probe({ address: server.address, port: server.port, dotPort: server.dotPort });
    expect(await resolver.resolve4('www.shapes.test')).toHaveLength(2);
    expect(resolver.selector.metrics().queries).toEqual({ dot: 1 });
  });

  it('a server that does not answer, and one who will not wait', async () => {
    const silent = await startFaultServer({ clear: 'silent' });
    onTestFinished(() => silent.close());
    const resolver = new Resolver({ selector: selector(), timeout: 200 });
    resolver.setServers([`${silent.address}:${silent.port}`]);
    expect(await outcome(resolver.resolve4('a.test'))).toMatchObject({ code: 'ETIMEOUT', syscall: 'queryA' });
    const cancelled = outcome(resolver.resolve4('a.test'));
    resolver.cancel();
    expect(await cancelled).toMatchObject({ code: 'ECANCELLED', hostname: 'a.test' });
  });

  it.each(['192.0.2.1', '192.0.2.1:5353', '2001:db8::1', '[2001:db8::1]:5353'])('setServers reads %s', (text) => {
    const [ours, nodes] = [new Resolver({ selector: selector() }), new dns.Resolver()];
    for (const resolver of [ours, nodes]) resolver.setServers([text]);
    expect(ours.getServers()).toEqual(nodes.getServers());
  });
});

/** The methods with callbacks as promises, so that one table of calls serves both. */
function promisedBy(resolver: dns.Resolver): promises.Resolver {
  return new Proxy(resolver, {
    get(target, name) {
      const method = Reflect.get(target, name) as (...args: unknown[]) => unknown;
      return name === 'getServers' ? method.bind(target) : promisify(method.bind(target));
    },
  }) as unknown as promises.Resolver;
}

describe('dns-socket', () => {
  const question = (name: string) => ({ questions: [{ type: 'A' as const, name }] });

  it('calls back with an answer, an error when cancelled, an error when destroyed', async () => {
    const socket = new DotscoutSocket({ selector: selector(), dotPort: server.dotPort });
    const { address, port } = server;
    const ask = (name: string): { id: number; told: Promise<string> } => {
      let id = 0;
      const told = new Promise<string>((resolve) => {
        id = socket.query(question(name), port, address, (error, response) =>
          resolve(error?.message ?? `${response?.answers?.length} answers`),
        );
      });
      return { id, told };
    };
    expect(await ask('www.shapes.test').told).toBe('2 answers');
    const cancelled = ask('www.shapes.test');
    socket.cancel(cancelled.id);
    expect(await cancelled.told).toBe('Query cancelled');
    const late = ask('www.shapes.test');
    socket.destroy();
    expect(await late.told).toBe('Socket destroyed');
    expect(socket.inflight).toBe(0);
    expect(await ask('www.shapes.test').told).toBe('Socket destroyed');
  });

  it('takes several hosts, and the next where one does not answer', async () => {
    const socket = new DotscoutSocket({ selector: selector(), timeout: 500 });
    onTestFinished(() => socket.destroy());
    const answers = await new Promise((resolve, reject) => {
      socket.query(question('www.shapes.test'), server.port, ['127.0.0.9', server.address], (error, response) =>
        error === null ? resolve(response?.answers?.length) : reject(error),
      );
    });
    expect(answers).toBe(2);
  });
});

describe('dns2', () => {
  it('forwards over UDP and TCP; SERVFAIL where no upstream answers', async () => {
    const upstreams = [{ address: server.address, port: server.port, dotPort: server.dotPort }];
    const address = '127.0.0.1';
    const start = async (servers: typeof upstreams): Promise<number> => {
      const port = await freePort(address);
      const close = await startForwarder({ selector: selector(), upstreams: servers, address, port });
      onTestFinished(close);
      return port;
    };
    const port = await start(upstreams);
    for (const client of [dns2.UDPClient({ dns: address, port }), dns2.TCPClient({ dns: address, port })]) {
      const { answers } = await client('www.shapes.test');
      expect(answers.map((answer) => answer.address).sort()).toEqual(['192.0.2.1', '192.0.2.2']);
    }
    const nowhere = await start([{ address, port: await freePort(address), dotPort: await freePort(address) }]);
    const { header } = await dns2.UDPClient({ dns: address, port: nowhere })('www.shapes.test');
    expect(header.rcode).toBe(2);
  });
});

describe('bns', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld();
  });
  afterAll(() => world.close());

  it('Q21 a zone’s two servers, one Good: with rank it gets the queries, whichever bns would have taken', async () => {
    const made = selector();
    const over: string[] = [];
    const resolver = new DotscoutResolver({
      ...{ selector: made, ports: world.ports, hints: new bns.Hints().addServer('ns.root.', world.root) },
      onAnswer: ({ decision, transport }) => over.push(`${decision.server.address} ${transport}`),
    });
    await resolver.open();
    onTestFinished(async () => void (await resolver.close()));
    for (const address of ['127.12.0.1', '127.13.0.1']) await made.probe({ address, ...world.ports }).catch(() => {});
    made.setPolicy({ exploreShare: 0 });
    for (let i = 0; i < 10; i++) {
      const { answer } = await resolver.lookup(`w${i}.one.example.`, bns.wire.types.A ?? 1);
      expect(answer[0]?.data.address).toBe('192.0.2.1');
    }
    expect(over.filter((one) => one.startsWith('127.1') && one.endsWith(' dot'))).toContain('127.13.0.1 dot');
    expect(over.filter((one) => one.startsWith('127.12.'))).toEqual([]);
    expect(over.filter((one) => one === '127.13.0.1 dot')).toHaveLength(10);
  });
});
