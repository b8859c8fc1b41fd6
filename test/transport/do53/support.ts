import { createSocket, type RemoteInfo } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { DotscoutError, TransportError } from '../../../src/common/errors.js';
import { type Endpoint, endpointKey } from '../../../src/state/model.js';
import { freePort } from '../../../src/testing/ports.js';
import { Framing } from '../../../src/wire/framing.js';
import { do53At } from '../support.js';

/** A query that a UDP server of the tests has received. */
export interface Received {
  readonly message: Buffer;
  readonly from: RemoteInfo;
  /** Sends what the test gives, as the server. */
  reply(message: Uint8Array): void;
}

/** A UDP server that does nothing but what the test says. */
export interface UdpTestServer extends AsyncDisposable {
  readonly port: number;
  readonly received: Received[];
  /** Waits until it has received so many. */
  until(count: number): Promise<void>;
}

/** The answer that only says that it is one. */
export function echo(message: Uint8Array): Buffer {
  const answer = Buffer.from(message);
  answer[2] = 0x80;
  return answer;
}

/** An answer that is cut short. */
export function truncated(message: Uint8Array): Buffer {
  const answer = Buffer.from(message);
  answer[2] = 0x82;
  return answer;
}

/** How a promise ended: the phase, kind and detail of a failure, a code, or `answered`. */
export async function endOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
    return 'answered';
  } catch (error) {
    if (error instanceof TransportError) {
      const { phase, kind, detail } = error.failure;
      return kind === 'local' ? `${phase} ${kind} ${detail}` : `${phase} ${kind}`;
    }
    return error instanceof DotscoutError ? error.code : String(error);
  }
}

/** How often each end was met. */
export async function endsOf(promises: readonly Promise<unknown>[]): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const end of await Promise.all(promises.map(endOf))) counts[end] = (counts[end] ?? 0) + 1;
  return counts;
}

/** The server, asked from another address of ours, which makes another endpoint of it. */
export function from(port: number, number: number): Endpoint {
  const localAddress = `127.1.${number >> 8}.${number & 255}`;
  const endpoint = { ...do53At(port), localAddress };
  return { ...endpoint, key: endpointKey(endpoint) };
}

/** Starts a UDP server. */
export async function startUdp(onQuery: (query: Received) => void = () => {}): Promise<UdpTestServer> {
  const socket = createSocket({ type: 'udp4', recvBufferSize: 8_000_000 });
  const received: Received[] = [];
  socket.on('message', (message, peer) => {
    const query = { message, from: peer, reply: (answer: Uint8Array) => socket.send(answer, peer.port, peer.address) };
    received.push(query);
    onQuery(query);
  });
  socket.bind(await freePort('127.0.0.1'), '127.0.0.1');
  await once(socket, 'listening');
  return {
    port: socket.address().port,
    received,
    async until(count) {
      while (received.length < count) await new Promise(setImmediate);
    },
    async [Symbol.asyncDispose]() {
      socket.close();
    },
  };
}

/** A TCP server that does what the test says. */
export interface TcpTestServer extends AsyncDisposable {
  /** Connections so far. */
  readonly accepted: number;
  /** Connections open now, and the most at one time. */
  readonly open: number;
  readonly most: number;
  /** Queries so far. */
  readonly asked: number;
  /** Waits until something holds. */
  until(holds: (server: TcpTestServer) => boolean): Promise<void>;
}

/** Starts a TCP server; `onQuery` is given each query's number on its connection, from 1, and an answer ready to write. */
export async function startTcp(
  port: number,
  onQuery: (socket: Socket, answer: Buffer, count: number) => void,
): Promise<TcpTestServer> {
  const sockets = new Set<Socket>();
  const counts = { accepted: 0, most: 0, asked: 0 };
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    counts.accepted++;
    counts.most = Math.max(counts.most, sockets.size);
    const framing = new Framing(65_535);
    let count = 0;
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
    socket.on('data', (chunk) => {
      framing.push(chunk, (message) => {
        counts.asked++;
        onQuery(
          socket,
          Buffer.concat([Uint8Array.of(message.length >> 8, message.length & 255), echo(message)]),
          ++count,
        );
        return !socket.destroyed;
      });
    });
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const self: TcpTestServer = {
    get accepted() {
      return counts.accepted;
    },
    get open() {
      return sockets.size;
    },
    get most() {
      return counts.most;
    },
    get asked() {
      return counts.asked;
    },
    async until(holds) {
      while (!holds(self)) await new Promise(setImmediate);
    },
    async [Symbol.asyncDispose]() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
  return self;
}
