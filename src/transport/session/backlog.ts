/** Queries and octets that may be held at most. */
export interface BacklogBounds {
  readonly queries: number;
  readonly octets: number;
}

/**
 * What one session holds, waiting and in flight: a second's worth of a fast server, and of octets what a server that
 * reads slowly may cost us.
 */
export const SESSION_BOUNDS: BacklogBounds = { queries: 5_120, octets: 2_097_152 };

/** What all sessions of an exchange hold together. */
export const EXCHANGE_BOUNDS: BacklogBounds = { queries: 65_536, octets: 67_108_864 };

/** What each session may hold whatever others do, so that a few servers that do not answer starve nobody. */
const OWN_SHARE: BacklogBounds = { queries: 64, octets: 16_384 };

/** Queries in flight on one session: four times what the fastest server here has at work in a round trip of 5 ms. */
export const MAX_IN_FLIGHT = 1_024;

/** Octets of queries in flight on one session, which are kept to check answers with. */
export const MAX_IN_FLIGHT_OCTETS = 1_048_576;

/** Counts what waits and what is in flight, so that servers that do not read or answer cost a bounded amount. */
export class Backlog {
  readonly #bounds: BacklogBounds;
  #whole: Backlog | undefined;
  #queries = 0;
  #octets = 0;

  /**
   * @param bounds - how much may be held
   * @param whole - counts the same, and that of others
   */
  constructor(bounds: BacklogBounds, whole?: Backlog) {
    this.#bounds = bounds;
    this.#whole = whole;
  }

  /** Whether a query of this length, in octets, has room. */
  admits(octets: number): boolean {
    if (!this.#hasRoom(octets, this.#bounds)) return false;
    return this.#whole === undefined || this.#hasRoom(octets, OWN_SHARE) || this.#whole.admits(octets);
  }

  /**
   * Is part of another from now on.
   *
   * @param whole - counts the same, and that of others
   */
  joins(whole: Backlog): void {
    this.#whole = whole;
    whole.#queries += this.#queries;
    whole.#octets += this.#octets;
  }

  /** Counts a query of this length, in octets. */
  add(octets: number): void {
    this.#queries++;
    this.#octets += octets;
    this.#whole?.add(octets);
  }

  /** A query of this length, in octets, is held no more. */
  remove(octets: number): void {
    this.#queries--;
    this.#octets -= octets;
    this.#whole?.remove(octets);
  }

  #hasRoom(octets: number, bounds: BacklogBounds): boolean {
    return this.#queries < bounds.queries && this.#octets + octets <= bounds.octets;
  }
}
