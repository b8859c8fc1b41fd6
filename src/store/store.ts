import type { Clock } from '../common/clock.js';
import type { Endpoint } from '../state/model.js';
import type { StoredVerdict } from './verdict.js';

/**
 * What a store tells the operator, by the event `store`.
 *
 * - `cut-short`: the last record was not written whole, and is dropped alone.
 * - `broken-records`: some were damaged; the others are kept, and so is the file, set aside.
 * - `foreign`, `newer`: the file is none of ours, or of a later version of us; it is set aside.
 * - `unreadable`: nothing could be read; nothing is overwritten.
 * - `locked`: another process writes there; what we learn is not stored until it has gone.
 * - `unwritable`, `full`: nothing can be written for now; all is written once it can be.
 * - `unreachable`: the engine that others share with us does not answer; we go on without.
 * - `rubbish`: somebody has put there what is no record; it is ignored.
 * - `too-many`: more is known than the store keeps; the rest is not stored.
 * - `failed`: the store threw, rejected or did not settle, against its contract.
 * - `recovered`: what was last told is over.
 */
export type StoreCode =
  | 'cut-short'
  | 'broken-records'
  | 'foreign'
  | 'newer'
  | 'unreadable'
  | 'locked'
  | 'unwritable'
  | 'full'
  | 'unreachable'
  | 'rubbish'
  | 'too-many'
  | 'failed'
  | 'recovered';

/** What a store may ask of its selector. None of it throws, and none waits. */
export interface StoreHost {
  /** Where to read time and set timers. */
  readonly clock: Clock;
  /** All that is worth storing now, made one by one as it is read. */
  verdicts(): Iterable<StoredVerdict>;
  /**
   * What is held of one endpoint now.
   *
   * @param endpoint - which
   */
  verdict(endpoint: Endpoint): StoredVerdict;
  /**
   * Others hold this. It is used where we hold nothing ourselves, for no longer than our policy would have it.
   *
   * @param verdict - as it was read; what is malformed is ignored
   */
  hint(verdict: StoredVerdict): void;
  /**
   * Something is wrong, or right again.
   *
   * @param code - what, for programs
   * @param detail - what, for people
   */
  tell(code: StoreCode, detail: string): void;
}

/**
 * Where verdicts outlive the process. No query waits for it, and whatever it does harms none: a promise that rejects or
 * never settles is told by the event `store`, and that is all. `FileStore` of `dotscout/store` is the usual one.
 */
export interface Store {
  /**
   * Begins, and tells what is stored; called once. What is wrong with it is told, not thrown.
   *
   * @param host - the selector
   * @returns what was stored, one verdict an endpoint
   */
  open(host: StoreHost): Promise<Iterable<StoredVerdict>>;
  /**
   * A verdict has changed, or lasts longer. Returns at once, and keeps what it cannot store now within bounds.
   *
   * @param verdict - what is held now
   */
  append(verdict: StoredVerdict): void;
  /** Stores all that is held now in place of all that was: after this it is short, and of one network. */
  compact(): Promise<void>;
  /** Resolves once all that was appended is safe; rejects if it cannot be. */
  flush(): Promise<void>;
  /** Stores what it still can and ends. */
  close(): Promise<void>;
}

/** What we would probe. */
export interface ProbeWish {
  /** Where encrypted DNS may be spoken. */
  readonly endpoint: Endpoint;
  /** The same server's Do53, where it is known. */
  readonly clear: Endpoint | undefined;
  /** The zone whose apex is asked for. */
  readonly zone: string;
}

/** A store that others use at the same time, so that what one has found out is of use to all. */
export interface SharingStore extends Store {
  /**
   * Whether we are the one to probe an endpoint now; the others wait for what comes of it. Who gives no answer within
   * 500 ms is not waited for.
   *
   * @param wish - what we would probe
   * @param forMs - how long the probe may take, in milliseconds
   */
  lease(wish: ProbeWish, forMs: number): Promise<boolean>;
  /**
   * The probe is over.
   *
   * @param endpoint - which
   */
  release(endpoint: Endpoint): void;
  /**
   * The host is on another network: what others hold counts only if they are on it as well.
   *
   * @param id - the network's name, where the host has one
   */
  networkChanged(id: string | undefined): void;
}

/** Whether others use a store as well. */
export function isSharing(store: Store): store is SharingStore {
  return typeof (store as Partial<SharingStore>).lease === 'function';
}
