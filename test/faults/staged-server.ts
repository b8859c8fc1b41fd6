import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { type TLSSocket, type TlsOptions, Server as TlsServer } from 'node:tls';
import { frame } from '../../src/testing/answers.js';
import { FrameReader } from '../../src/testing/framing.js';
import { answerTo, type ParsedQuery, parseQuery, testCertificates } from '../../src/testing/index.js';

/** What a staged server does; what is absent it does well. */
export interface Act {
  /** Instead of TLS, on every new connection. */
  readonly tcp?: (socket: Socket) => void;
  /** Lies between TCP and TLS. */
  readonly between?: (socket: Socket) => Duplex;
  /** How TLS is set up. */
  readonly tls?: TlsOptions;
  /** When a session stands; for those that are open, when the act begins. */
  readonly opened?: (session: StagedSession) => void;
  /** When a query has come. */
  readonly asked?: (session: StagedSession, query: ParsedQuery) => void;
}

/** A TLS session of a staged server. */
export class StagedSession {
  /** The TCP connection beneath it. */
  readonly beneath: Socket;
  readonly #tls: TLSSocket;

  constructor(tls: TLSSocket, beneath: Socket) {
    this.#tls = tls;
    this.beneath = beneath;
  }

  /** Sends a message with its length octets. */
  send(message: Uint8Array): void {
    this.raw(frame(message));
  }

  /** Sends octets as they are. */
  raw(octets: Uint8Array): void {
    if (this.#tls.writable) this.#tls.write(octets);
  }

  /** Closes cleanly, after what was sent. */
  end(): void {
    this.#tls.end();
  }
}

/** The right answer. */
export function rightAnswer(query: ParsedQuery): Buffer {
  return answerTo(query, { pad: true });
}

const GOOD: Act = {};

/** A DoT server whose misdeeds are staged octet by octet. */
export class StagedServer {
  /** Grows with every sign of life. */
  activity = 0;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #sessions = new Set<StagedSession>();
  #act: Act = GOOD;

  private constructor() {
    this.#server = createServer({ noDelay: true }, (socket) => this.#accept(socket));
  }

  /** Starts one that does everything well. */
  static async start(address: string): Promise<StagedServer> {
    const started = new StagedServer();
    started.#server.listen(0, address);
    await once(started.#server, 'listening');
    return started;
  }

  get port(): number {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('it does not listen');
    return address.port;
  }

  /** The act begins. */
  play(act: Act): void {
    this.#act = act;
    for (const session of this.#sessions) act.opened?.(session);
  }

  /** Ends everything. */
  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  #accept(socket: Socket): void {
    this.activity++;
    this.#sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      this.activity++;
      this.#sockets.delete(socket);
    });
    const { tcp, between, tls } = this.#act;
    if (tcp !== undefined) {
      tcp(socket);
      return;
    }
    // One for each connection, so that a session knows what is beneath it.
    const server = new TlsServer({ ...testCertificates.good, ALPNProtocols: ['dot'], ...tls });
    server.on('secureConnection', (secured) => this.#open(secured, socket));
    server.on('tlsClientError', () => this.activity++);
    server.emit('connection', between?.(socket) ?? socket);
  }

  #open(tls: TLSSocket, beneath: Socket): void {
    this.activity++;
    const session = new StagedSession(tls, beneath);
    const reader = new FrameReader();
    this.#sessions.add(session);
    tls.on('error', () => tls.destroy());
    tls.on('close', () => this.#sessions.delete(session));
    tls.on('data', (chunk: Buffer) => {
      for (const message of reader.push(chunk)) {
        this.activity++;
        const query = parseQuery(message);
        if (query !== undefined) this.#asked(session, query);
      }
    });
    this.#act.opened?.(session);
  }

  #asked(session: StagedSession, query: ParsedQuery): void {
    const { asked } = this.#act;
    if (asked === undefined) session.send(rightAnswer(query));
    else asked(session, query);
  }
}
