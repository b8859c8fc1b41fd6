import { BoundedMap } from '../../common/bounded-map.js';
import { type Names, requireNames } from '../../state/known-names.js';
import { type Endpoint, endpointKey } from '../../state/model.js';
import { isSharing, type ProbeWish, type SharingStore, type Store, type StoreHost } from '../store.js';
import { type StoredVerdict, worthMs } from '../verdict.js';
import type { Channel } from './channel.js';
import { Link } from './link.js';
import type { Wish } from './messages.js';

/** What a hub needs of its selector; a `TransportSelector` has it. */
export interface HubProber {
  /** Probes a server, or joins a probe in flight. */
  probe(server: { address: string; port: number; dotPort: number; zone: string }): Promise<unknown>;
}

/** How a {@link HubStore} works. */
export interface HubStoreOptions {
  /** Where the hub's own verdicts go as well, for instance a `FileStore` or a `RedisStore`; default nowhere. */
  readonly store?: Store | undefined;
}

const NAMES: Names<HubStoreOptions> = { store: true };
const DO53_PORT = 53;
/** Probes for members at the same time; for more, members ask again. */
const MAX_PROBES = 1_000;
/** How long, in milliseconds, an endpoint that was probed for a member is not probed again for another, and for how many. */
const REST_MS = 5_000;
const MAX_RESTING = 10_000;

/**
 * The store of the one process or thread of a program that probes. Its selector's verdicts go to all members, and what
 * members find out in their queries goes to it and to the others. Where a member would probe an endpoint, the hub probes it
 * for all, unless its own verdict is not due.
 *
 * @example
 * ```ts
 * const hub = new HubStore();
 * const selector = await TransportSelector.open({ store: hub });
 * hub.serve(selector);
 * cluster.on('fork', (worker) => hub.connect(ipcChannel(worker)));
 * ```
 */
export class HubStore implements SharingStore {
  readonly #inner: Store | undefined;
  /** The members; without a link until there is a selector. */
  readonly #links = new Map<Channel, Link | undefined>();
  readonly #resting = new BoundedMap<string, number>(MAX_RESTING);
  #host: StoreHost | undefined;
  #prober: HubProber | undefined;
  #vantage: string | undefined;
  #probes = 0;

  /**
   * @param options - where the hub's verdicts go as well
   * @throws `InvalidInputError` `INVALID_OPTION`
   */
  constructor(options: HubStoreOptions = {}) {
    requireNames('INVALID_OPTION', options, NAMES);
    this.#inner = options.store;
  }

  /**
   * Sets who probes for the members.
   *
   * @param prober - the selector that this is the store of
   */
  serve(prober: HubProber): void {
    this.#prober = prober;
  }

  /**
   * Takes in a member, until it has gone.
   *
   * @param channel - to the member
   */
  connect(channel: Channel): void {
    if (this.#links.has(channel)) return;
    this.#links.set(channel, undefined);
    if (this.#host !== undefined) this.#link(channel, this.#host);
  }

  /** How many members there are. */
  get members(): number {
    return [...this.#links.values()].filter((link) => link?.isMet).length;
  }

  /** {@inheritDoc Store.open} */
  async open(host: StoreHost): Promise<Iterable<StoredVerdict>> {
    const hint = (verdict: StoredVerdict): void => {
      host.hint(verdict);
      this.#tell(verdict);
    };
    const stored = await this.#inner?.open({
      clock: host.clock,
      hint,
      verdicts: () => host.verdicts(),
      verdict: (endpoint) => host.verdict(endpoint),
      tell: (code, detail) => host.tell(code, detail),
    });
    // Not before: a member that comes meanwhile must hear all of it.
    this.#host = host;
    for (const channel of this.#links.keys()) this.#link(channel, host);
    return stored ?? [];
  }

  /** {@inheritDoc Store.append} */
  append(verdict: StoredVerdict): void {
    this.#inner?.append(verdict);
    this.#tell(verdict);
  }

  /** {@inheritDoc Store.compact} */
  async compact(): Promise<void> {
    await this.#inner?.compact();
  }

  /** {@inheritDoc Store.flush} */
  async flush(): Promise<void> {
    await this.#inner?.flush();
  }

  /** {@inheritDoc Store.close} */
  async close(): Promise<void> {
    for (const link of this.#links.values()) link?.close();
    this.#links.clear();
    await this.#inner?.close();
  }

  /** The hub probes; hosts that share the inner store agree on which of them does. */
  async lease(wish: ProbeWish, forMs: number): Promise<boolean> {
    const inner = this.#inner;
    return inner !== undefined && isSharing(inner) ? inner.lease(wish, forMs) : true;
  }

  /** {@inheritDoc SharingStore.release} */
  release(endpoint: Endpoint): void {
    if (this.#inner !== undefined && isSharing(this.#inner)) this.#inner.release(endpoint);
  }

  /** {@inheritDoc SharingStore.networkChanged} */
  networkChanged(id: string | undefined): void {
    this.#vantage = id;
    if (this.#inner !== undefined && isSharing(this.#inner)) this.#inner.networkChanged(id);
    for (const link of this.#links.values()) link?.greet();
  }

  #link(channel: Channel, host: StoreHost): void {
    const link: Link = new Link(channel, {
      clock: host.clock,
      vantage: () => this.#vantage,
      met: () => link.tellAll(() => host.verdicts()),
      heard: (verdict) => this.#heard(verdict, link, host),
      wished: (wish) => void this.#wished(wish, link, host),
      read: () => {},
      stalled: () => {},
      revived: () => {},
      left: (isGone) => {
        if (!isGone) return;
        link.close();
        this.#links.delete(channel);
      },
    });
    this.#links.set(channel, link);
    link.greet();
  }

  /** Takes what a member has found out as found out by this host, and tells the other members and other hosts. */
  #heard(verdict: StoredVerdict, from: Link, host: StoreHost): void {
    host.hint(verdict);
    if (this.#inner !== undefined && isSharing(this.#inner)) this.#inner.append(verdict);
    this.#tell(verdict, from);
  }

  #tell(verdict: StoredVerdict, except?: Link): void {
    for (const link of this.#links.values()) if (link !== except && link?.isMet) link.tell(verdict);
  }

  /** Probes for a member. The verdict goes to all as any other; the member that wished hears it also where it is unchanged. */
  async #wished(wish: Wish, link: Link, host: StoreHost): Promise<void> {
    const endpoint = endpointOf(wish);
    const { clock } = host;
    const isResting = clock.now() < (this.#resting.get(endpoint.key) ?? Number.NEGATIVE_INFINITY);
    if (!isResting && isDue(host.verdict(endpoint), clock.wall())) {
      if (this.#prober === undefined || this.#probes >= MAX_PROBES) return;
      this.#resting.set(endpoint.key, clock.now() + REST_MS);
      await this.#probe(this.#prober, wish);
    }
    link.tell(host.verdict(endpoint));
  }

  /** Never rejects; the selector counts what guard, rules and budgets refuse. */
  async #probe(prober: HubProber, { address, dotPort, port, zone }: Wish): Promise<void> {
    this.#probes++;
    try {
      await prober.probe({ address, port: port || DO53_PORT, dotPort, zone });
    } catch {
      // The member asks again, and after a while probes by itself.
    } finally {
      this.#probes--;
    }
  }
}

/** Whether there is anything to find out: not where it is Good and needs no refresh yet, or Bad and left alone. */
function isDue(verdict: StoredVerdict, wall: number): boolean {
  if (worthMs(verdict, wall) === 0) return true;
  return verdict.verdict === 'good' && verdict.refreshMs <= 0;
}

function endpointOf({ address, dotPort }: Wish): Endpoint {
  const place = { address, port: dotPort, transport: 'dot' };
  return { key: endpointKey(place), ...place };
}
