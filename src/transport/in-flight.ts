import { randomInt } from 'node:crypto';
import { frame } from './framing.js';
import { matchAnswer } from './message.js';
import type { SessionQuery } from './session-query.js';
import { u16 } from './wire.js';

/** A query that has been written. */
export interface Written {
  readonly query: SessionQuery;
  /** As it was written: the session's id, behind the two length octets. */
  readonly framed: Uint8Array;
  /** When, on the monotonic clock. */
  readonly at: number;
  /** Whether it had waited for the session to be opened. */
  readonly opened: boolean;
}

/**
 * The queries that were written to one session, by the ids they have there: never two with one id (RFC 7766 section
 * 6.2.1), those that were given up and may still be answered among them.
 */
export class InFlight {
  /** `undefined` for a query that was given up. */
  readonly #byId = new Map<number, Written | undefined>();
  #nextId: number = randomInt(65_536);
  #outstanding = 0;

  /** How many queries somebody still waits for. */
  get size(): number {
    return this.#outstanding;
  }

  /**
   * Gives a query an id of its own and keeps it.
   *
   * @returns what to write, or `undefined` where no id is free
   */
  add(query: SessionQuery, at: number, opened: boolean): Uint8Array | undefined {
    const id = query.keepId ? u16(query.message, 0) : this.#freeId();
    if (id === undefined || this.#byId.has(id)) return undefined;
    const framed = frame(query.message, id);
    this.#byId.set(id, { query, framed, at, opened });
    this.#outstanding++;
    return framed;
  }

  #freeId(): number | undefined {
    if (this.#byId.size === 65_536) return undefined;
    while (this.#byId.has(this.#nextId)) this.#nextId = (this.#nextId + 1) & 0xffff;
    return this.#nextId;
  }

  /**
   * Finds the query that a message answers and takes it out.
   *
   * @param message - what came, at least a header long
   * @returns the query; `late` where it was given up before; `unmatched` where nobody asked
   */
  take(message: Uint8Array): Written | 'late' | 'unmatched' | 'malformed' {
    const id = u16(message, 0);
    const written = this.#byId.get(id);
    if (written === undefined) return this.#byId.delete(id) ? 'late' : 'unmatched';
    const match = matchAnswer(written.framed.subarray(2), message);
    if (match !== 'match') return match === 'mismatch' ? 'unmatched' : 'malformed';
    this.#byId.delete(id);
    this.#outstanding--;
    return written;
  }

  /** Gives up the queries whose time is over; their ids stay taken. */
  expire(now: number): SessionQuery[] {
    const over: SessionQuery[] = [];
    for (const [id, written] of this.#byId) {
      if (written === undefined || written.query.limitAt > now) continue;
      this.#byId.set(id, undefined);
      this.#outstanding--;
      over.push(written.query);
    }
    return over;
  }

  /** Takes all out that somebody waits for. */
  drain(): SessionQuery[] {
    const rest = [...this.#byId.values()].flatMap((written) => (written === undefined ? [] : [written.query]));
    this.#byId.clear();
    this.#outstanding = 0;
    return rest;
  }

  /** The earliest limit of all that somebody waits for. */
  earliestLimit(): number {
    let earliest = Number.POSITIVE_INFINITY;
    for (const written of this.#byId.values()) earliest = Math.min(earliest, written?.query.limitAt ?? earliest);
    return earliest;
  }
}
