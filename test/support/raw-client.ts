import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect as connectTcp, type Socket } from 'node:net';
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from 'node:tls';
import { FrameReader } from '../../src/testing/framing.js';

/** What a raw query is to contain. */
export interface RawQueryOptions {
  readonly id?: number;
  readonly name?: string;
  readonly type?: number;
  /** Adds an OPT record, with padding to 128 octets unless told not to. */
  readonly edns?: 'none' | 'plain' | 'padded' | 'keepalive';
}

function u16(...values: number[]): Buffer {
  const bytes = Buffer.alloc(2 * values.length);
  for (const [i, value] of values.entries()) bytes.writeUInt16BE(value, 2 * i);
  return bytes;
}

/** A query built by hand, independent of the code under test. */
export function rawQuery(options: RawQueryOptions = {}): Buffer {
  const { id = 0x1234, name = 'www.example.test', type = 1, edns = 'padded' } = options;
  const labels = name.split('.').filter((label) => label !== '');
  const qname = Buffer.concat([
    ...labels.map((label) => Buffer.from([label.length, ...Buffer.from(label)])),
    u16(0).subarray(1),
  ]);
  const question = Buffer.concat([qname, u16(type, 1)]);
  const head = Buffer.concat([u16(id, 0, 1, 0, 0, edns === 'none' ? 0 : 1), question]);
  if (edns === 'none') return head;
  const optionsBytes: Buffer[] = edns === 'keepalive' ? [u16(11, 0)] : [];
  if (edns === 'padded') {
    const unpadded = head.length + 11 + 4;
    const missing = (128 - (unpadded % 128)) % 128;
    optionsBytes.push(u16(12, missing), Buffer.alloc(missing));
  }
  const rdata = Buffer.concat(optionsBytes);
  return Buffer.concat([head, Buffer.from([0]), u16(41, 1232, 0, 0, rdata.length), rdata]);
}

/** A message with its length octets. */
export function framed(message: Uint8Array): Buffer {
  return Buffer.concat([u16(message.length), message]);
}

/** How a stream ended: an error's code, or `end` for a clean close. */
export type Ending = string;

/** A stream that collects what comes, so that a test can wait for it. */
export class RawStream<S extends Socket = Socket> {
  readonly socket: S;
  /** Everything received. */
  bytes: Buffer = Buffer.alloc(0);
  /** When each piece of it came. */
  readonly pieces: number[] = [];
  readonly #reader = new FrameReader();
  readonly #messages: Buffer[] = [];
  /** How it ended. */
  readonly ended: Promise<Ending>;
  #wake: () => void = () => {};

  constructor(socket: S) {
    this.socket = socket;
    socket.on('data', (chunk: Buffer) => {
      this.bytes = Buffer.concat([this.bytes, chunk]);
      this.pieces.push(chunk.length);
      this.#messages.push(...this.#reader.push(chunk));
      this.#wake();
    });
    this.ended = new Promise((resolve) => {
      socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
      socket.once('end', () => resolve('end'));
      socket.once('close', () => resolve('close'));
    });
  }

  /** The next message. */
  async next(): Promise<Buffer> {
    for (;;) {
      const message = this.#messages.shift();
      if (message !== undefined) return message;
      await this.more();
    }
  }

  /** Waits until so many octets have come. */
  async received(octets: number): Promise<Buffer> {
    while (this.bytes.length < octets) await this.more();
    return this.bytes;
  }

  /** Waits for anything to come; rejects if the stream ends instead. */
  async more(): Promise<void> {
    const arrival = new Promise<undefined>((resolve) => {
      this.#wake = () => resolve(undefined);
    });
    const ending = await Promise.race([arrival, this.ended]);
    if (ending !== undefined) throw new Error(`the stream ended: ${ending}`);
  }

  /** Sends a message with its length octets and waits for the next answer. */
  ask(message: Uint8Array): Promise<Buffer> {
    this.socket.write(framed(message));
    return this.next();
  }
}

/** Where a raw client connects to. */
export interface RawTarget {
  readonly address: string;
  readonly port: number;
}

/** A plain TCP connection. */
export async function rawTcp(target: RawTarget): Promise<RawStream<Socket>> {
  const stream = new RawStream(connectTcp({ host: target.address, port: target.port }));
  await ready(stream, 'connect');
  return stream;
}

/** A TLS session that verifies nothing; rejects with an Error whose message is the error's code. */
export async function rawTls(target: RawTarget, options: ConnectionOptions = {}): Promise<RawStream<TLSSocket>> {
  const stream = new RawStream(beginTls(target, options));
  await ready(stream, 'secureConnect');
  return stream;
}

/** Begins a TLS handshake. */
export function beginTls(target: RawTarget, options: ConnectionOptions = {}): TLSSocket {
  return connectTls({
    host: target.address,
    port: target.port,
    rejectUnauthorized: false,
    ALPNProtocols: ['dot'],
    ...options,
  });
}

async function ready(stream: RawStream<Socket>, event: string): Promise<void> {
  const ok = new Promise<undefined>((resolve) => {
    stream.socket.once(event, () => resolve(undefined));
  });
  const ending = await Promise.race([ok, stream.ended]);
  if (ending !== undefined) throw new Error(ending);
}

/** One datagram and the answers to it, as many as asked for. */
export async function rawUdp(
  target: RawTarget,
  message: Uint8Array,
  answers = 1,
): Promise<{ message: Buffer; port: number }[]> {
  const socket = createSocket('udp4');
  const received: { message: Buffer; port: number }[] = [];
  socket.send(message, target.port, target.address);
  while (received.length < answers) {
    const [answer, peer] = (await once(socket, 'message')) as [Buffer, { port: number }];
    received.push({ message: answer, port: peer.port });
  }
  socket.close();
  return received;
}

/** What a test looks at in an answer's header. */
export function headOf(message: Buffer): { id: number; qr: boolean; tc: boolean; rcode: number; counts: number[] } {
  const flags = message.readUInt16BE(2);
  return {
    id: message.readUInt16BE(0),
    qr: (flags & 0x8000) !== 0,
    tc: (flags & 0x0200) !== 0,
    rcode: flags & 15,
    counts: [4, 6, 8, 10].map((at) => message.readUInt16BE(at)),
  };
}
