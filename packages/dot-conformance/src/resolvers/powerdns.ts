import { NotInstalled, Place } from '../../../../tools/place.js';
import { type Adapter, hintsFile, type Site, type Subject } from './adapter.js';
import { versionOf } from './version.js';

const PACKAGE = 'pdns-recursor';
const PROGRAM = 'pdns_recursor';
/** From this version on its configuration is YAML. */
const YAML_SINCE = 5;
const PROBES = 10;
/** What it does not ask by default, but for 10.0.0.0/8, where the servers are. */
const NEVER = [
  '127.0.0.0/8',
  '100.64.0.0/10',
  '169.254.0.0/16',
  '192.168.0.0/16',
  '172.16.0.0/12',
  '0.0.0.0/8',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '240.0.0.0/4',
];

/** PowerDNS Recursor of this machine, from 4.7 on: with its opportunistic DoT towards authoritative servers, off by default. */
export const powerdns: Adapter = { name: 'powerdns', find: () => foundIn(new Place()) };

/** That of another system. */
export function powerdnsNext(place: Place | undefined): Adapter {
  return {
    name: 'powerdns-next',
    async find() {
      if (place === undefined) throw new NotInstalled('--root names no system that has it');
      return await foundIn(place);
    },
  };
}

async function foundIn(place: Place): Promise<Subject> {
  const version = await versionOf(place, PROGRAM, PACKAGE);
  return {
    title: `PowerDNS Recursor ${version}`,
    place,
    plan: (site) => ({
      files: {
        ...(Number.parseInt(version, 10) < YAML_SINCE
          ? { 'recursor.conf': settings(site) }
          : { 'recursor.yml': yaml(site) }),
        'root.hints': hintsFile(site.root),
      },
      command: place.command(PROGRAM, PACKAGE, [`--config-dir=${site.directory}`]),
    }),
  };
}

function settings({ address, port, directory, encrypts }: Site): string {
  const all = {
    'local-address': address,
    'local-port': port,
    'allow-from': '0.0.0.0/0',
    'dont-query': NEVER.join(', '),
    'hint-file': `${directory}/root.hints`,
    'socket-dir': directory,
    'max-busy-dot-probes': encrypts ? PROBES : 0,
    dnssec: 'off',
    threads: 1,
    'security-poll-suffix': '',
    'write-pid': 'no',
    daemon: 'no',
    'disable-syslog': 'yes',
    quiet: 'yes',
  };
  return Object.entries(all)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}

function yaml({ address, port, directory, encrypts }: Site): string {
  return `incoming:
  listen: ['${address}:${port}']
  allow_from: ['0.0.0.0/0']
outgoing:
  max_busy_dot_probes: ${encrypts ? PROBES : 0}
  dont_query: [${NEVER.map((one) => `'${one}'`).join(', ')}]
recursor:
  hint_file: '${directory}/root.hints'
  socket_dir: '${directory}'
  threads: 1
  security_poll_suffix: ''
  write_pid: false
  daemon: false
dnssec:
  validation: 'off'
logging:
  quiet: true
  disable_syslog: true
`;
}
