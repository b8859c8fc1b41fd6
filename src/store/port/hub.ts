import { InvalidInputError } from '../../state/invalid.js';
import type { Endpoint } from '../../state/model.js';
import { BoundedMap } from '../../transport/bounded-map.js';
import type { SharingStore, Store, StoredVerdict, StoreHost } from '../store.js';
import { Link } from './link.js';
import { type ClusterPeer, checkPeer } from './peer.js';

/** How a {@link ClusterHub} is set up. */
export interface ClusterHubOptions {
  /**
   * Probes for the members: `(server) => selector.probe(server)`, with the hub's own selector, whose guard and budgets
   * hold for all.
   */
  readonly probe: (server: WishedServer) => Promise<unknown>;
  /** Where the hub's selector remembers as well, a file or a Redis engine; default nowhere. */
  readonly store?: Store | undefined;
}

/** A server that a member would like to have probed. */
export interface WishedServer {
  /** Its address. */
  readonly address: string;
  /** Its DoT port. */
  readonly dotPort: number;
  /** The address of ours to probe it from, where the member named one. */
  readonly localAddress?: string | undefined;
}

/** Probes for members at one time; for more they ask again. */
const MAX_PROBES = 1_000;
/** So long the result of a probe for one member is good enough for the others, in milliseconds. */
const REST_MS = 5_000;
const MAX_RESTING = 10_000;

/**
 * The one who probes among the threads or processes of a host: the store of the selector in the primary. What that learns
 * is told to the members, whose selectors decide by themselves; what they learn from their queries they tell it.
 *
 * @example
 * ```ts
 * const hub = new ClusterHub({ probe: (server) => selector.probe(server) });
 * const selector = new TransportSelector({ store: hub });
 * cluster.on('fork', (worker) => hub.join(worker));
 * ```
 */
export class ClusterHub implements SharingStore {
  readonly #probe: ClusterHubOptions['probe'];
  readonly #store: Store | undefined;
  /** Members; without a link until there is a selector. */
  readonly #links = new Map<ClusterPeer, Link | undefined>();
  readonly #resting = new BoundedMap<string, number>(MAX_RESTING);
  #host: StoreHost | undefined;
  #vantage: string | undefined;
  #probes = 0;

  /**
   * @param options - how to probe, and where to remember
   * @throws `InvalidInputError` `INVALID_OPTION`
   */
  constructor(options: ClusterHubOptions) {
    const { probe, store } = Object(options) as ClusterHubOptions;
    if (typeof probe !== 'function') throw invalid({ probe: typeof probe }, 'probe: a function');
    if (store !== undefined && typeof Object(store).open !== 'function') throw invalid({ store }, 'store: a store');
    this.#probe = probe;
    this.#store = store;
  }

  /**
   * Takes a member in; it is forgotten when it ends.
   *
   * @param peer - a worker thread, a port to one, or a process with an IPC channel; the host's own messages may share it
   * @throws `InvalidInputError` `INVALID_OPTION`
   */
  join(peer: ClusterPeer): void {
    if (this.#links.has(checkPeer(peer))) return;
    this.#links.set(peer, undefined);
    if (this.#host !== undefined) this.#link(peer, this.#host);
  }

  /** Opens the store beside, and greets the members. */
  async open(host: StoreHost): Promise<Iterable<StoredVerdict>> {
    this.#host = host;
    const opened = await this.#store?.open({
      clock: host.clock,
      verdicts: () => host.verdicts(),
      verdict: (endpoint) => host.verdict(endpoint),
      tell: (code, detail) => host.tell(code, detail),
      hint: (verdict) => {
        host.hint(verdict);
        this.#tell(verdict);
      },
    });
    for (const peer of this.#links.keys()) this.#link(peer, host);
    return opened ?? [];
  }

  /** Tells the members, and the store beside. */
  append(verdict: StoredVerdict): void {
    this.#store?.append(verdict);
    this.#tell(verdict);
  }

  /** The store beside does. */
  async compact(): Promise<void> {
    await this.#store?.compact();
  }

  /** When it is safe in the store beside. */
  async flush(): Promise<void> {
    await this.#store?.flush();
  }

  /** The hub probes; among several hosts the store beside knows who. */
  async lease(endpoint: Endpoint, forMs: number): Promise<boolean> {
    return isSharing(this.#store) ? this.#store.lease(endpoint, forMs) : true;
  }

  /** The probe is over. */
  release(endpoint: Endpoint): void {
    if (isSharing(this.#store)) this.#store.release(endpoint);
  }

  /** What members say of another network is not read any more. */
  networkChanged(id: string | undefined): void {
    this.#vantage = id;
    if (isSharing(this.#store)) this.#store.networkChanged(id);
    for (const link of this.#links.values()) link?.greet();
  }

  /** Says goodbye to the members, and closes the store beside. */
  async close(): Promise<void> {
    for (const link of this.#links.values()) link?.close();
    this.#links.clear();
    await this.#store?.close();
  }

  #link(peer: ClusterPeer, host: StoreHost): void {
    const link: Link = new Link(peer, {
      clock: host.clock,
      vantage: () => this.#vantage,
      met: () => link.tellAll(host.verdicts()),
      heard: (verdict) => this.#heard(verdict, link, host),
      wished: (endpoint) => this.#wished(endpoint, link, host),
      read: () => {},
      stalled: () => {},
      revived: () => {},
      left: (isGone) => {
        if (!isGone) return;
        link.close();
        this.#links.delete(peer);
      },
    });
    this.#links.set(peer, link);
    link.greet();
  }

  /** Of all that a member knows better than we do, the others hear as well. */
  #heard(verdict: StoredVerdict, from: Link, host: StoreHost): void {
    host.hint(verdict);
    if (isSharing(this.#store)) this.#store.append(verdict);
    this.#tell(verdict, from);
  }

  #tell(verdict: StoredVerdict, except?: Link): void {
    for (const link of this.#links.values()) if (link !== except && link?.isMet) link.tell(verdict);
  }

  async #wished(endpoint: Endpoint, link: Link, host: StoreHost): Promise<void> {
    const now = host.clock.now();
    const isResting = now < (this.#resting.get(endpoint.key) ?? Number.NEGATIVE_INFINITY);
    if (!isResting && !isSettled(host.verdict(endpoint))) {
      if (this.#probes >= MAX_PROBES) return;
      this.#resting.set(endpoint.key, now + REST_MS);
      await this.#probeFor(endpoint);
    }
    const verdict = host.verdict(endpoint);
    if (verdict !== undefined) link.tell(verdict);
  }

  /** Never rejects: what guard and budgets forbid, a member asks for again. */
  async #probeFor({ address, port, localAddress }: Endpoint): Promise<void> {
    this.#probes++;
    try {
      await this.#probe({ address, dotPort: port, localAddress });
    } catch {
      // The selector's own metrics count it.
    } finally {
      this.#probes--;
    }
  }
}

/** Good and not to be refreshed yet, or Bad and not to be tried again: what a member wishes does not change that. */
function isSettled(verdict: StoredVerdict | undefined): boolean {
  const state = verdict?.state;
  return (state?.verdict === 'good' && state.refreshInMs > 0) || (state?.verdict === 'bad' && state.retryInMs > 0);
}

function isSharing(store: Store | undefined): store is SharingStore {
  return store !== undefined && 'lease' in store && 'release' in store && 'networkChanged' in store;
}

function invalid(value: unknown, expected: string): InvalidInputError {
  return new InvalidInputError('INVALID_OPTION', value, expected);
}
