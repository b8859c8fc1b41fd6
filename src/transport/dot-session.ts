import { DotscoutError, TransportError } from '../errors.js';
import type { Endpoint, Failure, FailureKind } from '../state/model.js';
import type { WarmSession } from './exchange.js';
import { classifyError } from './failure.js';
import { Framing } from './framing.js';
import { IdleLimit } from './idle-limit.js';
import { InFlight, type Written } from './in-flight.js';
import { findOpt } from './message.js';
import type { Shape } from './opt.js';
import { keepaliveOf } from './options.js';
import { QueryLimit } from './query-limit.js';
import type { SessionOutcome, SessionQuery } from './session-query.js';
import { openTls, type TlsFacts, type TlsOpening, type TlsOptions, type TlsUp } from './tls.js';
import { Unsolicited } from './unsolicited.js';
import { Waiting } from './waiting.js';
import { MAX_MESSAGE } from './wire.js';

/** Who a session belongs to. */
export interface SessionOwner {
  /** TLS stands. */
  opened(session: DotSession): void;
  /** It has become busy, idle or closed. */
  changed(session: DotSession): void;
  /** A ticket came; nothing may be written from here (see `TlsListener`). */
  ticket(session: DotSession, ticket: Buffer): void;
}

/** How a session is opened. */
export interface SessionOptions extends TlsOptions {
  readonly owner: SessionOwner;
  /** The longest answer accepted, in octets; default 65,535. */
  readonly maxAnswer?: number | undefined;
}

/** How long a peer may take to acknowledge our closing before we drop the connection, in milliseconds. */
const CLOSE_MS = 250;

type Retry = Extract<SessionOutcome, { retry: unknown }>['retry'];

/**
 * One TLS session: queries in, answers out, in any order (RFC 7766 section 6.2.1.1).
 *
 * One query is written as one TLS record, and the next only from the callback of the one before: NSD 4.6 answers the
 * first query of a record at once and the others when another record comes.
 */
export class DotSession implements WarmSession {
  readonly endpoint: Endpoint;
  /** The shape of query that the probe found to work here. */
  shape: Shape | undefined;
  /** Tickets that came before anybody could use them. */
  readonly tickets: Buffer[] = [];
  /** Whether it came from a probe and nobody has used it since. */
  unused = false;
  readonly #options: SessionOptions;
  readonly #opening: TlsOpening;
  readonly #framing: Framing;
  readonly #idle: IdleLimit;
  readonly #limit: QueryLimit;
  readonly #unsolicited = new Unsolicited();
  readonly #inFlight = new InFlight();
  readonly #waiting = new Waiting();
  readonly #failedWith = new Set<FailureKind>();
  #owner: SessionOwner;
  #state: 'opening' | 'open' | 'closed' = 'opening';
  /** Takes no new queries: the server asked for that, or has fallen silent. */
  #retired = false;
  #up: TlsUp | undefined;
  #writing = false;
  #answered = 0;

  /**
   * Begins to open a session.
   *
   * @param endpoint - where to
   * @param options - how
   */
  constructor(endpoint: Endpoint, options: SessionOptions) {
    this.endpoint = endpoint;
    this.#options = options;
    this.#owner = options.owner;
    this.#framing = new Framing(options.maxAnswer ?? MAX_MESSAGE);
    this.#idle = new IdleLimit(options.clock, () => this.close());
    this.#limit = new QueryLimit(options.clock, (stalled) => this.#expire(stalled));
    this.#opening = openTls(endpoint, options, {
      up: (up) => this.#opened(up),
      failed: (error) => {
        if (error instanceof TransportError) this.#fail(error.failure, error.cause);
        else this.#end(() => error, 'no', false);
      },
      ticket: (ticket) => this.#owner.ticket(this, ticket),
    });
  }

  /** Whether it takes queries. */
  get accepts(): boolean {
    return this.#state !== 'closed' && !this.#retired;
  }

  /** Whether it is over. */
  get closed(): boolean {
    return this.#state === 'closed';
  }

  /** Whether it is being opened, or somebody waits for an answer. */
  get busy(): boolean {
    return this.#state === 'opening' || this.#waiting.size > 0 || this.#inFlight.size > 0;
  }

  /** What the handshake showed, and how long connect and handshake took; `undefined` until they are over. */
  get up():
    | { readonly facts: TlsFacts; readonly resumed: boolean; connectMs: number; handshakeMs: number }
    | undefined {
    return this.#up;
  }

  /**
   * Gives it to another owner, who may get answers of any length.
   *
   * @param owner - who it belongs to from now on
   */
  handOver(owner: SessionOwner): void {
    this.#owner = owner;
    this.#framing.maxLength = MAX_MESSAGE;
  }

  /**
   * Sends a query; its `settle` is never called from inside this.
   *
   * @param query - what to send, while {@link DotSession.accepts}
   */
  send(query: SessionQuery): void {
    const wasBusy = this.busy;
    this.unused = false;
    this.#waiting.add(query, this.#state === 'opening');
    this.#limit.watch(query.limitAt);
    this.#idle.end();
    if (!wasBusy) this.#owner.changed(this);
    this.#write();
  }

  /**
   * Takes back a query that has not been written. It settles as `local`, at once; while the session is being opened,
   * when that has succeeded, or as the opening fails: that is evidence, whoever waits for it.
   *
   * @param query - what was sent
   * @returns whether it was unwritten
   */
  withdraw(query: SessionQuery): boolean {
    if (!this.#waiting.withdraw(query)) return false;
    if (this.#state === 'open') this.#settleWithdrawn();
    return true;
  }

  /**
   * Closes it; what waits on it is told.
   *
   * @param error - what they are told
   */
  close(error: DotscoutError = new DotscoutError('CLOSED', 'the session was closed')): void {
    this.#end(() => error, 'no', true);
  }

  #opened(up: TlsUp): void {
    this.#up = up;
    this.#state = 'open';
    const { socket } = up;
    socket.on('data', (chunk: Buffer) => this.#read(chunk));
    socket.on('end', () => this.#peerClosed());
    socket.on('close', () => this.#peerClosed());
    socket.on('error', (error: NodeJS.ErrnoException) => {
      // Linux says EPIPE, not ECONNRESET, where the peer's FIN had come first: that was a clean close.
      if (error.code === 'EPIPE') this.#peerClosed();
      else this.#fail(classifyError(error, 'answer'), error);
    });
    this.#owner.opened(this);
    this.#settleWithdrawn();
    this.#write();
  }

  #settleWithdrawn(): void {
    const failure: Failure = { phase: 'answer', kind: 'local', detail: 'withdrawn before it was written' };
    for (const query of this.#waiting.drainWithdrawn())
      query.settle({ error: new TransportError(failure), retry: 'no' });
    this.#rest();
  }

  /** Writes the next query, unless one is being written. */
  #write(): void {
    const socket = this.#up?.socket;
    if (this.#writing || socket === undefined || this.#state !== 'open') return;
    for (let next = this.#waiting.next(); next !== undefined; next = this.#waiting.next()) {
      const [query, opened] = next;
      const now = this.#options.clock.now();
      const framed = this.#inFlight.add(query, now, opened);
      if (framed === undefined) {
        queueMicrotask(() => this.#refuse(query));
        continue;
      }
      this.#unsolicited.asked(framed.length, now);
      this.#writing = true;
      socket.write(framed, () => {
        this.#writing = false;
        this.#write();
      });
      return;
    }
  }

  #refuse(query: SessionQuery): void {
    const failure: Failure = { phase: 'answer', kind: 'local', detail: 'its id is in use on the session' };
    query.settle({ error: new TransportError(failure), retry: 'no' });
    this.#rest();
  }

  #read(chunk: Buffer): void {
    if (this.#state !== 'open') return;
    const wrong = this.#framing.push(chunk, (message) => {
      this.#take(message);
      return this.#state === 'open';
    });
    if (wrong !== undefined) this.#fail({ phase: 'answer', kind: 'malformed', detail: wrong });
  }

  #take(message: Uint8Array): void {
    const taken = this.#inFlight.take(message);
    const now = this.#options.clock.now();
    if (taken === 'malformed') this.#fail({ phase: 'answer', kind: 'malformed', detail: 'no answer to the query' });
    else if (taken === 'unmatched') {
      if (!this.#unsolicited.received(message.length, now)) return;
      this.#fail({ phase: 'answer', kind: 'malformed', detail: 'too much that nobody asked for' });
    } else {
      this.#answered++;
      if (taken !== 'late') this.#answer(taken, message, now);
      this.#rest();
    }
  }

  #answer(written: Written, message: Uint8Array, now: number): void {
    const keepalive = keepaliveOf(message, findOpt(message));
    if (keepalive === 0) this.#takeNoMore();
    else this.#idle.honour(keepalive);
    written.query.settle({
      answer: message,
      answerMs: now - written.at,
      ...(written.opened ? { connectMs: this.#up?.connectMs, handshakeMs: this.#up?.handshakeMs } : {}),
    });
  }

  /** Lets it finish what was written and then end; what was not written goes to another session. */
  retire(): void {
    this.#takeNoMore();
    this.#rest();
  }

  #takeNoMore(): void {
    this.#retired = true;
    const failure: Failure = { phase: 'answer', kind: 'local', detail: 'the session takes no more queries' };
    for (const query of this.#waiting.drain()) query.settle({ error: new TransportError(failure), retry: 'free' });
  }

  /** The time of some queries is over. Silence retires an open session: the next query gets a fresh one beside it. */
  #expire(stalled: boolean): void {
    const now = this.#options.clock.now();
    const over = [...this.#inFlight.expire(now), ...this.#waiting.expire(now)];
    const phase = this.#state === 'opening' ? this.#opening.phase : 'answer';
    const failure: Failure = stalled
      ? { phase, kind: 'local', detail: 'our event loop stood still' }
      : { phase, kind: 'silent', detail: 'no answer within the limit' };
    if (over.length > 0 && !stalled && this.#state === 'open') this.#takeNoMore();
    for (const query of over) query.settle({ error: this.#error(failure), retry: 'no' });
    this.#limit.watch(Math.min(this.#inFlight.earliestLimit(), this.#waiting.earliestLimit()));
    this.#rest();
  }

  /** The peer ended the session without an error. If it had answered before, that is its right at any time. */
  #peerClosed(): void {
    const failure: Failure = { phase: 'answer', kind: 'closed', detail: 'the server closed the session' };
    this.#end(() => this.#error(failure), this.#answered > 0 ? 'once' : 'no', true);
  }

  #fail(failure: Failure, cause?: unknown): void {
    this.#end(() => this.#error(failure, cause), 'no', false);
  }

  /** The fault of one session is evidence once, however many queries it carried. */
  #error(failure: Failure, cause?: unknown): TransportError {
    const repeated = this.#failedWith.has(failure.kind);
    this.#failedWith.add(failure.kind);
    return new TransportError(failure, { repeated, cause });
  }

  #rest(): void {
    if (this.#state !== 'open' || this.busy) return;
    if (this.#retired) this.close();
    else if (!this.#idle.running) {
      this.#idle.begin();
      this.#owner.changed(this);
    }
  }

  #end(error: () => DotscoutError, retry: Retry, graceful: boolean): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#idle.cancel();
    this.#limit.cancel();
    this.#hangUp(graceful);
    this.#owner.changed(this);
    for (const query of [...this.#inFlight.drain(), ...this.#waiting.drainWithdrawn()])
      query.settle({ error: error(), retry });
    for (const query of this.#waiting.drain())
      query.settle({ error: error(), retry: retry === 'once' ? 'free' : retry });
  }

  #hangUp(graceful: boolean): void {
    const socket = this.#up?.socket;
    if (socket === undefined) this.#opening.cancel();
    else if (graceful && !socket.destroyed) {
      socket.destroySoon();
      const timer = this.#options.clock.after(CLOSE_MS, () => socket.destroy());
      socket.once('close', () => timer.cancel());
    } else socket.destroy();
  }
}
