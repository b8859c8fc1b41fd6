// bns with dotscout as its transport, as a server for the clients of one try. Its settings stand on the command line, as JSON.
import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';
import type { Server, wire } from 'bns';
import { queryServers, TransportSelector } from 'dotscout';
import { FileStore } from 'dotscout/store';
import { bns } from '../../../examples/bns/bns.js';
import { DotscoutResolver } from '../../../examples/bns/resolver.js';
import { frame } from '../../../src/testing/answers.js';
import { FrameReader } from '../../../src/testing/framing.js';
import type { BnsSettings } from './resolvers/dotscout.js';

const SERVFAIL = 2;
/** What an answer over UDP may have to a client without EDNS (RFC 1035 section 4.2.1). */
const MAX_DATAGRAM = 512;
const RESPONSE = 0x80;
const TRUNCATED = 0x02;
const RA = 0x80;
const HEADER = 12;

const settings = JSON.parse(process.argv[2] ?? '') as BnsSettings;
const selector = await TransportSelector.open({
  guard: { allow: [settings.servers] },
  rules: settings.encrypts ? [] : [{ action: 'never', prefix: '0.0.0.0/0' }],
  store: new FileStore({ path: settings.store }),
});

/** Broken on purpose: a server that has spoken DoT is asked over DoT or not at all. */
class NeverFallsBack extends DotscoutResolver {
  readonly #encrypted = new Set<string>();

  override async exchange(request: wire.Message, servers: readonly Server[]): Promise<wire.Message> {
    const known = servers.filter(({ host }) => this.#isEncrypted(host));
    if (known.length === 0) return super.exchange(request, servers);
    const { message } = await queryServers(selector, known, request.encode(), { context: { demand: 'require' } });
    return bns.wire.Message.decode(Buffer.from(message));
  }

  #isEncrypted(host: string): boolean {
    if (selector.explain(host).status === 'Good') this.#encrypted.add(host);
    return this.#encrypted.has(host);
  }
}

const Resolver = settings.neverFallsBack ? NeverFallsBack : DotscoutResolver;
const resolver = new Resolver({ selector, hints: new bns.Hints().addServer('ns-root.', settings.root) });
await resolver.open();

const datagrams = createSocket('udp4', (message, peer) => {
  void answerTo(message).then((answer) => {
    datagrams.send(answer.length > MAX_DATAGRAM ? cut(answer, message) : answer, peer.port, peer.address);
  });
});
const streams = createServer((stream) => {
  const reader = new FrameReader();
  stream.on('error', () => stream.destroy());
  stream.on('data', (chunk) => {
    for (const message of reader.push(chunk)) void answerTo(message).then((answer) => stream.write(frame(answer)));
  });
});
streams.listen(settings.port, settings.address, () => datagrams.bind(settings.port, settings.address));

process.once('SIGTERM', () => {
  void selector.close().then(() => process.exit(0));
});

/** Resolves a client's question from the root on. */
async function answerTo(query: Buffer): Promise<Buffer> {
  const [question] = bns.wire.Message.decode(query).question;
  try {
    if (question === undefined) throw new Error('no question');
    const answer = Buffer.from((await resolver.lookup(question.name, question.type)).encode());
    query.copy(answer, 0, 0, 2);
    answer[3] = (answer[3] ?? 0) | RA;
    return answer;
  } catch {
    const failure = Buffer.from(query);
    failure[2] = (failure[2] ?? 0) | RESPONSE;
    failure[3] = RA | SERVFAIL;
    return failure;
  }
}

/** The header and the question alone, with TC. */
function cut(answer: Buffer, query: Buffer): Buffer {
  const head = Buffer.concat([answer.subarray(0, HEADER), query.subarray(HEADER)]);
  head[2] = (head[2] ?? 0) | TRUNCATED;
  head.fill(0, 6, HEADER);
  return head;
}
