import type { TcpNetConnectOpts } from 'node:net';
import type { Duplex } from 'node:stream';
import type { ConnectionOptions, SecureContext, TLSSocket } from 'node:tls';
import type { Clock, Timer } from '../../common/clock.js';
import { type DotscoutError, ignoreRejection, quietly, TransportError } from '../../common/errors.js';
import { deadline, stallAwareTimeout } from '../../common/late-timers.js';
import { type Guard, isAdmitted, refusedByGuard } from '../../contact/guard.js';
import type { Endpoint, HostPart, Phase } from '../../state/model.js';
import { nodeNet, nodeTls } from '../built-ins.js';
import { brokenPart, errorOf, failureIn, silence, wrongShape } from '../failure.js';
import type { StreamListener, StreamOpening, StreamUp } from '../session/stream.js';
import { type Authenticator, type Peer, type Proof, WITHOUT_END } from './authenticator.js';
import { type OctetsRead, octetsRead } from './octets-read.js';
import type { Ticket } from './tickets.js';
import { secureContext } from './tls-context.js';
import { factsOf, peerOf, type TlsFacts } from './tls-facts.js';

/** Gives a host its own sockets: a proxy, another routing domain, a test. What it returns carries the TLS records. */
export type Connect = (endpoint: Endpoint) => Duplex;

/** What opens TLS and how. */
export interface TlsOptions {
  readonly clock: Clock;
  readonly guard: Guard;
  readonly connect?: Connect | undefined;
  /** For connect and handshake together, in milliseconds. */
  readonly timeoutMs: number;
  /** What the server has to prove before the session stands; absent: nothing. */
  readonly authenticator?: Authenticator | undefined;
  /** With which trust anchors; default the system's. */
  readonly context?: SecureContext | undefined;
  /** A ticket to resume with, which is used up by this: of a session that has proven the same. */
  readonly ticket?: Ticket | undefined;
}

/** TLS that stands. */
export interface TlsUp extends StreamUp {
  readonly socket: TLSSocket;
  readonly facts: TlsFacts;
  readonly resumed: boolean;
  readonly handshakeMs: number;
  /** Until when what was demanded is proven, in milliseconds since 1970; `Infinity` where nothing was, or for good. */
  readonly provenUntil: number;
  /** What was read so far; absent where nothing counts. */
  readonly octetsRead: OctetsRead | undefined;
}

/** Who is told how the opening went. */
export interface TlsListener extends StreamListener<TlsUp> {
  /**
   * A ticket came, when TLS stood. Called from inside OpenSSL's reading: what is written to the session from here is lost, so this must
   * do no more than remember it.
   */
  ticket(ticket: Buffer): void;
  /** More tickets came than any server has a use for. */
  flooded(): void;
  /** The handshake with the ticket failed, and a full one did not: the server, or what stands before it, breaks at tickets. */
  ticketRefused?(): void;
}

/**
 * How long a handshake that shows a ticket may stay unanswered before a full one is tried, in milliseconds; at most a
 * quarter of the limit.
 */
const RESUMING_MS = 1_000;

/** Tickets that are kept of one connection: as many as OpenSSL's servers give. */
const MAX_TICKETS = 2;

/** Tickets on one connection after which a server means no good: it may send thousands, a kilobyte each. */
const MAX_TICKETS_BORNE = 16;

/**
 * The memory that all sessions read into. OpenSSL gives out at most a record at once, and the session has used it when the
 * call returns.
 */
const READ_INTO = new Uint8Array(16_384);

/**
 * Opens TLS to an endpoint: ALPN `dot` (RFC 7858, RFC 9539 section 4.4), no clear text ever. Where nothing is demanded, no
 * SNI (section 4.6.3.3), and any certificate is accepted and its check reported (section 4.6.3.4). Where authentication is,
 * TLS does not stand before that has succeeded, so that no message is written before. The sockets keep no process alive.
 *
 * @param endpoint - where to
 * @param options - how
 * @param listener - who is told; exactly one of `up` and `failed` is called unless it is cancelled
 */
export function openTls(endpoint: Endpoint, options: TlsOptions, listener: TlsListener): StreamOpening {
  return new Opening(endpoint, options, listener);
}

class Opening implements StreamOpening {
  phase: Phase = 'connect';
  readonly #endpoint: Endpoint;
  readonly #options: TlsOptions;
  readonly #listener: TlsListener;
  readonly #startedAt: number;
  #connectedAt: number | undefined;
  readonly #limit: Timer;
  #streams: Duplex[] = [];
  #settled = false;
  #isUp = false;
  /** The ticket that is shown, until the server breaks at it. */
  #ticket: Ticket | undefined;
  #resuming: Timer | undefined;
  #early: Buffer[] = [];
  #sink: ((octets: Uint8Array) => void) | undefined;

  constructor(endpoint: Endpoint, options: TlsOptions, listener: TlsListener) {
    this.#endpoint = endpoint;
    this.#options = options;
    this.#listener = listener;
    this.#startedAt = options.clock.now();
    this.#ticket = options.ticket;
    const { clock, timeoutMs } = options;
    this.#limit = stallAwareTimeout(clock, timeoutMs, (stalled) => {
      this.#fail(new TransportError(silence(this.phase, stalled, `nothing within ${timeoutMs} ms`)));
    });
    this.#open();
  }

  cancel(): void {
    this.#settled = true;
    this.#limit.cancel();
    this.#resuming?.cancel();
    this.#destroyStreams();
  }

  #destroyStreams(): void {
    for (const stream of this.#streams.splice(0)) quietly(() => stream.destroy());
  }

  #open(): void {
    try {
      this.#connect();
    } catch (error) {
      queueMicrotask(() => this.#fail(error));
    }
  }

  #connect(): void {
    const { guard, connect, authenticator, context = secureContext() } = this.#options;
    const { address } = this.#endpoint;
    const ticket = this.#ticket;
    if (!mayConnect(guard, address)) throw refusedByGuard(guard, address);
    const raw = connect === undefined ? undefined : usableStream(connect(this.#endpoint));
    const common: ConnectionOptions = {
      // Compared with the certificate for the report; an address is never sent as SNI.
      host: address,
      ALPNProtocols: ['dot'],
      rejectUnauthorized: false,
      secureContext: context,
      ...(ticket === undefined ? {} : { session: ticket.data }),
      // Names are the authenticator's to check, by what it demands; the path to a trust anchor is checked all the same.
      ...(authenticator === undefined ? {} : { checkServerIdentity: () => undefined }),
      ...(authenticator?.serverName === undefined ? {} : { servername: authenticator.serverName }),
    };
    const socket = raw === undefined ? this.#overTcp(common) : this.#over(raw, common);
    this.#watch(socket);
    socket.unref();
    this.#listenForTickets(socket);
    socket.once('secureConnect', () => this.#secured(socket, raw));
  }

  /** Over a TCP connection of its own, which needs no socket of Node's beside it, and reads into one piece of memory. */
  #overTcp(common: ConnectionOptions): TLSSocket {
    const { address: host, port, localAddress } = this.#endpoint;
    const callback = (length: number): boolean => {
      this.#sink?.(READ_INTO.subarray(0, length));
      return true;
    };
    const options: ConnectionOptions & TcpNetConnectOpts = {
      ...common,
      host,
      port,
      localAddress,
      onread: { buffer: READ_INTO, callback },
    };
    const socket = nodeTls().connect(options);
    socket.setNoDelay(true);
    socket.once('connect', () => this.#connected());
    return socket;
  }

  #over(raw: Duplex, common: ConnectionOptions): TLSSocket {
    this.#watch(raw);
    if (raw instanceof nodeNet().Socket && raw.connecting) raw.once('connect', () => this.#connected());
    else this.#connected();
    return nodeTls().connect({ ...common, socket: raw });
  }

  /** The error listener stays for good: a late error of a socket that was given up must not end the process. */
  #watch(stream: Duplex): void {
    this.#streams.push(stream);
    const fail = (error: unknown): void => {
      // A stream of an attempt that showed a ticket tells no more of the one that follows.
      if (this.#streams.includes(stream)) this.#fail(error);
    };
    stream.on('error', fail);
    stream.on('close', () => {
      const { phase } = this;
      fail(new TransportError({ phase, kind: phase === 'connect' ? 'refused' : 'closed' }));
    });
  }

  /** The host's own stream, where that carries it: what it says that nobody knows is its fault. */
  get #part(): HostPart | undefined {
    return this.#options.connect === undefined ? undefined : 'connect';
  }

  #connected(): void {
    const { clock, timeoutMs } = this.#options;
    this.phase = 'handshake';
    this.#connectedAt = clock.now();
    if (this.#ticket === undefined) return;
    this.#resuming = deadline(clock, Math.min(RESUMING_MS, timeoutMs / 4), () => {
      if (!this.#settled) this.#openInFull();
    });
  }

  /** The same attempt goes on without a ticket, on another connection. */
  #openInFull(): void {
    this.#resuming?.cancel();
    this.#ticket = undefined;
    this.#early = [];
    this.#destroyStreams();
    this.phase = 'connect';
    this.#connectedAt = undefined;
    this.#open();
  }

  #listenForTickets(socket: TLSSocket): void {
    let count = 0;
    const take = (ticket: Buffer): void => {
      count++;
      // With TLS 1.2 they come before the certificate has been checked, and must not outlive a check that fails.
      if (!this.#isUp && count <= MAX_TICKETS) this.#early.push(ticket);
      else if (count <= MAX_TICKETS) this.#listener.ticket(ticket);
      if (count <= MAX_TICKETS_BORNE) return;
      socket.off('session', take);
      // Not from inside OpenSSL's reading.
      setImmediate(() => this.#listener.flooded());
    };
    socket.on('session', take);
  }

  #secured(socket: TLSSocket, raw: Duplex | undefined): void {
    if (this.#settled || !this.#streams.includes(socket)) return;
    const { clock, authenticator } = this.#options;
    const ticket = this.#ticket;
    this.#resuming?.cancel();
    const resumed = socket.isSessionReused();
    const peer = resumed ? undefined : peerOf(socket);
    const now = clock.now();
    const proof = proofOf(authenticator, peer, resumed, ticket);
    if ('wrong' in proof) {
      this.#fail(new TransportError({ phase: 'handshake', kind: 'auth', detail: proof.wrong.slice(0, MAX_DETAIL) }));
      return;
    }
    this.#settled = true;
    this.#isUp = true;
    this.#limit.cancel();
    const connectedAt = this.#connectedAt ?? now;
    this.#listener.up({
      socket,
      facts: factsOf(socket, peer),
      resumed,
      provenUntil: proof.until,
      connectMs: connectedAt - this.#startedAt,
      handshakeMs: now - connectedAt,
      octetsRead: octetsRead(socket, raw),
      part: this.#part,
      receive: (sink) => {
        this.#sink = sink;
        // What does not know `onread`, and a host's own stream.
        socket.on('data', sink);
      },
    });
    if (ticket !== this.#options.ticket) this.#listener.ticketRefused?.();
    const session = TICKET_EVENTS_COME_LATE ? socket.getSession() : undefined;
    if (session !== undefined) this.#early = [session];
    for (const early of this.#early.splice(0)) this.#listener.ticket(early);
  }

  #fail(error: unknown): void {
    if (this.#settled) return;
    const told = errorOf(error, this.phase, this.#part);
    if (this.#breaksAtTicket(told)) {
      this.#openInFull();
      return;
    }
    this.cancel();
    this.#listener.failed(told);
  }

  /** Whether a full handshake may succeed where this one has failed: a reset, an alert, or a close at the ticket. */
  #breaksAtTicket(error: DotscoutError): boolean {
    const failure = failureIn(error);
    if (this.#ticket === undefined || failure?.phase !== 'handshake') return false;
    const { kind } = failure;
    return kind === 'closed' || kind === 'alert' || kind === 'not-tls';
  }
}

/**
 * Whether the events `session` of TLS 1.3 come only when the socket closes: so does Deno (2.9), where what `getSession` gives
 * from `secureConnect` on resumes. In Node that gives nothing of use before the event.
 */
const TICKET_EVENTS_COME_LATE = 'Deno' in globalThis;

function mayConnect(guard: Guard, address: string): boolean {
  try {
    return isAdmitted(guard, address);
  } catch (error) {
    throw brokenPart(error, 'guard');
  }
}

/** The longest reason that is told, in characters. */
const MAX_DETAIL = 200;

/** A resumed session shows no certificate: it has proven what its ticket's session had, for as long as that held. */
function proofOf(
  authenticator: Authenticator | undefined,
  peer: Peer | undefined,
  resumed: boolean,
  ticket: Ticket | undefined,
): Proof {
  if (authenticator === undefined) return WITHOUT_END;
  if (!resumed) return authenticator.check(peer);
  return ticket === undefined ? { wrong: 'resumed without a ticket of ours' } : { until: ticket.until };
}

/**
 * What a host's `connect` gave, which may be anything. Without a stream of its own we connect nowhere: the host has its
 * reasons.
 *
 * @param given - whatever came
 * @throws `TransportError` `local`
 */
function usableStream(given: unknown): Duplex {
  ignoreRejection(given);
  const { on, write, destroy, destroyed: over } = Object(given) as Record<string, unknown>;
  if ([on, write, destroy].every((method) => typeof method === 'function') && over !== true) return given as Duplex;
  // It may have its error still to tell, which nobody else would hear: that would end the process.
  if (over === true && typeof on === 'function') on.call(given, 'error', () => undefined);
  const detail = over === true ? 'connect gave a stream that is over' : 'connect gave no stream';
  throw wrongShape(given, { phase: 'connect', kind: 'local', detail, part: 'connect' });
}
