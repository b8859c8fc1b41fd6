import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { testCertificates } from '../../src/testing/certificate.js';
import { freePort } from '../../src/testing/ports.js';
import { type Daemon, findProgram, startDaemon } from './daemon.js';
import type { Namespace } from './namespace.js';
import { acceptsTcp, answersUdp, isReadyInside } from './readiness.js';

/** How a real name server is to be. No root is needed. */
export interface RealServerOptions {
  /** What its TLS port speaks: TLS 1.2 and 1.3, 1.2 only, or nothing, so that the port is closed; default `any`. */
  readonly tls?: 'any' | 'tls12' | 'none';
  /** Default `good`: signed by `testCa`, for `auth.test`. */
  readonly certificate?: keyof typeof testCertificates;
  /** The address, or several; default 127.0.0.1. BIND serves addresses of interfaces only, so nothing else. */
  readonly address?: string | readonly string[];
  /** The port that stands for 853; default a free one. */
  readonly dotPort?: number;
  /** The port that stands for 53; default a free one. */
  readonly do53Port?: number;
  /** Zone files by zone name, beside the default zones. */
  readonly zones?: Readonly<Record<string, string>>;
  /** BIND alone: it is a resolver that knows the root's servers by hint and has no zones, so that RD=0 gets a referral upward. */
  readonly resolver?: boolean;
  /** BIND writes every query to its output; NSD cannot. */
  readonly logQueries?: boolean;
  /** After how many seconds it closes an idle session, whatever it told the client; default its own, 30 or 120. */
  readonly idleSeconds?: number;
  /** NSD alone: after how many queries it closes a connection; default never. */
  readonly queriesPerConnection?: number;
  /** The network namespace it runs in; default ours. */
  readonly namespace?: Namespace;
}

/** A real name server that is running. */
export interface RealServer extends AsyncDisposable {
  /** Its first address. */
  readonly address: string;
  readonly addresses: readonly string[];
  /** The port that stands for 53. */
  readonly port: number;
  /** The port that stands for 853. */
  readonly dotPort: number;
  /** What it has written since its last start. */
  output(): string;
  /** Starts it again with another TLS port, or with none, on the same ports. */
  setTls(tls: 'any' | 'tls12' | 'none'): Promise<void>;
  /** Lets it read its zones again (SIGHUP). NSD thereby loses each session's next query, and then ends the session. */
  reload(): void;
  /** Ends it; `setTls` starts it again, on the same ports. */
  halt(): Promise<void>;
  /** Ends it for good. */
  stop(): Promise<void>;
}

/** The zones that every server has; each answers 192.0.2.1 to A for any name. */
export const DEFAULT_ZONES: readonly string[] = ['example.test', 'alpha.test', 'beta.test', 'gamma.test'];

const FIRST_ZONE = 'example.test';

type Tls = NonNullable<RealServerOptions['tls']>;

/** One server's settled facts, from which its configuration is written. */
interface Plan {
  readonly directory: string;
  readonly addresses: readonly string[];
  readonly port: number;
  readonly dotPort: number;
  readonly tls: Tls;
  readonly zones: readonly string[];
  readonly logQueries: boolean;
  readonly resolver: boolean;
  readonly idleSeconds: number | undefined;
  readonly queriesPerConnection: number | undefined;
  readonly namespace: Namespace | undefined;
}

/** A kind of server: how it is configured and called. */
interface Software {
  readonly program: string;
  readonly debianPackage: string;
  readonly args: (plan: Plan) => string[];
  readonly configuration: (plan: Plan) => string;
}

const NSD: Software = {
  program: 'nsd',
  debianPackage: 'nsd',
  args: ({ directory }) => ['-d', '-c', join(directory, 'server.conf')],
  configuration: nsdConfiguration,
};

const BIND: Software = {
  program: 'named',
  debianPackage: 'bind9',
  args: ({ directory }) => ['-g', '-n', '1', '-c', join(directory, 'server.conf')],
  configuration: bindConfiguration,
};

/** Starts NSD: ignores ALPN, pads nothing, keeps idle sessions for 120 s. Serves any address in 127.0.0.0/8. */
export function startNsd(options: RealServerOptions = {}): Promise<RealServer> {
  return startServer(NSD, options);
}

/** Starts BIND: negotiates ALPN, keeps idle sessions for 30 s. In a namespace it serves the addresses of its interfaces. */
export function startBind(options: RealServerOptions = {}): Promise<RealServer> {
  const addresses = [options.address ?? '127.0.0.1'].flat();
  if (options.namespace === undefined && addresses.some((address) => address !== '127.0.0.1')) {
    throw new Error('BIND listens silently on nothing where the address is on no interface: use 127.0.0.1');
  }
  return startServer(BIND, options);
}

async function startServer(software: Software, options: RealServerOptions): Promise<RealServer> {
  const program = findProgram(software.program, software.debianPackage);
  const addresses = [options.address ?? '127.0.0.1'].flat();
  const address = addresses[0] ?? '127.0.0.1';
  const directory = await mkdtemp(join(tmpdir(), 'dotscout-server-'));
  const zones = zoneFiles(options.zones ?? {});
  const fixed = {
    directory,
    addresses,
    port: options.do53Port ?? (await freePort(address)),
    dotPort: options.dotPort ?? (await freePort(address)),
    zones: Object.keys(zones),
    logQueries: options.logQueries ?? false,
    resolver: options.resolver ?? false,
    idleSeconds: options.idleSeconds,
    queriesPerConnection: options.queriesPerConnection,
    namespace: options.namespace,
  };
  let daemon: Daemon | undefined;
  const start = async (tls: Tls): Promise<void> => {
    const plan: Plan = { ...fixed, tls };
    await writeFile(join(directory, 'server.conf'), software.configuration(plan));
    daemon = await startDaemon({
      program,
      args: software.args(plan),
      directory,
      environment: { OPENSSL_CONF: join(directory, tls === 'tls12' ? 'openssl-tls12.cnf' : 'openssl.cnf') },
      namespace: plan.namespace?.name,
      isReady: () => isReady(plan),
    });
  };
  const stop = async (): Promise<void> => {
    await daemon?.stop();
    daemon = undefined;
    await rm(directory, { recursive: true, force: true });
  };
  try {
    await writeFiles(directory, zones, testCertificates[options.certificate ?? 'good']);
    await start(options.tls ?? 'any');
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    address,
    addresses,
    port: fixed.port,
    dotPort: fixed.dotPort,
    output: () => daemon?.output() ?? '',
    async setTls(tls) {
      await daemon?.stop();
      await start(tls);
    },
    reload: () => void (daemon !== undefined && process.kill(daemon.pid, 'SIGHUP')),
    halt: async () => daemon?.stop(),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

async function isReady({ addresses, port, dotPort, tls, namespace }: Plan): Promise<boolean> {
  const last = addresses.at(-1) ?? '127.0.0.1';
  if (namespace !== undefined) return isReadyInside(namespace, last, tls === 'none' ? [port] : [port, dotPort]);
  return (await answersUdp(last, port, FIRST_ZONE)) && (tls === 'none' || (await acceptsTcp(last, dotPort)));
}

function zoneFiles(extra: Readonly<Record<string, string>>): Record<string, string> {
  const usual = DEFAULT_ZONES.map((zone) => [zone, zoneFile(zone)]);
  return { ...Object.fromEntries(usual), ...extra };
}

/**
 * A zone file like the default zones' own.
 *
 * @param zone - its name, without the dot at the end
 */
export function zoneFile(zone: string): string {
  return `$ORIGIN ${zone}.
$TTL 3600
@ SOA ns hostmaster 1 7200 3600 1209600 60
@ NS ns
@ A 192.0.2.1
ns A 127.0.0.1
* 60 A 192.0.2.1
`;
}

/** The root's own name is no name for a file. */
function fileOf(zone: string): string {
  return zone === '.' ? 'root' : zone;
}

async function writeFiles(
  directory: string,
  zones: Record<string, string>,
  { key, cert }: { key: string; cert: string },
): Promise<void> {
  await mkdir(join(directory, 'zones'));
  const files: Record<string, string> = {
    hints: '. 3600 NS ns.root.test.\nns.root.test. 3600 A 127.0.0.9\n',
    'key.pem': key,
    'cert.pem': cert,
    'openssl.cnf': '',
    'openssl-tls12.cnf': OPENSSL_TLS12,
  };
  for (const [zone, text] of Object.entries(zones)) files[join('zones', fileOf(zone))] = text;
  await Promise.all(Object.entries(files).map(([name, text]) => writeFile(join(directory, name), text)));
}

/** NSD has no option for the versions of TLS, but obeys OpenSSL's configuration. */
const OPENSSL_TLS12 = `openssl_conf = init
[init]
ssl_conf = ssl
[ssl]
system_default = limits
[limits]
MaxProtocol = TLSv1.2
`;

/** The hints lead to an address of ours where nobody listens: it asks nobody in the world. */
const RESOLVER = `server 0.0.0.0/0 { bogus yes; };
zone "." { type hint; file "hints"; };
`;

function nsdConfiguration(plan: Plan): string {
  const { directory, addresses, port, dotPort, tls, zones, idleSeconds, queriesPerConnection } = plan;
  const ports = tls === 'none' ? [port] : [port, dotPort];
  const listen = addresses.flatMap((address) => ports.map((each) => `  ip-address: ${address}@${each}`));
  return `server:
${listen.join('\n')}
  tls-service-key: "${directory}/key.pem"
  tls-service-pem: "${directory}/cert.pem"
  tls-port: ${dotPort}
  username: ""
  chroot: ""
  zonesdir: "${directory}/zones"
  database: ""
  pidfile: "${directory}/nsd.pid"
  xfrdfile: ""
  zonelistfile: "${directory}/zonelist"
  xfrdir: "${directory}"
  server-count: 1
  tcp-count: 1000
${idleSeconds === undefined ? '' : `  tcp-timeout: ${idleSeconds}\n`}${
  queriesPerConnection === undefined ? '' : `  tcp-query-count: ${queriesPerConnection}\n`
}  rrl-ratelimit: 0
  rrl-whitelist-ratelimit: 0
remote-control:
  control-enable: no
${zones.map((zone) => `zone:\n  name: ${zone}\n  zonefile: ${fileOf(zone)}`).join('\n')}
`;
}

function bindConfiguration(plan: Plan): string {
  const { directory, addresses, port, dotPort, tls, zones, logQueries, resolver, idleSeconds } = plan;
  // In tenths of a second; the second one is for clients that ask for keepalive. What is told them is a third number.
  const tenths = 10 * (idleSeconds ?? 30);
  const list = `{ ${addresses.map((address) => `${address};`).join(' ')} }`;
  const protocols = tls === 'tls12' ? 'protocols { TLSv1.2; };' : '';
  return `tls auth { key-file "${directory}/key.pem"; cert-file "${directory}/cert.pem"; ${protocols} };
options {
  directory "${directory}"; pid-file "${directory}/named.pid"; session-keyfile none;
  listen-on port ${port} ${list};
  ${tls === 'none' ? '' : `listen-on port ${dotPort} tls auth ${list};`}
  listen-on-v6 { none; }; tcp-clients 1000;
  tcp-idle-timeout ${tenths}; tcp-keepalive-timeout ${tenths};
  ${resolver ? 'recursion yes; allow-query-cache { any; };' : 'recursion no;'} notify no; dnssec-validation no; querylog ${logQueries ? 'yes' : 'no'};
};
controls { };
${resolver ? RESOLVER : ''}${(resolver ? [] : zones).map((zone) => `zone "${zone}" { type primary; file "zones/${fileOf(zone)}"; };`).join('\n')}
`;
}
