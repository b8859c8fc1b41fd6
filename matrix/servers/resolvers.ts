import { BIG, BIG_STRINGS, type Software, ZONE } from './software.js';

const UNBOUND: Software = {
  programs: [
    {
      title: 'Unbound',
      name: 'unbound',
      version: '-V',
      debianPackage: 'unbound',
      args: ({ directory }) => ['-d', '-c', `${directory}/unbound.conf`],
    },
  ],
  reload: 'SIGHUP',
  files: ({ directory, address, port, dotPort, idleSeconds }) => ({
    'unbound.conf': `server:
  interface: ${address}@${port}
  interface: ${address}@${dotPort}
  tls-service-key: "${directory}/key.pem"
  tls-service-pem: "${directory}/cert.pem"
  tls-port: ${dotPort}
  do-daemonize: no
  username: ""
  chroot: ""
  directory: "${directory}"
  pidfile: "${directory}/unbound.pid"
  access-control: 127.0.0.0/8 allow_snoop
  use-syslog: no
  module-config: "iterator"
  do-not-query-localhost: no
  num-threads: 1
  incoming-num-tcp: 100
${idleSeconds === undefined ? '' : `  tcp-idle-timeout: ${1_000 * idleSeconds}\n`}  local-zone: "test." nodefault
auth-zone:
  name: ${ZONE}
  zonefile: "${directory}/${ZONE}"
  for-downstream: yes
  for-upstream: yes
remote-control:
  control-enable: no
`,
  }),
};

/** It has no zones; it answers by a policy, for our queries alone. */
const KNOT_RESOLVER: Software = {
  programs: [
    {
      title: 'Knot Resolver',
      name: 'kresd',
      version: '--version',
      debianPackage: 'knot-resolver6',
      args: ({ directory }) => ['-n', '-c', `${directory}/kresd.lua`, directory],
    },
  ],
  reload: 'none',
  recursive: true,
  files: ({ directory, address, port, dotPort, idleSeconds }) => ({
    'kresd.lua': `net.listen('${address}', ${port}, { kind = 'dns' })
net.listen('${address}', ${dotPort}, { kind = 'tls' })
net.tls('${directory}/cert.pem', '${directory}/key.pem')
${idleSeconds === undefined ? '' : `net.tcp_in_idle(${1_000 * idleSeconds})`}
modules.unload('priming'); modules.unload('ta_update'); modules.unload('ta_signal_query')
cache.size = 10*MB
local function text(s) return string.char(#s) .. s .. string.char(#s) .. s end
policy.add(policy.suffix(policy.ANSWER({ [kres.type.TXT] = { rdata = {
${BIG_STRINGS.map((one) => `  text('${one}'),`).join('\n')}
}, ttl = 60 } }), {todname('${BIG}')}))
policy.add(policy.suffix(policy.ANSWER({ [kres.type.A] = { rdata = kres.str2ip('192.0.2.1'), ttl = 60 } }), {todname('${ZONE}')}))
`,
  }),
};

/** Resolvers that speak DoT to their clients; in front of a zone they are asked as authoritative servers are. */
export const RESOLVERS: readonly Software[] = [UNBOUND, KNOT_RESOLVER];
