import type { SecureContext } from 'node:tls';
import { BoundedMap } from '../../common/bounded-map.js';
import type { Clock } from '../../common/clock.js';
import { type DotscoutError, TransportError } from '../../common/errors.js';
import type { Guard } from '../../contact/guard.js';
import type { Endpoint, Failure } from '../../state/model.js';
import { classifyError } from '../failure.js';
import { AnswerLimits } from '../session/answer-limits.js';
import { Backlog, EXCHANGE_BOUNDS } from '../session/backlog.js';
import { IdleLimits } from '../session/idle-limits.js';
import { FrameTolerance } from '../session/nudge.js';
import type { SessionShare } from '../session/session-options.js';
import type { Authenticator } from '../tls/authenticator.js';
import { Tickets } from '../tls/tickets.js';
import type { Connect } from '../tls/tls.js';
import { AckWaits } from './ack-waits.js';
import { FreshTimes } from './fresh-times.js';
import { OpeningQueue } from './opening-queue.js';
import { HandshakeGate, type OpeningBound, OpeningRate, refused } from './openings.js';
import { PathChanges } from './path-changes.js';
import { type DotSend, waitsToItsEnd } from './query.js';
import { QueryShapes } from './query-shapes.js';
import { RecordWatch } from './record-watch.js';
import { DotSession, type DotSessionListener } from './session.js';
import { sessionKey } from './session-key.js';
import { SessionPool } from './session-pool.js';
import { SessionSpread } from './session-spread.js';

/** How sessions are opened. */
export interface DotSessionsOptions {
  readonly clock: Clock;
  readonly guard: Guard;
  readonly connect: Connect | undefined;
  /** For connect and handshake together, in milliseconds. */
  readonly timeoutMs: number;
  /** With which trust anchors. */
  readonly context: SecureContext;
  /** Is told what a server did that no query carries. */
  faulted(endpoint: Endpoint, failure: Failure): void;
  /** Is told which key a server has shown: at each full handshake. */
  keySeen(endpoint: Endpoint, spki: string): void;
  /** Is told how long each handshake took, in milliseconds. */
  handshaken(endpoint: Endpoint, ms: number): void;
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
export class DotSessions {
  /** Which shape of query the servers want. */
  readonly shapes: QueryShapes = new QueryShapes();
  readonly #options: DotSessionsOptions;
  readonly #owner: DotSessionListener;
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
  readonly #spread: SessionSpread;
  /** The session that takes the queries of an endpoint and demand; others of it may still be finishing. */
  readonly #current = new Map<string, DotSession>();
  /** Those that are not closed, by their endpoints: what is forgotten in a flood has none, and must not cost a look at all. */
  readonly #byEndpoint = new Map<string, Set<DotSession>>();
  /** By their endpoints, the keys of sessions of which a proof was demanded. */
  readonly #demanding = new BoundedMap<string, ReadonlySet<string>>(MAX_DEMANDING);
  #opened = 0;
  #resumed = 0;

  /** @param options - how they are opened */
  constructor(options: DotSessionsOptions) {
    this.#options = options;
    const { clock } = options;
    this.#path = new PathChanges(clock);
    this.#queue = new OpeningQueue(clock, (send) => this.#tryPlace(send));
    this.#spread = new SessionSpread({
      now: () => clock.now(),
      isSound: (session) => this.#isSound(session),
      open: (beside) => this.#openBeside(beside),
    });
    // The real loop's turn, because handshakes take real time, even under a virtual clock.
    this.#gate = new HandshakeGate(setImmediate, () => this.#queue.look());
    this.#owner = {
      opened: (session) => {
        this.#opened++;
        this.#gate.stands(session);
        const { up } = session;
        const local = up?.socket.localAddress;
        if (local !== undefined && this.#path.isOurs(local, clock.now())) session.localAddress = local;
        if (up?.resumed === true) this.#resumed++;
        else if (session.showsTicket) this.#openingRate.notResumed(session.endpoint.key, clock.now());
        // Its tickets are on their way, and an answer would wait for our acknowledgement of them.
        if (session.beside) session.expects(clock.now());
        if (up !== undefined) {
          this.#freshTimes.opened(session.endpoint.key, up.connectMs + up.handshakeMs);
          options.handshaken(session.endpoint, up.handshakeMs);
        }
        const spki = up?.facts.spki;
        if (spki !== undefined) options.keySeen(session.endpoint, spki);
      },
      changed: (session) => this.#changed(session),
      ticket: (session, data) => {
        const { key, up } = session;
        // A session that was let go may be of another network, or of an endpoint that is to be forgotten.
        if (session.letGo || up === undefined) return;
        this.#tickets.add(key, { data, until: up.provenUntil }, clock.now(), this.#queue.countFor(key));
      },
      ticketRefused: ({ key }) => this.#tickets.refused(key, clock.now()),
      nudgeHarmed: ({ endpoint }, idle) => this.#tolerance.harmed(endpoint.key, clock.now(), idle),
      speaksAgain: (session) => this.#speaksAgain(session),
      lost: (session) => this.#spread.lost(session, this.#current.get(session.key)),
      faulted: ({ endpoint }, failure) => options.faulted(endpoint, failure),
    };
  }

  /** How many there are and were. */
  get counts(): SessionCounts {
    return { opened: this.#opened, open: this.#pool.size, resumed: this.#resumed };
  }

  /**
   * Gives a query to a session: the one there is, or a new one, at once or when it may be opened.
   *
   * @param send - what is to be sent; where it cannot be, it is settled with that, perhaps from inside this
   */
  place(send: DotSend): void {
    this.#queue.place(send);
  }

  /**
   * Takes a query back that waits until a session may be opened.
   *
   * @returns whether it did
   */
  unplace(send: DotSend): boolean {
    return this.#queue.delete(send);
  }

  /**
   * How long a fresh session to there takes to its first answer, in milliseconds, with half as much to spare.
   *
   * @param endpoint - where to
   */
  freshMs({ key }: Endpoint): number {
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
      const known = error instanceof TransportError;
      send.settle({
        error: known ? error : new TransportError(classifyError(error, 'connect'), { cause: error }),
        retry: 'no',
      });
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
    if (current?.accepts === true && this.#isSound(current)) {
      if (!current.ackWait.waits) return current;
      return this.#spread.choose(current) ?? this.#sessionFor(send);
    }
    const needed = waitsToItsEnd(send, this.#options.clock.now());
    const bound = this.#openingBound(endpoint, key, needed);
    if (bound !== undefined) return bound;
    if (!this.#pool.makeRoom()) throw refused('budget');
    const session = this.#open(endpoint, authenticator, false);
    this.#put(session);
    this.#pool.update(session);
    return session;
  }

  /** Begins to open one beside another, which takes no other's place. */
  #openBeside({ endpoint, authenticator, key }: DotSession): DotSession | undefined {
    if (!this.#pool.hasRoom || this.#openingBound(endpoint, key, false) !== undefined) return undefined;
    const session = this.#open(endpoint, authenticator, true);
    this.#enlist(session);
    this.#pool.update(session);
    return session;
  }

  /** Which bound keeps a session from being opened now; if none, its opening is counted. */
  #openingBound(endpoint: Endpoint, key: string, needed: boolean): OpeningBound | undefined {
    const { clock } = this.#options;
    const now = clock.now();
    // Asked first: no session of others is closed for one that may not be opened.
    if (!this.#gate.isOpen(now, needed)) return 'openings';
    const resumes = this.#tickets.has(key, now, clock.wall());
    return this.#openingRate.admits(endpoint.key, resumes, now) ? undefined : 'churn';
  }

  #open(endpoint: Endpoint, authenticator: Authenticator | undefined, beside: boolean): DotSession {
    const { clock, guard, connect, timeoutMs, context } = this.#options;
    const now = clock.now();
    const session = new DotSession(endpoint, {
      clock,
      guard,
      connect,
      timeoutMs,
      authenticator,
      context,
      ticket: this.#tickets.take(sessionKey(endpoint, authenticator), now, clock.wall()),
      owner: this.#owner,
      records: this.#records,
      share: this.#share,
      halfFrameMs: this.#tolerance.of(endpoint.key, now),
      ackWait: this.#ackWaits.of(endpoint.key),
      beside,
    });
    this.#gate.begins(session, now);
    return session;
  }

  /** Whether a session that takes queries is likely to be alive; one that is not, is let go. */
  #isSound(session: DotSession): boolean {
    const now = this.#options.clock.now();
    const idleMs = session.idleMs(now);
    // What is busy is watched for silence, and is looked at less often: each look costs as much as a part of the query.
    if (idleMs === 0 && now - this.#lookedAt < BUSY_LOOK_MS) return true;
    this.#lookedAt = now;
    if (this.#path.slept(now)) {
      this.#loseAll();
      return false;
    }
    const { localAddress, endpoint } = session;
    const isOurs = localAddress === undefined || this.#path.isOurs(localAddress, now);
    if (isOurs && idleMs < this.#share.idleLimits.of(endpoint.key, now)) return true;
    this.#lose(session);
    return false;
  }

  /** Takes a session back that was silent, where the one in its place does not stand yet. */
  #speaksAgain(session: DotSession): boolean {
    const { key, letGo } = session;
    const other = this.#current.get(key);
    if (letGo || (other !== session && other?.accepts === true && other.up !== undefined)) return false;
    this.#current.set(key, session);
    // What waits there moves here.
    if (other !== session) other?.retire();
    return true;
  }

  #lose(session: DotSession): void {
    session.letGo = true;
    session.lose();
  }

  /** Lets go all sessions of before a sleep: their servers, and the path to them, have forgotten them. */
  #loseAll(): void {
    for (const session of this.#pool.list()) if (session.up !== undefined) this.#lose(session);
  }

  /** Whether a session stands open there that takes queries, whatever it has proven, or is opened in place of a silent one. */
  isOpen({ key }: Endpoint): boolean {
    if (this.#stands(key)) return true;
    if (this.#demanding.size === 0) return false;
    return [...(this.#demanding.get(key) ?? [])].some((demanding) => this.#stands(demanding));
  }

  #stands(key: string): boolean {
    const session = this.#current.get(key);
    return session?.accepts === true && (session.up !== undefined || session.replacesSilent);
  }

  #put(session: DotSession): void {
    this.#spread.retire(session.key);
    this.#current.set(session.key, session);
    this.#enlist(session);
  }

  #enlist(session: DotSession): void {
    const { key, endpoint } = session;
    const all = this.#byEndpoint.get(endpoint.key);
    if (all === undefined) this.#byEndpoint.set(endpoint.key, new Set([session]));
    else all.add(session);
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
    const now = this.#options.clock.now();
    session.unused = true;
    this.#put(session);
    if (session.shape !== undefined) this.shapes.learn(key, session.shape, now);
    if (!session.bearsNudges) this.#tolerance.harmed(key, now, false);
    for (const ticket of session.tickets.splice(0)) this.#owner.ticket(session, ticket);
    session.handOver(this.#owner, this.#share, this.#records, this.#tolerance.of(key, now), this.#ackWaits.of(key));
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
    for (const session of this.#byEndpoint.get(key) ?? []) this.#letGo(session);
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

  #changed(session: DotSession): void {
    this.#pool.update(session);
    if (!session.closed) return;
    this.#gate.ends(session);
    this.#spread.closed(session);
    if (this.#current.get(session.key) === session) this.#current.delete(session.key);
    const { key } = session.endpoint;
    const all = this.#byEndpoint.get(key);
    all?.delete(session);
    if (all?.size === 0) this.#byEndpoint.delete(key);
  }
}
