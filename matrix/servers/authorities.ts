import { type Plan, type Software, ZONE } from './software.js';

const NSD: Software = {
  programs: [
    {
      title: 'NSD',
      name: 'nsd',
      version: '-v',
      debianPackage: 'nsd',
      args: ({ directory }) => ['-d', '-c', `${directory}/nsd.conf`],
    },
  ],
  reload: 'SIGHUP',
  files: ({ directory, address, port, dotPort, idleSeconds }) => ({
    'nsd.conf': `server:
  ip-address: ${address}@${port}
  ip-address: ${address}@${dotPort}
  tls-service-key: "${directory}/key.pem"
  tls-service-pem: "${directory}/cert.pem"
  tls-port: ${dotPort}
  username: ""
  chroot: ""
  zonesdir: "${directory}"
  pidfile: "${directory}/nsd.pid"
  xfrdfile: ""
  zonelistfile: "${directory}/zonelist"
  xfrdir: "${directory}"
  server-count: 1
  tcp-count: 1000
${idleSeconds === undefined ? '' : `  tcp-timeout: ${idleSeconds}\n`}  rrl-ratelimit: 0
  rrl-whitelist-ratelimit: 0
remote-control:
  control-enable: no
zone:
  name: ${ZONE}
  zonefile: ${ZONE}
`,
  }),
};

const BIND: Software = {
  programs: [
    {
      title: 'BIND',
      name: 'named',
      version: '-v',
      debianPackage: 'bind9',
      args: ({ directory }) => ['-g', '-n', '1', '-c', `${directory}/named.conf`],
    },
  ],
  reload: 'SIGHUP',
  files: ({ directory, address, port, dotPort, idleSeconds }) => ({
    'named.conf': `tls auth { key-file "${directory}/key.pem"; cert-file "${directory}/cert.pem"; };
options {
  directory "${directory}"; pid-file "${directory}/named.pid"; session-keyfile none;
  listen-on port ${port} { ${address}; };
  listen-on port ${dotPort} tls auth { ${address}; };
  listen-on-v6 { none; };
  ${idleSeconds === undefined ? '' : `tcp-idle-timeout ${10 * idleSeconds}; tcp-keepalive-timeout ${10 * idleSeconds};`}
  recursion no; notify no; dnssec-validation no;
};
controls { };
zone "${ZONE}" { type primary; file "${ZONE}"; };
`,
  }),
};

const KNOT: Software = {
  programs: [
    {
      title: 'Knot',
      name: 'knotd',
      version: '--version',
      debianPackage: 'knot',
      args: ({ directory }) => ['-c', `${directory}/knot.conf`],
    },
  ],
  reload: 'SIGHUP',
  files: ({ directory, address, port, dotPort, idleSeconds }) => ({
    'knot.conf': `server:
  rundir: "${directory}"
  pidfile: "${directory}/knot.pid"
  listen: [ ${address}@${port} ]
  listen-tls: [ ${address}@${dotPort} ]
  key-file: "${directory}/key.pem"
  cert-file: "${directory}/cert.pem"
${idleSeconds === undefined ? '' : `  tcp-idle-timeout: ${idleSeconds}\n`}log:
  - target: stderr
    any: warning
database:
  storage: "${directory}/db"
control:
  listen: "${directory}/knot.sock"
template:
  - id: default
    storage: "${directory}"
    journal-content: none
    zonefile-sync: -1
zone:
  - domain: ${ZONE}
    file: ${ZONE}
`,
  }),
};

/** The key of dnsdist's console, which asks for one; nobody but this machine can connect. */
const CONSOLE_KEY = Buffer.alloc(32, 1).toString('base64');

const DNSDIST: Software = {
  programs: [
    {
      title: 'PowerDNS',
      name: 'pdns_server',
      version: '--version',
      debianPackage: 'pdns-server',
      args: ({ directory }) => [`--config-dir=${directory}`],
    },
    {
      title: 'dnsdist',
      name: 'dnsdist',
      version: '--version',
      debianPackage: 'dnsdist',
      args: ({ directory }) => ['--supervised', '-C', `${directory}/dnsdist.lua`],
    },
  ],
  reload: ({ directory }) => ['dnsdist', '-C', `${directory}/dnsdist.lua`, '-e', 'reloadAllCertificates()'],
  files: (plan) => ({
    'pdns.conf': `launch=bind
bind-config=${plan.directory}/pdns-bind.conf
local-address=${plan.address}
local-port=${plan.backendPort}
socket-dir=${plan.directory}
daemon=no
guardian=no
setuid=
setgid=
webserver=no
`,
    'pdns-bind.conf': `zone "${ZONE}" { type master; file "${plan.directory}/${ZONE}"; };\n`,
    'dnsdist.lua': dnsdistConfiguration(plan),
  }),
};

function dnsdistConfiguration(plan: Plan): string {
  const { directory, address, port, dotPort, backendPort, consolePort, idleSeconds } = plan;
  return `setLocal('${address}:${port}')
addTLSLocal('${address}:${dotPort}', '${directory}/cert.pem', '${directory}/key.pem')
setACL({'127.0.0.0/8'})
newServer({address='${address}:${backendPort}', checkName='${ZONE}.', mustResolve=true})
setSecurityPollSuffix('')
controlSocket('${address}:${consolePort}')
setKey('${CONSOLE_KEY}')
${idleSeconds === undefined ? '' : `setTCPRecvTimeout(${idleSeconds})`}
`;
}

/** The authoritative servers that speak DoT, and the front that speaks it for those that do not. */
export const AUTHORITIES: readonly Software[] = [NSD, BIND, KNOT, DNSDIST];
