import { randomInt } from 'node:crypto';
import { type AnswerInfo, readAnswer } from './answer.js';
import type { Backlog } from './backlog.js';
import type { SessionQuery } from './session-query.js';
import { u16 } from './wire.js';

/** A query that has been written. */
export interface Written {
  readonly query: SessionQuery;
  /** When, on the monotonic clock. */
  readonly at: number;
  /** Whether it had waited for the session to be opened. */
  readonly opened: boolean;
}

/** What {@link InFlight.take} finds. */
export type Taken = { readonly written: Written; readonly info: AnswerInfo } | 'late' | 'unmatched' | 'malformed';

/**
 * The queries that were written to one session, by the ids they have there: never two with one id (RFC 7766 section
 * 6.2.1), those that were given up and may still be answered among them.
 */
export class InFlight {
  /** `undefined` for a query that was given up. */
  readonly #byId = new Map<number, Written | undefined>();
  readonly #backlog: Backlog;
  #nextId: number = randomInt(65_536);
  #outstanding = 0;
  #octets = 0;

  /** @param backlog - counts what is in flight */
  constructor(backlog: Backlog) {
    this.#backlog = backlog;
  }

  /** How many octets the queries have that somebody still waits for. */
  get octets(): number {
    return this.#octets;
  }

  /** How many queries somebody still waits for. */
  get size(): number {
    return this.#outstanding;
  }

  /**
   * Gives a query an id of its own and keeps it.
   *
   * @param query - the query
   * @param at - when it is written, on the monotonic clock
   * @param opened - whether it had waited for the session to be opened
   * @param reserved - an id that was reserved for it
   * @returns the id, or `undefined` where none is free
   */
  add(query: SessionQuery, at: number, opened: boolean, reserved?: number): number | undefined {
    const id = reserved ?? (query.keepId ? u16(query.message, 0) : this.#freeId());
    if (id === undefined || (reserved === undefined && this.#byId.has(id))) return undefined;
    this.#byId.set(id, { query, at, opened });
    this.#outstanding++;
    this.#octets += query.message.length;
    this.#backlog.add(query.message.length);
    return id;
  }

  /** Whether a query's id is free, where that must stay as it is. */
  admits({ keepId, message }: SessionQuery): boolean {
    return !keepId || !this.#byId.has(u16(message, 0));
  }

  /**
   * Takes out a query that is not written now after all.
   *
   * @param id - what {@link InFlight.add} gave it
   */
  putBack(id: number): void {
    const written = this.#byId.get(id);
    if (written === undefined) return;
    this.#byId.delete(id);
    this.#leaves(written.query);
  }

  /** Takes an id for a message whose answer nobody wants; `undefined` where none is free. */
  reserve(): number | undefined {
    const id = this.#freeId();
    if (id !== undefined) this.#byId.set(id, undefined);
    return id;
  }

  #leaves({ message }: SessionQuery): void {
    this.#outstanding--;
    this.#octets -= message.length;
    this.#backlog.remove(message.length);
  }

  #freeId(): number | undefined {
    if (this.#byId.size === 65_536) return undefined;
    while (this.#byId.has(this.#nextId)) this.#nextId = (this.#nextId + 1) & 0xffff;
    const id = this.#nextId;
    // One id further each time, so that an answer that comes twice meets no other query.
    this.#nextId = (id + 1) & 0xffff;
    return id;
  }

  /**
   * Finds the query that a message answers and takes it out.
   *
   * @param message - what came, at least a header long
   * @returns the query; `late` where it was given up before; `unmatched` where nobody asked
   */
  take(message: Uint8Array): Taken {
    const id = u16(message, 0);
    const written = this.#byId.get(id);
    if (written === undefined) return this.#byId.delete(id) ? 'late' : 'unmatched';
    const { message: asked, questionEnd } = written.query;
    const info = readAnswer(asked, questionEnd, message);
    if (typeof info === 'string') return info === 'mismatch' ? 'unmatched' : 'malformed';
    this.#byId.delete(id);
    this.#leaves(written.query);
    return { written, info };
  }

  /** Gives up the queries whose time is over; their ids stay taken. */
  expire(now: number): SessionQuery[] {
    const over: SessionQuery[] = [];
    for (const [id, written] of this.#byId) {
      if (written === undefined || written.query.limitAt > now) continue;
      this.#byId.set(id, undefined);
      this.#leaves(written.query);
      over.push(written.query);
    }
    return over;
  }

  /** Takes all out that somebody waits for. */
  drain(): SessionQuery[] {
    const rest = [...this.#byId.values()].flatMap((written) => (written === undefined ? [] : [written.query]));
    this.#byId.clear();
    for (const query of rest) this.#leaves(query);
    return rest;
  }

  /** The earliest limit of all that somebody waits for. */
  earliestLimit(): number {
    let earliest = Number.POSITIVE_INFINITY;
    for (const written of this.#byId.values()) earliest = Math.min(earliest, written?.query.limitAt ?? earliest);
    return earliest;
  }
}
