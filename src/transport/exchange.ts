import type { Authentication } from '../contact/authentication.js';
import type { Endpoint, Failure, Times } from '../state/model.js';
import { has } from './check-options.js';

/** How one exchange is to run. */
export interface ExchangeOptions {
  /**
   * When it aborts, the caller no longer wants the answer and gets `signal.reason`. At the attempt's limit it aborts as well: an
   * exchange that then rejects has met a silent server; one that has not settled 100 ms later is at fault itself (`local`).
   */
  readonly signal: AbortSignal;
  /**
   * How the server has to prove who it is before the message is sent; absent: not at all. Only given to an exchange that
   * {@link Exchange.authenticates}.
   */
  readonly authentication?: Authentication | undefined;
  /** As {@link AttemptOptions.mayBeSent}; an exchange of a host's own that sends a message more than once asks each time. */
  readonly mayBeSent?: (() => boolean) | undefined;
}

/** How an attempt is to run, beyond its time. */
export interface AttemptOptions {
  /**
   * Whether the message may still be sent: asked each time before it leaves, sent again or over TCP included, for other rules
   * may be in force by then. Where it may not, the attempt fails as `local` with detail `rule`. Absent: it may.
   */
  readonly mayBeSent?: (() => boolean) | undefined;
  /**
   * How long it waits at most until a session may be opened, in milliseconds; where it would surely have to wait longer, it is
   * refused at once. Default: a quarter of its time.
   */
  readonly openingMs?: number | undefined;
}

/**
 * A way to carry one DNS message to a server and bring back the answer: bytes in, bytes out. Hosts bring their own DNS
 * clients by wrapping them in this; `DotExchange` and `Do53Exchange` are ours.
 *
 * It should reject with a `TransportError` that tells phase and kind (`classifyError` makes one of any error of Node's);
 * any other rejection counts as `local`: a host's bug demotes no server. It is told by the event `hostError`, as it was.
 */
export interface Exchange {
  /**
   * Carries a message and brings the answer.
   *
   * @param endpoint - where to
   * @param message - a DNS query in wire format, without the two length octets of TCP
   * @param options - signal
   * @returns the answer in wire format, with the query's id
   */
  exchange(endpoint: Endpoint, message: Uint8Array, options: ExchangeOptions): Promise<Uint8Array>;
  /** Closes what is open; waiting calls reject. Idempotent. */
  close(): Promise<void>;
  /**
   * Whether it heeds {@link ExchangeOptions.authentication}: not one message is sent on a session that has not proven what
   * was demanded. What demands authentication goes over no other exchange.
   */
  readonly authenticates?: boolean | undefined;
}

/** What an exchange of ours tells beside the bytes. */
export interface Reply {
  /** The answer: the caller's id, the question as the server sent it, without what we had added. */
  readonly message: Uint8Array;
  /** Its response code, extension included, where the exchange has read it. */
  readonly rcode?: number | undefined;
  /**
   * How long each phase took, in milliseconds; `connect` and `handshake` are absent on a session that was open. `total` is
   * from the attempt's beginning to the answer: it tells when that came.
   */
  readonly times: Times;
  /** Whether the peer's certificate was verified as a rule demanded; RFC 9539 section 4.6.3.4 accepts any. */
  readonly authenticated: boolean;
}

/** Who is told how an attempt ended; one of the two is called, once. */
export interface AttemptListener {
  /** It has brought an answer. */
  answered(reply: Reply): void;
  /** It has failed; what `done` would reject with. */
  failed(error: unknown): void;
}

/** One exchange under way, which its caller may leave without cutting it short. */
export interface Attempt {
  /** The answer, or a `TransportError`. */
  readonly done: Promise<Reply>;
  /**
   * Tells one listener, as well as `done` where that is used: a promise a query is a good part of what a query costs.
   * Absent where there is nothing but `done`. The listener is never called from inside this.
   */
  listen?(listener: AttemptListener): void;
  /**
   * Until when it has to do with a fresh session, after the one that it was sent on was lost, on the monotonic clock: before,
   * nobody need be asked otherwise. Absent or past where it has not.
   */
  readonly freshUntil?: number | undefined;
  /**
   * Takes back a message that has not been written yet: it is not sent, and `done` rejects with a `local` failure, from
   * which nothing is learned. While its session is being opened, `done` waits for the end of that, and rejects with the
   * connection's own failure if it fails: that is evidence, even where nobody waits. What has been written lives to
   * its own limit and ends as evidence.
   *
   * @returns whether it was still unwritten
   */
  withdraw(): boolean;
}

/** An exchange that can be left without being cut short, and takes over a session that a probe has opened. */
export interface AttemptingExchange extends Exchange {
  /**
   * Begins an exchange that its caller may leave.
   *
   * @param endpoint - where to
   * @param message - a DNS query in wire format
   * @param timeoutMs - how long the attempt may live, in milliseconds
   * @param authentication - as {@link ExchangeOptions.authentication}
   * @param options - how it is to run
   */
  attempt(
    endpoint: Endpoint,
    message: Uint8Array,
    timeoutMs: number,
    authentication?: Authentication,
    options?: AttemptOptions,
  ): Attempt;
  /** Whether a session stands open there, so that no handshake lies before the answer; absent where there are none. */
  isOpen?(endpoint: Endpoint): boolean;
}

/** Whether an exchange offers {@link AttemptingExchange.attempt}. */
export function isAttempting(exchange: Exchange): exchange is AttemptingExchange {
  return has(exchange, 'attempt');
}

/** A session that a probe opened and hands over to the next query. */
export interface WarmSession {
  /** Closes it where nobody takes it over. */
  close(): void;
}

/** An exchange that can take over a probe's session, which saves the next query its handshake. */
export interface AdoptingExchange extends Exchange {
  /**
   * Takes over a probe's session.
   *
   * @param endpoint - whose session it is
   * @param session - the probe's session
   * @returns whether it was taken; if not, the caller closes it
   */
  adopt(endpoint: Endpoint, session: WarmSession): boolean;
}

/** An exchange that tells of what servers do while no query of theirs is there to carry it. */
export interface FaultTelling extends Exchange {
  /**
   * Listens to faults of servers on sessions without a query: answers that nobody asked for, tickets without end,
   * another handshake. Faults that a query meets are told by its rejection alone.
   *
   * @param listener - is given the endpoint and what it did, once a session
   * @returns takes the listener back
   */
  onFault(listener: (endpoint: Endpoint, failure: Failure) => void): () => void;
}

/** An exchange that tells which keys servers show. */
export interface KeyTelling extends Exchange {
  /**
   * Listens to the keys of servers.
   *
   * @param listener - is given the endpoint and the Base64 of the SHA-256 of its SubjectPublicKeyInfo, at each full handshake
   * @returns takes the listener back
   */
  onKey(listener: (endpoint: Endpoint, spki: string) => void): () => void;
}

/** An exchange that tells how long TLS handshakes take. */
export interface HandshakeTelling extends Exchange {
  /**
   * Listens to handshakes that have succeeded, resumed ones included.
   *
   * @param listener - is given the endpoint and how long the handshake took, TCP's not included, in milliseconds
   * @returns takes the listener back
   */
  onHandshake(listener: (endpoint: Endpoint, ms: number) => void): () => void;
}

/**
 * Drops what an exchange holds from another network: sessions and tickets, as far as it has any.
 *
 * @param exchange - ours or a host's own
 * @returns nothing, of ours; a host's own may be asynchronous
 */
export function resetExchange(exchange: Exchange & { reset?(): unknown }): unknown {
  return exchange.reset?.();
}

/**
 * Drops what an exchange holds for one endpoint, as far as it holds anything.
 *
 * @param exchange - ours or a host's own
 * @param key - the endpoint's key
 * @returns as {@link resetExchange}
 */
export function forgetEndpoint(exchange: Exchange & { closeEndpoint?(key: string): unknown }, key: string): unknown {
  return exchange.closeEndpoint?.(key);
}
