import { isLame, type LameMemory } from '../lame.js';
import type { Endpoint, StateEvent } from '../model.js';
import { noteHit } from '../popularity.js';
import type { Timing } from '../smoothing.js';
import { GLANCE, type Glance, glanceOf, type Rows, VERDICT } from './packed-rows.js';
import { type DotTiming, NO_TIMING } from './row-extras.js';
import * as FLAG from './row-flags.js';
import { type RowStates, TICK_MS } from './row-states.js';
import * as WORD from './row-words.js';

const MINUTE_MS = 60_000;
const FIRST_CONTACT = 0;

/** The rows of a table by their numbers, for what is read at every query: no endpoint and no view is made. */
export interface NumberedRows {
  /**
   * The number of the row of an address's DoT endpoint on port 853.
   *
   * @param text - the address in any spelling, without a scope id
   * @returns the number, -1 if there is no such row, -2 if the text is no such address
   */
  locate(text: string): number;

  /**
   * Counts a contact in place, where it changes nothing but its count.
   *
   * @param row - the row's number, as {@link NumberedRows.locate} gave it this moment
   * @param now - the monotonic time
   * @param clearPort - the port of the server's Do53, where the host named it
   * @returns the verdict, or 0 if nothing was counted and `EndpointTable.contact` must be called
   */
  hit(row: number, now: number, clearPort?: number): Glance;

  /**
   * The verdict of a row; counts nothing.
   *
   * @param row - the row's number, as {@link NumberedRows.locate} gave it this moment
   * @param now - the monotonic time
   * @returns the verdict, or 0 if time may have changed it and `EndpointTable.apply` must be called
   */
  glance(row: number, now: number): Glance;

  /** The verdict of a row as it was last written, whatever time has done. */
  verdictAt(row: number): Exclude<Glance, 0>;

  /** The endpoint of a row. */
  endpointAt(row: number): Endpoint;

  /** What was measured of a row. */
  timingAt(row: number): Timing;

  /** What was measured of a row's DoT alone. */
  dotTimingAt(row: number): DotTiming;

  /** When a row's server last answered over Do53, on the monotonic clock; minus infinity if it never has. */
  answeredAt(row: number): number;

  /** What is remembered of a row's zones. */
  lameAt(row: number): LameMemory;

  /** Notes the latest names that a host gave with a row; a zone that is lame there is not noted. */
  noteNames(row: number, zone: string | undefined, nameserver: string | undefined, now: number): void;
}

/** The same over packed rows. What changes nothing but a number, as nearly all contacts and answers do, is written in place. */
export class PackedRows implements NumberedRows {
  readonly #rowStates: RowStates;
  readonly #rows: Rows;

  /** @param rowStates - the rows */
  constructor(rowStates: RowStates) {
    this.#rowStates = rowStates;
    this.#rows = rowStates.rows;
  }

  /** {@inheritDoc NumberedRows.locate} */
  locate(text: string): number {
    return this.#rowStates.rowStore.locate(text);
  }

  // --- Reading ------------------------------------------------------------------------------------------------------

  /** {@inheritDoc NumberedRows.glance} */
  glance(row: number, now: number): Glance {
    return this.#rowStates.isDue(row, now) ? GLANCE.stale : this.verdictAt(row);
  }

  /** {@inheritDoc NumberedRows.verdictAt} */
  verdictAt(row: number): Exclude<Glance, 0> {
    return this.#rowStates.isOld(row) ? GLANCE.unknown : glanceOf(this.#rows.get(row, WORD.flags));
  }

  /** {@inheritDoc NumberedRows.endpointAt} */
  endpointAt(row: number): Endpoint {
    return this.#rowStates.rowStore.endpointOf(row);
  }

  /** {@inheritDoc NumberedRows.timingAt} */
  timingAt(row: number): Timing {
    return this.#rowStates.timingOf(row);
  }

  /** {@inheritDoc NumberedRows.dotTimingAt} */
  dotTimingAt(row: number): DotTiming {
    return this.#rowStates.isOld(row) ? NO_TIMING : this.#rowStates.rowStore.dotTimingOf(row);
  }

  /** {@inheritDoc NumberedRows.answeredAt} */
  answeredAt(row: number): number {
    return this.#rows.answeredAt.get(row) ?? Number.NEGATIVE_INFINITY;
  }

  /** {@inheritDoc NumberedRows.lameAt} */
  lameAt(row: number): LameMemory {
    return this.#rowStates.lameOf(row);
  }

  // --- Writing ------------------------------------------------------------------------------------------------------

  /** {@inheritDoc NumberedRows.hit} */
  hit(row: number, now: number, clearPort = 0): Glance {
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
    if (contacts !== FIRST_CONTACT) this.#rows.mark(row, FLAG.used, true);
    this.#noteMinute(row, now);
  }

  #noteMinute(row: number, now: number): void {
    const popularity = this.#rows.popularity(row);
    noteHit(popularity, now);
    this.#rows.putPopularity(row, popularity);
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

  /** {@inheritDoc NumberedRows.noteNames} */
  noteNames(row: number, zone: string | undefined, nameserver: string | undefined, now: number): void {
    if (nameserver !== undefined) this.#rows.nameservers.set(row, nameserver);
    if (zone === undefined || zone === this.#rows.zones.get(row)) return;
    if (isLame(this.lameAt(row), zone, this.#rowStates.policy, now)) return;
    this.#rows.zones.set(row, zone);
  }
}
