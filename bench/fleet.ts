import type { Fault, FaultSettings, FleetSpec } from '../src/testing/index.js';
import { freePort } from '../src/testing/ports.js';
import type { Namespace } from '../test/support/namespace.js';
import { type FleetServer, zoneOf } from '../tools/fleet.js';
import { startChild } from './child.js';
import type { FleetOrder } from './fleet-process.js';

/** Some servers of one kind. */
export interface Kind extends Omit<FleetSpec, 'address'> {
  readonly name: string;
  /** Whether it can be asked over DoT. */
  readonly capable: boolean;
  readonly count: number;
}

/** Servers that run in a process of their own. */
export interface BenchFleet extends AsyncDisposable {
  readonly servers: readonly FleetServer[];
  readonly dotPort: number;
  /** How many connections the DoT port of each server has accepted, in the servers' order. */
  connections(): Promise<readonly number[]>;
  /** Changes what is wrong with all of them. */
  setFault(fault: Fault, settings?: FaultSettings): Promise<void>;
}

/** As many /16 as default budgets want to see: none of them holds more than a hundredth of the servers. */
const NETWORKS = 100;
const FIRST_NETWORK = 20;

/**
 * Starts fault servers in a process of their own, each with a zone of its own.
 *
 * @param kinds - which
 * @param namespace - the network namespace they run in; default ours
 */
export async function startBenchFleet(kinds: readonly Kind[], namespace?: Namespace): Promise<BenchFleet> {
  const all = kinds.flatMap((kind) => Array<Kind>(kind.count).fill(kind));
  const port = await freePort('127.0.0.1');
  const dotPort = await freePort('127.0.0.1');
  const child = startChild('fleet-process', namespace);
  const order = (what: FleetOrder) => child.ask<readonly number[]>(what);
  try {
    const start = all.map(({ name, capable, count, ...spec }, index) => ({ ...spec, address: addressOf(index) }));
    await order({ start, port, dotPort });
  } catch (error) {
    await child.stop();
    throw error;
  }
  return {
    servers: all.map(({ name, capable }, index) => ({
      address: addressOf(index),
      port,
      dotPort,
      zone: zoneOf(index),
      kind: name,
      capable,
    })),
    dotPort,
    connections: () => order('connections'),
    setFault: async (fault, settings = {}) => void (await order({ fault, settings })),
    [Symbol.asyncDispose]: () => child.stop(),
  };
}

function addressOf(index: number): string {
  return `127.${FIRST_NETWORK + (index % NETWORKS)}.${Math.floor(index / NETWORKS)}.1`;
}
