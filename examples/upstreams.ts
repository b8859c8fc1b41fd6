// Two name servers for the examples that ask a resolver's upstreams: one speaks DoT, one does not.
import { startNsd } from '../test/support/servers.js';

/** The zone that both serve; any name in it has the address 192.0.2.1. */
export const ZONE = 'example.test';

const ZONE_FILE = `$ORIGIN ${ZONE}.
$TTL 3600
@ SOA ns hostmaster 1 7200 3600 1209600 60
@ NS ns
@ MX 10 mail
@ TXT "v=spf1 -all"
ns A 127.0.0.1
alias CNAME www
nothing TXT "no address here"
* 60 A 192.0.2.1
`;

/** Two running servers. */
export interface Upstreams {
  /** The one that does not speak DoT comes first. */
  readonly servers: readonly [Upstream, Upstream];
  close(): Promise<void>;
}

/** One of them, as `TransportSelector` takes it. */
export interface Upstream {
  readonly address: string;
  readonly port: number;
  readonly dotPort: number;
}

/** Starts NSD twice. */
export async function startUpstreams(): Promise<Upstreams> {
  const zones = { [ZONE]: ZONE_FILE };
  const clear = await startNsd({ address: '127.21.0.1', tls: 'none', zones });
  // The same ports for both, as in the world.
  const { port: do53Port, dotPort } = clear;
  const capable = await startNsd({ address: '127.22.0.1', zones, do53Port, dotPort });
  const [first, second] = [clear, capable].map(({ address, port }) => ({ address, port, dotPort }));
  if (first === undefined || second === undefined) throw new Error('two servers were started');
  return {
    servers: [first, second],
    async close() {
      await Promise.all([clear.stop(), capable.stop()]);
    },
  };
}
