// The same questions through Node's Resolver and ours, to NSD: what differs is written down here, with its reason.
import { promises } from 'node:dns';
import { Resolver } from 'dotscout/resolver';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
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

/** What a call brings, or what is wrong. Records of one answer come in any order. */
async function outcome(call: () => Promise<unknown>): Promise<unknown> {
  try {
    const value = await call();
    return Array.isArray(value)
      ? value.map((one) => JSON.stringify(one, plain)).sort()
      : JSON.parse(JSON.stringify(value));
  } catch (error) {
    const { name, code, syscall, hostname, message } = error as NodeJS.ErrnoException & { hostname?: string };
    return { name, code, syscall, hostname: hostname ?? '', message };
  }
}

/** Keys in one order; without the `type` that Node 24 adds to records of MX, SRV and CAA and does not document. */
function plain(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const { type, ...rest } = value as Record<string, unknown>;
  const isKnown = ['entries', 'value', 'address'].some((key) => key in rest);
  const entries = Object.entries(isKnown ? { type, ...rest } : rest);
  return Object.fromEntries(entries.sort(([a], [b]) => a.localeCompare(b)));
}

describe('beside node:dns', () => {
  it.each(METHODS)('Q28 %s: the same answers and errors as Node’s own', async (method) => {
    const [nodes, ours] = pair();
    for (const name of NAMES) {
      expect([name, await outcome(() => ours[method](name))]).toEqual([name, await outcome(() => nodes[method](name))]);
    }
  });
});
