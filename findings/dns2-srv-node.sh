#!/usr/bin/env bash
# dns2 3.1.1 as server, Node 24.21.0 as client: an SRV record that dns2's own client reads is EBADRESP for node:dns.
# dns2 compresses the target, which a sender is not to do (RFC 2782, "Target"). A reader should decompress it all the same (RFC 3597,
# section 4, names SRV); Node's c-ares does so no more since 1.34.7, and a good answer reads as a broken server.
# Known: nodejs/node issue 66173 and c-ares issue 1287, where the sender is a phone's or Samba's; here it is a Node library.
# What to do: as a server, write SRV targets in full; as a reader, decompress them, and take EBADRESP for SRV as "unknown".
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
npm install --silent --no-audit --no-fund --prefix "$dir" dns2@3.1.1 node@24.21.0 >"$dir/npm.log" 2>&1
cat >"$dir/srv.mjs" <<'JS'
import dgram from 'node:dgram';
import dns from 'node:dns';
import dns2 from 'dns2';

const { Packet } = dns2;
const server = dgram.createSocket('udp4');
server.on('message', (query, peer) => {
  const reply = Packet.createResponseFromRequest(Packet.parse(query));
  const [{ name }] = reply.questions;
  const record = { name, type: Packet.TYPE.SRV, class: Packet.CLASS.IN, ttl: 60 };
  reply.answers.push({ ...record, priority: 0, weight: 1, port: 853, target: 'ns.example' });
  server.send(reply.toBuffer(), peer.port, peer.address);
});
await new Promise((resolve) => server.bind(0, '127.0.0.1', resolve));
const { port } = server.address();
const name = '_dot._tcp.example';
const own = dns2.UDPClient({ dns: '127.0.0.1', port, timeout: 2000 });
console.log(await own(name, 'SRV').then(({ answers: [srv] }) => `${srv.target}:${srv.port}`, (error) => error.message));
const resolver = new dns.promises.Resolver({ timeout: 2000, tries: 1 });
resolver.setServers([`127.0.0.1:${port}`]);
console.log(await resolver.resolveSrv(name).then(([srv]) => `${srv.name}:${srv.port}`, (error) => error.code));
process.exit(0);
JS
seen=$(cd "$dir" && timeout 20 node_modules/.bin/node srv.mjs | tr '\n' ' ')
read -r own node <<<"$seen"
echo 'answer, by dns2:   SRV 0 1 853 ns.example., its target compressed'
echo 'expected, each:    ns.example:853 (RFC 3597, section 4)'
echo "seen, dns2 3.1.1:  $own"
echo "seen, Node 24.21.0: $node"
[ "$own" = ns.example:853 ] && [ "$node" = EBADRESP ] || { echo 'changed'; exit 1; }
