import { type Clock, systemClock } from '../../common/clock.js';
import { InvalidInputError } from '../../common/errors.js';
import { KeepAlive } from '../../common/keep-alive.js';
import type { Authentication } from '../../contact/authentication.js';
import type { Names } from '../../state/known-names.js';
import type { Endpoint } from '../../state/model.js';
import { awaited, QueryAttempt, type QueryListener } from '../attempt.js';
import { checkEndpoint, checkOptions, checkTimeout } from '../check-options.js';
import type { Attempt, AttemptingExchange, AttemptOptions, ExchangeOptions } from '../exchange.js';
import { exchangeClosed } from '../failure.js';
import { Do53Query, type Do53QueryDeps, type Do53Request } from './query.js';
import { TcpPool } from './tcp-server.js';
import { UdpPool } from './udp-server.js';

/** How a {@link Do53Exchange} works. */
export interface Do53ExchangeOptions {
  /** Where it reads time; default the system's clock. */
  readonly clock?: Clock | undefined;
  /** For each exchange, in milliseconds; default 5,000, above 0, at most an hour. */
  readonly timeoutMs?: number | undefined;
}

const TIMEOUT_MS = 5_000;
const NAMES: Names<Do53ExchangeOptions> = { clock: true, timeoutMs: true };

/**
 * Plain DNS: over UDP, sent again after 400 ms, or twice as long as the server takes, and after twice that; over TCP where the
 * answer is truncated or malformed, where three datagrams match nothing, and where the query has more than 1,232 octets, or more
 * than the server's answers say that it takes (512 at least); and beside UDP where the third datagram is not answered either.
 * Queries go out as the host made them, but for their id.
 *
 * **Ports.** Every UDP socket is connected, and its port is the system's choice. A query on its own has a socket of its
 * own, closed with its answer. Of a busy server's queries up to 32 share a socket, within a second of its birth, spread
 * at random over eight sockets or more. A forger who cannot see the traffic must guess port and id, one in 1.85 thousand
 * million on Linux; on a port that he knows to be in use he has three tries at an id, 1 in 21,845, before its queries go
 * over TCP (RFC 5452).
 *
 * **Bounds.** 1,024 UDP sockets, 256 to one server; 256 TCP sessions, one to a server, or 8 where it closes them after a
 * few answers. What finds no room waits, 8,192 queries for UDP and 4,096 for TCP, as long as its limit lets it; beyond,
 * it fails as `local` with detail `budget`. One that waits costs 1 KB, all of them 12 MB. TCP sessions are shared (RFC
 * 7766), and closed after 3 s without a query.
 *
 * The guard has no say here: what a host asks for over Do53 goes where the host says.
 */
export class Do53Exchange implements AttemptingExchange {
  readonly #clock: Clock;
  readonly #timeoutMs: number;
  readonly #keepAlive: KeepAlive;
  readonly #context: Do53QueryDeps;
  #closed = false;

  /**
   * @param options - how it works
   * @throws `InvalidInputError` `INVALID_OPTION`
   */
  constructor(options: Do53ExchangeOptions = {}) {
    checkOptions(options, NAMES);
    this.#clock = options.clock ?? systemClock;
    this.#timeoutMs = options.timeoutMs ?? TIMEOUT_MS;
    this.#keepAlive = new KeepAlive(this.#clock);
    this.#context = { clock: this.#clock, udp: new UdpPool(this.#clock), tcp: new TcpPool(this.#clock) };
  }

  /**
   * {@inheritDoc Exchange.exchange}
   *
   * @throws `InvalidInputError` for a message that cannot be sent, an endpoint without key, port 853, or no signal;
   *   `TransportError`; `DotscoutError` `CLOSED`; `signal.reason`
   */
  exchange(endpoint: Endpoint, message: Uint8Array, options: ExchangeOptions): Promise<Uint8Array> {
    return awaited(this.#keepAlive, options, (listener) => {
      const { mayBeSent } = options;
      return this.#query({ endpoint, message, timeoutMs: this.#timeoutMs, mayBeSent }, listener);
    });
  }

  /**
   * Begins an exchange that its caller may leave without cutting it short. It does not keep the process alive; who
   * awaits it does.
   *
   * @throws `InvalidInputError` for a message, port or limit that cannot be used; `DotscoutError` `CLOSED`
   */
  attempt(
    endpoint: Endpoint,
    message: Uint8Array,
    timeoutMs: number,
    _authentication?: Authentication,
    options?: AttemptOptions,
  ): Attempt {
    const request = { endpoint, message, timeoutMs, mayBeSent: options?.mayBeSent };
    return new QueryAttempt(this.#query, request);
  }

  /** Lets what is open finish and takes fresh sockets for what comes: the host is on another network. */
  reset(): void {
    this.#context.udp.reset();
    this.#context.tcp.reset();
  }

  /** {@inheritDoc Exchange.close} */
  async close(): Promise<void> {
    this.#closed = true;
    this.#context.udp.close(exchangeClosed);
    this.#context.tcp.close(exchangeClosed);
  }

  /** The same as {@link Do53Exchange.close}. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  readonly #query = (request: Do53Request, listener: QueryListener): Do53Query => {
    const { endpoint, timeoutMs } = request;
    checkEndpoint(endpoint);
    checkTimeout(timeoutMs);
    // RFC 7858 section 3.1: no clear text on DoT's port.
    if (endpoint.port === 853) throw new InvalidInputError('INVALID_PORT', endpoint.port, 'a port for plain DNS');
    const query = new Do53Query(this.#context, request, listener);
    if (this.#closed) throw exchangeClosed();
    return query;
  };
}
