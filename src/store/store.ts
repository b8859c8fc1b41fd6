import type { Clock } from '../common/clock.js';
import type { Endpoint } from '../state/model.js';
import type { StoredVerdict } from './verdict.js';

/**
 * The codes by which a store tells the operator something, in the event `store`.
 *
 * - `cut-short`: the last record was not written whole; it alone is dropped.
 * - `broken-records`: some records are damaged; the others are kept, and the file is kept aside.
 * - `foreign`, `newer`: the file is not ours, or of a later version of ours; it is set aside.
 * - `unreadable`: the file could not be read; it is not overwritten.
 * - `replaced`: the file was removed, replaced or cut short under us; all is written anew.
 * - `locked`: another process writes there; nothing is stored until it has gone.
 * - `unwritable`, `full`: nothing can be written now; all is written once that is possible.
 * - `unreachable`: the engine that others share with us does not answer; we go on without it.
 * - `rubbish`: something there is no record; it is ignored.
 * - `too-many`: more endpoints are known than the store keeps; the rest is not stored.
 * - `failed`: the store threw, rejected or did not settle, against its contract.
 * - `recovered`: the trouble that was told last is over.
 */
export type StoreCode =
  | 'cut-short'
  | 'broken-records'
  | 'foreign'
  | 'newer'
  | 'unreadable'
  | 'replaced'
  | 'locked'
  | 'unwritable'
  | 'full'
  | 'unreachable'
  | 'rubbish'
  | 'too-many'
  | 'failed'
  | 'recovered';

/** What a store may ask of its selector. No method throws, and none waits. */
export interface StoreHost {
  /** Where to read time and set timers. */
  readonly clock: Clock;
  /** All verdicts that are worth storing now, made one by one as they are read. */
  verdicts(): Iterable<StoredVerdict>;
  /**
   * The verdict of one endpoint now.
   *
   * @param endpoint - which
   */
  verdict(endpoint: Endpoint): StoredVerdict;
  /**
   * Takes in a verdict of others. It is used where we hold nothing ourselves, for no longer than our policy would have it.
   *
   * @param verdict - as it was read; a malformed one is ignored
   */
  hint(verdict: StoredVerdict): void;
  /**
   * Tells the operator that something is wrong, or right again.
   *
   * @param code - what, for programs
   * @param detail - what, for people
   */
  tell(code: StoreCode, detail: string): void;
}

/**
 * A store, where verdicts outlive the process. No query waits for it, and none is harmed by it: a promise that rejects or
 * never settles is told in the event `store`, and nothing else happens. `FileStore` of `dotscout/store` is the usual one.
 */
export interface Store {
  /**
   * Begins, and returns what is stored; called once. Trouble is told (`host.tell`), not thrown.
   *
   * @param host - the selector
   * @returns the stored verdicts, one for each endpoint
   */
  open(host: StoreHost): Promise<Iterable<StoredVerdict>>;
  /**
   * Stores a verdict that has changed or lasts longer. It returns at once, and keeps what it cannot store now within bounds.
   *
   * @param verdict - the new one
   */
  append(verdict: StoredVerdict): void;
  /** Stores all verdicts of now in place of all before: after this it is short, and of one network. */
  compact(): Promise<void>;
  /** Resolves once all appended verdicts are safe; rejects if they cannot be. */
  flush(): Promise<void>;
  /** Stores what it can still store, and ends. */
  close(): Promise<void>;
}

/** A probe that we would make. */
export interface ProbeWish {
  /** Where encrypted DNS may be spoken. */
  readonly endpoint: Endpoint;
  /** The same server's Do53, where it is known. */
  readonly clear: Endpoint | undefined;
  /** The zone whose apex is asked for. */
  readonly zone: string;
}

/** A store that several members use at the same time, so that each has the use of what another has found out. */
export interface SharingStore extends Store {
  /**
   * Whether we are the one to probe an endpoint now; the others wait for the verdict. We wait at most 500 ms for the answer,
   * and then probe.
   *
   * @param wish - the probe that we would make
   * @param forMs - how long the probe may take, in milliseconds
   */
  lease(wish: ProbeWish, forMs: number): Promise<boolean>;
  /**
   * Gives the lease back: the probe is over.
   *
   * @param endpoint - which
   */
  release(endpoint: Endpoint): void;
  /**
   * The host is on another network: verdicts of others count only if they are on it as well.
   *
   * @param id - the network's name, where the host has one
   */
  networkChanged(id: string | undefined): void;
}

/** Whether a store is shared with other members. */
export function isSharing(store: Store): store is SharingStore {
  return typeof (store as Partial<SharingStore>).lease === 'function';
}
