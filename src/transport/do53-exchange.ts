import { type Clock, systemClock } from '../clock.js';
import { DotscoutError, InvalidInputError } from '../errors.js';
import type { Endpoint } from '../state/model.js';
import { answerUnlessAborted } from './abort.js';
import { BoundedMap } from './bounded-map.js';
import { checkOptions, checkTimeout } from './check-options.js';
import { Do53Attempt, type Do53Context } from './do53-attempt.js';
import type { Attempt, AttemptingExchange, ExchangeOptions } from './exchange.js';
import { KeepAlive } from './keep-alive.js';
import { checkQuery } from './message.js';

/** How a {@link Do53Exchange} works. */
export interface Do53ExchangeOptions {
  /** Where it reads time; default the system's clock. */
  readonly clock?: Clock | undefined;
  /** For each exchange, in milliseconds; default 5,000, above 0, at most an hour. */
  readonly timeoutMs?: number | undefined;
}

const TIMEOUT_MS = 5_000;

/** A query is sent again no sooner than this, in milliseconds. */
const LEAST_RETRANSMIT_MS = 400;

/** Servers whose times are remembered. */
const MAX_SERVERS = 4096;

/** How much one new time moves the smoothed one (RFC 6298 section 2). */
const SMOOTHING = 1 / 8;

/**
 * Plain DNS: over UDP, each query with a socket, port and id of its own (RFC 5452), sent again once; over TCP where the
 * answer is truncated or malformed, or three datagrams match nothing. Queries go out as the host made them, but for
 * their id.
 *
 * The guard has no say here: what a host asks for over Do53 goes where the host says.
 */
export class Do53Exchange implements AttemptingExchange {
  readonly #clock: Clock;
  readonly #timeoutMs: number;
  readonly #keepAlive: KeepAlive;
  readonly #context: Do53Context;
  readonly #attempts = new Set<Do53Attempt>();
  /** Smoothed times by endpoint, in milliseconds. */
  readonly #smoothed = new BoundedMap<string, number>(MAX_SERVERS);
  #closed = false;

  /**
   * @param options - how it works
   * @throws `InvalidInputError` `INVALID_OPTION`
   */
  constructor(options: Do53ExchangeOptions = {}) {
    checkOptions(options);
    this.#clock = options.clock ?? systemClock;
    this.#timeoutMs = options.timeoutMs ?? TIMEOUT_MS;
    this.#keepAlive = new KeepAlive(this.#clock);
    this.#context = {
      clock: this.#clock,
      retransmitMs: ({ key }) => Math.max(LEAST_RETRANSMIT_MS, 2 * (this.#smoothed.get(key) ?? 0)),
      measured: ({ key }, answerMs) => {
        const before = this.#smoothed.get(key) ?? answerMs;
        this.#smoothed.set(key, before + (answerMs - before) * SMOOTHING);
      },
      ended: (attempt) => this.#attempts.delete(attempt),
    };
  }

  /**
   * {@inheritDoc Exchange.exchange}
   *
   * @throws `InvalidInputError` for a message that cannot be sent, or port 853; `TransportError`; `DotscoutError`
   *   `CLOSED`; `signal.reason`
   */
  async exchange(endpoint: Endpoint, message: Uint8Array, options: ExchangeOptions): Promise<Uint8Array> {
    options.signal.throwIfAborted();
    const attempt = this.#begin(endpoint, message, this.#timeoutMs);
    // Nobody will hear what it brings, so its socket need not wait.
    const left = (): void => attempt.cancel(closedError());
    return this.#keepAlive.during(answerUnlessAborted(attempt, options.signal, left));
  }

  /**
   * Begins an exchange that its caller may leave without cutting it short. It does not keep the process alive; who
   * awaits it does.
   *
   * @throws `InvalidInputError` for a message, port or limit that cannot be used; `DotscoutError` `CLOSED`
   */
  attempt(endpoint: Endpoint, message: Uint8Array, timeoutMs: number): Attempt {
    return this.#begin(endpoint, message, timeoutMs);
  }

  /** {@inheritDoc Exchange.close} */
  async close(): Promise<void> {
    this.#closed = true;
    for (const attempt of [...this.#attempts]) attempt.cancel(closedError());
  }

  /** The same as {@link Do53Exchange.close}. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #begin(endpoint: Endpoint, message: Uint8Array, timeoutMs: number): Do53Attempt {
    checkTimeout(timeoutMs);
    // RFC 7858 section 3.1: no clear text on DoT's port.
    if (endpoint.port === 853) throw new InvalidInputError('INVALID_PORT', endpoint.port, 'a port for plain DNS');
    const info = checkQuery(message);
    if (this.#closed) throw closedError();
    const attempt = new Do53Attempt(endpoint, message, info, timeoutMs, this.#context);
    this.#attempts.add(attempt);
    attempt.start();
    return attempt;
  }
}

function closedError(): DotscoutError {
  return new DotscoutError('CLOSED', 'the exchange is closed');
}
