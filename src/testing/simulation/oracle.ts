import type { TokenBucket } from '../../common/token-bucket.js';
import type { Draws } from './draws.js';
import { type Sessions, takes } from './sessions.js';
import type { World } from './world.js';

/** How many of some queries went over DoT, and how many the oracle would have sent there. */
export interface Carried {
  readonly dot: number;
  readonly oracle: number;
}

/**
 * The best that any policy could do: it knows every server at every moment, but has only our transports. Where a server
 * closes after each answer, it may open no more sessions than we may.
 */
export class Oracle {
  readonly #world: World;
  readonly #sessions: Sessions;
  readonly #draws: Draws;
  readonly #churn = new Map<number, TokenBucket>();

  /**
   * @param world - the servers
   * @param sessions - what we may open ourselves
   * @param draws - chooses moments
   */
  constructor(world: World, sessions: Sessions, draws: Draws) {
    this.#world = world;
    this.#sessions = sessions;
    this.#draws = draws;
  }

  /** Whether it would encrypt one query of this moment. */
  encrypts(endpoint: number, now: number): boolean {
    if (!this.#world.isCapable(endpoint)) return false;
    return this.#isUnbounded(endpoint) || takes(this.#churn, endpoint, now);
  }

  /**
   * Counts what became of queries that were counted in place.
   *
   * @param endpoint - whose
   * @param count - how many
   * @param from - when they began
   * @param to - when they ended
   * @param isOurs - whether we send them over DoT as well
   */
  carries(endpoint: number, count: number, from: number, to: number, isOurs: boolean): Carried {
    if (!this.#world.isCapable(endpoint)) return { dot: 0, oracle: 0 };
    if (this.#isUnbounded(endpoint)) return { dot: isOurs ? count : 0, oracle: count };
    let [dot, oracle] = [0, 0];
    // Draws the moments in ascending order without sorting: each gap is a share of the time that is left.
    for (let [at, left] = [from, count]; left > 0; left--) {
      at = to - (to - at) * this.#draws.share() ** (1 / left);
      if (takes(this.#churn, endpoint, at)) oracle++;
      if (isOurs && this.#sessions.mayOpen(endpoint, at)) dot++;
    }
    return { dot, oracle };
  }

  #isUnbounded(endpoint: number): boolean {
    return this.#world.traits(endpoint).answers > 1;
  }
}
