import type { SecureContext } from 'node:tls';
import { BoundedMap } from '../../common/bounded-map.js';
import type { Clock } from '../../common/clock.js';
import type { DotscoutError } from '../../common/errors.js';
import { Groups } from '../../common/groups.js';
import { Listeners } from '../../common/listeners.js';
import type { Guard } from '../../contact/guard.js';
import type { Endpoint, Failure } from '../../state/model.js';
import { errorOf, localError } from '../failure.js';
import { AnswerLimits } from '../session/answer-limits.js';
import { Backlog, EXCHANGE_BOUNDS } from '../session/backlog.js';
import { IdleLimits } from '../session/idle-limits.js';
import { FrameTolerance } from '../session/nudge.js';
import type { SessionShare } from '../session/session-options.js';
import type { Authenticator } from '../tls/authenticator.js';
import { Tickets } from '../tls/tickets.js';
import type { Connect, TlsUp } from '../tls/tls.js';
import { AckWaits } from './ack-waits.js';
import { type FreshTime, FreshTimes } from './fresh-times.js';
import { OpeningQueue } from './opening-queue.js';
import { HandshakeGate, type OpeningBound, OpeningRate } from './openings.js';
import { PathChanges } from './path-changes.js';
import { type DotQueryDeps, type DotSend, waitsToItsEnd } from './query.js';
import { QueryShapes } from './query-shapes.js';
import { RecordWatch } from './record-watch.js';
import { DotSession, type DotSessionListener, type TicketFate } from './session.js';
import { sessionKey } from './session-key.js';
import { SessionPool } from './session-pool.js';
import { SessionSpread, type SessionSpreadDeps } from './session-spread.js';

/** How sessions are opened. */
export interface DotSessionsOptions {
  readonly clock: Clock;
  readonly guard: Guard;
  readonly connect: Connect | undefined;
  /** For connect and handshake together, in milliseconds. */
  readonly timeoutMs: number;
  /** With which trust anchors. */
  readonly context: SecureContext;
}

/** Endpoints of which it is remembered that somebody demanded a proof there. */
const MAX_DEMANDING = 4_096;

/** How often a session is looked at that is never idle, in milliseconds. */
const BUSY_LOOK_MS = 100;

/** What an exchange has opened so far. */
export interface SessionCounts {
  /** Handshakes that succeeded, those that resumed among them; a probe's session that was taken over is none. */
  readonly opened: number;
  /** Sessions open at the moment or being opened. */
  readonly open: number;
  /** Handshakes that resumed an earlier session. */
  readonly resumed: number;
}

/** All sessions of an exchange by their endpoints, and what is remembered of those when a session is over. */
export class DotSessions implements DotQueryDeps, DotSessionListener, SessionSpreadDeps {
  readonly clock: Clock;
  /** Which shape of query the servers want. */
  readonly shapes: QueryShapes = new QueryShapes();
  /** Hear what a server did that no query carries. */
  readonly faults: Listeners<[Endpoint, Failure]> = new Listeners();
  /** Hear which key a server has shown: at each full handshake. */
  readonly keys: Listeners<[endpoint: Endpoint, spki: string]> = new Listeners();
  /** Hear how long each handshake took, in milliseconds. */
  readonly handshakes: Listeners<[endpoint: Endpoint, ms: number]> = new Listeners();
  readonly #options: DotSessionsOptions;
  readonly #pool = new SessionPool<DotSession>();
  readonly #tickets = new Tickets();
  readonly #tolerance = new FrameTolerance();
  readonly #openingRate = new OpeningRate();
  readonly #path: PathChanges;
  readonly #records = new RecordWatch();
  #lookedAt = 0;
  readonly #gate: HandshakeGate;
  readonly #queue: OpeningQueue;
  readonly #freshTimes = new FreshTimes();
  readonly #share: SessionShare = {
    answerLimits: new AnswerLimits(),
    idleLimits: new IdleLimits(),
    backlog: new Backlog(EXCHANGE_BOUNDS),
  };
  readonly #ackWaits = new AckWaits();
  /** Those beside the ones that follow. */
  readonly #spread = new SessionSpread(this);
  /** The session that takes the queries of an endpoint and demand; others of it may still be finishing. */
  readonly #current = new Map<string, DotSession>();
  /** Those that are not closed, by their endpoints: what is forgotten in a flood has none, and must not cost a look at all. */
  readonly #byEndpoint = new Groups<DotSession>();
  /** By their endpoints, the keys of sessions of which a proof was demanded. */
  readonly #demanding = new BoundedMap<string, ReadonlySet<string>>(MAX_DEMANDING);
  #opened = 0;
  #resumed = 0;

  /** @param options - how they are opened */
  constructor(options: DotSessionsOptions) {
    this.#options = options;
    const { clock } = options;
    this.clock = clock;
    this.#path = new PathChanges(clock);
    this.#queue = new OpeningQueue(clock, (send) => this.#tryPlace(send));
    // The real loop's turn, because handshakes take real time, even under a virtual clock.
    this.#gate = new HandshakeGate(setImmediate, () => this.#queue.look());
  }

  /** How many there are and were. */
  get counts(): SessionCounts {
    return { opened: this.#opened, open: this.#pool.size, resumed: this.#resumed };
  }

  /** {@inheritDoc DotQueryDeps.place} It may be settled from inside this. */
  place(send: DotSend): void {
    this.#queue.place(send);
  }

  /** {@inheritDoc DotQueryDeps.unplace} */
  unplace(send: DotSend): boolean {
    return this.#queue.delete(send);
  }

  /** {@inheritDoc DotQueryDeps.freshTime} */
  freshTime({ key }: Endpoint): FreshTime {
    return this.#freshTimes.of(key);
  }

  /** Gives a query to a session; which bound keeps a new one from being opened now, if any. */
  #tryPlace(send: DotSend): OpeningBound | undefined {
    try {
      const session = this.#sessionFor(send);
      if (typeof session === 'string') return session;
      send.session = session;
      if (send.afterSilence) session.replacesSilent = true;
      // A host's own `connect` may have made its caller leave.
      if (!send.left) session.send(send);
    } catch (error) {
      send.settle({ error: errorOf(error, 'connect'), retry: 'no' });
    }
    return undefined;
  }

  /**
   * A session that takes queries: one there is, or a new one.
   *
   * @throws `TransportError` `local` with the detail `budget` where the pool has no room
   */
  #sessionFor(send: DotSend): DotSession | OpeningBound {
    const { endpoint, authenticator } = send;
    const key = sessionKey(endpoint, authenticator);
    const current = this.#current.get(key);
    if (current?.accepts === true) {
      const chosen = this.isSound(current) ? this.#spread.choose(current) : undefined;
      // What was lost may have opened another.
      return chosen ?? this.#sessionFor(send);
    }
    const needed = waitsToItsEnd(send, this.clock.now());
    const bound = this.#openingBound(endpoint, key, needed);
    if (bound !== undefined) return bound;
    if (!this.#pool.makeRoom()) throw localError('budget');
    const session = this.#open(endpoint, authenticator, false);
    this.#put(session);
    return session;
  }

  /** {@inheritDoc SessionSpreadDeps.openBeside} */
  openBeside({ endpoint, authenticator, key }: DotSession): DotSession | undefined {
    const isFree = this.#pool.hasRoom && this.#openingBound(endpoint, key, false) === undefined;
    return isFree ? this.#open(endpoint, authenticator, true) : undefined;
  }

  /** Which bound keeps a session from being opened now; if none, its opening is counted. */
  #openingBound(endpoint: Endpoint, key: string, needed: boolean): OpeningBound | undefined {
    const { clock } = this;
    const now = clock.now();
    // Asked first: no session of others is closed for one that may not be opened.
    if (!this.#gate.isOpen(now, needed)) return 'openings';
    const resumes = this.#tickets.has(key, now, clock.wall());
    return this.#openingRate.admits(endpoint.key, resumes, now) ? undefined : 'churn';
  }

  #open(endpoint: Endpoint, authenticator: Authenticator | undefined, beside: boolean): DotSession {
    const now = this.clock.now();
    const session = new DotSession(endpoint, {
      ...this.#options,
      authenticator,
      ticket: this.#tickets.take(sessionKey(endpoint, authenticator), now, this.clock.wall()),
      owner: this,
      records: this.#records,
      share: this.#share,
      halfFrameMs: this.#tolerance.of(endpoint.key, now),
      ackWait: this.#ackWaits.of(endpoint.key),
      beside,
    });
    this.#gate.begins(session, now);
    this.#enlist(session);
    this.#pool.update(session);
    return session;
  }

  /** {@inheritDoc SessionSpreadDeps.isSound} */
  isSound(session: DotSession): boolean {
    const now = this.clock.now();
    const idleMs = session.idleMs(now);
    // What is busy is watched for silence, and is looked at less often: each look costs as much as a part of the query.
    if (idleMs === 0 && now - this.#lookedAt < BUSY_LOOK_MS) return true;
    this.#lookedAt = now;
    const slept = this.#path.slept(now);
    // Both looks first: what is opened in place of what they lose is not to be lost by the other.
    if (this.#path.lostOne(now) || slept) this.#loseAll(slept);
    if (session.letGo) return false;
    const { endpoint, localAddress } = session;
    if (this.#path.isOurs(localAddress) && idleMs < this.#share.idleLimits.of(endpoint.key, now)) return true;
    this.#lose(session);
    return false;
  }

  #lose(session: DotSession): void {
    session.letGo = true;
    session.lose();
  }

  /**
   * Lets go all sessions of before a sleep, for their servers, and the path to them, have forgotten them; or only those that do not
   * stand yet, where one of our addresses is gone.
   */
  #loseAll(standing: boolean): void {
    for (const session of this.#pool.list()) {
      if (!session.letGo && (standing || session.up === undefined)) this.#lose(session);
    }
  }

  /**
   * Whether a session stands open there that takes queries, whatever it has proven, or has fallen silent, or is opened in place of
   * such a one: where that waits until it may be opened, queries wait no longer than for an open one either.
   */
  isOpen({ key }: Endpoint): boolean {
    if (this.#stands(key)) return true;
    if (this.#demanding.size === 0) return false;
    return [...(this.#demanding.get(key) ?? [])].some((demanding) => this.#stands(demanding));
  }

  #stands(key: string): boolean {
    const session = this.#current.get(key);
    if (session === undefined || session.closed) return false;
    return session.silenced || (session.accepts && (session.up !== undefined || session.replacesSilent));
  }

  #put(session: DotSession): void {
    this.#spread.retire(session.key);
    this.#current.set(session.key, session);
  }

  #enlist(session: DotSession): void {
    const { key, endpoint } = session;
    this.#byEndpoint.add(endpoint.key, session);
    if (key === endpoint.key) return;
    const others = this.#demanding.get(endpoint.key);
    if (others?.has(key) !== true) this.#demanding.set(endpoint.key, new Set([...(others ?? []), key]));
  }

  /**
   * Takes over a session that a probe has opened.
   *
   * @param endpoint - where to
   * @param session - the probe's
   * @returns whether there was a use for it, and room
   */
  adopt({ key }: Endpoint, session: DotSession): boolean {
    if (!session.accepts || session.busy || session.endpoint.key !== key) return false;
    if (this.#current.get(session.key)?.accepts === true || !this.#pool.makeRoom()) return false;
    const now = this.clock.now();
    session.unused = true;
    this.#put(session);
    this.#enlist(session);
    if (session.shape !== undefined) this.shapes.learn(key, session.shape, now);
    if (!session.bearsNudges) this.#tolerance.harmed(key, now, false);
    for (const ticket of session.tickets.splice(0)) this.ticket(session, ticket);
    session.handOver(this, this.#share, this.#records, this.#tolerance.of(key, now), this.#ackWaits.of(key));
    this.#pool.update(session);
    this.#queue.placeFor(session.key);
    return true;
  }

  /**
   * Forgets an endpoint's tickets and lets its session end.
   *
   * @param key - the endpoint's key
   */
  forget(key: string): void {
    for (const one of [key, ...(this.#demanding.get(key) ?? [])]) {
      this.#tickets.delete(one);
      this.#current.delete(one);
    }
    this.#demanding.delete(key);
    this.#ackWaits.delete(key);
    // What waits for one of them opens another meanwhile, which is none of those.
    for (const session of [...this.#byEndpoint.of(key)]) this.#letGo(session);
  }

  /** Does the same for all. */
  forgetAll(): void {
    this.#tickets.clear();
    // Middleboxes stand on the path.
    this.#share.idleLimits.clear();
    this.#ackWaits.clear();
    this.#current.clear();
    this.#demanding.clear();
    for (const session of this.#pool.list()) this.#letGo(session);
  }

  #letGo(session: DotSession): void {
    session.letGo = true;
    session.retire();
  }

  /**
   * Closes all.
   *
   * @param error - makes what those are told who wait
   */
  close(error: () => DotscoutError): void {
    for (const send of this.#queue.drain()) send.settle({ error: error(), retry: 'no' });
    for (const session of this.#pool.list()) session.close(error());
  }

  /** {@inheritDoc DotSessionListener.opened} */
  opened(session: DotSession, { socket, connectMs, handshakeMs, resumed, facts }: TlsUp): void {
    const { endpoint, showsTicket, beside } = session;
    const now = this.clock.now();
    this.#opened++;
    this.#gate.stands(session);
    const { localAddress } = socket;
    if (this.#path.lostOne(now)) this.#loseAll(false);
    if (this.#path.isOurs(localAddress)) session.localAddress = localAddress;
    if (resumed) this.#resumed++;
    else if (showsTicket) this.#openingRate.notResumed(endpoint.key, now);
    // Its tickets are on their way, and an answer would wait for our acknowledgement of them.
    if (beside) session.expects(now);
    this.#freshTimes.opened(endpoint.key, connectMs, handshakeMs);
    this.handshakes.tell(endpoint, handshakeMs);
    if (facts.spki !== undefined) this.keys.tell(endpoint, facts.spki);
  }

  /** {@inheritDoc DotSessionListener.changed} */
  changed(session: DotSession): void {
    this.#pool.update(session);
    if (!session.closed) return;
    this.#gate.ends(session);
    this.#spread.closed(session);
    if (this.#current.get(session.key) === session) this.#current.delete(session.key);
    this.#byEndpoint.delete(session.endpoint.key, session);
  }

  /** {@inheritDoc DotSessionListener.ticket} */
  ticket({ key, letGo, up }: DotSession, data: Buffer): void {
    // A session that was let go may be of another network, or of an endpoint that is to be forgotten.
    if (letGo || up === undefined) return;
    this.#tickets.add(key, { data, until: up.provenUntil }, this.clock.now(), this.#queue.countFor(key));
  }

  /** {@inheritDoc DotSessionListener.ticketShown} */
  ticketShown({ key, letGo }: DotSession, fate: TicketFate): void {
    // As of the tickets of such a one: what is at its address now may be another server, on another network.
    if (!letGo) this.#tickets[fate](key, this.clock.now());
  }

  /** {@inheritDoc DotSessionListener.nudgeHarmed} */
  nudgeHarmed({ endpoint }: DotSession, idle: boolean): void {
    this.#tolerance.harmed(endpoint.key, this.clock.now(), idle);
  }

  /** {@inheritDoc DotSessionListener.speaksAgain} It is, where the one in its place does not stand yet. */
  speaksAgain(session: DotSession): boolean {
    const { key, letGo } = session;
    const other = this.#current.get(key);
    if (letGo || (other !== session && other?.accepts === true && other.up !== undefined)) return false;
    this.#current.set(key, session);
    // What waits there moves here.
    if (other !== session) other?.retire();
    return true;
  }

  /** {@inheritDoc DotSessionListener.lost} */
  lost(session: DotSession): void {
    this.#spread.lost(session, this.#current.get(session.key));
  }

  /** {@inheritDoc DotSessionListener.faulted} */
  faulted({ endpoint }: DotSession, failure: Failure): void {
    this.faults.tell(endpoint, failure);
  }
}
