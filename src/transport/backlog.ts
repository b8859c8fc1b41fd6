/** Queries and octets that may wait at most. */
export interface BacklogBounds {
  readonly queries: number;
  readonly octets: number;
}

/**
 * What may wait to be written on one session: a second's worth of a fast server, and of octets what a server that reads
 * slowly may cost us. In flight, twice that at most: see {@link MAX_IN_FLIGHT} and {@link MAX_IN_FLIGHT_OCTETS}.
 */
export const SESSION_BOUNDS: BacklogBounds = { queries: 4_096, octets: 1_048_576 };

/** What may wait on all sessions of an exchange together. */
export const EXCHANGE_BOUNDS: BacklogBounds = { queries: 65_536, octets: 67_108_864 };

/** Queries in flight on one session: four times what the fastest server here has at work in a round trip of 5 ms. */
export const MAX_IN_FLIGHT = 1_024;

/** Octets of queries in flight on one session, which are kept to check answers with. */
export const MAX_IN_FLIGHT_OCTETS = 1_048_576;

/** Counts what waits, so that it stays within bounds whoever does not read. */
export class Backlog {
  readonly #bounds: BacklogBounds;
  readonly #whole: Backlog | undefined;
  #queries = 0;
  #octets = 0;

  /**
   * @param bounds - how much may wait
   * @param whole - counts the same, and that of others
   */
  constructor(bounds: BacklogBounds, whole?: Backlog) {
    this.#bounds = bounds;
    this.#whole = whole;
  }

  /** Whether a query of so many octets has room. */
  admits(octets: number): boolean {
    const { queries, octets: most } = this.#bounds;
    return this.#queries < queries && this.#octets + octets <= most && this.#whole?.admits(octets) !== false;
  }

  /** Counts a query of so many octets. */
  add(octets: number): void {
    this.#queries++;
    this.#octets += octets;
    this.#whole?.add(octets);
  }

  /** A query of so many octets waits no more. */
  remove(octets: number): void {
    this.#queries--;
    this.#octets -= octets;
    this.#whole?.remove(octets);
  }
}
