import { type Names, requireNames } from '../state/known-names.js';
import { type FaultServer, type FaultServerOptions, startFaultServer } from './fault-server.js';

/** One kind of server in a fleet. */
export interface FleetSpec extends Omit<FaultServerOptions, 'port' | 'dotPort'> {
  /** How many of it; default 1. Only one where `address` is given. */
  readonly count?: number | undefined;
}

/** Where a fleet listens. */
export interface FleetOptions {
  /** The first two octets of the addresses, which are handed out in order from `.0.1`; default `127.77`. */
  readonly network?: string | undefined;
  /** The port of every server that stands for 53; default 5353. */
  readonly port?: number | undefined;
  /** The port of every server that stands for 853; default 8853. */
  readonly dotPort?: number | undefined;
}

/** A running fleet. */
export interface Fleet extends AsyncDisposable {
  /** The servers, in the order of the specs. */
  readonly servers: readonly FaultServer[];
  /** Ends all of them. */
  close(): Promise<void>;
}

const NAMES: Names<FleetOptions> = { network: true, port: true, dotPort: true };
/** The most servers of a fleet: each has three sockets. */
const MAX_SERVERS = 2000;

function addressOf(network: string, index: number): string {
  // The last octet runs from 1 to 254.
  return `${network}.${Math.floor(index / 254)}.${(index % 254) + 1}`;
}

function expand(specs: readonly FleetSpec[], options: FleetOptions): FaultServerOptions[] {
  requireNames('INVALID_OPTION', options, NAMES);
  const { network = '127.77', port = 5353, dotPort = 8853 } = options;
  const kinds = specs.flatMap(({ count = 1, ...server }) => Array<FaultServerOptions>(count).fill(server));
  if (kinds.length > MAX_SERVERS) throw new RangeError(`a fleet has at most ${MAX_SERVERS} servers`);
  return kinds.map((kind, index) => ({ address: addressOf(network, index), ...kind, port, dotPort }));
}

/**
 * Starts many fault servers in this process, each with its own address in 127.0.0.0/8 and all with the same ports, as in
 * the world. Linux only.
 *
 * @example
 * ```ts
 * await using fleet = await startFleet([{ fault: 'closed', count: 17 }, { fault: 'good', count: 3 }]);
 * ```
 *
 * @param specs - which servers
 * @param options - where
 */
export async function startFleet(specs: readonly FleetSpec[], options: FleetOptions = {}): Promise<Fleet> {
  const started = await Promise.allSettled(expand(specs, options).map((server) => startFaultServer(server)));
  const servers = started.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  const close = async (): Promise<void> => {
    await Promise.all(servers.map((server) => server.close()));
  };
  const failed = started.find((one) => one.status === 'rejected');
  if (failed !== undefined) {
    await close();
    throw failed.reason;
  }
  return { servers, close, [Symbol.asyncDispose]: close };
}
