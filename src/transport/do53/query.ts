import type { Clock } from '../../common/clock.js';
import type { DotscoutError } from '../../common/errors.js';
import type { Endpoint } from '../../state/model.js';
import { checkQuery, isTruncated } from '../../wire/message.js';
import { putU16 } from '../../wire/octets.js';
import type { OwnQuery, QueryListener } from '../attempt.js';
import { failureIn, forbidden, localError } from '../failure.js';
import type { Carrier } from './pool.js';
import type { UdpOutcome, UdpQuery } from './sent-queries.js';
import { TcpQuery } from './tcp-query.js';
import type { TcpPool } from './tcp-server.js';
import type { UdpPool } from './udp-server.js';

/** What a query needs of its exchange. */
export interface Do53QueryDeps {
  readonly clock: Clock;
  readonly udp: UdpPool;
  readonly tcp: TcpPool;
}

/** What is asked of whom. */
export interface Do53Request {
  readonly endpoint: Endpoint;
  /** The host's query; it is not changed. */
  readonly message: Uint8Array;
  /** Its limit, in milliseconds. */
  readonly timeoutMs: number;
  /** Whether it may still be sent; asked each time before it is. Absent: it may. */
  readonly mayBeSent?: (() => boolean) | undefined;
}

/**
 * One query over UDP, and over TCP where it is too long for a datagram, where the answer is truncated or broken, where a
 * forger seems to guess, or where no answer has come for long: both are then waited for.
 */
export class Do53Query implements UdpQuery, OwnQuery {
  readonly message: Uint8Array;
  readonly questionEnd: number;
  readonly keepId: boolean;
  readonly limitAt: number;
  readonly mayBeSent: (() => boolean) | undefined;
  /** Where it is while it is to go over UDP. */
  carrier: Carrier<UdpQuery> | undefined;
  readonly #endpoint: Endpoint;
  readonly #context: Do53QueryDeps;
  readonly #listener: QueryListener;
  /** The caller's id. */
  readonly #id: number;
  readonly #startedAt: number;
  #tcp: TcpQuery | undefined;
  /** It is sent over UDP once more, from another port, for want of TCP. */
  #isAfresh = false;
  #truncated: { readonly answer: Uint8Array; readonly rcode: number } | undefined;
  #settled = false;

  /**
   * @param context - the exchange
   * @param request - what is asked
   * @param listener - who waits for it
   * @throws `InvalidInputError` as {@link checkQuery}
   */
  constructor(context: Do53QueryDeps, request: Do53Request, listener: QueryListener) {
    const { endpoint, message, timeoutMs, mayBeSent } = request;
    const info = checkQuery(message);
    // The host may use its buffer again. From the pool: a typed array of its own costs the collector more.
    this.message = Buffer.from(message);
    this.questionEnd = info.questionEnd;
    this.keepId = info.signed;
    this.mayBeSent = mayBeSent;
    this.#id = info.id;
    this.#endpoint = endpoint;
    this.#context = context;
    this.#listener = listener;
    this.#startedAt = context.clock.now();
    this.limitAt = this.#startedAt + timeoutMs;
  }

  /** Begins it; it may settle from inside this. */
  start(): void {
    if (this.#context.udp.isTooLong(this.#endpoint, this.message.length)) this.#sendTcp();
    else if (!this.#isForbidden()) this.#context.udp.send(this.#endpoint, this, this.#startedAt);
  }

  /**
   * Takes it back, unless it has been sent; it then fails.
   *
   * @returns whether it was unsent
   */
  withdraw(): boolean {
    // It has been sent before where it is on TCP, or goes over UDP for want of it.
    if (this.#settled || this.#tcp !== undefined || this.#isAfresh) return false;
    if (this.carrier?.withdraw(this) !== true) return false;
    this.#fail(localError('withdrawn before it was sent'));
    return true;
  }

  /** Nobody waits for it: it is given up, wherever it is, and its socket need not wait. */
  leave(): void {
    if (this.#settled) return;
    this.#settled = true;
    this.carrier?.drop(this);
    this.carrier = undefined;
    this.#tcp?.drop();
  }

  /** {@inheritDoc UdpQuery.unanswered} What TCP loses on the way, the system sends again. */
  unanswered(): void {
    if (this.#isAfresh || this.#tcp !== undefined) return;
    if (this.#context.tcp.hasSpare(this.#endpoint)) this.#sendTcp();
  }

  /** {@inheritDoc UdpQuery.settle} */
  settle(outcome: UdpOutcome): void {
    this.carrier = undefined;
    if ('error' in outcome) this.#fail(outcome.error);
    else if ('answer' in outcome && !isTruncated(outcome.answer)) this.#succeed(outcome, outcome.now);
    else {
      if ('answer' in outcome) this.#truncated = outcome;
      // It may be on its way already.
      if (this.#tcp === undefined) this.#sendTcp();
    }
  }

  /** Other rules are in force, and it may not be sent, or not once more. */
  #isForbidden(): boolean {
    const isForbidden = this.mayBeSent?.() === false;
    if (isForbidden) this.#fail(forbidden());
    return isForbidden;
  }

  #sendTcp(): void {
    if (this.#isForbidden()) return;
    const { clock, tcp } = this.#context;
    this.#tcp = new TcpQuery(this, (outcome) => {
      this.#tcp = undefined;
      if ('answer' in outcome) this.#succeed(outcome, clock.now());
      // A datagram may still bring the answer.
      else if (this.carrier !== undefined) return;
      // A truncated answer is better than none: it says what the rcode is, and TC tells the host the rest. So it is where rules
      // forbid more.
      else if (this.#truncated !== undefined) this.#succeed(this.#truncated, clock.now());
      else if (this.#isForbidden()) return;
      else if (this.#isAfresh || !hasNoTcp(outcome.error)) this.#fail(outcome.error);
      // Three datagrams of a forger's must not be all it takes to have no answer of a server that speaks no TCP.
      else this.#sendAfresh();
    });
    tcp.send(this.#endpoint, this.#tcp, clock.now());
  }

  #sendAfresh(): void {
    if (this.#isForbidden()) return;
    this.#isAfresh = true;
    const { clock, udp } = this.#context;
    udp.send(this.#endpoint, this, clock.now());
  }

  /** The answer's memory is ours. */
  #succeed({ answer, rcode }: { readonly answer: Uint8Array; readonly rcode: number }, now: number): void {
    if (this.#settled) return;
    this.leave();
    putU16(answer, 0, this.#id);
    this.#listener.answered(answer, rcode, now - this.#startedAt);
  }

  #fail(error: DotscoutError): void {
    if (this.#settled) return;
    this.leave();
    this.#listener.failed(error);
  }
}

/** Whether a failure says that a server does not take connections. */
function hasNoTcp(error: DotscoutError): boolean {
  const failure = failureIn(error);
  return failure?.phase === 'connect' && failure.kind !== 'local';
}
