import type { Endpoint, Failure } from '../../state/model.js';
import type { Shape } from '../../wire/opt.js';
import type { WarmSession } from '../exchange.js';
import type { Written } from '../session/in-flight.js';
import { StreamSession } from '../session/session.js';
import type { SessionShare } from '../session/session-options.js';
import type { Authenticator } from '../tls/authenticator.js';
import type { OctetsRead } from '../tls/octets-read.js';
import { openTls, type TlsOptions, type TlsUp } from '../tls/tls.js';
import { AckWait } from './ack-waits.js';
import type { RecordWatch, WatchedSession } from './record-watch.js';
import { sessionKey } from './session-key.js';

/**
 * What became of a ticket: its server broke at it (`refused`), or took it, whereupon the session was lost before any answer
 * (`doubted`), or has answered (`proven`).
 */
export type TicketFate = 'refused' | 'doubted' | 'proven';

/** Who a session belongs to. It is told what it listens to. */
export interface DotSessionListener {
  /** TLS stands. */
  opened?(session: DotSession, up: TlsUp): void;
  /** It has become busy, idle or closed. */
  changed?(session: DotSession): void;
  /** A ticket came; nothing may be written from here (see `TlsListener`). */
  ticket(session: DotSession, ticket: Buffer): void;
  /** What became of the ticket that was shown; each at most once. */
  ticketShown?(session: DotSession, fate: TicketFate): void;
  /** Its server may not bear half a frame; `idle` where no query was in flight. */
  nudgeHarmed(session: DotSession, idle: boolean): void;
  /** It was silent and has answered; whether it is to take queries again. Absent: it is not. */
  speaksAgain?(session: DotSession): boolean;
  /** It was lost with queries, or before it stood, and not by us; see `StreamSession.lostBusy`. */
  lost?(session: DotSession): void;
  /** Its server did what no query carries. */
  faulted?(session: DotSession, failure: Failure): void;
}

/** How a session is opened. */
export interface SessionOptions extends TlsOptions {
  readonly owner: DotSessionListener;
  /** What sees floods of records without data. */
  readonly records: RecordWatch;
  /** The longest answer accepted, in octets; default 65,535. */
  readonly maxAnswer?: number | undefined;
  /** What it shares with others of its exchange. */
  readonly share?: SessionShare | undefined;
  /** How long half a frame may stand, in milliseconds; `undefined` where none may be begun. */
  readonly halfFrameMs: number | undefined;
  /** What is known of its endpoint's answers that wait; absent for a session on its own. */
  readonly ackWait?: AckWait | undefined;
  /** Whether it stands beside another that has answered; default: no. */
  readonly beside?: boolean | undefined;
}

/** One DoT session: a session over TLS, with what outlives it: tickets, and the shape of query that its server takes. */
export class DotSession extends StreamSession<TlsUp> implements WarmSession, WatchedSession {
  /** The shape of query that the probe found to work here. */
  shape: Shape | undefined;
  /** Its tickets are not wanted: it is of another network, or its endpoint is forgotten. */
  letGo = false;
  /** Tickets that came before anybody could use them. */
  readonly tickets: Buffer[] = [];
  /** By what it is found: its endpoint's key, and that of what it has to prove. */
  readonly key: string;
  /** What its server has to prove; absent: nothing. */
  readonly authenticator: Authenticator | undefined;
  /** Our own address on it, where it is one of our interfaces' and the socket tells it. */
  localAddress: string | undefined;
  /** Whether it was begun with a ticket. */
  readonly showsTicket: boolean;
  /** Whether half a frame has done no harm here. */
  bearsNudges: boolean;
  /** Whether it is opened in place of one that has fallen silent: queries wait for it no longer than for an open one. */
  replacesSilent = false;
  /** Whether it stands beside another of its endpoint and demand, which would do. */
  readonly beside: boolean;
  /** What is known of its endpoint's answers that wait. */
  ackWait: AckWait;
  /** When no answer is expected on it any more, on the monotonic clock. */
  quietAt: number = Number.NEGATIVE_INFINITY;
  /** When the latest answer came, on the monotonic clock. */
  #answeredAt = Number.NEGATIVE_INFINITY;
  /** Whether its owner knows that it was lost before any answer. */
  #doubted = false;
  #owner: DotSessionListener;
  #records: RecordWatch;

  /**
   * Begins to open a session.
   *
   * @param endpoint - where to
   * @param options - how
   */
  constructor(endpoint: Endpoint, options: SessionOptions) {
    super(endpoint, { ...options, tails: true });
    this.key = sessionKey(endpoint, options.authenticator);
    this.authenticator = options.authenticator;
    this.showsTicket = options.ticket !== undefined;
    this.#owner = options.owner;
    this.#records = options.records;
    this.bearsNudges = options.halfFrameMs !== undefined;
    this.ackWait = options.ackWait ?? new AckWait();
    this.beside = options.beside ?? false;
    if (this.beside) this.provenElsewhere(this.ackWait.comeMs);
    this.begin((listener) =>
      openTls(endpoint, options, {
        ...listener,
        ticket: (ticket) => {
          this.#owner.ticket(this, ticket);
          this.heard();
        },
        ticketRefused: () => this.#owner.ticketShown?.(this, 'refused'),
        flooded: () => this.malformed('tickets without end'),
      }),
    );
  }

  /**
   * Gives it to another owner, who may get answers of any length.
   *
   * @param owner - who it belongs to from now on
   * @param share - what it shares with the owner's others
   * @param records - what sees floods on the owner's sessions
   * @param halfFrameMs - how long its server bears half a frame, as far as the owner knows, in milliseconds; `undefined` where
   *   none may be begun
   * @param ackWait - what the owner knows of its endpoint's answers that wait
   */
  handOver(
    owner: DotSessionListener,
    share: SessionShare,
    records: RecordWatch,
    halfFrameMs: number | undefined,
    ackWait: AckWait,
  ): void {
    this.#owner = owner;
    this.ackWait = ackWait;
    this.#records.delete(this);
    this.#records = records;
    records.add(this);
    this.bearsNudges = halfFrameMs !== undefined;
    this.join(share, halfFrameMs);
  }

  /** Whether it has answered a query. */
  get hasAnswered(): boolean {
    return this.#answeredAt > Number.NEGATIVE_INFINITY;
  }

  /** Whether no answer is expected on it within a round trip, so that the next one does not wait for our acknowledgement. */
  isQuiet(now: number): boolean {
    return now >= this.quietAt;
  }

  /** A query is being given to it. The answer to one that comes too soon waits; until when, the one before it says. */
  expects(now: number): void {
    if (this.isQuiet(now)) this.quietAt = now + this.ackWait.comeMs;
  }

  /** {@inheritDoc WatchedSession.octetsRead} */
  get octetsRead(): OctetsRead | undefined {
    return this.up?.octetsRead;
  }

  /** {@inheritDoc WatchedSession.floodedWithRecords} */
  floodedWithRecords(): void {
    this.malformed('records without data');
  }

  /** {@inheritDoc StreamSession.opened} */
  protected override opened(up: TlsUp): void {
    // One more silence is evidence, or a server that is mute would be that of one session after the other.
    if (up.resumed && !this.replacesSilent) this.provenElsewhere(up.handshakeMs);
    this.#records.add(this);
    this.#owner.opened?.(this, up);
  }

  /** {@inheritDoc StreamSession.changed} */
  protected override changed(): void {
    if (this.closed) this.#records.delete(this);
    this.#owner.changed?.(this);
  }

  /** {@inheritDoc StreamSession.nudgeHarmed} */
  protected override nudgeHarmed(idle: boolean): void {
    this.bearsNudges = false;
    this.#owner.nudgeHarmed(this, idle);
  }

  /** {@inheritDoc StreamSession.isWantedAgain} */
  protected override isWantedAgain(): boolean {
    return this.#owner.speaksAgain?.(this) === true;
  }

  /** {@inheritDoc StreamSession.took} */
  protected override took({ at, opened }: Written, now: number): void {
    const gapMs = now - this.#answeredAt;
    if (!this.hasAnswered && this.up?.resumed === true) this.#owner.ticketShown?.(this, 'proven');
    this.#answeredAt = now;
    // The first of a session comes with its tickets; and what comes at one moment is one arrival.
    if (gapMs > 0 && !opened) this.ackWait.answered(now - at, gapMs, now);
    // What waited for our acknowledgement of this one is sent when it has that.
    if (this.ackWait.waits) this.quietAt = this.busy ? now + this.ackWait.comeMs : now;
  }

  /** {@inheritDoc StreamSession.lostBusy} */
  protected override lostBusy(): void {
    // With TLS 1.3 it stands before its server, or another one behind the same address, has seen that it took our ticket.
    if (this.up?.resumed === true && !this.hasAnswered && !this.#doubted) this.#owner.ticketShown?.(this, 'doubted');
    // Where it is silent, this is called once more for each of its queries whose time is over: that is no other loss.
    this.#doubted = true;
    this.#owner.lost?.(this);
  }

  /** {@inheritDoc StreamSession.faulted} */
  protected override faulted(failure: Failure): void {
    this.#owner.faulted?.(this, failure);
  }
}
