import { createPath, type Path } from '../test/support/path.js';
import { startBind, startNsd, zoneFile } from '../test/support/servers.js';
import type { FleetServer } from '../tools/fleet.js';

/** RFC 2544 leaves it to benchmarks. */
export const CROWD_PREFIX = '198.18.0.0/16';
/** As many /24 as hold the 2,048 addresses of one large provider. */
const NETWORKS = 8;
/** The zones' parent, one for all. */
const PARENT = 'crowd.test';
const PORTS = { do53Port: 53, dotPort: 853 } as const;

/** What is on port 853 of how many servers; but for the silent ones, all answer over Do53. */
const KINDS = [
  { kind: 'NSD', count: 110, capable: true },
  { kind: 'BIND', count: 110, capable: true },
  { kind: 'black hole', count: 60, capable: false },
  { kind: 'closed', count: 100, capable: false },
  { kind: 'silent', count: 20, capable: false },
] as const;
type CrowdKind = (typeof KINDS)[number]['kind'];

/** Real servers, all in one /16 and under one parent, at the end of a path with a round trip. */
export interface Crowd extends AsyncDisposable {
  readonly path: Path;
  readonly servers: readonly FleetServer[];
}

/**
 * Starts it: 400 servers, of which 55 % can be asked over DoT.
 *
 * @param oneWayMs - how long a packet is under way, in milliseconds
 */
export async function startCrowd(oneWayMs: number): Promise<Crowd> {
  const servers = KINDS.flatMap(({ kind, count, capable }) => Array<Drawn>(count).fill({ kind, capable })).map(
    (drawn, index) => ({ ...drawn, ...placeOf(index), port: PORTS.do53Port, dotPort: PORTS.dotPort }),
  );
  const of = (...kinds: CrowdKind[]) => servers.filter(({ kind }) => kinds.includes(kind));
  const path = await createPath(oneWayMs, CROWD_PREFIX);
  const running: AsyncDisposable[] = [path];
  const close = async (): Promise<void> => {
    for (const one of running.splice(0).reverse()) await one[Symbol.asyncDispose]();
  };
  try {
    const { server: namespace } = path;
    // Nobody has a silent one's address, and what is for nobody is dropped.
    await namespace.addAddress(...addressesOf(of('NSD', 'BIND', 'black hole', 'closed')));
    await namespace.filter(addressesOf(of('black hole')), PORTS.dotPort, 'drop');
    const options = (those: readonly FleetServer[]) => ({ ...PORTS, namespace, ...servedBy(those) });
    running.push(await startNsd(options(of('NSD'))));
    running.push(await startBind(options(of('BIND'))));
    running.push(await startNsd({ ...options(of('black hole', 'closed')), tls: 'none' }));
  } catch (error) {
    await close();
    throw error;
  }
  return { path, servers, [Symbol.asyncDispose]: close };
}

interface Drawn {
  readonly kind: CrowdKind;
  readonly capable: boolean;
}

/** Neighbours are of all kinds. */
function placeOf(index: number): Pick<FleetServer, 'address' | 'zone'> {
  const address = `198.18.${index % NETWORKS}.${1 + Math.floor(index / NETWORKS)}`;
  return { address, zone: `zone${index}.${PARENT}.` };
}

/** One process serves all addresses of a kind, each with a zone of its own. */
function servedBy(servers: readonly FleetServer[]) {
  const names = servers.map(({ zone }) => zone.slice(0, -1));
  return {
    address: addressesOf(servers),
    zones: Object.fromEntries(names.map((name) => [name, zoneFile(name)])),
  };
}

function addressesOf(servers: readonly FleetServer[]): string[] {
  return servers.map(({ address }) => address);
}
