import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import type { Endpoint } from '../../src/state/model.js';
import { type FaultServer, startFaultServer } from '../../src/testing/index.js';
import { dotAt } from '../transport/support.js';

/** A server behind a path that can be lost: connections are taken, and nothing goes through. */
export interface LostPath {
  readonly server: FaultServer;
  /** The way to it over the path. */
  readonly dot: Endpoint;
  /** How many connections there were. */
  readonly connections: number;
  /** Nothing goes through any more; `fresh` resolves at the next connection. */
  lose(): { readonly fresh: Promise<unknown> };
  /** What was sent on the first connection goes through after all. */
  restoreFirst(): void;
}

/** Starts both for this test. */
export async function lostPath(): Promise<LostPath> {
  const server = await startFaultServer();
  const connections: { readonly from: Socket; readonly to: Socket }[] = [];
  let isLost = false;
  const front = createServer((from) => {
    const to = connect(server.dotPort, server.address);
    for (const one of [from, to]) one.on('error', () => one.destroy());
    from.on('close', () => to.destroy());
    to.on('close', () => from.destroy());
    connections.push({ from, to });
    if (!isLost) from.pipe(to).pipe(from);
  });
  front.listen(0, server.address);
  await once(front, 'listening');
  onTestFinished(async () => {
    for (const { from } of connections) from.destroy();
    front.close();
    await server.close();
  });
  const { port } = front.address() as { port: number };
  return {
    server,
    dot: dotAt(port, server.address),
    get connections() {
      return connections.length;
    },
    lose() {
      isLost = true;
      const [first] = connections;
      first?.from.unpipe(first.to);
      return { fresh: once(front, 'connection') };
    },
    restoreFirst() {
      const [first] = connections;
      first?.from.pipe(first.to);
    },
  };
}
