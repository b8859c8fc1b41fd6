import type { Effect } from '../model.js';
import type { EndpointRecord } from './endpoint-record.js';

/** What an event did to a table: the row it concerns, if there is one now or was, and what is to be done. */
export interface Applied {
  /** `undefined` where the table had no room for another row, or none was needed. */
  readonly record: EndpointRecord | undefined;
  /** What is to be done about it. */
  readonly effects: readonly Effect[];
  /** Rows that had to leave to make room, each with what must be undone for it. */
  readonly evicted: readonly Evicted[];
  /** Whether it was more than a number counted in place. */
  readonly isWritten?: boolean | undefined;
}

/** A row that had to leave, or that something happened to. */
export interface Evicted {
  /** The row. */
  readonly record: EndpointRecord;
  /** What is to be done about it. */
  readonly effects: readonly Effect[];
}
