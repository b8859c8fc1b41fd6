import { isLame, type LameMemory } from '../lame.js';
import type { Endpoint } from '../model.js';
import type { Timing } from '../smoothing.js';
import type { ContactCounter } from './contact-counter.js';
import { GLANCE, type Glance, glanceOf, WORD } from './packed-rows.js';
import { type DotTiming, NO_TIMING } from './row-extras.js';
import type { RowStates } from './row-states.js';

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

/** The same over packed rows. */
export class PackedRows implements NumberedRows {
  readonly #rowStates: RowStates;
  readonly #counter: ContactCounter;

  /**
   * @param rowStates - the rows
   * @param counter - counts in place
   */
  constructor(rowStates: RowStates, counter: ContactCounter) {
    this.#rowStates = rowStates;
    this.#counter = counter;
  }

  /** {@inheritDoc NumberedRows.locate} */
  locate(text: string): number {
    return this.#rowStates.rowStore.locate(text);
  }

  /** {@inheritDoc NumberedRows.hit} */
  hit(row: number, now: number, clearPort = 0): Glance {
    return this.#counter.hit(row, now, clearPort);
  }

  /** {@inheritDoc NumberedRows.glance} */
  glance(row: number, now: number): Glance {
    return this.#rowStates.isDue(row, now) ? GLANCE.stale : this.verdictAt(row);
  }

  /** {@inheritDoc NumberedRows.verdictAt} */
  verdictAt(row: number): Exclude<Glance, 0> {
    const { rows } = this.#rowStates;
    return this.#rowStates.isOld(row) ? GLANCE.unknown : glanceOf(rows.get(row, WORD.flags));
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
    return this.#rowStates.rows.answeredAt(row);
  }

  /** {@inheritDoc NumberedRows.lameAt} */
  lameAt(row: number): LameMemory {
    return this.#rowStates.lameOf(row);
  }

  /** {@inheritDoc NumberedRows.noteNames} */
  noteNames(row: number, zone: string | undefined, nameserver: string | undefined, now: number): void {
    const { rows, policy } = this.#rowStates;
    if (nameserver !== undefined) rows.putName(row, 'nameservers', nameserver);
    if (zone === undefined || isLame(this.lameAt(row), zone, policy, now)) return;
    rows.putName(row, 'zones', zone);
  }
}
