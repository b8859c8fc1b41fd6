import type { ServerObject } from '../../../src/contact/server.js';
import { type FleetSpec, startFleet } from '../../../src/testing/index.js';
import { seededRandom } from '../../../src/testing/random.js';
import type { ServerKind } from '../../../src/testing/simulation/fleet-plans.js';
import type { SimulatedEndpoint } from '../../../src/testing/simulation/fleet-servers.js';
import { shuffled } from '../../support/crowd.js';
import { startBind, startNsd } from '../../support/servers.js';

/** Who plays a kind of server on loopback: a real name server, or a fault. */
type Actor = 'nsd' | 'bind' | Omit<FleetSpec, 'count'>;

/** So many servers of a kind. */
type Part = readonly [count: number, kind: ServerKind, actor: Actor];

/** The most popular first: what closes after each answer is to be asked more often than sessions may be opened. */
const HEAD: readonly Part[] = [
  [1, 'good13', 'nsd'],
  [1, 'drop', { fault: 'black-hole' }],
  [1, 'one-shot', { fault: 'one-shot' }],
  [1, 'good13', 'bind'],
];
const REST: readonly Part[] = [
  [1, 'good13', 'nsd'],
  [1, 'good13', 'bind'],
  [2, 'good13', { fault: 'good' }],
  [2, 'good-selfsigned', { fault: 'self-signed' }],
  [1, 'good12-noalpn', { fault: 'tls12' }],
  [1, 'good12-noalpn', { fault: 'no-alpn' }],
  [1, 'one-shot', { fault: 'one-shot' }],
  [2, 'short-idle', { fault: 'keepalive-short', keepaliveMs: 500 }],
  [1, 'formerr-pad', { fault: 'formerr-padded' }],
  // Which backend comes first decides what the probe finds.
  [1, 'half-pool', { turns: ['good', 'closed'] }],
  [1, 'half-pool', { turns: ['closed', 'good'] }],
  [6, 'drop', { fault: 'black-hole' }],
  [7, 'refuse', { fault: 'closed' }],
  [2, 'tls-mute', { fault: 'tls-mute' }],
  [1, 'tls-close', { fault: 'tls-close' }],
  [2, 'lame-on-dot', { fault: 'refused' }],
  [2, 'wrong-alpn', { fault: 'alpn-alert' }],
  [1, 'not-tls', { fault: 'http' }],
  [1, 'slow', { fault: 'tcp-mute' }],
];

const expanded = (parts: readonly Part[]): [ServerKind, Actor][] =>
  parts.flatMap(([count, kind, actor]) => Array<[ServerKind, Actor]>(count).fill([kind, actor]));
/** Forty servers, the most popular first. */
const CAST = [...expanded(HEAD), ...shuffled(expanded(REST), seededRandom(4))];

/** One round trip on loopback, a name server's work included, in milliseconds. */
const RTT_MS = 0.3;
const NETWORK = '127.141';

/** The forty servers as the simulator is told of them; they share a prefix, as they do on loopback. */
export function smallFleet(queriesPerSecond: number): readonly SimulatedEndpoint[] {
  const sum = CAST.reduce((all, _, rank) => all + 1 / (rank + 1), 0);
  return CAST.map(([kind], rank) => ({
    ...{ kind, zone: 'example.test', rttMs: RTT_MS },
    address: `20.141.0.${rank + 1}`,
    rate: queriesPerSecond / 1_000 / (rank + 1) / sum,
  }));
}

/** The forty servers, running. */
export interface RealFleet extends AsyncDisposable {
  /** What a selector is told of them, in the same order. */
  readonly targets: readonly ServerObject[];
}

/** Starts the forty servers. */
export async function startSmallFleet(): Promise<RealFleet> {
  const started: AsyncDisposable[] = [];
  const close = async (): Promise<void> => {
    await Promise.all(started.map((one) => one[Symbol.asyncDispose]()));
  };
  try {
    const targets = await startAll(started);
    return { targets, [Symbol.asyncDispose]: close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function startAll(started: AsyncDisposable[]): Promise<readonly ServerObject[]> {
  const address = (rank: number): string => `${NETWORK}.0.${rank + 1}`;
  const fakes = CAST.flatMap(([, actor], rank) =>
    typeof actor === 'string' ? [] : [{ ...actor, address: address(rank) }],
  );
  const fleet = await startFleet(fakes);
  started.push(fleet);
  const byAddress = new Map(fleet.servers.map((server) => [server.address, server]));
  const targets: ServerObject[] = [];
  for (const [rank, [, actor]] of CAST.entries()) {
    let server: Pick<ServerObject, 'address' | 'port' | 'dotPort'> | undefined = byAddress.get(address(rank));
    if (server === undefined) {
      const real = await (actor === 'bind' ? startBind() : startNsd({ address: address(rank) }));
      started.push(real);
      server = real;
    }
    const { port, dotPort } = server;
    targets.push({ address: server.address, port, dotPort, zone: 'example.test' });
  }
  return targets;
}
