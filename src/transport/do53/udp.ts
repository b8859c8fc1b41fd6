import type { DotscoutError } from '../../common/errors.js';
import type { Carrier } from './pooled.js';

/** How a UDP query ended. Times are in milliseconds. */
export type UdpOutcome =
  /** A well-formed answer on memory of its own, its response code, and when it was read, on the monotonic clock. */
  | { readonly answer: Uint8Array; readonly rcode: number; readonly now: number }
  /** Too many datagrams that match nothing, or one with the query's id that is no answer: TCP is safer. */
  | { readonly distrusted: true }
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
  /** Where it is; set by whoever has it, and by nobody once it is settled. */
  carrier: Carrier<UdpQuery> | undefined;
  /** Is called once, unless it is taken back or given up. */
  settle(outcome: UdpOutcome): void;
}
