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
  /** Whether it stands beside another that would do. */
  readonly beside: boolean;
  /** Closes it; it then counts itself out by {@link SessionPool.update}. */
  close(): void;
}

/**
 * The bound on open sessions. What goes first is a probe's session that nobody has used, then one beside another of its
 * endpoint, then the idle one used longest ago; a busy one never.
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

  /** Whether one more has room that costs none. */
  get hasRoom(): boolean {
    return this.#all.size < MAX_SESSIONS && this.#idle.size < MAX_IDLE;
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
      if (victim === undefined || (session.beside && !victim.beside)) victim = session;
    }
    victim?.close();
  }
}
