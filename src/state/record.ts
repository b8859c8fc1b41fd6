import type { Address } from './address.js';
import { type LameMemory, NO_LAME_ZONES } from './lame.js';
import type { Endpoint, EndpointState, TransitionReason, Verdict } from './model.js';
import { newPopularity, type Popularity } from './popularity.js';
import type { Timing } from './smoothing.js';

/** One change of verdict, for whoever asks why. */
export interface HistoryItem {
  /** When, on the monotonic clock. */
  readonly at: number;
  /** The verdict before. */
  readonly from: Verdict;
  /** The verdict after. */
  readonly to: Verdict;
  /** Why it changed. */
  readonly why: TransitionReason;
  /** Phase and kind of the failure that tipped it, where one did. */
  readonly detail?: string | undefined;
}

/** How many changes are remembered an endpoint. */
export const HISTORY_LENGTH = 8;

/** One row of the table: the state, and what is counted and remembered beside it. Changed by its table alone. */
export interface EndpointRecord {
  /** Which. */
  readonly endpoint: Endpoint;
  /** Its address, parsed. */
  readonly address: Address;
  /** What is held of it; `undefined` once it is forgotten. */
  state: EndpointState | undefined;
  /** Contacts since it was first met. */
  contacts: number;
  /** The latest contact, on the monotonic clock. */
  lastContact: number;
  /** `lastContact` as it was when eviction last passed it over: unchanged, it may leave. */
  passedAt: number;
  /** In which minutes of the last hour it was asked for. */
  readonly popularity: Popularity;
  /** The latest name server name and zone that a host gave with it, where it did. */
  nameserver: string | undefined;
  /** The latest zone that a host named with it, where it did and the zone is not lame here. */
  zone: string | undefined;
  /** The same server's Do53, where it was last asked for. */
  clear: Endpoint | undefined;
  /** What is remembered of zones. */
  lame: LameMemory;
  /** What was measured. */
  timing: Timing;
  /** When it last answered over Do53. */
  answeredAt: number;
  /** Changes of verdict, oldest first. */
  history: readonly HistoryItem[];
  /** Queries in flight and open sessions, which forbid eviction. */
  pins: number;
}

/**
 * A row for an endpoint that was just met.
 *
 * @param endpoint - the endpoint
 * @param address - its parsed address
 */
export function newRecord(endpoint: Endpoint, address: Address): EndpointRecord {
  return {
    endpoint,
    address,
    state: undefined,
    contacts: 0,
    lastContact: Number.NEGATIVE_INFINITY,
    passedAt: Number.NEGATIVE_INFINITY,
    popularity: newPopularity(),
    nameserver: undefined,
    zone: undefined,
    clear: undefined,
    lame: NO_LAME_ZONES,
    timing: {},
    answeredAt: Number.NEGATIVE_INFINITY,
    history: [],
    pins: 0,
  };
}
