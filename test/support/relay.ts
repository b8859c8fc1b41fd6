import { createSocket, type Socket as Datagrams } from 'node:dgram';
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { type BlackHole, openBlackHole } from '../../src/testing/black-hole.js';
import { freePort } from '../../src/testing/ports.js';

/** Where a relay leads to, or listens. */
export interface Place {
  readonly address: string;
  readonly port: number;
}

/**
 * What a relay does.
 *
 * - `pass`: what comes is handed on.
 * - `paused`: what comes is held back, and handed on after `pass`.
 * - `mute`: connections are accepted, and all that comes is lost, for good on the connections it befell.
 * - `reset`: open connections and new ones are reset.
 * - `closed`: the port is closed; open connections are reset.
 * - `black-hole`: no reply to a SYN; open connections are muted.
 * - `swallow`: what clients send is handed on, what the server answers is counted and lost.
 */
export type RelayMode = 'pass' | 'paused' | 'mute' | 'reset' | 'closed' | 'black-hole' | 'swallow';

/** A TCP relay: what stands in front of a server that cannot count or fail by itself. */
export interface Relay extends Place, AsyncDisposable {
  /** How many connections it has accepted. */
  readonly connections: number;
  /** How many of them are open. */
  readonly open: number;
  /** Pieces of answers that were lost to `swallow`. */
  readonly swallowed: number;
  /** The first octets of each connection, in order; `parseClientHello` reads them. */
  readonly firstBytes: readonly Buffer[];
  set(mode: RelayMode): Promise<void>;
  /** Ends open connections as a server does that closes cleanly, whatever is under way on them. */
  hangUp(): void;
  /** Resolves when a condition holds, asked now and whenever a connection comes, goes, or loses an answer. */
  until(condition: (relay: Relay) => boolean): Promise<void>;
  close(): Promise<void>;
}

interface Pair {
  readonly client: Socket;
  readonly server: Socket;
  muted: boolean;
}

class TcpRelay implements Relay {
  readonly address: string;
  readonly port: number;
  readonly firstBytes: Buffer[] = [];
  connections = 0;
  swallowed = 0;
  readonly #to: Place;
  readonly #pairs = new Set<Pair>();
  readonly #watchers = new Set<() => void>();
  #mode: RelayMode = 'pass';
  #listening: Server | undefined;
  #hole: BlackHole | undefined;

  constructor(to: Place, at: Place) {
    this.#to = to;
    this.address = at.address;
    this.port = at.port;
  }

  get open(): number {
    return this.#pairs.size;
  }

  hangUp(): void {
    for (const { client } of this.#pairs) client.end();
  }

  until(condition: (relay: Relay) => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (!condition(this)) return;
        this.#watchers.delete(look);
        resolve();
      };
      this.#watchers.add(look);
      look();
    });
  }

  #changed(): void {
    for (const look of [...this.#watchers]) look();
  }

  async set(mode: RelayMode): Promise<void> {
    this.#mode = mode;
    if (mode === 'closed' || mode === 'black-hole') this.#stopListening();
    await this.#hole?.close();
    this.#hole = mode === 'black-hole' ? await openBlackHole(this.address, this.port) : undefined;
    if (mode !== 'closed' && mode !== 'black-hole') await this.#listen();
    for (const pair of this.#pairs) this.#apply(pair);
  }

  async close(): Promise<void> {
    this.#stopListening();
    for (const pair of this.#pairs) end(pair);
    await this.#hole?.close();
    this.#hole = undefined;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #listen(): Promise<void> {
    if (this.#listening !== undefined) return;
    const server = createServer({ allowHalfOpen: true }, (client) => this.#accept(client));
    this.#listening = server;
    server.listen(this.port, this.address);
    await once(server, 'listening');
  }

  #stopListening(): void {
    this.#listening?.close();
    this.#listening = undefined;
  }

  #accept(client: Socket): void {
    this.connections += 1;
    const index = this.connections - 1;
    this.firstBytes[index] = Buffer.alloc(0);
    const server = connect({ host: this.#to.address, port: this.#to.port, allowHalfOpen: true });
    const pair: Pair = { client, server, muted: false };
    this.#pairs.add(pair);
    client.once('data', (chunk) => {
      this.firstBytes[index] = chunk;
    });
    join(client, server, pair);
    join(server, client, pair, () => this.#swallows());
    client.on('close', () => {
      this.#pairs.delete(pair);
      this.#changed();
    });
    this.#apply(pair);
    this.#changed();
  }

  #swallows(): boolean {
    if (this.#mode !== 'swallow') return false;
    this.swallowed += 1;
    this.#changed();
    return true;
  }

  #apply(pair: Pair): void {
    if (this.#mode === 'reset' || this.#mode === 'closed') pair.client.resetAndDestroy();
    if (this.#mode === 'mute' || this.#mode === 'black-hole') pair.muted = true;
    for (const socket of [pair.client, pair.server]) {
      if (this.#mode === 'paused') socket.pause();
      else socket.resume();
    }
  }
}

/** Hands on what comes on one side to the other, its end included. */
function join(from: Socket, to: Socket, pair: Pair, isLost: () => boolean = () => false): void {
  from.on('data', (chunk) => {
    if (!pair.muted && !isLost() && !to.writableEnded) to.write(chunk);
  });
  from.on('end', () => {
    if (!pair.muted) to.end();
  });
  from.on('error', () => to.resetAndDestroy());
  from.on('close', () => {
    if (!pair.muted || from === pair.client) to.destroy();
  });
}

function end({ client, server }: Pair): void {
  client.destroy();
  server.destroy();
}

/** Starts a TCP relay; it listens on a free port of the target's address unless told where. */
export async function startRelay(to: Place, at: Partial<Place> = {}): Promise<Relay> {
  const address = at.address ?? to.address;
  const relay = new TcpRelay(to, { address, port: at.port ?? (await freePort(address)) });
  await relay.set('pass');
  return relay;
}

/** A UDP relay that counts. */
export interface UdpRelay extends Place, AsyncDisposable {
  /** Datagrams that clients sent, lost ones included. */
  readonly toServer: number;
  /** Datagrams that the server sent. */
  readonly toClients: number;
  /** Hands on, or loses, what clients send. */
  set(mode: 'pass' | 'drop'): void;
  close(): Promise<void>;
}

class CountingUdpRelay implements UdpRelay {
  readonly address: string;
  readonly port: number;
  toServer = 0;
  toClients = 0;
  readonly #to: Place;
  readonly #front: Datagrams;
  /** One socket towards the server for each client. */
  readonly #backs = new Map<string, Datagrams>();
  #mode: 'pass' | 'drop' = 'pass';

  constructor(to: Place, at: Place) {
    this.#to = to;
    this.address = at.address;
    this.port = at.port;
    this.#front = createSocket('udp4', (message, client) => {
      this.toServer += 1;
      if (this.#mode === 'pass') this.#backFor(client).send(message, this.#to.port, this.#to.address);
    });
  }

  async listen(): Promise<void> {
    this.#front.bind(this.port, this.address);
    await once(this.#front, 'listening');
  }

  set(mode: 'pass' | 'drop'): void {
    this.#mode = mode;
  }

  async close(): Promise<void> {
    const sockets = [this.#front, ...this.#backs.values()];
    this.#backs.clear();
    const closed = sockets.map((socket) => once(socket, 'close'));
    for (const socket of sockets) socket.close();
    await Promise.all(closed);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #backFor(client: Place): Datagrams {
    const key = `${client.address}|${client.port}`;
    const known = this.#backs.get(key);
    if (known !== undefined) return known;
    const back = createSocket('udp4', (message) => {
      this.toClients += 1;
      this.#front.send(message, client.port, client.address);
    });
    this.#backs.set(key, back);
    return back;
  }
}

/** Starts a UDP relay; it listens on a free port of the target's address unless told where. */
export async function startUdpRelay(to: Place, at: Partial<Place> = {}): Promise<UdpRelay> {
  const address = at.address ?? to.address;
  const relay = new CountingUdpRelay(to, { address, port: at.port ?? (await freePort(address)) });
  await relay.listen();
  return relay;
}
