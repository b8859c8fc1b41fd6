import { type FleetSpec, startFleet } from '../src/testing/index.js';
import { type Fleet, type FleetServer, zoneOf } from '../tools/fleet.js';

/** One kind of server: what is wrong with its DoT, and whether it can be used all the same. */
interface Kind extends Omit<FleetSpec, 'address'> {
  readonly name: string;
  readonly capable: boolean;
  readonly count: number;
}

/** RFC 9539 section 4.6.3.4 accepts any certificate, so those with a bad one are capable. */
const KINDS: readonly Kind[] = [
  { name: 'good', capable: true, fault: 'good', count: 10 },
  { name: 'good, 40 ms away', capable: true, fault: 'good', delayMs: 40, clearDelayMs: 40, count: 3 },
  { name: 'TLS 1.2 only', capable: true, fault: 'tls12', count: 3 },
  { name: 'ignores ALPN', capable: true, fault: 'no-alpn', count: 3 },
  { name: 'self-signed', capable: true, fault: 'self-signed', count: 3 },
  { name: 'expired certificate', capable: true, fault: 'expired-cert', count: 2 },
  { name: 'wrong name', capable: true, fault: 'wrong-name', count: 2 },
  { name: 'rejects padding', capable: true, fault: 'formerr-padded', count: 2 },
  { name: '853 closed', capable: false, fault: 'closed', count: 8 },
  { name: '853 black hole', capable: false, fault: 'black-hole', count: 4 },
  { name: 'TCP, never a word', capable: false, fault: 'tcp-mute', count: 2 },
  { name: 'TCP, then reset', capable: false, fault: 'tcp-reset', count: 1 },
  { name: 'plain DNS on 853', capable: false, fault: 'plain-dns', count: 1 },
  { name: 'HTTP on 853', capable: false, fault: 'http', count: 1 },
  { name: 'TLS 1.0 only', capable: false, fault: 'tls10', count: 1 },
  { name: 'ALPN h2 only', capable: false, fault: 'alpn-alert', count: 1 },
  { name: 'TLS, never an answer', capable: false, fault: 'tls-mute', count: 2 },
  { name: 'TLS, then closes', capable: false, fault: 'tls-close', count: 2 },
  { name: 'garbage for answers', capable: false, fault: 'garbage', count: 1 },
];

/** Every server has a /16 of its own, as in the world: default budgets hold for each. */
const FIRST_NETWORK = 20;
const TRIES = 5;

/** Starts the embedded fleet: fault servers of `dotscout/testing`, all on the same two ports. */
export async function startEmbeddedFleet(): Promise<Fleet> {
  const kinds = KINDS.flatMap((kind) => Array<Kind>(kind.count).fill(kind));
  const specs = kinds.map(({ name, capable, count, ...spec }, index): FleetSpec & { readonly address: string } => ({
    ...spec,
    address: `127.${FIRST_NETWORK + index}.0.1`,
  }));
  const fleet = await onFreePorts((ports) => startFleet(specs, ports));
  const servers = fleet.servers.map(({ address, port, dotPort }, index): FleetServer => {
    const { name = '', capable = false } = kinds[index] ?? {};
    return { address, port, dotPort, zone: zoneOf(index), kind: name, capable };
  });
  return { servers, close: () => fleet.close() };
}

/** Another program may hold a port on one of the addresses, or on all: then other ports are tried. */
async function onFreePorts<T>(start: (ports: { readonly port: number; readonly dotPort: number }) => Promise<T>) {
  for (let attempt = 0; ; attempt++) {
    try {
      return await start({ port: 15_053 + attempt, dotPort: 15_853 + attempt });
    } catch (error) {
      const { code } = Object(error) as { readonly code?: unknown };
      if (code !== 'EADDRINUSE' || attempt + 1 === TRIES) throw error;
    }
  }
}
