import { type RealServer, type RealServerOptions, startBind, startNsd } from '../test/support/servers.js';
import { type Fleet, type FleetServer, zoneOf } from '../tools/fleet.js';

/** Some processes of one kind. */
interface Kind {
  readonly name: string;
  readonly start: (options: RealServerOptions) => Promise<RealServer>;
  /** How many processes. */
  readonly processes: number;
  /** How many addresses each of them serves. BIND serves addresses of interfaces only, so one. */
  readonly addresses: number;
  readonly options: RealServerOptions;
}

const KINDS: readonly Kind[] = [
  { name: 'NSD', start: startNsd, processes: 2, addresses: 6, options: {} },
  { name: 'NSD, TLS 1.2 only', start: startNsd, processes: 1, addresses: 4, options: { tls: 'tls12' } },
  { name: 'NSD, self-signed', start: startNsd, processes: 1, addresses: 4, options: { certificate: 'selfSigned' } },
  { name: 'NSD, expired', start: startNsd, processes: 1, addresses: 4, options: { certificate: 'expired' } },
  { name: 'NSD without TLS', start: startNsd, processes: 2, addresses: 7, options: { tls: 'none' } },
  { name: 'BIND', start: startBind, processes: 3, addresses: 1, options: {} },
  { name: 'BIND, TLS 1.2 only', start: startBind, processes: 1, addresses: 1, options: { tls: 'tls12' } },
  { name: 'BIND without TLS', start: startBind, processes: 2, addresses: 1, options: { tls: 'none' } },
];

/** NSD's addresses have a /16 each, as in the world: default budgets hold for each. */
const FIRST_NETWORK = 20;

/** One process to be, and the places of its servers in the fleet. */
interface Plan {
  readonly kind: Kind;
  readonly addresses: readonly string[];
  readonly zones: readonly string[];
}

/** Starts NSD and BIND. One NSD serves several addresses; to a resolver each is a server of its own. */
export async function startRealFleet(): Promise<Fleet> {
  const running: RealServer[] = [];
  const close = async (): Promise<void> => {
    await Promise.all(running.map((server) => server.stop()));
  };
  const servers: FleetServer[] = [];
  try {
    // One after the other: each looks for free ports.
    for (const { kind, addresses, zones } of plans()) {
      const files = Object.fromEntries(zones.map((zone) => [zone.slice(0, -1), zoneFile(zone)]));
      const server = await kind.start({ ...kind.options, address: addresses, zones: files });
      running.push(server);
      const { port, dotPort } = server;
      const capable = kind.options.tls !== 'none';
      for (const [index, address] of addresses.entries()) {
        servers.push({ address, port, dotPort, zone: zones[index] ?? '.', kind: kind.name, capable });
      }
    }
  } catch (error) {
    await close();
    throw error;
  }
  return { servers, close };
}

function plans(): Plan[] {
  let next = 0;
  return KINDS.flatMap((kind) =>
    Array.from({ length: kind.processes }, (): Plan => {
      const places = Array.from({ length: kind.addresses }, () => next++);
      const addresses = kind.start === startBind ? ['127.0.0.1'] : places.map((at) => `127.${FIRST_NETWORK + at}.0.1`);
      return { kind, addresses, zones: places.map(zoneOf) };
    }),
  );
}

function zoneFile(zone: string): string {
  return `$ORIGIN ${zone}
$TTL 3600
@ SOA ns hostmaster 1 7200 3600 1209600 60
@ NS ns
ns A 127.0.0.1
* 60 A 192.0.2.1
`;
}
