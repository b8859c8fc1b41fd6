import { settleWithin } from '../../clock.js';
import type { Endpoint } from '../../state/model.js';
import { Refusals } from '../refusals.js';
import type { SharingStore, StoredVerdict, StoreHost } from '../store.js';
import { Link } from './link.js';
import { type ClusterPeer, checkPeer } from './peer.js';

/** How long `open` waits for what the hub knows, in milliseconds; the rest comes later. */
const OPEN_MS = 2_000;
/** A wish that the hub has not fulfilled in this time, in milliseconds, we fulfil ourselves. */
const PATIENCE_MS = 60_000;

/**
 * The store of a selector in a worker thread or process: it probes nothing while its {@link ClusterHub} is there, hears
 * what that learns, and tells what it learns itself. Without a hub it does all by itself.
 *
 * @example
 * ```ts
 * const selector = new TransportSelector({ store: new ClusterMember(process) });
 * ```
 */
export class ClusterMember implements SharingStore {
  readonly #peer: ClusterPeer;
  #vantage: string | undefined;
  #link: Link | undefined;
  #refusals: Refusals | undefined;
  #isLost = false;

  /**
   * @param peer - where the hub is: `process`, `parentPort`, or a `MessagePort`
   * @throws `InvalidInputError` `INVALID_OPTION`
   */
  constructor(peer: ClusterPeer) {
    this.#peer = checkPeer(peer);
  }

  /** Hears what the hub knows, for 2 s at most; the rest follows. Never rejects. */
  async open(host: StoreHost): Promise<Iterable<StoredVerdict>> {
    const { clock } = host;
    this.#refusals = new Refusals(clock);
    const told = new Promise<void>((resolve) => {
      const link: Link = new Link(this.#peer, {
        clock,
        vantage: () => this.#vantage,
        met: () => this.#back(host),
        heard: (verdict) => host.hint(verdict),
        wished: () => {},
        read: (isWhole) => {
          if (isWhole) resolve();
        },
        stalled: () => this.#lost(host, 'the hub does not read'),
        revived: () => this.#back(host),
        left: () => {
          this.#lost(host, 'the hub is gone');
          resolve();
        },
      });
      this.#link = link;
      link.greet();
    });
    await settleWithin(clock, OPEN_MS, told);
    if (!this.#link?.isAlive) this.#lost(host, 'no hub answers');
    return [];
  }

  /** Tells the hub, soon. */
  append(verdict: StoredVerdict): void {
    this.#link?.tell(verdict);
  }

  /** Nothing to do: the hub remembers. */
  async compact(): Promise<void> {}

  /** When the hub has received all; rejects while nobody reads. */
  async flush(): Promise<void> {
    await this.#link?.emptied();
  }

  /** While there is a hub it is asked to probe, and we are not the one. */
  async lease(endpoint: Endpoint): Promise<boolean> {
    if (!this.#link?.isAlive || this.#refusals?.isOverdue(endpoint.key, PATIENCE_MS)) return true;
    this.#link.wish(endpoint);
    return false;
  }

  /** Nothing to do: what the probe has shown is told like all else. */
  release(): void {}

  /** What the hub says of another network is not read any more. */
  networkChanged(id: string | undefined): void {
    this.#vantage = id;
    this.#link?.greet();
  }

  /** Says goodbye. */
  async close(): Promise<void> {
    this.#link?.close();
    this.#link = undefined;
  }

  #lost(host: StoreHost, why: string): void {
    if (!this.#isLost) host.tell('lost', why);
    this.#isLost = true;
  }

  #back(host: StoreHost): void {
    if (this.#isLost) host.tell('back', 'the hub is back');
    this.#isLost = false;
  }
}
