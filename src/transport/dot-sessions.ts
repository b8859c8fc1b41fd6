import type { Clock } from '../clock.js';
import { type DotscoutError, TransportError } from '../errors.js';
import type { Guard } from '../guard.js';
import type { Endpoint, Failure } from '../state/model.js';
import { Appetites } from './appetite.js';
import { Backlog, EXCHANGE_BOUNDS } from './backlog.js';
import { Churn } from './churn.js';
import { DotSession, type SessionOwner } from './dot-session.js';
import { Nudgeless } from './nudge.js';
import { SessionPool } from './pool.js';
import type { SessionShare } from './session-options.js';
import { Shapes } from './shapes.js';
import { Tickets } from './tickets.js';
import type { Connect } from './tls.js';

/** How sessions are opened. */
export interface DotSessionsOptions {
  readonly clock: Clock;
  readonly guard: Guard;
  readonly connect: Connect | undefined;
  /** For connect and handshake together, in milliseconds. */
  readonly timeoutMs: number;
  /** Is told what a server did that no query carries. */
  faulted(endpoint: Endpoint, failure: Failure): void;
}

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
  readonly shapes: Shapes = new Shapes();
  readonly #options: DotSessionsOptions;
  readonly #owner: SessionOwner;
  readonly #pool = new SessionPool<DotSession>();
  readonly #tickets = new Tickets();
  readonly #nudgeless = new Nudgeless();
  readonly #churn = new Churn();
  readonly #share: SessionShare = { appetites: new Appetites(), backlog: new Backlog(EXCHANGE_BOUNDS) };
  /** The session that takes an endpoint's queries; others of it may still be finishing. */
  readonly #current = new Map<string, DotSession>();
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
      },
      changed: (session) => this.#changed(session),
      ticket: (session, ticket) => {
        const { key } = session.endpoint;
        // A session that was let go may be of another network, or of an endpoint that is to be forgotten.
        if (this.#current.get(key) === session) this.#tickets.add(key, ticket, clock.now());
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
   * @throws `TransportError` `local` with the detail `churn` or `budget` where there may be no new one
   */
  sessionFor(endpoint: Endpoint): DotSession {
    const current = this.#current.get(endpoint.key);
    if (current?.accepts === true) return current;
    const { key } = endpoint;
    const now = this.#options.clock.now();
    // Asked first: no session of others is closed for one that may not be opened.
    if (!this.#churn.admits(key, now)) throw refused('churn');
    if (!this.#pool.makeRoom()) throw refused('budget');
    const { clock, guard, connect, timeoutMs } = this.#options;
    const session = new DotSession(endpoint, {
      clock,
      guard,
      connect,
      timeoutMs,
      ticket: this.#tickets.take(key, now),
      owner: this.#owner,
      share: this.#share,
      nudges: !this.#nudgeless.has(key, now),
    });
    this.#current.set(key, session);
    this.#pool.update(session);
    return session;
  }

  /** Whether a session stands open there that takes queries. */
  isOpen({ key }: Endpoint): boolean {
    const session = this.#current.get(key);
    return session?.accepts === true && session.up !== undefined;
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
    if (this.#current.get(key)?.accepts === true || !this.#pool.makeRoom()) return false;
    const now = this.#options.clock.now();
    session.unused = true;
    this.#current.set(key, session);
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
    this.#tickets.delete(key);
    const session = this.#current.get(key);
    this.#current.delete(key);
    session?.retire();
  }

  /** Does the same for all. */
  forgetAll(): void {
    this.#tickets.clear();
    this.#current.clear();
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
    if (session.closed && this.#current.get(session.endpoint.key) === session)
      this.#current.delete(session.endpoint.key);
  }
}

function refused(detail: 'churn' | 'budget'): TransportError {
  return new TransportError({ phase: 'connect', kind: 'local', detail });
}
