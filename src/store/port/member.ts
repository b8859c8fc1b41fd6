import { settleWithin } from '../../clock.js';
import { type Endpoint, endpointKey } from '../../state/model.js';
import { BoundedMap } from '../../transport/bounded-map.js';
import { Refusals } from '../refusals.js';
import { worthMs } from '../shared.js';
import type { SharingStore, StoredVerdict, StoreHost } from '../store.js';
import { Link } from './link.js';
import { type ClusterPeer, checkPeer } from './peer.js';

/** How long `open` waits for what the hub knows, in milliseconds; the rest comes later. */
const OPEN_MS = 2_000;
/** A wish that the hub has not answered in this time, in milliseconds, we fulfil ourselves. */
const PATIENCE_MS = 60_000;
/** For how long a Good of the hub's answers a wish, in milliseconds: who only decides wants it confirmed at each contact. */
const GOOD_ANSWERS_MS = 60_000;
const MAX_ANSWERS = 10_000;

/** What the hub has said of an endpoint, and how long that answers a wish. */
interface Answer {
  readonly isGood: boolean;
  readonly until: number;
}

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
  #host: StoreHost | undefined;
  #link: Link | undefined;
  #refusals: Refusals | undefined;
  readonly #answers = new BoundedMap<string, Answer>(MAX_ANSWERS);
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
    this.#host = host;
    this.#refusals = new Refusals(clock);
    const told = new Promise<void>((resolve) => {
      const link: Link = new Link(this.#peer, {
        clock,
        vantage: () => this.#vantage,
        met: () => this.#back(host),
        heard: (verdict) => this.#heard(verdict, host),
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

  /** While there is a hub it is asked to probe, and we are not the one; but where it holds our Bad for Good we are. */
  async lease(endpoint: Endpoint): Promise<boolean> {
    const [link, host] = [this.#link, this.#host];
    if (link === undefined || host === undefined || !link.isAlive) return true;
    const answer = this.#answers.get(endpoint.key);
    // Our Bad is no Good by hearsay: that it works there says that we are to try it ourselves.
    if (answer !== undefined && host.clock.now() < answer.until)
      return answer.isGood && host.verdict(endpoint)?.state?.verdict === 'bad';
    if (this.#refusals?.isOverdue(endpoint.key, PATIENCE_MS)) return true;
    link.wish(endpoint);
    return false;
  }

  /** Nothing to do: what the probe has shown is told like all else. */
  release(): void {}

  /** What the hub says of another network is not read any more. */
  networkChanged(id: string | undefined): void {
    this.#vantage = id;
    this.#answers.clear();
    this.#link?.greet();
  }

  /** Says goodbye. */
  async close(): Promise<void> {
    this.#link?.close();
    this.#link = undefined;
  }

  #heard(verdict: StoredVerdict, host: StoreHost): void {
    const key = endpointKey(verdict);
    const isGood = verdict.state?.verdict === 'good';
    const forMs = isGood ? GOOD_ANSWERS_MS : worthMs(verdict, host.clock.wall());
    this.#answers.set(key, { isGood, until: host.clock.now() + forMs });
    this.#refusals?.forget(key);
    host.hint(verdict);
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
