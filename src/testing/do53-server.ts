import { createSocket, type Socket as Datagrams, type RemoteInfo } from 'node:dgram';
import { once } from 'node:events';
import { createServer, isIPv6, type Server, type Socket } from 'node:net';
import { FORGED_ADDRESS, frame, otherQuestion, type RcodeName } from './answers.js';
import type { ClearFault } from './faults.js';
import { FrameReader } from './framing.js';
import type { Journal } from './journal.js';
import { type ParsedQuery, parseQuery } from './query.js';
import type { Responder } from './responder.js';

const RCODES: Partial<Record<ClearFault, RcodeName>> = {
  refused: 'REFUSED',
  servfail: 'SERVFAIL',
  nxdomain: 'NXDOMAIN',
};

/** The Do53 port of a fault server: UDP and TCP. */
export class Do53Server {
  readonly #address: string;
  readonly #port: number;
  readonly #responder: Responder;
  readonly #journal: Journal;
  readonly #sockets = new Set<Socket>();
  readonly #timers = new Set<NodeJS.Timeout>();
  #listening: { udp: Datagrams; forger: Datagrams; tcp: Server } | undefined;
  #fault: ClearFault = 'closed';
  #delayMs = 0;

  /**
   * @param address - where to listen
   * @param port - the port, for UDP and TCP
   * @param responder - makes the answers
   * @param journal - where to count
   */
  constructor(address: string, port: number, responder: Responder, journal: Journal) {
    this.#address = address;
    this.#port = port;
    this.#responder = responder;
    this.#journal = journal;
  }

  /** Changes what is wrong with it; starts or stops listening as that needs. */
  async set(fault: ClearFault, delayMs: number): Promise<void> {
    this.#fault = fault;
    this.#delayMs = delayMs;
    if (fault === 'closed') await this.#stop();
    else await this.#listen();
  }

  /** Ends everything. */
  async close(): Promise<void> {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
    await this.#stop();
  }

  async #listen(): Promise<void> {
    if (this.#listening !== undefined) return;
    const family = isIPv6(this.#address) ? 'udp6' : 'udp4';
    const udp = createSocket(family, (message, peer) => this.#overUdp(message, peer));
    const forger = createSocket(family);
    const tcp = createServer({ noDelay: true }, (socket) => this.#accept(socket));
    this.#listening = { udp, forger, tcp };
    udp.bind(this.#port, this.#address);
    forger.bind(0, this.#address);
    tcp.listen(this.#port, this.#address);
    await Promise.all([udp, forger, tcp].map((socket) => once(socket, 'listening')));
    // A datagram that cannot be sent is a datagram lost.
    for (const socket of [udp, forger]) socket.on('error', () => {});
  }

  async #stop(): Promise<void> {
    const listening = this.#listening;
    if (listening === undefined) return;
    this.#listening = undefined;
    const closed = Promise.all([listening.udp, listening.forger, listening.tcp].map((one) => once(one, 'close')));
    listening.udp.close();
    listening.forger.close();
    listening.tcp.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #overUdp(message: Buffer, peer: RemoteInfo): void {
    this.#journal.received('udp', message);
    const query = parseQuery(message);
    if (query === undefined || this.#fault === 'silent') return;
    this.#later(() => {
      if (this.#fault.startsWith('forge')) this.#forge(query, peer);
      if (this.#fault === 'forge-only') return;
      const truncated = this.#fault === 'truncate';
      const answer = this.#responder.overDo53(query, { ...this.#rcode(), truncated });
      this.#listening?.udp.send(answer, peer.port, peer.address);
    });
  }

  #forge(query: ParsedQuery, peer: RemoteInfo): void {
    const forged = (changed: Partial<ParsedQuery>) =>
      this.#responder.overDo53({ ...query, ...changed }, { address: FORGED_ADDRESS });
    const { udp, forger } = this.#listening ?? {};
    udp?.send(forged({ id: query.id ^ 0x5555 }), peer.port, peer.address);
    forger?.send(forged({}), peer.port, peer.address);
    udp?.send(forged({ question: otherQuestion(query) }), peer.port, peer.address);
  }

  #accept(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    const reader = new FrameReader();
    socket.on('data', (chunk) => {
      for (const message of reader.push(chunk)) this.#overTcp(socket, message);
    });
  }

  #overTcp(socket: Socket, message: Buffer): void {
    this.#journal.received('tcp', message);
    const query = parseQuery(message);
    if (query === undefined || this.#fault === 'silent') return;
    this.#later(() => {
      if (!socket.destroyed) socket.write(frame(this.#responder.overDo53(query, this.#rcode())));
    });
  }

  /** The response code that the fault imposes; without one the zone's or the name's holds. */
  #rcode(): { rcode?: RcodeName } {
    const rcode = RCODES[this.#fault];
    return rcode === undefined ? {} : { rcode };
  }

  #later(run: () => void): void {
    if (this.#delayMs === 0) {
      run();
      return;
    }
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      run();
    }, this.#delayMs);
    this.#timers.add(timer);
  }
}
