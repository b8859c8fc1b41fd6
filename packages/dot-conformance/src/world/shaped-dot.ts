import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TLSSocket, type Server as TlsServer } from 'node:tls';
import { answerTo, type ParsedQuery, parseQuery, type RcodeName, testCertificates } from 'dotscout/testing';
import { frame } from '../../../../src/testing/answers.js';
import { FrameReader } from '../../../../src/testing/framing.js';
import { Journal, type OpenRecord } from '../../../../src/testing/journal.js';
import { readFirstRecord, resetConnection } from '../../../../src/testing/tcp-faults.js';
import type { Shape } from '../sheet/scenario.js';

/** How long `joined` gathers answers, in milliseconds. */
const JOIN_MS = 200;
const TRUNCATED = 0x02;

/** How it is started. */
export interface ShapedDotOptions {
  readonly address: string;
  /** The zone that it refuses. */
  readonly stranger: string;
  readonly rttMs: number;
  readonly shape: Shape;
}

/** A TCP connection, and its session once the handshake is complete. */
interface Connection {
  readonly socket: Socket;
  readonly record: OpenRecord;
  session?: TLSSocket;
}

/** A DoT port whose answers are wrong in what they say, and sound in all else. */
export class ShapedDot implements AsyncDisposable {
  /** What is wrong with its answers from now on. */
  shape: Shape;
  /** What reached it. */
  readonly journal: Journal = new Journal();
  readonly #options: ShapedDotOptions;
  readonly #tls: TlsServer;
  readonly #tcp: Server;
  /** By the client's address and port: Node's TLS server does not say on which connection a handshake is complete. */
  readonly #connections = new Map<string, Connection>();

  private constructor(options: ShapedDotOptions) {
    this.#options = options;
    this.shape = options.shape;
    const { key, cert } = testCertificates.good;
    this.#tls = createTlsServer({ key, cert, ALPNProtocols: ['dot'] }, (session) => this.#serve(session));
    this.#tcp = createServer({ noDelay: true }, (socket) => this.#accept(socket));
  }

  /** Listens on port 853. */
  static async start(options: ShapedDotOptions): Promise<ShapedDot> {
    const started = new ShapedDot(options);
    started.#tcp.listen(853, options.address);
    await once(started.#tcp, 'listening');
    return started;
  }

  /** Ends all sessions cleanly, or by a reset. */
  closeSessions(by: 'FIN' | 'RST'): void {
    for (const { session, socket } of this.#connections.values()) {
      if (session === undefined) continue;
      if (by === 'FIN') session.end();
      else resetConnection(socket, session);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#tcp.close();
    for (const { socket } of this.#connections.values()) socket.destroy();
  }

  #accept(socket: Socket): void {
    const record = this.journal.connected();
    const peer = peerOf(socket);
    this.#connections.set(peer, { socket, record });
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      this.#connections.delete(peer);
      this.journal.disconnected(record);
    });
    readFirstRecord(socket, record, () => {
      // A TCP connection takes a round trip across a network, and TLS 1.3's handshake another.
      setTimeout(() => {
        if (!socket.destroyed) this.#tls.emit('connection', socket);
      }, 2 * this.#options.rttMs);
    });
  }

  #serve(session: TLSSocket): void {
    const connection = this.#connections.get(peerOf(session));
    if (connection === undefined) return;
    connection.session = session;
    const { record } = connection;
    session.on('error', () => session.destroy());
    this.journal.shookHands(record, {
      ...{ protocol: session.getProtocol() ?? '', alpn: session.alpnProtocol ?? false, serverName: false },
      resumed: session.isSessionReused(),
    });
    const reader = new FrameReader();
    const gathered: Buffer[] = [];
    session.on('data', (chunk: Buffer) => {
      for (const message of reader.push(chunk)) this.#answer(session, record, message, gathered);
    });
  }

  #answer(session: TLSSocket, record: OpenRecord, message: Buffer, gathered: Buffer[]): void {
    this.journal.received('dot', message, record);
    const query = parseQuery(message);
    if (query === undefined) return;
    const { rttMs, stranger } = this.#options;
    const isStrange = query.name === `${stranger}.` || query.name.endsWith(`.${stranger}.`);
    const answer = frame(isStrange ? answerTo(query, { rcode: 'REFUSED' }) : shaped(query, this.shape));
    const write = (octets: Buffer): void => {
      if (session.writable) session.write(octets);
    };
    if (this.shape !== 'joined') {
      setTimeout(write, rttMs, answer);
      return;
    }
    gathered.push(answer);
    if (gathered.length === 1) setTimeout(() => write(Buffer.concat(gathered.splice(0))), JOIN_MS);
  }
}

function peerOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress}|${remotePort}`;
}

const RCODES: Partial<Record<Shape, RcodeName>> = { nxdomain: 'NXDOMAIN', refused: 'REFUSED' };

function shaped(query: ParsedQuery, shape: Shape): Buffer {
  const rcode = RCODES[shape];
  if (rcode !== undefined) return answerTo(query, { rcode, pad: true });
  if (shape === 'truncated') return answerTo(query, { truncated: true, pad: true });
  if (shape === 'upward-referral') return referral(query);
  const answer = answerTo(query, { pad: true, truncated: shape === 'empty' });
  if (shape === 'empty') answer[2] = (answer[2] ?? 0) & ~TRUNCATED;
  return answer;
}

/** What a server says that does not know the zone, and points to the root. */
function referral(query: ParsedQuery): Buffer {
  const record = Buffer.from('\0\0\x02\0\x01\0\0\x0e\x10\0\x09\x07ns-root\0', 'latin1');
  const head = Buffer.alloc(12);
  head.writeUInt16BE(query.id, 0);
  head[2] = 0x80;
  head.writeUInt16BE(1, 4);
  head.writeUInt16BE(1, 8);
  return Buffer.concat([head, query.question, record]);
}
