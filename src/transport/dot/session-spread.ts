import type { Clock } from '../../common/clock.js';
import { Groups } from '../../common/groups.js';
import type { DotSession } from './session.js';

/** How many sessions an endpoint and demand may have beside the first. */
const MAX_BESIDE = 3;

/** What a spread needs of the sessions' owner. */
export interface SessionSpreadDeps {
  readonly clock: Clock;
  /** Whether a session that takes queries is likely to be alive; one that is not, is let go. */
  isSound(session: DotSession): boolean;
  /** Begins to open another session of the same endpoint and demand, which takes no other's place, if bounds allow. */
  openBeside(first: DotSession): DotSession | undefined;
}

/**
 * Spreads the queries of an endpoint whose answers wait for our acknowledgement of the one before (see `AckWait`): each goes to a
 * session on which no answer is expected, so that none waits; a few sessions stand beside the first for that. They share its
 * fate: what ends one of several may have ended all, and the next query must get a fresh one.
 */
export class SessionSpread {
  readonly #deps: SessionSpreadDeps;
  /** By what sessions are found. */
  readonly #beside = new Groups<DotSession>();

  /** @param deps - of the sessions' owner */
  constructor(deps: SessionSpreadDeps) {
    this.#deps = deps;
  }

  /**
   * The session that takes a query: the first of those where no answer is expected, or else the one where it waits least.
   *
   * @param first - the one that takes all queries of its endpoint and demand where no answer waits
   * @returns `undefined` where a look at another has shown that the path to all of them is gone
   */
  choose(first: DotSession): DotSession | undefined {
    const { ackWait, key } = first;
    if (first.up === undefined || !ackWait.waits) return first;
    const now = this.#deps.clock.now();
    if (!ackWait.forgetOld(now)) return first;
    const chosen = this.#leastAwaited(first, now);
    if (!chosen.accepts) return undefined;
    if (!chosen.isQuiet(now) && this.#mayAdd(key) && ackWait.needsMore(now)) {
      const added = this.#deps.openBeside(first);
      if (added !== undefined) this.#beside.add(key, added);
    }
    chosen.expects(now);
    return chosen;
  }

  #leastAwaited(first: DotSession, now: number): DotSession {
    if (first.isQuiet(now)) return first;
    let least = first;
    // One that is not sound leaves the set meanwhile.
    for (const session of [...this.#beside.of(first.key)]) {
      if (!session.accepts || session.up === undefined) continue;
      if (session.isQuiet(now) && this.#deps.isSound(session)) return session;
      if (session.accepts && session.quietAt < least.quietAt) least = session;
    }
    return least;
  }

  /** One at a time: the next is worth its opening only if this one was not enough. */
  #mayAdd(key: string): boolean {
    const beside = this.#beside.of(key);
    if (beside.size >= MAX_BESIDE) return false;
    for (const { up } of beside) if (up === undefined) return false;
    return true;
  }

  /** A session is closed, whosever it is. */
  closed(session: DotSession): void {
    const wasBeside = this.#beside.delete(session.key, session);
    // The server may bear no more of us, and would end the next one too.
    if (wasBeside && !session.hasAnswered && !session.letGo) session.ackWait.pause(this.#deps.clock.now());
  }

  /**
   * A session was lost with queries. Where it is one of several, all of those end: they take no more queries, for what ended
   * it may have ended them.
   *
   * @param session - perhaps one of before, which takes no queries for long
   * @param first - as in {@link SessionSpread.choose}; absent where there is none
   */
  lost(session: DotSession, first: DotSession | undefined): void {
    const beside = this.#beside.of(session.key);
    if (beside.size === 0 || session.up === undefined) return;
    if (session !== first && !beside.has(session)) return;
    this.retire(session.key);
    first?.retire();
    session.ackWait.pause(this.#deps.clock.now());
  }

  /**
   * Lets those beside the first end: they take no more queries.
   *
   * @param key - by what they are found
   */
  retire(key: string): void {
    for (const session of this.#beside.dissolve(key)) session.retire();
  }
}
