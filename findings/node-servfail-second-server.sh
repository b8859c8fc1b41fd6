#!/usr/bin/env bash
# Node 24.21.0, node:dns: where the first server says SERVFAIL or REFUSED, the second one of setServers is not asked.
# A resolver leaves a server that fails and asks the next (RFC 1034, section 5.3.3, step 4d), and Node's documentation says of
# setServers that the others are used "if the earlier ones time out or result in some other error". Silence moves Node on, an error
# does not: a server that is gone does less harm than one that is up and broken. Bun 1.4.5, on the same c-ares, does the same.
# bns 0.16.0 moves on after SERVFAIL, not after REFUSED.
# Known in part: oven-sh/bun issue 37377 (open) asks for it after REFUSED, and pull request 37379 pins what Node does.
# What to do: on ESERVFAIL and EREFUSED ask the next server by a Resolver of its own.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
npm install --silent --no-audit --no-fund --prefix "$dir" node@24.21.0 bun@1.4.5 >"$dir/npm.log" 2>&1
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$dir" bns@0.16.0 >>"$dir/npm.log" 2>&1
cat >"$dir/second.mjs" <<'JS'
import dgram from 'node:dgram';
import dns from 'node:dns';

let asked = [];
const server = async (name, rcode) => {
  const socket = dgram.createSocket('udp4');
  socket.on('message', (query, peer) => {
    asked.push(name);
    if (name === 'silent') return;
    let end = 12;
    while (query[end] > 0) end += query[end] + 1;
    const address = Buffer.from(rcode === 0 ? 'c00c000100010000003c0004c0000201' : '', 'hex');
    const reply = Buffer.concat([query.subarray(0, end + 5), address]);
    reply.writeUInt16BE(0x8180 | rcode, 2);
    reply.writeUInt16BE(rcode === 0 ? 1 : 0, 6);
    reply.writeUInt32BE(0, 8);
    socket.send(reply, peer.port, peer.address);
  });
  await new Promise((resolve) => socket.bind(0, '127.0.0.1', resolve));
  return `127.0.0.1:${socket.address().port}`;
};
const good = await server('good', 0);
const stub = async (servers) => {
  const { default: bns } = await import('bns');
  const resolver = new bns.StubResolver({ inet6: false, edns: false });
  resolver.setServers(servers);
  await resolver.open();
  // It shuffles its servers: of twenty names some are asked of the failing one.
  const found = new Set();
  for (let name = 0; name < 20; name += 1) {
    const { answer } = await resolver.lookup(`n${name}.example.`, 'A');
    found.add(String(answer[0]?.data.address));
  }
  return [...found].sort().join('+');
};
const seen = [];
for (const [name, rcode] of [['silent', 0], ['servfail', 2], ['refused', 5]]) {
  asked = [];
  const servers = [await server(name, rcode), good];
  if (process.argv[2] === 'bns') {
    if (rcode > 0) seen.push(`${await stub(servers)}/${asked.includes(name)}`);
    continue;
  }
  const resolver = new dns.promises.Resolver({ timeout: 1000, tries: 2 });
  resolver.setServers(servers);
  const result = await resolver.resolve4(`${name}.example`).catch((error) => error.code);
  seen.push(`${result}/${asked.includes('good')}`);
}
console.log(seen.join(' '));
process.exit(0);
JS
node=$(cd "$dir" && timeout 30 node_modules/.bin/node second.mjs)
bns=$(cd "$dir" && NODE_BACKEND=js timeout 60 node_modules/.bin/node second.mjs bns)
bun=$(cd "$dir" && timeout 30 node_modules/.bin/bun second.mjs)
echo 'the first server:   silent, SERVFAIL, REFUSED; the second one answers'
echo 'expected:           192.0.2.1/true, three times: the answer, and that the second was asked (RFC 1034, section 5.3.3)'
echo "seen, Node 24.21.0: $node"
echo "seen, Bun 1.4.5:    $bun"
echo "seen, bns 0.16.0:   $bns (SERVFAIL, REFUSED: the answers to 20 queries, and that the first was asked)"
[ "$bns" = '192.0.2.1/true 192.0.2.1+undefined/true' ] || { echo 'changed'; exit 1; }
[ "$node" = '192.0.2.1/true ESERVFAIL/false EREFUSED/false' ] && [ "$bun" = "$node" ] || { echo 'changed'; exit 1; }
