import { createSocket, type Socket as Datagrams } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { type Answer, AUTHORITATIVE_ANSWER, decode, encode, type Packet, type Question } from 'dns-packet';
import { ANSWER_ADDRESS } from 'dotscout/testing';
import { frame } from '../../../../src/testing/answers.js';
import { FrameReader } from '../../../../src/testing/framing.js';
import { ROOT, TLD, TOP_LEVEL } from './addresses.js';

const DAY = 86_400;
const MINUTE = 60;
const REFUSED = 5;
const NXDOMAIN = 3;
const PAYLOAD_SIZE = 1_232;

/** What one of the two servers says to a question. */
type Saying = Pick<Packet, 'answers' | 'authorities' | 'additionals'> & {
  readonly rcode?: number;
  readonly authoritative?: boolean;
};

/** The servers of the root and of the top-level domain: clear text alone, each answer after the set delay. */
export class Hierarchy implements AsyncDisposable {
  readonly #delayMs: number;
  /** The addresses of each delegated zone, by its label. */
  readonly #zones = new Map<string, readonly string[]>();
  readonly #open: (Datagrams | Server)[] = [];
  readonly #streams = new Set<Socket>();

  /** @param delayMs - how long each answer is held back, in milliseconds */
  constructor(delayMs: number) {
    this.#delayMs = delayMs;
  }

  /** Begins to answer. */
  async open(): Promise<void> {
    await this.#listen(ROOT, sayOfRoot);
    await this.#listen(TOP_LEVEL, (question) => sayOfTopLevel(question, this.#zones));
  }

  /**
   * Delegates a zone.
   *
   * @param label - its name under the top-level domain
   * @param addresses - of its servers
   */
  delegate(label: string, addresses: readonly string[]): void {
    this.#zones.set(label, addresses);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const stream of this.#streams) stream.destroy();
    for (const one of this.#open) one.close();
  }

  async #listen(address: string, say: (question: Question) => Saying): Promise<void> {
    const answer = (message: Buffer, send: (reply: Buffer) => void): void => {
      const reply = replyTo(message, say);
      if (reply !== undefined) setTimeout(send, this.#delayMs, reply);
    };
    const datagrams = createSocket('udp4', (message, peer) => {
      answer(message, (reply) => datagrams.send(reply, peer.port, peer.address));
    });
    const streams = createServer((stream) => {
      this.#streams.add(stream);
      stream.on('close', () => this.#streams.delete(stream)).on('error', () => stream.destroy());
      const reader = new FrameReader();
      stream.on('data', (chunk) => {
        for (const message of reader.push(chunk)) answer(message, (reply) => stream.write(frame(reply)));
      });
    });
    this.#open.push(datagrams, streams);
    datagrams.bind(53, address);
    streams.listen(53, address);
    await Promise.all([once(datagrams, 'listening'), once(streams, 'listening')]);
    // A datagram that cannot be sent is a datagram lost.
    datagrams.on('error', () => {});
  }
}

function replyTo(message: Buffer, say: (question: Question) => Saying): Buffer | undefined {
  try {
    const { id = 0, questions, additionals } = decode(message);
    const [question] = questions ?? [];
    if (question === undefined) return undefined;
    const { rcode = 0, authoritative = true, ...sections } = say({ ...question, name: question.name.toLowerCase() });
    const edns = additionals?.some(({ type }) => type === 'OPT') ? [OPT] : [];
    return encode({
      ...{ type: 'response', id, flags: rcode | (authoritative ? AUTHORITATIVE_ANSWER : 0), questions: [question] },
      ...{ answers: sections.answers ?? [], authorities: sections.authorities ?? [] },
      additionals: [...(sections.additionals ?? []), ...edns],
    });
  } catch {
    // Not a query.
    return undefined;
  }
}

const OPT: Answer = {
  ...{ type: 'OPT', name: '.', options: [] },
  ...{ udpPayloadSize: PAYLOAD_SIZE, extendedRcode: 0, ednsVersion: 0, flags: 0, flag_do: false },
};

function a(name: string, address: string): Answer {
  return { type: 'A', name, ttl: DAY, data: address };
}

function ns(zone: string, name: string): Answer {
  return { type: 'NS', name: zone, ttl: DAY, data: name };
}

function soa(zone: string): Answer {
  const data = { mname: NS_TLD, rname: `hostmaster.${TLD}`, serial: 1, refresh: DAY, retry: DAY, expire: DAY };
  return { type: 'SOA', name: zone, ttl: MINUTE, data: { ...data, minimum: MINUTE } };
}

/** What the aliases of `dotscout/testing` point to. */
const ALIASED = 'target.test';
const NS_TLD = `ns.${TLD}`;
const NS_ROOT = 'ns-root';

function sayOfRoot({ name, type }: Question): Saying {
  if (name === '' || name === '.') {
    if (type === 'NS') return { answers: [ns('.', NS_ROOT)], additionals: [a(NS_ROOT, ROOT)] };
    return type === 'SOA' ? { answers: [soa('.')] } : { authorities: [soa('.')] };
  }
  if (name === NS_ROOT) return type === 'A' ? { answers: [a(NS_ROOT, ROOT)] } : { authorities: [soa('.')] };
  // A resolver that minimises names asks for each label on the way (RFC 9156).
  if (ALIASED.endsWith(`.${name}`)) return { authorities: [soa('.')] };
  if (name === ALIASED && type === 'A') return { answers: [a(ALIASED, ANSWER_ADDRESS)] };
  if (name === TLD || name.endsWith(`.${TLD}`)) {
    return { authoritative: false, authorities: [ns(TLD, NS_TLD)], additionals: [a(NS_TLD, TOP_LEVEL)] };
  }
  return { rcode: NXDOMAIN, authorities: [soa('.')] };
}

/** The name servers' names are in this zone, so that no leaf is ever asked for one. */
function sayOfTopLevel({ name, type }: Question, zones: ReadonlyMap<string, readonly string[]>): Saying {
  if (name === TLD) {
    if (type === 'NS') return { answers: [ns(TLD, NS_TLD)], additionals: [a(NS_TLD, TOP_LEVEL)] };
    return type === 'SOA' ? { answers: [soa(TLD)] } : { authorities: [soa(TLD)] };
  }
  if (!name.endsWith(`.${TLD}`)) return { rcode: REFUSED, authoritative: false };
  const label = name.split('.').at(-2) ?? '';
  const host = hostOf(label, zones);
  if (host !== undefined) return type === 'A' ? { answers: [a(name, host)] } : { authorities: [soa(TLD)] };
  const addresses = zones.get(label);
  if (addresses === undefined) return { rcode: NXDOMAIN, authorities: [soa(TLD)] };
  const zone = `${label}.${TLD}`;
  return {
    authoritative: false,
    authorities: addresses.map((_, index) => ns(zone, nameServer(label, index))),
    additionals: addresses.map((address, index) => a(nameServer(label, index), address)),
  };
}

function nameServer(label: string, index: number): string {
  return `ns${index}-${label}.${TLD}`;
}

/** The address of a name server's name; `undefined` where the label is none. */
function hostOf(label: string, zones: ReadonlyMap<string, readonly string[]>): string | undefined {
  if (label === 'ns') return TOP_LEVEL;
  const [, index, zone = ''] = /^ns(\d+)-(.+)$/.exec(label) ?? [];
  return zones.get(zone)?.[Number(index)];
}
