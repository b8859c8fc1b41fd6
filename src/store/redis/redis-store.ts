import { randomUUID } from 'node:crypto';
import { settleWithin } from '../../clock.js';
import { InvalidInputError } from '../../state/invalid.js';
import type { Endpoint } from '../../state/model.js';
import type { SharingStore, StoredVerdict, StoreHost } from '../store.js';
import type { RedisClient } from './client.js';
import { beatChannel, checkPrefix, checkVantage, isVantage, keysOf } from './keys.js';
import { Membership, type Place } from './membership.js';

/** How a {@link RedisStore} is set up. */
export interface RedisStoreOptions {
  /**
   * A client that the host has made. We open two connections of our own by its `duplicate` and close them; the client
   * itself we neither use nor close, and it need not be connected.
   */
  readonly client: RedisClient;
  /**
   * The name of the network that the host is on at first, 1 to 200 characters; default `default`. What is reachable
   * differs by place: only instances of one vantage share. `networkChanged(id)` of the selector names another; without
   * an id nothing is shared until it is called with one.
   */
  readonly vantage?: string | undefined;
  /** What the names of keys and channels begin with, 1 to 64 of `A-Z a-z 0-9 _ : . { } -`; default `dotscout`. */
  readonly prefix?: string | undefined;
  /** Whether zones and names of name servers are stored too: they tell where users went. Default false. */
  readonly names?: boolean | undefined;
}

const DEFAULTS = { vantage: 'default', prefix: 'dotscout', names: false } as const;
const KNOWN: ReadonlySet<string> = new Set(['client', 'vantage', 'prefix', 'names']);

/** How long `open` reads at most, in milliseconds; the rest is read behind. */
const OPEN_MS = 3_000;

/**
 * Shares what a fleet learns through a Redis or Valkey engine (Redis 6 and all later): verdicts with native expiry,
 * changes told to all instances, and a lease for each probe, so that one instance of a fleet probes an endpoint. What
 * others say is a hint: their Good is used and confirmed at first use, and nobody makes our Good Bad.
 *
 * The engine may be lost, slow, restarted or full of rubbish: no query waits for it, and what changed meanwhile is told
 * when it is back. `docs/fleets.md` has all of it.
 *
 * @example
 * ```ts
 * import { createClient } from 'redis';
 * const store = new RedisStore({ client: createClient({ url: 'redis://192.0.2.10' }), vantage: 'fra1' });
 * const selector = await TransportSelector.open({ store });
 * ```
 */
export class RedisStore implements SharingStore {
  readonly #client: RedisClient;
  readonly #prefix: string;
  readonly #names: boolean;
  /** By which we know our own messages and leases; nobody else can guess it. */
  readonly #instance: string = randomUUID();
  #vantage: string | undefined;
  #membership: Membership | undefined;

  /**
   * @param options - the client, and what differs from the defaults
   * @throws `InvalidInputError` `INVALID_OPTION`
   */
  constructor(options: RedisStoreOptions) {
    const { client, vantage, prefix, names } = checkOptions(options);
    this.#client = client;
    this.#vantage = vantage;
    this.#prefix = prefix;
    this.#names = names;
  }

  /**
   * Connects, listens, and hands what stands in the engine to the host as hints, for 3 s at most; the rest follows. Never
   * rejects.
   *
   * @returns nothing: others have learned it all
   */
  async open(host: StoreHost): Promise<Iterable<StoredVerdict>> {
    this.#membership = new Membership({ host, client: this.#client, instance: this.#instance, names: this.#names });
    await settleWithin(host.clock, OPEN_MS, this.#membership.join(this.#place()));
    return [];
  }

  /** Tells the others, soon. What is forgotten here is not forgotten there. */
  append(verdict: StoredVerdict): void {
    this.#membership?.publish(verdict);
  }

  /** Nothing to do: the engine forgets by itself. */
  async compact(): Promise<void> {}

  /** When all that was appended is in the engine; rejects while that is out of reach. */
  async flush(): Promise<void> {
    await this.#membership?.flush();
  }

  /** Whether we are the one to probe; we are wherever the engine does not say that somebody else is. */
  async lease(endpoint: Endpoint, forMs: number): Promise<boolean> {
    return (await this.#membership?.leases.take(endpoint, forMs)) ?? true;
  }

  /** The probe is over: after a verdict the lease stands until it ends, so that the others hear of it first. */
  release(endpoint: Endpoint): void {
    this.#membership?.leases.giveBack(endpoint);
  }

  /** Shares with those of this network from now on; without a name with nobody. */
  networkChanged(id: string | undefined): void {
    this.#vantage = isVantage(id) ? id : undefined;
    void this.#membership?.join(this.#place());
  }

  /** Tells what is still to be told, for half a second at most, and closes our connections. */
  async close(): Promise<void> {
    await this.#membership?.close();
  }

  #place(): Place | undefined {
    if (this.#vantage === undefined) return undefined;
    return { keys: keysOf(this.#prefix, this.#vantage), beat: beatChannel(this.#prefix, this.#instance) };
  }
}

function checkOptions(
  options: RedisStoreOptions,
): Required<{ [K in keyof RedisStoreOptions]: NonNullable<RedisStoreOptions[K]> }> {
  if (typeof options !== 'object' || options === null) throw invalid(options, 'an object of options');
  for (const name of Object.keys(options)) if (!KNOWN.has(name)) throw invalid(name, `one of ${[...KNOWN].join(', ')}`);
  const { client, names = DEFAULTS.names } = options;
  if (typeof Object(client).duplicate !== 'function')
    throw invalid({ client: typeof client }, 'client: with duplicate()');
  if (typeof names !== 'boolean') throw invalid({ names }, 'names: true or false');
  const [vantage, prefix] = [
    checkVantage(options.vantage ?? DEFAULTS.vantage),
    checkPrefix(options.prefix ?? DEFAULTS.prefix),
  ];
  return { client, vantage, prefix, names };
}

function invalid(value: unknown, expected: string): InvalidInputError {
  return new InvalidInputError('INVALID_OPTION', value, expected);
}
