// A small Internet on loopback: NSD for each level, since one process that holds parent and child gives no referral.
import { type RealServer, startNsd } from '../../test/support/servers.js';

/** Where the root is, and where all servers listen. */
export interface World {
  readonly root: string;
  /** The top-level domain's server, which speaks DoT. */
  readonly topLevel: string;
  readonly ports: { readonly port: number; readonly dotPort: number };
  close(): Promise<void>;
}

interface Level {
  readonly address: string;
  readonly zone: string;
  readonly records: string;
  readonly speaksDot: boolean;
}

const ROOT = '127.10.0.1';
const TOP_LEVEL = '127.11.0.1';

const LEVELS: readonly Level[] = [
  {
    ...{ address: ROOT, zone: '.', speaksDot: false },
    records: `@ NS ns.root.\nns.root. A ${ROOT}\nexample. NS ns.example.\nns.example. A ${TOP_LEVEL}`,
  },
  {
    ...{ address: TOP_LEVEL, zone: 'example', speaksDot: true },
    records: `@ NS ns
ns A ${TOP_LEVEL}
one NS a.one
one NS b.one
a.one A 127.12.0.1
b.one A 127.13.0.1
two NS a.two
a.two A 127.14.0.1`,
  },
  // Two servers of one zone: the one that comes second speaks DoT.
  ...[
    { address: '127.12.0.1', speaksDot: false },
    { address: '127.13.0.1', speaksDot: true },
  ].map((server) => ({
    ...server,
    zone: 'one.example',
    records: '@ NS a\n@ NS b\na A 127.12.0.1\nb A 127.13.0.1\n* A 192.0.2.1',
  })),
  {
    ...{ address: '127.14.0.1', zone: 'two.example', speaksDot: false },
    records: '@ NS a\na A 127.14.0.1\n* A 192.0.2.2',
  },
];

/** Starts root, top-level domain and two zones, each in a process of its own. */
export async function startWorld(): Promise<World> {
  const running: RealServer[] = [];
  const close = async (): Promise<void> => {
    await Promise.all(running.map((server) => server.stop()));
  };
  let ports: World['ports'] | undefined;
  try {
    for (const { address, zone, records, speaksDot } of LEVELS) {
      const origin = zone === '.' ? '.' : `${zone}.`;
      const head = `$ORIGIN ${origin}\n$TTL 3600\n@ SOA ns hostmaster 1 7200 3600 1209600 60\n`;
      const fixed = ports === undefined ? {} : { do53Port: ports.port, dotPort: ports.dotPort };
      const tls = speaksDot ? 'any' : 'none';
      const server = await startNsd({ address, tls, zones: { [zone]: `${head}${records}\n` }, ...fixed });
      running.push(server);
      ports ??= { port: server.port, dotPort: server.dotPort };
    }
  } catch (error) {
    await close();
    throw error;
  }
  return { root: ROOT, topLevel: TOP_LEVEL, ports: ports ?? { port: 53, dotPort: 853 }, close };
}
