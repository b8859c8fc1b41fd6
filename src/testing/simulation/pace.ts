import { Arrivals } from './arrivals.js';
import type { Draws } from './draws.js';
import { InPlace, type Mode, type Turn } from './in-place.js';

/** Whose query comes next, and whether it is asked one by one or counted in place. */
export class Pace {
  /** Those that are counted in place. */
  readonly inPlace: InPlace;
  readonly #arrivals: Arrivals;
  /** Whether the next query of an endpoint in place belongs to the share that is asked one by one anyway. */
  readonly #isLiveNext: Uint8Array;

  /**
   * @param rates - of the endpoints, in queries a millisecond
   * @param draws - chooses
   */
  constructor(rates: Float64Array, draws: Draws) {
    this.inPlace = new InPlace(rates, draws);
    this.#arrivals = new Arrivals(Float64Array.from(rates, (_, endpoint) => this.inPlace.next(endpoint, 0)));
    this.#isLiveNext = new Uint8Array(rates.length);
  }

  /** Whose query comes next. */
  get first(): number {
    return this.#arrivals.first;
  }

  /** When. */
  get firstAt(): number {
    return this.#arrivals.firstAt;
  }

  /** How an endpoint's queries are asked. */
  mode(endpoint: number): Mode {
    return this.inPlace.mode(endpoint);
  }

  /** Whether the next query of an endpoint in place is asked one by one all the same. */
  isLiveNext(endpoint: number): boolean {
    return this.#isLiveNext[endpoint] === 1;
  }

  /** A query has come; from now on they are asked one by one. */
  oneByOne(endpoint: number, now: number): void {
    this.inPlace.leave(endpoint, now);
    this.#turn(endpoint, { at: this.inPlace.next(endpoint, now), isLive: false });
  }

  /** No query has come, but from now on they are asked one by one. */
  disturb(endpoint: number, now: number): void {
    const next = this.inPlace.leave(endpoint, now);
    this.#isLiveNext[endpoint] = 0;
    if (next !== undefined) this.#arrivals.set(endpoint, next);
  }

  /** A query has come; from now on they are counted in place, see {@link InPlace.enter}. */
  settle(endpoint: number, mode: 'dot' | 'clear', now: number, limit: number, liveShare: number): void {
    this.#turn(endpoint, this.inPlace.enter(endpoint, mode, now, limit, liveShare));
  }

  /** The selector has seen a query, and they go on being counted in place. */
  stay(endpoint: number, now: number, limit: number): void {
    this.#turn(endpoint, this.inPlace.stay(endpoint, now, limit));
  }

  #turn(endpoint: number, { at, isLive }: Turn): void {
    this.#isLiveNext[endpoint] = isLive ? 1 : 0;
    this.#arrivals.set(endpoint, at);
  }
}
