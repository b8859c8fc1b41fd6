// A name server that answers with whatever octets a test gives it, over UDP and TCP.
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import { freePort } from '../../src/testing/ports.js';
import { questionEnd } from '../../src/wire/octets.js';

/** A record of an answer: type, data, and what is usual for the rest. */
export interface Scripted {
  readonly type: number;
  readonly data: Buffer;
  /** Default the name that was asked for. */
  readonly owner?: Buffer;
  readonly class?: number;
  readonly ttl?: number;
}

/** What to answer; `undefined` for nothing. */
export type Script = (query: Buffer) => Buffer | undefined;

/** Starts one; gives its place as `setServers` takes it. */
export async function scriptedServer(script: Script): Promise<string> {
  const address = '127.0.0.1';
  const port = await freePort(address);
  const udp = createSocket('udp4', (message, peer) => {
    const answer = script(message);
    if (answer !== undefined) udp.send(answer, peer.port, peer.address);
  });
  const sockets = new Set<Socket>();
  const tcp = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('data', (chunk) => {
      const answer = script(chunk.subarray(2));
      if (answer === undefined) return;
      const length = Buffer.alloc(2);
      length.writeUInt16BE(answer.length);
      socket.write(Buffer.concat([length, answer]));
    });
  });
  udp.bind(port, address);
  tcp.listen(port, address);
  await Promise.all([once(udp, 'listening'), once(tcp, 'listening')]);
  onTestFinished(() => {
    udp.close();
    tcp.close();
    for (const socket of sockets) socket.destroy();
  });
  return `${address}:${port}`;
}

/** An answer to a query: authoritative, with these records. */
export function answerWith(query: Buffer, records: readonly Scripted[], rcode = 0): Buffer {
  const head = Buffer.from(query.subarray(0, questionEnd(query)));
  head.writeUInt16BE(0x8500 | rcode, 2);
  head.writeUInt16BE(records.length, 6);
  head.writeUInt32BE(0, 8);
  return Buffer.concat([head, ...records.map(encoded)]);
}

function encoded({ type, data, owner = Buffer.from([0xc0, 12]), class: klass = 1, ttl = 60 }: Scripted): Buffer {
  const fixed = Buffer.alloc(10);
  fixed.writeUInt16BE(type, 0);
  fixed.writeUInt16BE(klass, 2);
  fixed.writeUInt32BE(ttl, 4);
  fixed.writeUInt16BE(data.length, 8);
  return Buffer.concat([owner, fixed, data]);
}

/** A name of these labels, one character for each octet. */
export function name(...labels: string[]): Buffer {
  const parts = labels.map((label) => text(label));
  return Buffer.concat([...parts, Buffer.from([0])]);
}

/** A string with its length before it. */
export function text(value: string): Buffer {
  return Buffer.concat([Buffer.from([value.length]), Buffer.from(value, 'latin1')]);
}

/** Numbers of two octets. */
export function u16(...numbers: number[]): Buffer {
  const octets = Buffer.alloc(numbers.length * 2);
  for (const [index, number] of numbers.entries()) octets.writeUInt16BE(number, index * 2);
  return octets;
}
