import type { SecureContext } from 'node:tls';
import { BoundedMap } from '../../common/bounded-map.js';
import type { Clock } from '../../common/clock.js';
import { type DotscoutError, TransportError } from '../../common/errors.js';
import { TokenBucket } from '../../common/token-bucket.js';
import type { Guard } from '../../contact/guard.js';
import type { Endpoint, Failure } from '../../state/model.js';
import { AnswerLimits } from '../session/answer-limits.js';
import { Backlog, EXCHANGE_BOUNDS } from '../session/backlog.js';
import { Nudgeless } from '../session/nudge.js';
import type { SessionShare } from '../session/session.js';
import type { Authenticator } from '../tls/authenticator.js';
import { Tickets } from '../tls/tickets.js';
import type { Connect } from '../tls/tls.js';
import { QueryShapes } from './query-shapes.js';
import { DotSession, type DotSessionListener, sessionKey } from './session.js';

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
}

/** Endpoints of which it is remembered that somebody demanded a proof there. */
const MAX_DEMANDING = 4_096;

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
  readonly #nudgeless = new Nudgeless();
  readonly #openingRate = new OpeningRate();
  readonly #share: SessionShare = { answerLimits: new AnswerLimits(), backlog: new Backlog(EXCHANGE_BOUNDS) };
  /** The session that takes the queries of an endpoint and demand; others of it may still be finishing. */
  readonly #current = new Map<string, DotSession>();
  /** By their endpoints, the keys of sessions of which a proof was demanded. */
  readonly #demanding = new BoundedMap<string, ReadonlySet<string>>(MAX_DEMANDING);
  #opened = 0;
  #resumed = 0;

  /** @param options - how they are opened */
  constructor(options: DotSessionsOptions) {
    this.#options = options;
    const { clock } = options;
    this.#owner = {
      opened: (session) => {
        this.#opened++;
        if (session.up?.resumed === true) this.#resumed++;
        const spki = session.up?.facts.spki;
        if (spki !== undefined) options.keySeen(session.endpoint, spki);
      },
      changed: (session) => this.#changed(session),
      ticket: (session, data) => {
        const { key, up } = session;
        // A session that was let go may be of another network, or of an endpoint that is to be forgotten.
        if (this.#current.get(key) !== session || up === undefined) return;
        this.#tickets.add(key, { data, until: up.provenUntil }, clock.now());
      },
      nudgeHarmed: ({ endpoint }) => this.#nudgeless.add(endpoint.key, clock.now()),
      faulted: ({ endpoint }, failure) => options.faulted(endpoint, failure),
    };
  }

  /** How many there are and were. */
  get counts(): SessionCounts {
    return { opened: this.#opened, open: this.#pool.size, resumed: this.#resumed };
  }

  /**
   * A session that takes queries: the one there is, or a new one.
   *
   * @param endpoint - where to
   * @param authenticator - what the server has to prove; absent: nothing
   * @throws `TransportError` `local` with the detail `churn` or `budget` where there may be no new one
   */
  sessionFor(endpoint: Endpoint, authenticator: Authenticator | undefined): DotSession {
    const key = sessionKey(endpoint, authenticator);
    const current = this.#current.get(key);
    if (current?.accepts === true) return current;
    const { clock, guard, connect, timeoutMs, context } = this.#options;
    const now = clock.now();
    // Asked first: no session of others is closed for one that may not be opened.
    if (!this.#openingRate.admits(endpoint.key, now)) throw refused('churn');
    if (!this.#pool.makeRoom()) throw refused('budget');
    const session = new DotSession(endpoint, {
      clock,
      guard,
      connect,
      timeoutMs,
      authenticator,
      context,
      ticket: this.#tickets.take(key, now, authenticator === undefined ? 0 : clock.wall()),
      owner: this.#owner,
      share: this.#share,
      nudges: !this.#nudgeless.has(endpoint.key, now),
    });
    this.#put(session);
    this.#pool.update(session);
    return session;
  }

  /** Whether a session stands open there that takes queries, whatever it has proven. */
  isOpen({ key }: Endpoint): boolean {
    if (this.#stands(key)) return true;
    if (this.#demanding.size === 0) return false;
    return [...(this.#demanding.get(key) ?? [])].some((demanding) => this.#stands(demanding));
  }

  #stands(key: string): boolean {
    const session = this.#current.get(key);
    return session?.accepts === true && session.up !== undefined;
  }

  #put(session: DotSession): void {
    const { key, endpoint } = session;
    this.#current.set(key, session);
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
    if (!session.bearsNudges) this.#nudgeless.add(key, now);
    for (const ticket of session.tickets.splice(0)) this.#owner.ticket(session, ticket);
    session.handOver(this.#owner, this.#share, !this.#nudgeless.has(key, now));
    this.#pool.update(session);
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
      const session = this.#current.get(one);
      this.#current.delete(one);
      session?.retire();
    }
    this.#demanding.delete(key);
  }

  /** Does the same for all. */
  forgetAll(): void {
    this.#tickets.clear();
    this.#current.clear();
    this.#demanding.clear();
    for (const session of this.#pool.list()) session.retire();
  }

  /**
   * Closes all.
   *
   * @param error - makes what those are told who wait
   */
  close(error: () => DotscoutError): void {
    for (const session of this.#pool.list()) session.close(error());
  }

  #changed(session: DotSession): void {
    this.#pool.update(session);
    if (session.closed && this.#current.get(session.key) === session) this.#current.delete(session.key);
  }
}

function refused(detail: 'churn' | 'budget'): TransportError {
  return new TransportError({ phase: 'connect', kind: 'local', detail });
}

/** How many sessions may be opened to an endpoint at once where none was before. */
const BURST = 8;

/** How many more a millisecond: two a second. A server that wants more handshakes than that wants no DoT. */
const PER_MS = 2 / 1000;

/** Endpoints that are counted. */
const MAX_ENDPOINTS = 4096;

/** Bounds how often sessions are opened to one endpoint. */
export class OpeningRate {
  readonly #buckets = new BoundedMap<string, TokenBucket>(MAX_ENDPOINTS);

  /**
   * Whether one more session may be opened; if so, it is counted.
   *
   * @param key - the endpoint's key
   * @param now - on the monotonic clock
   */
  admits(key: string, now: number): boolean {
    const bucket = this.#buckets.get(key) ?? new TokenBucket(BURST, PER_MS, now);
    this.#buckets.set(key, bucket);
    if (bucket.readyAt(now) > now) return false;
    bucket.take(now);
    return true;
  }
}

/** Idle sessions that are kept. */
const MAX_IDLE = 512;

/** Sessions in all, those being opened among them. */
const MAX_SESSIONS = 1024;

/** What the pool asks of a session. */
export interface PooledSession {
  readonly closed: boolean;
  /** Whether it is being opened, or somebody waits for an answer. */
  readonly busy: boolean;
  /** Whether nobody has used it since it was taken over from a probe. */
  readonly unused: boolean;
  /** Closes it; it then counts itself out by {@link SessionPool.update}. */
  close(): void;
}

/**
 * The bound on open sessions. What goes first is a probe's session that nobody has used, then the idle one used longest
 * ago; a busy one never.
 */
export class SessionPool<S extends PooledSession> {
  readonly #all = new Set<S>();
  /** In the order in which they became idle. */
  readonly #idle = new Set<S>();

  /** How many there are. */
  get size(): number {
    return this.#all.size;
  }

  /** All of them, as they are now: closing one while going through them is safe. */
  list(): S[] {
    return [...this.#all];
  }

  /** Whether one more has room, which may have cost an idle one. */
  makeRoom(): boolean {
    if (this.#all.size >= MAX_SESSIONS) this.#closeOne();
    return this.#all.size < MAX_SESSIONS;
  }

  /**
   * Counts a session, new or changed.
   *
   * @param session - one that was opened, taken over, or has become busy, idle or closed
   */
  update(session: S): void {
    this.#idle.delete(session);
    if (session.closed) {
      this.#all.delete(session);
      return;
    }
    this.#all.add(session);
    if (session.busy) return;
    this.#idle.add(session);
    if (this.#idle.size > MAX_IDLE) this.#closeOne();
  }

  #closeOne(): void {
    let victim: S | undefined;
    for (const session of this.#idle) {
      if (session.unused) {
        victim = session;
        break;
      }
      victim ??= session;
    }
    victim?.close();
  }
}
