import { dotscout } from '../resolvers/dotscout.js';
import type { ControlQuery } from '../sheet/observation.js';
import type { Place, World } from '../world/world.js';
import { Client } from './client.js';
import { ResolverProcess } from './process.js';

const RESOLVER_PORT = 53;
const PATIENCE_MS = 2_000;

/** Where it runs. */
export interface ControlOptions {
  readonly world: World;
  /** The network namespace of the resolvers. */
  readonly namespace: string;
  /** The address at which it listens there. */
  readonly address: string;
}

/**
 * A resolver without DoT beside the one under test, before a server of its own that has none. What it waits for longer than usual is the
 * machine, which the one under test shares.
 */
export class Control implements AsyncDisposable {
  readonly #place: Place;
  readonly #resolver: ResolverProcess;
  readonly #client: Client;

  private constructor(place: Place, resolver: ResolverProcess, client: Client) {
    this.#place = place;
    this.#resolver = resolver;
    this.#client = client;
  }

  /** Starts one. */
  static async start({ world, namespace, address }: ControlOptions): Promise<Control> {
    const place = await world.place({ a: { dot: 'closed' } });
    const subject = await dotscout.find();
    const at = { address, port: RESOLVER_PORT };
    const resolver = new ResolverProcess({ ...at, subject, namespace, forwardTo: [], encrypts: false });
    const client = new Client(address, RESOLVER_PORT, 'control');
    const control = new Control(place, resolver, client);
    try {
      await resolver.start(client);
      await control.ask();
    } catch (error) {
      await control[Symbol.asyncDispose]();
      throw error;
    }
    return control;
  }

  /** Asks it for a fresh name. */
  async ask(): Promise<ControlQuery> {
    const { at, ms } = await this.#client.ask(this.#place.zones.own, 'address', PATIENCE_MS);
    return { at, ms };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#client[Symbol.dispose]();
    await this.#resolver[Symbol.asyncDispose]();
    await this.#place[Symbol.asyncDispose]();
  }
}
