// The targets of the scan bench: one server that stands for all of 127.0.0.0/8, in a process of its own.
import { type FaultServer, startFaultServer } from '../../src/testing/index.js';
import { serve } from '../serve.js';
import { faultOfTarget, targetAt } from './mix.js';

/** What this process tells of its server. */
export interface Met {
  readonly port: number;
  readonly dotPort: number;
  /** Connections that are open now. */
  readonly open: number;
  /** Targets that were connected to. */
  readonly targets: number;
  /** Connections beyond the first one of each. */
  readonly repeated: number;
}

const met = new Map<number, number>();
let server: Promise<FaultServer> | undefined;

serve(perform, async () => (await server)?.close());

async function perform(): Promise<Met> {
  server ??= startFaultServer({ address: '0.0.0.0', clear: 'closed', faultOf });
  const { port, dotPort, counters } = await server;
  return { port, dotPort, open: counters.open, targets: met.size, repeated: counters.connections - met.size };
}

function faultOf(address: string): ReturnType<typeof faultOfTarget> {
  const target = targetAt(address);
  met.set(target, (met.get(target) ?? 0) + 1);
  return faultOfTarget(target);
}
