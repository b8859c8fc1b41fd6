import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { MessageChannel, Worker } from 'node:worker_threads';

/** A port that answers no SYN. */
export interface BlackHole {
  /** The port. */
  readonly port: number;
  /** Gives the port back. */
  close(): Promise<void>;
}

/*
 * How it is done. Linux drops a SYN when the queue of connections that wait to be accepted is full. Node accepts at once
 * whatever comes, so the listening is done in a worker thread whose event loop never gets to run: it sleeps in
 * Atomics.wait, and works through its orders in microtasks and ticks alone. Text, since a module of its own would have
 * to be found both in dist and under a test runner.
 */
const WORKER = `
const { createServer } = require('node:net');
const { receiveMessageOnPort, workerData: { orders, bell } } = require('node:worker_threads');
const listen = (server, host, port) => new Promise((resolve) => {
  server.once('error', (error) => resolve({ error: error.message }));
  server.listen({ host, port, backlog: 1 }, () => resolve({ port: server.address().port }));
});
(async () => {
  const servers = new Map();
  for (;;) {
    Atomics.wait(bell, 0, 0);
    Atomics.store(bell, 0, 0);
    for (let order = receiveMessageOnPort(orders); order; order = receiveMessageOnPort(orders)) {
      const { id, host, port } = order.message;
      const open = servers.get(id);
      if (open) {
        servers.delete(id);
        open.close();
        orders.postMessage({ id });
      } else {
        const server = createServer();
        const result = await listen(server, host, port);
        if (!result.error) servers.set(id, server);
        orders.postMessage({ id, ...result });
      }
    }
  }
})();
`;

/** A queue with a backlog of one holds two. */
const QUEUE = 2;

interface Reply {
  readonly id: number;
  readonly port?: number;
  readonly error?: string;
}

/** The one worker of this process, which lives as long as there are holes. */
class Keeper {
  readonly #worker: Worker;
  readonly #bell = new Int32Array(new SharedArrayBuffer(4));
  readonly #channel = new MessageChannel();
  readonly #waiting = new Map<number, (reply: Reply) => void>();
  #nextId = 0;
  /** How many holes use it. */
  users = 0;

  constructor() {
    const orders = this.#channel.port2;
    this.#worker = new Worker(WORKER, { eval: true, workerData: { orders, bell: this.#bell }, transferList: [orders] });
    this.#channel.port1.on('message', (reply: Reply) => {
      this.#waiting.get(reply.id)?.(reply);
      this.#waiting.delete(reply.id);
    });
  }

  async listen(host: string, port: number): Promise<{ id: number; port: number }> {
    this.#nextId += 1;
    const id = this.#nextId;
    const reply = await this.#order({ id, host, port });
    if (reply.port === undefined) throw new Error(`black hole at ${host}: ${reply.error}`);
    return { id, port: reply.port };
  }

  async release(id: number): Promise<void> {
    await this.#order({ id });
  }

  async end(): Promise<void> {
    this.#channel.port1.close();
    await this.#worker.terminate();
  }

  #order(order: { id: number; host?: string; port?: number }): Promise<Reply> {
    return new Promise((resolve) => {
      this.#waiting.set(order.id, resolve);
      this.#channel.port1.postMessage(order);
      Atomics.store(this.#bell, 0, 1);
      Atomics.notify(this.#bell, 0);
    });
  }
}

let keeper: Keeper | undefined;

async function leave(used: Keeper): Promise<void> {
  used.users -= 1;
  if (used.users > 0) return;
  if (keeper === used) keeper = undefined;
  await used.end();
}

async function fill(host: string, port: number): Promise<Socket[]> {
  const fillers = Array.from({ length: QUEUE }, () => connect({ host, port }));
  await Promise.all(fillers.map((filler) => once(filler, 'connect')));
  for (const filler of fillers) filler.on('error', () => filler.destroy());
  return fillers;
}

/**
 * Opens a port that answers no SYN, without privileges. Linux only.
 *
 * @param host - the address to listen on
 * @param port - the port, 0 for any
 */
export async function openBlackHole(host: string, port: number): Promise<BlackHole> {
  keeper ??= new Keeper();
  const used = keeper;
  used.users += 1;
  try {
    const listening = await used.listen(host, port);
    const fillers = await fill(host, listening.port);
    return {
      port: listening.port,
      async close() {
        for (const filler of fillers) filler.destroy();
        await used.release(listening.id);
        await leave(used);
      },
    };
  } catch (error) {
    await leave(used);
    throw error;
  }
}
