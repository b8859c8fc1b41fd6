import { type AnswerInfo, readAnswer } from '../../wire/answer.js';
import { u16 } from '../../wire/octets.js';
import { nodeCrypto } from '../built-ins.js';
import type { Backlog } from './backlog.js';
import { IdTable } from './id-table.js';
import type { SessionQuery } from './session-query.js';

/** A query that has been written. */
export interface Written {
  readonly query: SessionQuery;
  /** When, on the monotonic clock. */
  readonly at: number;
  /** Whether it had waited for the session to be opened. */
  readonly opened: boolean;
}

/** What has the id of a query that nobody waits for any more. */
const GIVEN_UP = 'given up';

/** What {@link InFlight.take} finds. */
export type Taken = { readonly written: Written; readonly info: AnswerInfo } | 'late' | 'unmatched' | 'malformed';

/**
 * The queries that were written to one session, by the ids they have there: never two with one id (RFC 7766 section
 * 6.2.1), those that were given up and may still be answered among them.
 */
export class InFlight {
  readonly #byId = new IdTable<Written | typeof GIVEN_UP>();
  readonly #backlog: Backlog;
  #nextId: number = nodeCrypto().randomInt(65_536);
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

  /** How many ids are taken that nobody waits for: the server may still answer them. */
  get givenUp(): number {
    return this.#byId.size - this.#outstanding;
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
    if (id === undefined || (reserved === undefined && this.#byId.get(id) !== undefined)) return undefined;
    this.#byId.set(id, { query, at, opened });
    this.#outstanding++;
    this.#octets += query.message.length;
    this.#backlog.add(query.message.length);
    return id;
  }

  /** Whether a query's id is free, where that must stay as it is. */
  admits({ keepId, message }: SessionQuery): boolean {
    return !keepId || this.#byId.get(u16(message, 0)) === undefined;
  }

  /**
   * Takes out a query that is not written now after all.
   *
   * @param id - what {@link InFlight.add} gave it
   */
  putBack(id: number): void {
    const written = this.#byId.get(id);
    if (written === undefined || written === GIVEN_UP) return;
    this.#byId.delete(id);
    this.#leaves(written.query);
  }

  /** Takes an id for a message whose answer nobody wants; `undefined` where none is free. */
  reserve(): number | undefined {
    const id = this.#freeId();
    if (id !== undefined) this.#byId.set(id, GIVEN_UP);
    return id;
  }

  #leaves({ message }: SessionQuery): void {
    this.#outstanding--;
    this.#octets -= message.length;
    this.#backlog.remove(message.length);
  }

  #freeId(): number | undefined {
    if (this.#byId.full) return undefined;
    while (this.#byId.get(this.#nextId) !== undefined) this.#nextId = (this.#nextId + 1) & 0xffff;
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
    if (written === undefined) return 'unmatched';
    if (written === GIVEN_UP) {
      this.#byId.delete(id);
      return 'late';
    }
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
    this.#each(({ query }, id) => {
      if (query.limitAt > now) return;
      this.#byId.set(id, GIVEN_UP);
      this.#leaves(query);
      over.push(query);
    });
    return over;
  }

  /** Those that somebody waits for, the ones written first before the others. */
  list(): SessionQuery[] {
    const all: SessionQuery[] = [];
    this.#each(({ query }) => all.push(query));
    return all;
  }

  /** Takes all out that somebody waits for, the ones written first before the others. */
  drain(): SessionQuery[] {
    const rest = this.list();
    this.#byId.clear();
    for (const query of rest) this.#leaves(query);
    return rest;
  }

  /** The earliest limit of all that somebody waits for. */
  earliestLimit(): number {
    let earliest = Number.POSITIVE_INFINITY;
    this.#each(({ query }) => {
      earliest = Math.min(earliest, query.limitAt);
    });
    return earliest;
  }

  /** Goes through those that somebody waits for; the next id is the one that was free longest. */
  #each(visit: (written: Written, id: number) => void): void {
    if (this.#outstanding === 0) return;
    this.#byId.forEach((written, id) => {
      if (written !== GIVEN_UP) visit(written, id);
    }, this.#nextId);
  }
}
