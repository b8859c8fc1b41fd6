// Asks NSD and BIND over UDP, TCP and TLS, and keeps what was sent and what came in corpus/captures.hex. Run by hand,
// when the corpus is to be made anew: tsc -p tsconfig.fuzz.json && node .fuzz/fuzz/capture.js
import { rawTcp, rawTls, rawUdp } from '../test/support/raw-client.js';
import { type RealServer, startBind, startNsd } from '../test/support/servers.js';
import { Corpus } from './corpus.js';
import { CORPUS } from './places.js';
import type { Capture } from './target.js';

/** A zone with what makes answers long or odd: aliases, many records, names of odd octets, a delegation with glue. */
const ZONE = `$ORIGIN odd.test.
$TTL 3600
@ SOA ns hostmaster 1 7200 3600 1209600 60
@ NS ns
@ NS ns.other.test.
@ MX 10 mail
@ TXT "v=spf1 -all" "second"
@ CAA 0 issue "ca.test"
ns A 192.0.2.1
ns AAAA 2001:db8::1
mail A 192.0.2.2
alias CNAME ns
_dns._tcp SRV 0 0 853 ns
a\\.b A 192.0.2.3
\\195\\164 A 192.0.2.4
long TXT "${'x'.repeat(250)}" "${'y'.repeat(250)}" "${'z'.repeat(250)}"
long TXT "${'w'.repeat(250)}" "${'v'.repeat(250)}" "${'u'.repeat(250)}"
child NS ns.child
ns.child A 192.0.2.5
* 60 HINFO "cpu" "os"
`;

const TYPES = {
  A: 1,
  NS: 2,
  CNAME: 5,
  SOA: 6,
  HINFO: 13,
  MX: 15,
  TXT: 16,
  AAAA: 28,
  SRV: 33,
  DNSKEY: 48,
  ANY: 255,
} as const;
const OPTIONS = {
  none: undefined,
  plain: [],
  keepalive: [0, 11, 0, 0],
  padded: [0, 11, 0, 0, 0, 12, 0, 16, ...Array<number>(16).fill(0)],
  cookie: [0, 10, 0, 8, 1, 2, 3, 4, 5, 6, 7, 8],
  subnet: [0, 8, 0, 7, 0, 1, 24, 0, 192, 0, 2],
} as const;

/** What is asked: a name, a type, the options of its OPT, and what is odd about it. */
interface Asked {
  readonly labels: readonly string[];
  readonly type: keyof typeof TYPES;
  readonly options: keyof typeof OPTIONS;
  readonly version?: number;
  readonly do?: boolean;
  readonly via: 'udp' | 'tcp' | 'tls';
}

const ASKED: readonly Asked[] = [
  { labels: ['www', 'example', 'test'], type: 'A', options: 'none', via: 'udp' },
  { labels: ['www', 'example', 'test'], type: 'A', options: 'plain', via: 'udp' },
  { labels: ['WwW', 'Example', 'test'], type: 'A', options: 'padded', via: 'tls' },
  { labels: ['example', 'test'], type: 'SOA', options: 'keepalive', via: 'tls' },
  { labels: ['odd', 'test'], type: 'ANY', options: 'cookie', via: 'tcp' },
  { labels: ['odd', 'test'], type: 'NS', options: 'subnet', via: 'tls' },
  { labels: ['odd', 'test'], type: 'MX', options: 'none', via: 'tcp' },
  { labels: ['alias', 'odd', 'test'], type: 'A', options: 'padded', via: 'tls' },
  { labels: ['_dns', '_tcp', 'odd', 'test'], type: 'SRV', options: 'padded', via: 'tls' },
  { labels: ['a.b', 'odd', 'test'], type: 'A', options: 'plain', via: 'tls' },
  { labels: ['\u00c3\u00a4', 'odd', 'test'], type: 'A', options: 'none', via: 'udp' },
  { labels: ['long', 'odd', 'test'], type: 'TXT', options: 'none', via: 'udp' },
  { labels: ['long', 'odd', 'test'], type: 'TXT', options: 'padded', via: 'tls' },
  { labels: ['x', 'child', 'odd', 'test'], type: 'A', options: 'padded', via: 'tls' },
  { labels: ['any', 'odd', 'test'], type: 'HINFO', options: 'plain', do: true, via: 'tls' },
  { labels: ['nothing', 'example', 'test'], type: 'AAAA', options: 'padded', via: 'tls' },
  { labels: ['mail', 'odd', 'test'], type: 'DNSKEY', options: 'plain', do: true, via: 'udp' },
  { labels: ['www', 'elsewhere', 'test'], type: 'A', options: 'padded', via: 'tls' },
  { labels: ['www', 'example', 'test'], type: 'A', options: 'plain', version: 1, via: 'tls' },
  { labels: [], type: 'NS', options: 'padded', via: 'tls' },
];

const servers: Record<string, RealServer> = {
  nsd: await startNsd({ zones: { 'odd.test': ZONE } }),
  bind: await startBind({ zones: { 'odd.test': ZONE } }),
};
const captures: Capture[] = [];
try {
  for (const [name, server] of Object.entries(servers)) {
    for (const [index, asked] of ASKED.entries()) {
      const query = queryOf(asked, 0x1000 + index);
      const answer = await ask(server, asked.via, query);
      captures.push({ name: `${name}-${asked.via}-${asked.type}-${asked.options}-${index}`, query, answer });
    }
  }
} finally {
  for (const server of Object.values(servers)) await server.stop();
}
await new Corpus(CORPUS).keepCaptures(captures);

function queryOf({ labels, type, options, version = 0, do: dnssec = false }: Asked, id: number): Uint8Array {
  const rdata = OPTIONS[options];
  const qname = labels.flatMap((label) => [label.length, ...Buffer.from(label, 'latin1')]);
  const head = [id >> 8, id & 255, 0, 0, 0, 1, 0, 0, 0, 0, 0, rdata === undefined ? 0 : 1];
  const question = [...qname, 0, 0, TYPES[type], 0, 1];
  if (rdata === undefined) return Uint8Array.from([...head, ...question]);
  const opt = [0, 0, 41, 0x04, 0xd0, 0, version, dnssec ? 0x80 : 0, 0, 0, rdata.length, ...rdata];
  return Uint8Array.from([...head, ...question, ...opt]);
}

async function ask(server: RealServer, via: Asked['via'], query: Uint8Array): Promise<Uint8Array> {
  const { address, port, dotPort } = server;
  if (via === 'udp') return (await rawUdp({ address, port }, query))[0]?.message ?? new Uint8Array(0);
  const stream = via === 'tcp' ? await rawTcp({ address, port }) : await rawTls({ address, port: dotPort });
  const answer = await stream.ask(query);
  stream.socket.destroy();
  return answer;
}
