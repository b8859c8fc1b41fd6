import type { StateEvent } from '../model.js';
import { noteHit } from '../popularity.js';
import { FLAG, GLANCE, type Glance, glanceOf, type Rows, VERDICT, WORD } from './packed-rows.js';
import { type RowStates, TICK_MS } from './row-states.js';
import { popularityAt } from './row-view.js';

const MINUTE_MS = 60_000;
const FIRST_CONTACT = 0;

/** Writes in place what changes nothing but a number, as nearly all contacts and answers do. */
export class ContactCounter {
  readonly #rowStates: RowStates;
  readonly #rows: Rows;

  /** @param rowStates - the rows */
  constructor(rowStates: RowStates) {
    this.#rowStates = rowStates;
    this.#rows = rowStates.rows;
  }

  /** See `EndpointTable.hit`. */
  hit(row: number, now: number, clearPort: number): Glance {
    const page = this.#rows.page(row);
    const at = this.#rows.at(row);
    const past = (now - this.#rowStates.origin) / TICK_MS;
    if (!(past >= 0 && past < (page[at + WORD.due] as number))) return GLANCE.stale;
    const flags = page[at + WORD.flags] as number;
    if (flags >>> FLAG.epochShift !== this.#rowStates.epoch) return GLANCE.stale;
    page[at + WORD.contacts] = (page[at + WORD.contacts] as number) + 1;
    if ((flags & FLAG.used) === 0) page[at + WORD.flags] = flags | FLAG.used;
    const minute = Math.floor(now / MINUTE_MS);
    if (page[at + WORD.minute] === minute) page[at + WORD.recent] = (page[at + WORD.recent] as number) | 1;
    else this.#noteMinute(row, now);
    if (clearPort !== 0 && (page[at + WORD.hits] as number) >>> 16 !== clearPort) {
      this.#rowStates.rowStore.putClearPort(row, clearPort);
    }
    if ((flags & FLAG.verdict) === VERDICT.good) this.#use(row, now);
    return glanceOf(flags);
  }

  /** Notes a use; one write after each success is enough to know that the row was used since. */
  #use(row: number, now: number): void {
    const extras = this.#rowStates.rowStore.extrasFor(row);
    if (extras.usedAt <= extras.lastSuccess) extras.usedAt = now;
  }

  /** Counts a contact that was more than a hit. The very first is not yet a use that protects from eviction. */
  count(row: number, now: number): void {
    const contacts = this.#rows.get(row, WORD.contacts);
    this.#rows.put(row, WORD.contacts, contacts + 1);
    if (contacts !== FIRST_CONTACT) this.#rows.put(row, WORD.flags, this.#rows.get(row, WORD.flags) | FLAG.used);
    this.#noteMinute(row, now);
  }

  #noteMinute(row: number, now: number): void {
    const popularity = popularityAt(this.#rowStates.rowStore, row);
    noteHit(popularity, now);
    this.#rows.put(row, WORD.minute, popularity.minute);
    this.#rows.put(row, WORD.recent, popularity.recent);
    this.#rows.put(row, WORD.older, popularity.older);
  }

  /**
   * Sets the time of a success of a Good row, where it moves no end and ends no strike, as nearly every answer. That is
   * what `transition` would do, without unpacking the row.
   *
   * @returns whether the event was such a success, and is done with
   */
  confirm(row: number, event: Extract<StateEvent, { type: 'evidence' }>, now: number): boolean {
    const rowStates = this.#rowStates;
    const flags = this.#rows.get(row, WORD.flags);
    if (event.evidence.result !== 'success' || event.source === 'probe') return false;
    if ((flags & (FLAG.verdict | FLAG.phase)) !== VERDICT.good || !rowStates.isResting(row, now)) return false;
    const extras = rowStates.rowStore.extrasFor(row);
    const { goodMs, writeMs } = rowStates.policy;
    const moves = event.endedAt + goodMs - this.#rows.time(row, 1) > writeMs;
    if (moves || extras.strikes.length > 0) return false;
    extras.lastSuccess = Math.max(extras.lastSuccess, event.endedAt);
    return true;
  }
}
