import { BoundedMap } from '../common/bounded-map.js';
import type { Endpoint } from '../state/model.js';

/** How long hedges are counted together, in milliseconds. */
const WINDOW_MS = 60_000;

/** The share of an endpoint's queries above which hedges that win are a leak. */
const LEAK_SHARE = 0.1;

/** Fewer queries than this say nothing of a share. */
const LEAST_QUERIES = 10;

/** Endpoints that are watched: those that a hedge was needed for within the last minute. */
const MAX_ENDPOINTS = 4096;

interface HedgeCounts {
  readonly since: number;
  queries: number;
  won: number;
  /** Told: once a window is enough, and a window is no shorter for it. */
  leaked: boolean;
  /** A hedge has begun, and nothing has come over DoT since. */
  silent: boolean;
  /** Something has come over DoT in this window. */
  heard: boolean;
}

/** A share of queries that went out in clear text although they were to be encrypted. */
export interface Leak {
  /** Whose. */
  readonly endpoint: Endpoint;
  /** Queries since the window's first hedge. */
  readonly queries: number;
  /** How many of them Do53 won. */
  readonly leaked: number;
  /** Whether anything came over DoT meanwhile: it is slow, not silent. */
  readonly slow: boolean;
}

/**
 * Watches the hedges of each endpoint: whether DoT has been silent since the latest, and whether they win so often that
 * the encryption leaks. An endpoint without a hedge in the last minute costs nothing.
 */
export class HedgeWins {
  readonly #leak: (leak: Leak) => void;
  readonly #counts = new BoundedMap<string, HedgeCounts>(MAX_ENDPOINTS);

  /** @param leak - who is told, once a minute and endpoint */
  constructor(leak: (leak: Leak) => void) {
    this.#leak = leak;
  }

  /**
   * A query is sent over DoT.
   *
   * @param endpoint - where to
   * @param now - on the monotonic clock
   */
  asked(endpoint: Endpoint, now: number): void {
    const counts = this.#countsOf(endpoint, now);
    if (counts !== undefined) counts.queries++;
  }

  /**
   * Whether DoT has been silent there since Do53 had to join a query, within the last minute: then a session that is opened
   * beside the silent one is waited for no longer than for an open one.
   *
   * @param endpoint - of a decision
   * @param now - on the monotonic clock
   */
  isSilent(endpoint: Endpoint, now: number): boolean {
    return this.#countsOf(endpoint, now)?.silent === true;
  }

  /** DoT has answered. */
  heard(endpoint: Endpoint): void {
    const counts = this.#counts.size === 0 ? undefined : this.#counts.get(endpoint.key);
    if (counts === undefined) return;
    counts.silent = false;
    counts.heard = true;
  }

  /**
   * Do53 joins a query that DoT has not answered in time.
   *
   * @param endpoint - where DoT is slow
   * @param now - on the monotonic clock
   */
  began(endpoint: Endpoint, now: number): void {
    const known = this.#countsOf(endpoint, now);
    if (known !== undefined) known.silent = true;
    else this.#counts.set(endpoint.key, { since: now, queries: 1, won: 0, leaked: false, silent: true, heard: false });
  }

  /**
   * Do53 has answered such a query.
   *
   * @param endpoint - where DoT was slow
   * @param now - on the monotonic clock
   */
  won(endpoint: Endpoint, now: number): void {
    const counts = this.#countsOf(endpoint, now);
    if (counts === undefined) return;
    counts.won++;
    // Queries that were under way when the first hedge began were not counted when they were sent.
    counts.queries = Math.max(counts.queries, counts.won);
    const { queries, won, leaked, heard } = counts;
    if (leaked || queries < LEAST_QUERIES || won <= queries * LEAK_SHARE) return;
    counts.leaked = true;
    this.#leak({ endpoint, queries, leaked: won, slow: heard });
  }

  /** Another network: what was seen of the old one says nothing. */
  reset(): void {
    this.#counts.clear();
  }

  #countsOf(endpoint: Endpoint, now: number): HedgeCounts | undefined {
    // Every query comes by here, and nearly none finds anything.
    if (this.#counts.size === 0) return undefined;
    const counts = this.#counts.get(endpoint.key);
    if (counts === undefined || now - counts.since < WINDOW_MS) return counts;
    this.#counts.delete(endpoint.key);
    return undefined;
  }
}
