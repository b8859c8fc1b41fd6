import type { Clock } from '../clock.js';
import type { Endpoint, FailureKind, Phase, Transport } from '../state/model.js';

/**
 * What a store has to tell, as the `code` of the event `store`:
 *
 * - `lost`: what it shares through is out of reach; all goes on without it. `back`: it is there again.
 * - `refused`: it takes no changes (full, read only); `back` follows as well.
 * - `rubbish`: something that it holds, or that came, is no verdict and was left out.
 * - `dropped`: a bound was reached, and the oldest changes gave way.
 */
export type StoreCode = 'lost' | 'back' | 'refused' | 'rubbish' | 'dropped';

/** DoT was proven. */
export interface StoredGood {
  readonly verdict: 'good';
  /** How much longer it is trusted, in milliseconds. */
  readonly leftMs: number;
  /** How much later a refresh is due, in milliseconds. */
  readonly refreshInMs: number;
  /** How long it had been so, in milliseconds. */
  readonly heldMs: number;
  /** How often its Good times ended in demotion. */
  readonly level: number;
}

/** DoT failed. */
export interface StoredBad {
  readonly verdict: 'bad';
  /** How much later it may be tried again, in milliseconds. */
  readonly retryInMs: number;
  /** In which phase it failed. */
  readonly phase: Phase;
  /** How. */
  readonly kind: FailureKind;
  /** Whether our own path was up meanwhile. */
  readonly controlled: boolean;
  /** Whether it was Good before. */
  readonly formerlyGood: boolean;
  /** How often its Good times ended in demotion. */
  readonly level: number;
  /** How long it had been so, in milliseconds. */
  readonly heldMs: number;
}

/** Nothing is known any more, but it was Good once. */
export interface StoredUnknown {
  readonly verdict: 'unknown';
  /** How much longer that is remembered, in milliseconds. */
  readonly keepMs: number;
  /** How often its Good times ended in demotion. */
  readonly level: number;
}

/** A state as it outlives the process: never a probe in flight, never strikes, never hits. */
export type StoredState = StoredGood | StoredBad | StoredUnknown;

/** The verdict of one endpoint as it outlives the process: times as what remains and what is past, relative to `savedAt`. */
export interface StoredVerdict {
  /** The canonical address. */
  readonly address: string;
  /** The port. */
  readonly port: number;
  /** What is spoken there. */
  readonly transport: Transport;
  /** Our own address, where the host names one. */
  readonly localAddress?: string | undefined;
  /** When this was true, on the wall clock, in milliseconds since 1970. */
  readonly savedAt: number;
  /** What was held; `undefined` for what is forgotten. */
  readonly state: StoredState | undefined;
  /** The latest zone, only where the operator asked for names. */
  readonly zone?: string | undefined;
  /** The latest name server name, only where the operator asked for names. */
  readonly nameserver?: string | undefined;
}

/** What a store may ask of its selector. None of it throws. */
export interface StoreHost {
  /** Where time is read. */
  readonly clock: Clock;
  /** All that is worth storing now; made lazily. */
  verdicts(): Iterable<StoredVerdict>;
  /** What is worth storing of one endpoint now. */
  verdict(endpoint: Endpoint): StoredVerdict | undefined;
  /** Others have learned this: a hint. Synchronous, cheap, ignored where our own evidence is better. */
  hint(verdict: StoredVerdict): void;
  /** Something is wrong, or right again: becomes event `store`. */
  tell(code: StoreCode, detail: string): void;
}

/** Where a selector remembers what it has learned. */
export interface Store {
  /** Loads; bad content is told, never a rejection (a rejection is told as well). */
  open(host: StoreHost): Promise<Iterable<StoredVerdict>>;
  /** A verdict has changed. Returns at once, never throws, bounded inside. */
  append(verdict: StoredVerdict): void;
  /** Writes what is held anew and short. */
  compact(): Promise<void>;
  /** Everything appended so far is safe. */
  flush(): Promise<void>;
  /** Ends it. */
  close(): Promise<void>;
}

/** A store that others use at the same time. */
export interface SharingStore extends Store {
  /**
   * Whether we are the one to probe this endpoint. Bounded by the selector too, which probes when no answer comes.
   *
   * @param endpoint - which
   * @param forMs - how long the probe may take, in milliseconds
   */
  lease(endpoint: Endpoint, forMs: number): Promise<boolean>;
  /** The probe is over; without a verdict to append the lease is given back. */
  release(endpoint: Endpoint): void;
  /** The host is on another network: which vantage others' verdicts must be of. */
  networkChanged(id: string | undefined): void;
}
