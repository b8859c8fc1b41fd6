// The servers of a bench, in a process of their own: fault servers of `dotscout/testing`.
import { type Fault, type FaultSettings, type Fleet, type FleetSpec, startFleet } from '../src/testing/index.js';
import { serve } from './serve.js';

/** What this process is asked. */
export type FleetOrder =
  | { readonly start: readonly FleetSpec[]; readonly port: number; readonly dotPort: number }
  | { readonly fault: Fault; readonly settings?: FaultSettings }
  | 'connections';

let fleet: Fleet | undefined;

serve(perform, async () => fleet?.close());

/** `connections`: how many the DoT port of each server has accepted, in the servers' order. */
async function perform(order: FleetOrder): Promise<readonly number[] | undefined> {
  if (order === 'connections') return fleet?.servers.map(({ counters }) => counters.connections);
  if ('start' in order) {
    const { start, ...ports } = order;
    fleet = await startFleet(start, ports);
  } else await Promise.all(fleet?.servers.map((server) => server.setFault(order.fault, order.settings)) ?? []);
  return undefined;
}
