import { seededRandom } from '../random.js';
import type { Draws } from './draws.js';
import type { World } from './world.js';

/** How many sessions `DotExchange` has to an endpoint whose answers wait. */
export const MOST_SESSIONS = 4;
/** After how many round trips it takes an answer to have come, if that does not wait. */
const COME = 5 / 4;
/** It adds a session where queries that find answers expected on all of them follow one another within this, in milliseconds. */
const NEEDED_WITHIN_MS = 30_000;
/** So many queries show what a load brings, as closely as half a hundredth. */
const TRIED = 10_000;
const SEED = 1;
const PARTS = 10;
/** Loads are told apart by a twentieth. */
const LOADS_AN_OCTAVE = 16;

/** What becomes of the answers of a server that holds them back. */
export interface Holding {
  /** Of all queries, those that find an answer expected on every session. */
  readonly crossing: number;
  /** Of all answers, those that wait. */
  readonly share: number;
  /** How long they wait, in round trips: the middle of each tenth of them, in ascending order; none where none waits. */
  readonly waits: readonly number[];
}

/** Answers that wait for our acknowledgement of the one before (RFC 896): how many, and how long. */
export class HeldAnswers {
  /** How many have waited so far. */
  counted = 0;
  readonly #world: World;
  readonly #draws: Draws;
  readonly #most: number;
  readonly #known = new Map<number, Holding>();

  /**
   * @param world - the servers
   * @param draws - chooses which wait
   * @param most - how many sessions an endpoint whose answers wait may have, from 1
   */
  constructor(world: World, draws: Draws, most: number) {
    this.#world = world;
    this.#draws = draws;
    this.#most = most;
  }

  /** How long the answer to one query waits, in milliseconds; mostly not at all. */
  wait(endpoint: number): number {
    const holding = this.#of(endpoint);
    if (holding === undefined || !this.#draws.happens(holding.share)) return 0;
    this.counted++;
    return this.#ms(endpoint, holding.waits[this.#draws.below(PARTS)]);
  }

  /**
   * How long the answers to many queries wait.
   *
   * @returns how many wait, and how long each, in milliseconds
   */
  waits(endpoint: number, queries: number): readonly (readonly [count: number, ms: number])[] {
    const holding = this.#of(endpoint);
    if (holding === undefined) return [];
    const held = this.#draws.successes(queries, holding.share);
    this.counted += held;
    return holding.waits.map((wait, part) => [Math.floor((held + part) / PARTS), this.#ms(endpoint, wait)]);
  }

  #ms(endpoint: number, roundTrips = 0): number {
    return roundTrips * this.#world.at(endpoint).rttMs;
  }

  /** As it is once as many sessions stand as are worth their opening; how it is learnt takes seconds. */
  #of(endpoint: number): Holding | undefined {
    if (!this.#world.traits(endpoint).holds) return undefined;
    const { rate, rttMs } = this.#world.at(endpoint);
    const step = Math.round(LOADS_AN_OCTAVE * Math.log2(rate * rttMs));
    for (let sessions = 1; ; sessions++) {
      const holding = this.#holding(step, sessions);
      if (sessions >= this.#most || holding.crossing * rate * NEEDED_WITHIN_MS < 1) return holding;
    }
  }

  #holding(step: number, sessions: number): Holding {
    const key = MOST_SESSIONS * step + sessions - 1;
    const known = this.#known.get(key) ?? holdingAt(2 ** (step / LOADS_AN_OCTAVE), sessions);
    this.#known.set(key, known);
    return known;
  }
}

/** One session: when its next answer is no longer expected, and when the server last sent, or will. */
interface Session {
  quietAt: number;
  sentAt: number;
}

/**
 * Tries what a load brings: each query takes the first session on which no answer is expected, or else the one where none is
 * expected soonest; a server sends an answer at once, or when the one before is acknowledged, with all others that wait.
 *
 * @param load - queries a round trip
 * @param sessions - how many there are
 */
export function holdingAt(load: number, sessions: number): Holding {
  const random = seededRandom(SEED);
  const all = Array.from({ length: sessions }, (): Session => ({ quietAt: 0, sentAt: Number.NEGATIVE_INFINITY }));
  const waits: number[] = [];
  let crossing = 0;
  for (let [query, now] = [0, 0]; query < TRIED; query++) {
    now -= Math.log(1 - random()) / load;
    const quiet = all.find(({ quietAt }) => quietAt <= now);
    if (quiet === undefined) crossing++;
    else quiet.quietAt = now + COME;
    const session = quiet ?? all.reduce((least, one) => (one.quietAt < least.quietAt ? one : least));
    // One that is to be sent takes along all that come until then.
    if (session.sentAt < now) session.sentAt = Math.max(now, session.sentAt + 1);
    if (session.sentAt > now) waits.push(session.sentAt - now);
  }
  waits.sort((a, b) => a - b);
  return { crossing: crossing / TRIED, share: waits.length / TRIED, waits: middles(waits) };
}

function middles(sorted: readonly number[]): readonly number[] {
  if (sorted.length === 0) return [];
  return Array.from({ length: PARTS }, (_, part) => sorted[Math.floor(((part + 0.5) / PARTS) * sorted.length)] ?? 0);
}
