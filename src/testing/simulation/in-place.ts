import type { Draws } from './draws.js';

/** The selector sees a query of each endpoint as often as this at least, in milliseconds, if there is one. */
const SPAN_MS = 600_000;

/** How an endpoint's queries are asked: one by one, or counted in place over DoT or over Do53. */
export type Mode = 'live' | 'dot' | 'clear';
const MODES: readonly Mode[] = ['live', 'dot', 'clear'];

/** When the selector is asked next for an endpoint. */
export interface Turn {
  readonly at: number;
  /** Whether that query belongs to the share that is asked one by one anyway. */
  readonly isLive: boolean;
}

/**
 * Endpoints from which nothing new is expected. The selector sees the first of their queries in each ten minutes; the number
 * of the others is drawn when it is asked for. Queries come as a Poisson process, which has no memory, so this changes
 * neither how many there are nor when they come. It does change popularity, which counts the minutes of an hour: these
 * endpoints reach at most 6 of 60.
 */
export class InPlace {
  readonly #draws: Draws;
  readonly #rates: Float64Array;
  readonly #mode: Uint8Array;
  /** From when on, and until when, queries are counted in place at the moment. */
  readonly #from: Float64Array;
  readonly #until: Float64Array;
  /** Since the number was last asked for: the start, the time in place, and how many queries the selector saw. */
  readonly #since: Float64Array;
  readonly #spent: Float64Array;
  readonly #seen: Uint32Array;
  /** The share of queries that is asked one by one anyway. */
  readonly #liveShare: Float64Array;

  /**
   * @param rates - of the endpoints, in queries a millisecond
   * @param draws - chooses
   */
  constructor(rates: Float64Array, draws: Draws) {
    this.#draws = draws;
    this.#rates = rates;
    this.#mode = new Uint8Array(rates.length);
    this.#from = new Float64Array(rates.length);
    this.#until = new Float64Array(rates.length);
    this.#since = new Float64Array(rates.length);
    this.#spent = new Float64Array(rates.length);
    this.#seen = new Uint32Array(rates.length);
    this.#liveShare = new Float64Array(rates.length);
  }

  /** How an endpoint's queries are asked. */
  mode(endpoint: number): Mode {
    return MODES[this.#mode[endpoint] ?? 0] ?? 'live';
  }

  /** When the next query of an endpoint comes that is asked one by one. */
  next(endpoint: number, now: number): number {
    return now + this.#draws.gap(this.#rate(endpoint));
  }

  /**
   * From now on queries are counted in place, for ten minutes at most.
   *
   * @param endpoint - whose
   * @param mode - over what
   * @param now - the time
   * @param limit - no later than this
   * @param liveShare - the share that is asked one by one all the same
   */
  enter(endpoint: number, mode: 'dot' | 'clear', now: number, limit: number, liveShare: number): Turn {
    this.#mode[endpoint] = MODES.indexOf(mode);
    this.#since[endpoint] = now;
    this.#liveShare[endpoint] = liveShare;
    return this.#goOn(endpoint, now, limit);
  }

  /** The selector has seen a query of an endpoint whose queries are counted in place, and so it stays. */
  stay(endpoint: number, now: number, limit: number): Turn {
    this.#pass(endpoint, now);
    this.see(endpoint);
    return this.#goOn(endpoint, now, limit);
  }

  /** The selector has seen one that counts among those in place. */
  see(endpoint: number): void {
    this.#seen[endpoint] = (this.#seen[endpoint] ?? 0) + 1;
  }

  /** When the number of queries was last asked for. */
  since(endpoint: number): number {
    return this.#since[endpoint] ?? 0;
  }

  /** How many queries came in place, those that the selector saw included, since this was last asked. */
  take(endpoint: number, now: number): number {
    this.#pass(endpoint, now);
    const share = 1 - (this.#liveShare[endpoint] ?? 0);
    const drawn = this.#draws.count(this.#rate(endpoint) * share * (this.#spent[endpoint] ?? 0));
    const seen = this.#seen[endpoint] ?? 0;
    this.#since[endpoint] = now;
    this.#spent[endpoint] = 0;
    this.#seen[endpoint] = 0;
    return drawn + seen;
  }

  /**
   * From now on queries are asked one by one.
   *
   * @returns when the next comes, where it comes sooner than was said; `undefined` where that still holds
   */
  leave(endpoint: number, now: number): number | undefined {
    const wasBetween = this.#mode[endpoint] !== 0 && now < (this.#until[endpoint] ?? 0);
    this.#mode[endpoint] = 0;
    return wasBetween ? this.next(endpoint, now) : undefined;
  }

  #goOn(endpoint: number, now: number, limit: number): Turn {
    this.#from[endpoint] = now;
    const rate = this.#rate(endpoint);
    const liveShare = this.#liveShare[endpoint] ?? 0;
    const span = Math.min(limit, (Math.floor(now / SPAN_MS) + 1) * SPAN_MS);
    const live = liveShare === 0 ? Number.POSITIVE_INFINITY : now + this.#draws.gap(rate * liveShare);
    this.#until[endpoint] = Math.min(live, span);
    if (live < span) return { at: live, isLive: true };
    return { at: span + this.#draws.gap(rate), isLive: this.#draws.happens(liveShare) };
  }

  /** Adds the time in place that has passed. */
  #pass(endpoint: number, now: number): void {
    if (this.#mode[endpoint] === 0) return;
    const from = this.#from[endpoint] ?? 0;
    const to = Math.min(now, this.#until[endpoint] ?? 0);
    if (to <= from) return;
    this.#spent[endpoint] = (this.#spent[endpoint] ?? 0) + to - from;
    this.#from[endpoint] = to;
  }

  #rate(endpoint: number): number {
    return this.#rates[endpoint] ?? 0;
  }
}
