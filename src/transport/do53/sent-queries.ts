import type { DotscoutError } from '../../common/errors.js';
import { putU16, u16 } from '../../wire/octets.js';
import { nodeCrypto } from '../built-ins.js';
import type { Carrier } from './pool.js';

/**
 * The longest query that goes over UDP where TCP will do, in octets: what fits into one packet of IPv6's least MTU, whatever
 * the server has said of its buffer (RFC 8200 section 5, RFC 9715). Fragments get lost, and so would the query.
 */
export const MAX_DATAGRAM = 1_232;

/** What every server takes in a datagram, in octets, whatever it says (RFC 1035 section 4.2.1, RFC 6891 section 6.2.3). */
export const LEAST_DATAGRAM = 512;

/** How a UDP query ended. Times are in milliseconds. */
export type UdpOutcome =
  /** A well-formed answer on memory of its own, its response code, and when it was read, on the monotonic clock. */
  | { readonly answer: Uint8Array; readonly rcode: number; readonly now: number }
  /** Too many datagrams that match nothing, or one with the query's id that is no answer: TCP is safer. */
  | { readonly distrusted: true }
  /** It is too long for a datagram. */
  | { readonly tooLong: true }
  | { readonly error: DotscoutError };

/** A query that is to go over UDP. */
export interface UdpQuery {
  /** As it is to be sent, on memory that is lent until it is settled; its id is written into it. */
  readonly message: Uint8Array;
  /** The offset after its question. */
  readonly questionEnd: number;
  /** Whether the id must stay, because a signature covers it. */
  readonly keepId: boolean;
  /** When its time is over, on the monotonic clock. */
  readonly limitAt: number;
  /** Whether it may still be sent; asked each time before it leaves. Absent: it may. */
  readonly mayBeSent?: (() => boolean) | undefined;
  /** Where it is; set by the part that has it, and by none once it is settled. */
  carrier: Carrier<UdpQuery> | undefined;
  /** It was sent as often as it may be, and is still waited for; is called once, and may settle or drop it. */
  unanswered(): void;
  /** Is called once, unless it is taken back or given up. */
  settle(outcome: UdpOutcome): void;
}

/** A query on a UDP socket. */
export interface SentQuery {
  /** On its socket. */
  readonly id: number;
  readonly query: UdpQuery;
  /** How many its socket had carried before. */
  readonly place: number;
  /** Times it was sent. */
  sends: number;
  /** When it was last sent, on the monotonic clock. */
  sentAt: number;
  /** When it is sent again, or counts as unanswered, on the monotonic clock; infinite if neither. */
  againAt: number;
  /** Whether our own event loop stood still meanwhile, so that silence says nothing. */
  stalled: boolean;
}

/** The queries of one UDP socket by their ids, which are random, and no two the same in the socket's life. */
export class SentQueries {
  /** Those that somebody waits for. Few: to look through them costs less than a map for each socket (bench: lost). */
  readonly #sent: SentQuery[] = [];
  /** Of all: late and double answers are known by them, while what was done is held no longer. */
  readonly #ids: number[] = [];
  readonly #random: RandomNumbers;

  /** @param random - for ids */
  constructor(random: RandomNumbers) {
    this.#random = random;
  }

  /** How many there have been. */
  get total(): number {
    return this.#ids.length;
  }

  /** How many somebody waits for. */
  get live(): number {
    return this.#sent.length;
  }

  /** Whether a query's id, which must stay where a signature covers it, is free. */
  hasIdFor({ keepId, message }: UdpQuery): boolean {
    return !(keepId && this.knows(u16(message, 0)));
  }

  /**
   * Gives a query its id and keeps it.
   *
   * @param query - while {@link SentQueries.hasIdFor}; its message is changed
   * @param now - on the monotonic clock
   */
  add(query: UdpQuery, now: number): SentQuery {
    const id = this.#idFor(query);
    const sent: SentQuery = {
      id,
      query,
      place: this.#ids.length,
      sends: 0,
      sentAt: now,
      againAt: Number.POSITIVE_INFINITY,
      stalled: false,
    };
    this.#sent.push(sent);
    this.#ids.push(id);
    return sent;
  }

  /** The one that somebody waits for with this id. */
  get(id: number): SentQuery | undefined {
    return this.#sent.find((sent) => sent.id === id);
  }

  /** Whether there has ever been one with this id. */
  knows(id: number): boolean {
    return this.#ids.includes(id);
  }

  /** Those that somebody waits for, as they are now. */
  list(): SentQuery[] {
    return [...this.#sent];
  }

  /**
   * Nobody waits for a query any more.
   *
   * @returns whether somebody did
   */
  done({ message }: UdpQuery): boolean {
    const id = u16(message, 0);
    const at = this.#sent.findIndex((sent) => sent.id === id);
    if (at >= 0) this.#sent.splice(at, 1);
    return at >= 0;
  }

  #idFor({ keepId, message }: UdpQuery): number {
    if (keepId) return u16(message, 0);
    let id = this.#random.next();
    while (this.knows(id)) id = this.#random.next();
    putU16(message, 0, id);
    return id;
  }
}

/** Numbers drawn at a time: 8 KB, some microseconds. */
const BATCH = 4096;

/**
 * Unpredictable numbers of 16 bits for ids and choices. They are drawn in bulk from the system's generator, which makes
 * one cost some nanoseconds; `randomInt` costs a microsecond or, where its own cache is empty, much more.
 */
export class RandomNumbers {
  readonly #numbers = new Uint16Array(BATCH);
  #at = BATCH;

  /** One of 0 to 65,535, all equally likely. */
  next(): number {
    if (this.#at === BATCH) {
      nodeCrypto().randomFillSync(this.#numbers);
      this.#at = 0;
    }
    return this.#numbers[this.#at++] ?? 0;
  }

  /**
   * One of 0 to `bound` - 1, none of them likelier than another by more than `bound` in 65,536.
   *
   * @param bound - 0 to 65,536; 0 gives 0
   */
  below(bound: number): number {
    return (this.next() * bound) >>> 16;
  }
}
