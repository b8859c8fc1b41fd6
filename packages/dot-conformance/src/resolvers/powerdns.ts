import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { type Adapter, hintsFile, NotInstalled, type Site } from './adapter.js';

const execute = promisify(execFile);
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

/** PowerDNS Recursor, from 4.7 on, with its opportunistic DoT towards authoritative servers, which is off by default. */
export const powerdns: Adapter = {
  name: 'powerdns',
  async find() {
    const version = await versionOf();
    return {
      title: `PowerDNS Recursor ${version}`,
      plan: (site) => ({
        files: { 'recursor.conf': configuration(site), 'root.hints': hintsFile(site.root) },
        command: ['pdns_recursor', `--config-dir=${site.directory}`],
      }),
    };
  },
};

async function versionOf(): Promise<string> {
  try {
    const { stdout, stderr } = await execute('pdns_recursor', ['--version']);
    return /PowerDNS Recursor (\S+)/.exec(stdout + stderr)?.[1] ?? '';
  } catch (error) {
    throw new NotInstalled('Debian’s package pdns-recursor is not installed', { cause: error });
  }
}

function configuration({ address, port, directory }: Site): string {
  const settings = {
    'local-address': address,
    'local-port': port,
    'allow-from': '0.0.0.0/0',
    'dont-query': NEVER.join(', '),
    'hint-file': `${directory}/root.hints`,
    'socket-dir': directory,
    'max-busy-dot-probes': 10,
    dnssec: 'off',
    threads: 1,
    'security-poll-suffix': '',
    'write-pid': 'no',
    daemon: 'no',
    'disable-syslog': 'yes',
    quiet: 'yes',
  };
  return Object.entries(settings)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}
