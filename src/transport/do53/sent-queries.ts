import { putU16, u16 } from '../../wire/octets.js';
import type { RandomNumbers } from './random.js';
import type { UdpQuery } from './udp.js';

/** A query on a UDP socket. */
export interface SentQuery {
  readonly query: UdpQuery;
  /** How many its socket had carried before. */
  readonly place: number;
  /** Times it was sent. */
  sends: number;
  /** When it was last sent, on the monotonic clock. */
  sentAt: number;
  /** When it is sent again, on the monotonic clock; infinite if not. */
  againAt: number;
  /** Whether our own event loop stood still meanwhile, so that silence says nothing. */
  stalled: boolean;
}

/** The queries of one UDP socket by their ids, which are random, and no two the same in the socket's life. */
export class SentQueries {
  /** `undefined` for a query that is done, so that late and double answers to it are known. */
  readonly #byId = new Map<number, SentQuery | undefined>();
  readonly #random: RandomNumbers;
  #live = 0;

  /** @param random - for ids */
  constructor(random: RandomNumbers) {
    this.#random = random;
  }

  /** How many there have been. */
  get total(): number {
    return this.#byId.size;
  }

  /** How many somebody waits for. */
  get live(): number {
    return this.#live;
  }

  /** Whether a query's id, which must stay where a signature covers it, is free. */
  hasIdFor({ keepId, message }: UdpQuery): boolean {
    return !(keepId && this.#byId.has(u16(message, 0)));
  }

  /**
   * Gives a query its id and keeps it.
   *
   * @param query - while {@link SentQueries.hasIdFor}; its message is changed
   * @param now - on the monotonic clock
   */
  add(query: UdpQuery, now: number): SentQuery {
    const id = this.#idFor(query);
    const place = this.#byId.size;
    const sent: SentQuery = { query, place, sends: 0, sentAt: now, againAt: Number.POSITIVE_INFINITY, stalled: false };
    this.#byId.set(id, sent);
    this.#live++;
    return sent;
  }

  /** The one that somebody waits for with this id. */
  get(id: number): SentQuery | undefined {
    return this.#byId.get(id);
  }

  /** Whether there has ever been one with this id. */
  knows(id: number): boolean {
    return this.#byId.has(id);
  }

  /** Those that somebody waits for, as they are now. */
  list(): SentQuery[] {
    const sentQueries: SentQuery[] = [];
    for (const sent of this.#byId.values()) if (sent !== undefined) sentQueries.push(sent);
    return sentQueries;
  }

  /**
   * Nobody waits for a query any more.
   *
   * @returns whether somebody did
   */
  done({ message }: UdpQuery): boolean {
    const id = u16(message, 0);
    if (this.#byId.get(id) === undefined) return false;
    this.#byId.set(id, undefined);
    this.#live--;
    return true;
  }

  #idFor({ keepId, message }: UdpQuery): number {
    if (keepId) return u16(message, 0);
    let id = this.#random.next();
    while (this.#byId.has(id)) id = this.#random.next();
    putU16(message, 0, id);
    return id;
  }
}
