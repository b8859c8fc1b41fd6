// Runs before the tests: sees to it that the name servers, the browser and the tools they use are installed.
import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';

/** Program and the Debian or Ubuntu package that brings it. */
const NEEDED = [
  ['nsd', 'nsd'],
  ['named', 'bind9'],
  ['openssl', 'openssl'],
  ['kdig', 'knot-dnsutils'],
  ['nft', 'nftables'],
  ['ip', 'iproute2'],
  ['redis-server', 'redis-server'],
  ['tcpdump', 'tcpdump'],
  ['prometheus', 'prometheus'],
  // The site's.
  ['chromium', 'chromium'],
  // The conformance kit's.
  ['pdns_recursor', 'pdns-recursor'],
  // The bench's.
  ['dnsperf', 'dnsperf'],
  ['python3', 'python3'],
];
const PLACES = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];

function isInstalled(program) {
  return [...(process.env.PATH ?? '').split(':'), ...PLACES].some((place) => {
    try {
      accessSync(join(place || '.', program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

function missing() {
  return NEEDED.filter(([program]) => !isInstalled(program));
}

/** How to run a program as root; undefined if we cannot. */
function asRoot() {
  if (process.getuid?.() === 0) return [];
  const sudo = ['sudo', '-n'];
  return spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore' }).status === 0 ? sudo : undefined;
}

function run(prefix, ...command) {
  const [program, ...args] = [...prefix, 'env', 'DEBIAN_FRONTEND=noninteractive', ...command];
  console.log(`ensure-servers: ${[program, ...args].join(' ')}`);
  return spawnSync(program, args, { stdio: 'inherit' }).status === 0;
}

function giveUp(why) {
  const lacking = missing();
  const packages = lacking.map(([, name]) => name).join(' ');
  console.error(`ensure-servers: ${why}. Missing: ${lacking.map(([program]) => program).join(', ')}.`);
  console.error(`ensure-servers: install them with: apt-get install --no-install-recommends ${packages}`);
  process.exit(1);
}

const lacking = missing();
if (lacking.length === 0) {
  console.log(`ensure-servers: all there: ${NEEDED.map(([program]) => program).join(', ')}`);
} else {
  const packages = lacking.map(([, name]) => name);
  console.log(`ensure-servers: missing: ${packages.join(', ')}`);
  const prefix = asRoot();
  if (prefix === undefined) giveUp('neither root nor sudo without a password');
  if (!isInstalled('apt-get')) giveUp('no apt-get here');
  // The tests run servers of their own on high ports: what a package starts by itself is no matter.
  run(prefix, 'apt-get', 'update');
  if (!run(prefix, 'apt-get', 'install', '-y', '--no-install-recommends', ...packages)) giveUp('apt-get failed');
  if (missing().length > 0) giveUp('apt-get said nothing and installed nothing');
  console.log(`ensure-servers: installed: ${packages.join(', ')}`);
}
