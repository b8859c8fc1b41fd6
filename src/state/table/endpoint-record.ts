import type { Address } from '../address/address.js';
import type { LameMemory } from '../lame.js';
import type { Effect, Endpoint, EndpointState } from '../model.js';
import type { Popularity } from '../popularity.js';
import type { Timing } from '../smoothing.js';
import type { HistoryItem } from './row-extras.js';

export type { HistoryItem } from './row-extras.js';

/**
 * One row of the table: the state, and what is counted and remembered beside it. A view, made when it is asked for: two
 * of one row are two objects that read and write the same. Of a row that is gone it shows nothing and keeps nothing.
 */
export interface EndpointRecord {
  /** Which. */
  readonly endpoint: Endpoint;
  /** Its address, parsed. */
  readonly address: Address;
  /** Its state, unpacked at each reading; `undefined` once it is forgotten. Only its table changes it. */
  readonly state: EndpointState | undefined;
  /** Contacts since it was first met. */
  readonly contacts: number;
  /** In which minutes of the last hour it was asked for. */
  readonly popularity: Readonly<Popularity>;
  /** The latest name server name that a host gave with it, where it did. */
  nameserver: string | undefined;
  /** The latest zone that a host named with it, where it did and the zone is not lame here. */
  zone: string | undefined;
  /** The same server's Do53, where it was last asked for; of one that is set the port counts. */
  clear: Endpoint | undefined;
  /** What is remembered of zones. */
  lame: LameMemory;
  /** What was measured; Do53's times are kept to seven digits. */
  timing: Timing;
  /** When it last answered over Do53. */
  answeredAt: number;
  /** Changes of verdict, oldest first. */
  readonly history: readonly HistoryItem[];
  /** Queries in flight and open sessions, which forbid eviction. */
  pins: number;
}

/** What an event did to a table: its row, where there is or was one, and what is to be done. */
export interface Applied {
  /** `undefined` where the table had no room for another row, or none was needed. */
  readonly record: EndpointRecord | undefined;
  /** What is to be done about it. */
  readonly effects: readonly Effect[];
  /** Rows that had to leave to make room, each with what must be undone for it. */
  readonly evicted: readonly Evicted[];
  /** Whether it was more than a number counted in place. */
  readonly isWritten?: boolean | undefined;
  /** Whether it is the first success of DoT on this network; then rows may be behind (`EndpointTable.isBehind`). */
  readonly isFirstSuccess?: boolean | undefined;
}

/** A row that had to leave, or that something happened to. */
export interface Evicted {
  /** The row. */
  readonly record: EndpointRecord;
  /** What is to be done about it. */
  readonly effects: readonly Effect[];
}
