import type { Backlog } from './backlog.js';
import type { SessionQuery } from './session-query.js';

const LEAST_ROOM = 16;

/** A ring larger than this is not kept once it is empty. */
const KEPT_ROOM = 256;

/**
 * The queries of one session that have not been written, in the order in which they came: a ring, in which a query's
 * place is the number of all that came before it. Not a `Map`, for the reason that `IdTable` is none.
 */
export class Waiting {
  #ring: (SessionQuery | undefined)[] = emptyRing(LEAST_ROOM);
  /** The place of the first; those before it are gone. */
  #first = 0;
  /** The place of the next to come. */
  #end = 0;
  /** Places before this one were taken while the session was being opened. */
  #openedAt = 0;
  #size = 0;
  /** Taken back while the session was being opened: not written any more, but told how the opening ends. */
  readonly #withdrawn = new Set<SessionQuery>();
  readonly #backlog: Backlog;

  /** @param backlog - counts what waits */
  constructor(backlog: Backlog) {
    this.#backlog = backlog;
  }

  /** How many are to be written. */
  get size(): number {
    return this.#size;
  }

  /** The place of the first that is to be written. */
  get first(): number {
    return this.#first;
  }

  /** The place after that of the last. */
  get end(): number {
    return this.#end;
  }

  /** Whether any was taken back that is not told yet. */
  get hasWithdrawn(): boolean {
    return this.#withdrawn.size > 0;
  }

  /**
   * The query at a place, if it still waits there.
   *
   * @param place - from {@link Waiting.first} to before {@link Waiting.end}
   */
  at(place: number): SessionQuery | undefined {
    return this.#ring[place & (this.#ring.length - 1)];
  }

  /** Whether the query at a place came while the session was being opened. */
  cameEarly(place: number): boolean {
    return place < this.#openedAt;
  }

  /**
   * @param query - comes last
   * @param opening - whether the session is being opened
   */
  add(query: SessionQuery, opening: boolean): void {
    if (this.#end - this.#first === this.#ring.length) this.#makeRoom();
    query.place = this.#end;
    this.#ring[this.#end & (this.#ring.length - 1)] = query;
    this.#end++;
    if (opening) this.#openedAt = this.#end;
    this.#size++;
    this.#backlog.add(query.message.length);
  }

  /**
   * Takes one out.
   *
   * @returns whether it was waiting
   */
  remove(query: SessionQuery): boolean {
    const { place } = query;
    if (place < this.#first || place >= this.#end || this.at(place) !== query) return false;
    const mask = this.#ring.length - 1;
    this.#ring[place & mask] = undefined;
    while (this.#first < this.#end && this.#ring[this.#first & mask] === undefined) this.#first++;
    this.#size--;
    if (this.#size === 0 && this.#ring.length > KEPT_ROOM) this.#makeRoom();
    this.#backlog.remove(query.message.length);
    return true;
  }

  /**
   * Keeps a query from being written.
   *
   * @returns whether it was waiting
   */
  withdraw(query: SessionQuery): boolean {
    if (!this.remove(query)) return false;
    this.#withdrawn.add(query);
    return true;
  }

  /** Takes out all that are to be written. Settling one query may bring another: that is not among them. */
  drain(): SessionQuery[] {
    const all = this.#list();
    for (const query of all) this.remove(query);
    return all;
  }

  /** Takes out all that were taken back. */
  drainWithdrawn(): SessionQuery[] {
    const all = [...this.#withdrawn];
    this.#withdrawn.clear();
    return all;
  }

  /**
   * Takes out those whose time is over, of both kinds.
   *
   * @param now - on the monotonic clock
   */
  expire(now: number): SessionQuery[] {
    const over = [...this.#list(), ...this.#withdrawn].filter((query) => query.limitAt <= now);
    for (const query of over) if (!this.remove(query)) this.#withdrawn.delete(query);
    return over;
  }

  /** The earliest limit of all, of both kinds; infinite where there is none. */
  earliestLimit(): number {
    let earliest = Number.POSITIVE_INFINITY;
    for (const query of this.#list()) earliest = Math.min(earliest, query.limitAt);
    for (const query of this.#withdrawn) earliest = Math.min(earliest, query.limitAt);
    return earliest;
  }

  #list(): SessionQuery[] {
    const all: SessionQuery[] = [];
    for (let place = this.#first; place < this.#end; place++) {
      const query = this.at(place);
      if (query !== undefined) all.push(query);
    }
    return all;
  }

  /** A ring in which half the places are free; those that were left in between are closed up. */
  #makeRoom(): void {
    const all = this.#list();
    const early = all.filter(({ place }) => this.cameEarly(place)).length;
    let room = LEAST_ROOM;
    while (room < 2 * all.length) room *= 2;
    this.#ring = emptyRing(room);
    this.#first = 0;
    this.#end = 0;
    for (const query of all) {
      query.place = this.#end;
      this.#ring[this.#end++] = query;
    }
    this.#openedAt = early;
  }
}

function emptyRing(room: number): (SessionQuery | undefined)[] {
  return new Array<SessionQuery | undefined>(room).fill(undefined);
}
