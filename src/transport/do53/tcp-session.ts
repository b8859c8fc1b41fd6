import type { Clock } from '../../common/clock.js';
import type { Endpoint } from '../../state/model.js';
import { StreamSession } from '../session/session.js';
import { openTcp } from '../session/stream.js';

/**
 * How long an idle session is kept, in milliseconds: enough for the queries that one truncated answer leads to, and
 * less than any common server allows (PowerDNS 5 s, Knot 10 s, BIND 30 s, NSD 120 s), so that few queries meet a
 * session that is being closed. RFC 7766 section 6.2.3 speaks of a few seconds.
 */
const IDLE_MS = 3_000;

/** How long a connection may take, in milliseconds; its queries have limits of their own. */
const CONNECT_MS = 5_000;

/** Who a session belongs to. */
export interface TcpSessionDeps {
  readonly clock: Clock;
  readonly endpoint: Endpoint;
  /** It has become busy, idle or closed. */
  changed(session: TcpSession): void;
}

/** One session over plain TCP (RFC 7766), which carries neither padding nor keepalive of ours. */
export class TcpSession extends StreamSession {
  /** How many queries it was given. */
  sent = 0;
  /** For how many of them somebody waits. */
  wanted = 0;
  /** How many of them were answered. */
  answered = 0;
  readonly #owner: TcpSessionDeps;

  /** @param owner - who it belongs to; says where to */
  constructor(owner: TcpSessionDeps) {
    const { clock, endpoint } = owner;
    super(endpoint, { clock, tails: false, idleMs: IDLE_MS });
    this.#owner = owner;
    this.begin((listener) => openTcp(endpoint, { clock, timeoutMs: CONNECT_MS }, listener));
  }

  /** {@inheritDoc StreamSession.changed} */
  protected override changed(): void {
    this.#owner.changed(this);
  }
}
