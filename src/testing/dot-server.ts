import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { TLSSocket, Server as TlsServer } from 'node:tls';
import { afterReading, behave, showsAtOnce } from './answer-faults.js';
import { type BlackHole, openBlackHole } from './black-hole.js';
import { DotSession } from './dot-session.js';
import { type Fault, type FaultSettings, isHole, isStill } from './faults.js';
import type { Journal, OpenRecord } from './journal.js';
import { isRecordFault, type RecordFault, RecordFlood } from './record-flood.js';
import type { Responder } from './responder.js';
import { behaveBelowTls, isTcpFault, readFirstRecord, resetConnection } from './tcp-faults.js';
import { type FloodingPeer, requireOpenssl, startFloodingPeer } from './ticket-flood.js';
import { TlsProfiles } from './tls-profiles.js';

/** How many connections a fault server keeps open at once; more are closed at once. */
const MAX_CONNECTIONS = 4000;

/** One TCP connection on the DoT port. */
interface Connection {
  readonly socket: Socket;
  readonly record: OpenRecord;
  /** The fault of this connection alone, where connections take turns or addresses differ. */
  readonly ownFault: Fault | undefined;
  session?: DotSession;
}

/** The DoT port of a fault server. */
export class DotServer {
  readonly #address: string;
  readonly #port: number;
  readonly #responder: Responder;
  readonly #journal: Journal;
  readonly #profiles: TlsProfiles;
  readonly #random: () => number;
  readonly #turns: readonly Fault[];
  readonly #faultOf: ((address: string) => Fault) | undefined;
  /** By our address and the client's address and port, which is how Node's TLS server tells whose handshake is complete. */
  readonly #connections = new Map<string, Connection>();
  readonly #floods = new Set<FloodingPeer>();
  /** Begins to serve the connections that came while the server stood still. */
  readonly #unbegun: (() => void)[] = [];
  #fault: Fault = 'closed';
  #settings: FaultSettings = {};
  #listening: Server | undefined;
  #hole: BlackHole | undefined;

  constructor(options: {
    address: string;
    port: number;
    responder: Responder;
    journal: Journal;
    ticketKeys: Buffer;
    random: () => number;
    turns: readonly Fault[];
    faultOf: ((address: string) => Fault) | undefined;
  }) {
    this.#address = options.address;
    this.#port = options.port;
    this.#responder = options.responder;
    this.#journal = options.journal;
    this.#random = options.random;
    this.#turns = options.turns;
    this.#faultOf = options.faultOf;
    this.#profiles = new TlsProfiles(options.ticketKeys, (server) => this.#watch(server));
  }

  /** Changes what is wrong with it; starts or stops listening as that needs. */
  async set(fault: Fault, settings: FaultSettings): Promise<void> {
    if (fault === 'ticket-flood' || this.#turns.includes('ticket-flood')) await requireOpenssl();
    this.#fault = fault;
    this.#settings = settings;
    if (fault === 'closed' || isHole(fault)) await this.#stopListening();
    if (!isHole(fault)) await this.#leaveHole();
    if (isHole(fault)) this.#hole ??= await openBlackHole(this.#address, this.#port);
    else if (fault !== 'closed') await this.#listen();
    for (const { session, socket, record } of this.#connections.values()) {
      if (fault === 'closed') {
        record.closedBy ??= 'server';
        if (session === undefined) resetConnection(socket, undefined);
        else session.context.reset();
      } else session?.faultChanged();
    }
    if (!isStill(fault)) for (const begin of this.#unbegun.splice(0)) begin();
  }

  /** Ends everything. */
  async close(): Promise<void> {
    for (const { socket, record } of this.#connections.values()) {
      record.closedBy ??= 'server';
      socket.destroy();
    }
    for (const flood of this.#floods) flood.kill();
    await Promise.all([this.#stopListening(), this.#leaveHole()]);
  }

  async #listen(): Promise<void> {
    if (this.#listening !== undefined) return;
    const server = createServer({ noDelay: true }, (socket) => this.#accept(socket));
    server.maxConnections = MAX_CONNECTIONS;
    this.#listening = server;
    server.listen(this.#port, this.#address);
    await once(server, 'listening');
  }

  /** Takes no more connections; those that are open stay. */
  async #stopListening(): Promise<void> {
    // `close` gives the port back at once; its callback would wait for every open connection.
    this.#listening?.close();
    this.#listening = undefined;
  }

  async #leaveHole(): Promise<void> {
    const hole = this.#hole;
    this.#hole = undefined;
    await hole?.close();
  }

  #accept(socket: Socket): void {
    const record = this.#journal.connected();
    const connection: Connection = { socket, record, ownFault: this.#faultFor(socket, record) };
    const peer = peerOf(socket);
    this.#connections.set(peer, connection);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      this.#connections.delete(peer);
      this.#journal.disconnected(record);
    });
    this.#begin(connection);
  }

  #faultFor(socket: Socket, record: OpenRecord): Fault | undefined {
    if (this.#faultOf !== undefined) return this.#faultOf(socket.localAddress ?? '');
    const { length } = this.#turns;
    return length === 0 ? undefined : this.#turns[(record.id - 1) % length];
  }

  #begin(connection: Connection): void {
    const { socket, record, ownFault } = connection;
    if (socket.destroyed) return;
    const fault = ownFault ?? this.#fault;
    const { rttMs = 0 } = this.#settings;
    const secure = (): void => this.#secure(connection, fault);
    if (isStill(fault)) this.#unbegun.push(() => this.#begin(connection));
    else if (isTcpFault(fault)) behaveBelowTls(socket, fault, record);
    else readFirstRecord(socket, record, () => (rttMs === 0 ? secure() : setTimeout(secure, 2 * rttMs)));
  }

  #secure(connection: Connection, fault: Fault): void {
    if (connection.socket.destroyed) return;
    if (fault === 'ticket-flood') this.#flood(connection).catch((error: Error) => fail(connection, error));
    else if (isRecordFault(fault)) this.#floodWithRecords(connection, fault);
    else this.#profiles.for(fault).emit('connection', connection.socket);
  }

  #watch(server: TlsServer): void {
    server.on('secureConnection', (tls: TLSSocket) => {
      const connection = this.#connections.get(peerOf(tls));
      if (connection === undefined) {
        tls.destroy();
        return;
      }
      this.#shookHands(connection, tls);
      this.#open(connection, tls, () => {
        if (tls.getProtocol() === 'TLSv1.3') return;
        connection.record.renegotiations += 1;
        // The client's refusal reaches the session as its end or as an error.
        tls.renegotiate({}, () => {});
      });
    });
    server.on('tlsClientError', (error: NodeJS.ErrnoException, tls) => {
      const connection = this.#connections.get(peerOf(tls));
      if (connection !== undefined) connection.record.handshakeError ??= error.code ?? error.message;
    });
  }

  #shookHands({ record }: Connection, tls: TLSSocket): void {
    this.#journal.shookHands(record, {
      protocol: tls.getProtocol() ?? '',
      alpn: tls.alpnProtocol ?? false,
      // Typed as always present; `false` where the client sent no SNI.
      serverName: (tls as TLSSocket & { servername?: string | false }).servername ?? false,
      resumed: tls.isSessionReused(),
    });
  }

  #open(connection: Connection, stream: Duplex, renegotiate: () => void, floodWithRecords?: () => void): void {
    connection.session = new DotSession(stream, {
      behave,
      showsAtOnce,
      hasRead: afterReading,
      fault: () => connection.ownFault ?? this.#fault,
      settings: () => this.#settings,
      random: this.#random,
      responder: this.#responder,
      journal: this.#journal,
      record: connection.record,
      reset: () => resetConnection(connection.socket, stream),
      renegotiate,
      floodWithRecords,
    });
  }

  /** Does the handshake where records of our own can follow it. */
  #floodWithRecords(connection: Connection, fault: RecordFault): void {
    const { socket, record } = connection;
    const flood = new RecordFlood(socket);
    const { stream } = flood;
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (connection.session === undefined) record.handshakeError ??= error.code ?? error.message;
      socket.destroy();
    });
    stream.once('secure', () => {
      this.#shookHands(connection, stream);
      const begin = (): void => flood.begin(fault, () => this.#journal.sent(record, 'unasked'));
      this.#open(connection, stream, () => {}, begin);
    });
  }

  /** Lets a process of its own do the handshake, and shows it all that goes over the connection. */
  async #flood(connection: Connection): Promise<void> {
    const { socket } = connection;
    const peer = await startFloodingPeer();
    if (socket.destroyed) {
      peer.kill();
      return;
    }
    this.#floods.add(peer);
    socket.on('close', () => {
      peer.kill();
      peer.encrypted.destroy();
      this.#floods.delete(peer);
    });
    peer.encrypted.on('error', () => socket.destroy());
    socket.pipe(peer.encrypted).pipe(socket);
    this.#open(connection, peer.decrypted, () => {});
  }
}

/** Gives a connection up that could not be served. */
function fail({ socket, record }: Connection, error: Error): void {
  record.handshakeError = error.message;
  record.closedBy ??= 'server';
  socket.destroy();
}

function peerOf(socket: Socket): string {
  return `${socket.localAddress}|${socket.remoteAddress}|${socket.remotePort}`;
}
