import { createSocket, type Socket } from 'node:dgram';
import { connect } from 'node:net';
import { decode, encode, RECURSION_DESIRED } from 'dns-packet';
import { frame } from '../../../../src/testing/answers.js';
import { FrameReader } from '../../../../src/testing/framing.js';
import { type AskedQuery, type Kind, PATIENCE_MS } from '../sheet/observation.js';

const TRUNCATED = 0x02;
const NO_ANSWER: Answer = { rcode: -1, records: 0, address: undefined };

/** First labels by the answer that they bring; the servers of `dotscout/testing` know them. */
const LABELS: Record<Kind, string> = { address: 'q', nxdomain: 'nx', nodata: 'nodata', alias: 'cname' };

type Answer = Pick<AskedQuery, 'rcode' | 'records' | 'address'>;

/** A client of the resolver under test: asks over UDP, and over TCP what comes truncated. No name twice. */
export class Client implements Disposable {
  readonly #address: string;
  readonly #port: number;
  readonly #socket: Socket = createSocket('udp4');
  readonly #waiting = new Map<number, (message: Buffer) => void>();
  readonly #tag: string;
  #asked = 0;

  /**
   * @param address - of the resolver
   * @param port - its port
   * @param tag - a part of every name, other for each client
   */
  constructor(address: string, port: number, tag: string) {
    this.#address = address;
    this.#port = port;
    this.#tag = tag;
    this.#socket.on('message', (message) => {
      if (message.length >= 12) this.#waiting.get(message.readUInt16BE(0))?.(message);
    });
    // A resolver that is not there is one that does not answer.
    this.#socket.on('error', () => {});
  }

  /**
   * Asks for the address of a fresh name.
   *
   * @param zone - below which
   * @param kind - what answer the name has
   * @param patienceMs - how long to wait
   */
  async ask(zone: string, kind: Kind = 'address', patienceMs: number = PATIENCE_MS): Promise<AskedQuery> {
    this.#asked += 1;
    const name = `${LABELS[kind]}${this.#tag}-${this.#asked}.${zone}`;
    const id = this.#asked & 0xffff;
    const query = encode({ type: 'query', id, flags: RECURSION_DESIRED, questions: [{ type: 'A', name }] });
    const at = performance.now();
    const answer = await this.#answerTo(id, query, patienceMs);
    return { name: `${name}.`, kind, at, ms: performance.now() - at, ...answer };
  }

  [Symbol.dispose](): void {
    this.#socket.close();
  }

  async #answerTo(id: number, query: Buffer, patienceMs: number): Promise<Answer> {
    const message = await this.#overUdp(id, query, patienceMs);
    if (message === undefined) return NO_ANSWER;
    if (((message[2] ?? 0) & TRUNCATED) === 0) return read(message);
    const whole = await this.#overTcp(query, patienceMs);
    return whole === undefined ? NO_ANSWER : read(whole);
  }

  #overUdp(id: number, query: Buffer, patienceMs: number): Promise<Buffer | undefined> {
    return new Promise((resolve) => {
      const end = (message?: Buffer): void => {
        clearTimeout(timer);
        this.#waiting.delete(id);
        resolve(message);
      };
      const timer = setTimeout(end, patienceMs);
      this.#waiting.set(id, end);
      this.#socket.send(query, this.#port, this.#address);
    });
  }

  #overTcp(query: Buffer, patienceMs: number): Promise<Buffer | undefined> {
    return new Promise((resolve) => {
      const socket = connect(this.#port, this.#address, () => socket.write(frame(query)));
      const reader = new FrameReader();
      const end = (message?: Buffer): void => {
        socket.destroy();
        resolve(message);
      };
      socket.setTimeout(patienceMs, end);
      socket.on('error', () => end()).on('end', () => end());
      socket.on('data', (chunk) => {
        const [message] = reader.push(chunk);
        if (message !== undefined) end(message);
      });
    });
  }
}

function read(message: Buffer): Answer {
  const head = { rcode: (message[3] ?? 0) & 0x0f, records: message.readUInt16BE(6) };
  try {
    const record = decode(message).answers?.find(({ type }) => type === 'A');
    return { ...head, address: record?.type === 'A' ? record.data : undefined };
  } catch {
    return { ...head, address: undefined };
  }
}
