import { setTimeout as wait } from 'node:timers/promises';
import { seededRandom } from '../../../../src/testing/random.js';
import { zipf } from '../../../../tools/workload.js';
import type { Subject } from '../resolvers/adapter.js';
import { type ClientFeel, FEEL_QUERIES, FEEL_SERVERS, type FeelServers, type Feels, feelOf } from '../sheet/feel.js';
import { DISTURBED_MS } from '../sheet/figures.js';
import type { AskedQuery } from '../sheet/observation.js';
import type { Place, World } from '../world/world.js';
import { Client } from './client.js';
import { ResolverProcess } from './process.js';
import { watchingStalls } from './stalls.js';

const RESOLVER_PORT = 53;
const SEED = 7;
const TRIES = 3;
/** What is on its way when the last answer is there: so long servers listen. */
const SETTLE_MS = 100;

/** Where it is measured. */
export interface FeelOptions {
  readonly subject: Subject;
  readonly world: World;
  /** The network namespace of the resolvers. */
  readonly namespace: string;
  /** Two addresses that no resolver has had: without encryption, and with it. */
  readonly addresses: readonly [string, string];
}

/** A zone, its server, and what kind that is of. */
interface FeelZone {
  readonly place: Place;
  readonly kind: FeelServers;
}

/** All zones of one measurement. */
class FeelZones implements AsyncDisposable {
  readonly #zones: FeelZone[] = [];

  async open(world: World): Promise<readonly FeelZone[]> {
    for (const kind of FEEL_SERVERS.flatMap((one) => Array<FeelServers>(one.count).fill(one))) {
      const place = await world.place({ a: kind.spec });
      this.#zones.push({ place, kind });
      if (kind.filter === undefined) continue;
      for (const leaf of place.leaves.values()) await world.filter(kind.filter, leaf, true);
    }
    return this.#zones;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { place } of this.#zones) await place[Symbol.asyncDispose]();
  }
}

/**
 * Lets clients ask a resolver with encryption and one without, each before servers of its own. Both at once: what else the machine does is
 * felt by both. Once more where it stood still.
 */
export async function measureFeels(options: FeelOptions): Promise<Feels> {
  for (let i = 1; ; i += 1) {
    const { result, stalledMs } = await watchingStalls(() => measureBoth(options));
    if (stalledMs <= DISTURBED_MS || i === TRIES) return result;
  }
}

async function measureBoth({ addresses: [off, on], ...options }: FeelOptions): Promise<Feels> {
  const { alwaysEncrypts = false } = options.subject;
  const [without, withIt] = await Promise.all([
    alwaysEncrypts ? undefined : measureOne(options, off, false),
    measureOne(options, on, true),
  ]);
  return { off: without, on: withIt };
}

type One = Omit<FeelOptions, 'addresses'>;

async function measureOne({ subject, world, namespace }: One, address: string, encrypts: boolean): Promise<ClientFeel> {
  await using servers = new FeelZones();
  const zones = await servers.open(world);
  const at = { address, port: RESOLVER_PORT };
  await using resolver = new ResolverProcess({ ...at, subject, namespace, encrypts, forwardTo: [] });
  using client = new Client(address, RESOLVER_PORT, encrypts ? 'on' : 'off');
  await resolver.start(client);
  const asked = await askAll(client, zones);
  await wait(SETTLE_MS);
  const leaves = zones.filter(isCapable).flatMap(({ place }) => [...place.leaves.values()]);
  return feelOf(
    asked.map(({ query }) => query),
    {
      asked: asked.filter(({ zone }) => isCapable(zone)).map(({ query }) => query),
      queries: leaves.flatMap((leaf) => leaf.queries()),
      connections: leaves.flatMap((leaf) => leaf.connections()),
    },
  );
}

async function askAll(client: Client, zones: readonly FeelZone[]): Promise<{ zone: FeelZone; query: AskedQuery }[]> {
  const draw = zipf(zones, seededRandom(SEED));
  const began = performance.now();
  const queries: Promise<{ zone: FeelZone; query: AskedQuery }>[] = [];
  for (let i = 0; i < FEEL_QUERIES.count; i += 1) {
    const early = began + i * FEEL_QUERIES.everyMs - performance.now();
    if (early > 0) await wait(early);
    const zone = draw();
    if (zone !== undefined) queries.push(client.ask(zone.place.zones.own).then((query) => ({ zone, query })));
  }
  return await Promise.all(queries);
}

function isCapable({ kind }: FeelZone): boolean {
  return kind.isCapable === true;
}
