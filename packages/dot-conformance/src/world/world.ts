import type { Filter, ServerSpec, ZoneName } from '../sheet/scenario.js';
import { leafAddress, TLD } from './addresses.js';
import { Hierarchy } from './hierarchy.js';
import { Leaf } from './leaf.js';
import { PacketFilter } from './packet-filter.js';

/** The servers of one try, and the zones that are theirs. */
export interface Place extends AsyncDisposable {
  readonly leaves: ReadonlyMap<string, Leaf>;
  readonly zones: Readonly<Record<ZoneName, string>>;
}

/** Root, top-level domain and, for each try, fresh servers with fresh zones. Runs in the servers' namespace. */
export class World implements AsyncDisposable {
  readonly #hierarchy: Hierarchy;
  readonly #filter = new PacketFilter();
  readonly #rttMs: number;
  #leaves = 0;
  #places = 0;

  private constructor(rttMs: number) {
    this.#rttMs = rttMs;
    this.#hierarchy = new Hierarchy(rttMs);
  }

  /**
   * Makes the world.
   *
   * @param rttMs - the round trip to every server in milliseconds
   */
  static async open(rttMs: number): Promise<World> {
    const world = new World(rttMs);
    await world.#filter.open();
    await world.#hierarchy.open();
    return world;
  }

  /** Starts the servers of a try. */
  async place(specs: Readonly<Record<string, ServerSpec>>): Promise<Place> {
    this.#places += 1;
    const labels = { own: `z${this.#places}`, other: `y${this.#places}`, stranger: `x${this.#places}` };
    const { own, other, stranger } = labels;
    const zones = { own: `${own}.${TLD}`, other: `${other}.${TLD}`, stranger: `${stranger}.${TLD}` };
    const leaves = new Map<string, Leaf>();
    for (const [name, spec] of Object.entries(specs)) {
      const address = spec.address ?? leafAddress(this.#leaves++);
      leaves.set(name, await Leaf.start({ name, address, stranger: zones.stranger, rttMs: this.#rttMs, spec }));
    }
    const addresses = [...leaves.values()].map(({ address }) => address);
    for (const label of Object.values(labels)) this.#hierarchy.delegate(label, addresses);
    return {
      leaves,
      zones,
      async [Symbol.asyncDispose]() {
        for (const leaf of leaves.values()) await leaf[Symbol.asyncDispose]();
      },
    };
  }

  /** Lets a packet filter hold before a server, or no longer. */
  async filter(filter: Filter, leaf: Leaf, on: boolean): Promise<void> {
    await this.#filter.set(filter, leaf.address, on);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#hierarchy[Symbol.asyncDispose]();
  }
}
