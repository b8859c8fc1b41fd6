import { randomUUID } from 'node:crypto';
import { InvalidInputError } from '../../common/errors.js';
import { within } from '../../common/within.js';
import { type Names, requireNames } from '../../state/known-names.js';
import type { Endpoint } from '../../state/model.js';
import type { ProbeWish, SharingStore, StoreHost } from '../store.js';
import type { StoredVerdict } from '../verdict.js';
import type { RedisClient } from './client.js';
import { beatChannel, checkPrefix, checkVantage, isVantage, keysOf } from './keys.js';
import { Membership, type Place } from './membership.js';

/** How a {@link RedisStore} works. */
export interface RedisStoreOptions {
  /**
   * A client that the host has made, for instance of the package `redis`. We open two connections of our own by its
   * `duplicate` and close them; the client itself is neither used nor closed, and need not be connected.
   */
  readonly client: RedisClient;
  /**
   * From where servers are seen: reachability differs by place, so only those that name the same share what they learn.
   * 1 to 200 characters. `networkChanged(id)` names another; without a name nothing is shared.
   */
  readonly vantage: string;
  /** What all keys and channels begin with, 1 to 64 of `A-Z a-z 0-9 _ : . { } -`; default `dotscout`. */
  readonly prefix?: string | undefined;
}

const NAMES: Names<RedisStoreOptions> = { client: true, vantage: true, prefix: true };
const PREFIX = 'dotscout';

/** How long `open` reads at most, in milliseconds; the rest is read in the background. */
const OPEN_MS = 3_000;

/**
 * Shares verdicts through Redis (6 or later) or Valkey: each is a key that expires when the verdict does, and is published
 * to all. The member that probes an endpoint holds a lease meanwhile, so that a fleet probes each once. What others publish
 * is hearsay: their Good is used and ends with its first failure, and no member makes another's Good Bad. Names are never
 * shared.
 *
 * **Bounds.** The selector's own table decides; nothing ever waits for the engine but a probe, for half a second. Lost,
 * slow, full, restarted or filled with rubbish, it costs 100,000 changes in memory, and when it is back all is made good.
 *
 * @example
 * ```ts
 * const client = createClient({ url: 'redis://localhost' });
 * const selector = await TransportSelector.open({ store: new RedisStore({ client, vantage: 'ams1' }) });
 * ```
 */
export class RedisStore implements SharingStore {
  readonly #client: RedisClient;
  readonly #prefix: string;
  /** By which we know our own messages and leases. */
  readonly #instance: string = randomUUID();
  #vantage: string | undefined;
  #membership: Membership | undefined;

  /**
   * @param options - which engine, seen from where
   * @throws `InvalidInputError` `INVALID_OPTION`
   */
  constructor(options: RedisStoreOptions) {
    requireNames('INVALID_OPTION', options, NAMES);
    const { client, vantage, prefix = PREFIX } = options;
    if (typeof Object(client).duplicate !== 'function')
      throw new InvalidInputError('INVALID_OPTION', typeof client, 'client: one with duplicate()');
    this.#client = client;
    this.#vantage = checkVantage(vantage);
    this.#prefix = checkPrefix(prefix);
  }

  /** {@inheritDoc Store.open} */
  async open(host: StoreHost): Promise<Iterable<StoredVerdict>> {
    const membership = new Membership({ host, client: this.#client, instance: this.#instance });
    this.#membership = membership;
    await within(host.clock, OPEN_MS, () => membership.join(this.#place()), { keepAlive: true }).catch(() => {});
    // What others hold is hearsay, and so is what we stored ourselves before a restart.
    return [];
  }

  /** {@inheritDoc Store.append} */
  append(verdict: StoredVerdict): void {
    this.#membership?.publish(verdict);
  }

  /** Does nothing: each key ends by itself. */
  async compact(): Promise<void> {}

  /** {@inheritDoc Store.flush} */
  async flush(): Promise<void> {
    await this.#membership?.flush();
  }

  /** {@inheritDoc SharingStore.lease} */
  async lease({ endpoint }: ProbeWish, forMs: number): Promise<boolean> {
    return (await this.#membership?.leases.take(endpoint, forMs)) ?? true;
  }

  /** {@inheritDoc SharingStore.release} */
  release(endpoint: Endpoint): void {
    this.#membership?.leases.giveBack(endpoint);
  }

  /** {@inheritDoc SharingStore.networkChanged} */
  networkChanged(id: string | undefined): void {
    this.#vantage = isVantage(id) ? id : undefined;
    void this.#membership?.join(this.#place());
  }

  /** {@inheritDoc Store.close} */
  async close(): Promise<void> {
    await this.#membership?.close();
  }

  #place(): Place | undefined {
    if (this.#vantage === undefined) return undefined;
    return { keys: keysOf(this.#prefix, this.#vantage), beat: beatChannel(this.#prefix, this.#instance) };
  }
}
