import { BoundedMap } from '../../common/bounded-map.js';
import { within } from '../../common/within.js';
import { Refusals } from '../refusals.js';
import type { ProbeWish, SharingStore, StoreHost } from '../store.js';
import { keyOfStored, type StoredVerdict, worthMs } from '../verdict.js';
import type { Channel } from './channel.js';
import { Link } from './link.js';
import { wishOf } from './messages.js';

/** How long `open` waits for the hub's verdicts, in milliseconds; the rest comes later. */
const OPEN_MS = 2_000;
/** How long we wait for the hub to probe, in milliseconds; then we probe ourselves. */
const PATIENCE_MS = 60_000;
/** How long the hub's Good answers a wish, in milliseconds; its Bad does so until the hub may try again. */
const GOOD_ANSWERS_MS = 60_000;
const MAX_ANSWERS = 10_000;

/** The hub's verdict of an endpoint: when it came, and until when it holds. */
interface Answer {
  readonly isGood: boolean;
  readonly at: number;
  readonly until: number;
}

const NO_ANSWER: Answer = { isGood: false, at: 0, until: Number.NEGATIVE_INFINITY };

/**
 * The store of one of the processes or threads around a `HubStore`: it decides by a table of its own, learns from the hub
 * what the others know, and lets it probe. Without the hub it goes on alone, and tells the hub what it has found out when
 * the hub is back.
 *
 * @example
 * ```ts
 * const selector = new TransportSelector({ store: new MemberStore(ipcChannel(process)) });
 * ```
 */
export class MemberStore implements SharingStore {
  readonly #channel: Channel;
  readonly #answers = new BoundedMap<string, Answer>(MAX_ANSWERS);
  #vantage: string | undefined;
  #host: StoreHost | undefined;
  #link: Link | undefined;
  #refusals: Refusals | undefined;
  #isLost = false;

  /** @param channel - to the hub */
  constructor(channel: Channel) {
    this.#channel = channel;
  }

  /** {@inheritDoc Store.open} */
  async open(host: StoreHost): Promise<Iterable<StoredVerdict>> {
    const { clock } = host;
    this.#host = host;
    this.#refusals = new Refusals(clock);
    const told = new Promise<void>((resolve) => {
      const link: Link = new Link(this.#channel, {
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
          this.#lost(host, 'the hub has gone');
          resolve();
        },
      });
      this.#link = link;
      link.greet();
    });
    await within(clock, OPEN_MS, () => told, { keepAlive: true }).catch(() => {});
    if (!this.#link?.isAlive) this.#lost(host, 'no hub answers');
    return [];
  }

  /** {@inheritDoc Store.append} */
  append(verdict: StoredVerdict): void {
    this.#link?.tell(verdict);
  }

  /** Does nothing: the hub stores what must outlive the process. */
  async compact(): Promise<void> {}

  /** Resolves when the hub has received all; rejects while it does not read. */
  async flush(): Promise<void> {
    await this.#link?.emptied();
  }

  /** {@inheritDoc Store.close} */
  async close(): Promise<void> {
    this.#link?.close();
    this.#link = undefined;
  }

  /** The hub probes while it is there, except where it holds Good what we hold Bad. */
  async lease(wish: ProbeWish): Promise<boolean> {
    const { endpoint } = wish;
    const [link, host] = [this.#link, this.#host];
    // Only we can probe from our own local address.
    if (host === undefined || !link?.isAlive || endpoint.localAddress !== undefined) return true;
    const now = host.clock.now();
    const { isGood, at, until } = this.#answers.get(endpoint.key) ?? NO_ANSWER;
    // Hearsay does not make our Bad Good; the hub's Good says that we should try.
    if (isGood && now < until && host.verdict(endpoint).verdict === 'bad') return true;
    if (now < (isGood ? at + GOOD_ANSWERS_MS : until)) return false;
    if (this.#refusals?.isOverdue(endpoint.key, PATIENCE_MS)) return true;
    link.wish(wishOf(wish));
    return false;
  }

  /** Does nothing: the hub holds no lease for us. */
  release(): void {}

  /** {@inheritDoc SharingStore.networkChanged} */
  networkChanged(id: string | undefined): void {
    this.#vantage = id;
    this.#answers.clear();
    this.#link?.greet();
  }

  #heard(verdict: StoredVerdict, host: StoreHost): void {
    const { clock } = host;
    const key = keyOfStored(verdict);
    const isGood = verdict.verdict === 'good';
    const at = clock.now();
    this.#answers.set(key, { isGood, at, until: at + worthMs(verdict, clock.wall()) });
    this.#refusals?.forget(key);
    host.hint(verdict);
  }

  #lost(host: StoreHost, why: string): void {
    if (!this.#isLost) host.tell('unreachable', why);
    this.#isLost = true;
  }

  #back(host: StoreHost): void {
    if (this.#isLost) host.tell('recovered', 'the hub is back');
    this.#isLost = false;
  }
}
