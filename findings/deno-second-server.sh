#!/usr/bin/env bash
# Deno 2.9.6, node:dns: of the servers that setServers is given only the first is ever asked, also when it is silent.
# A resolver goes on to its next server where one does not answer (RFC 1034, section 5.3.3, step 3; RFC 1035, section 7.2), and Node's
# documentation says of setServers that the others are used "if the earlier ones time out". Deno asks the first one again and
# again and says ETIMEOUT; getServers lists both. Node 24.21.0 and Bun 1.4.5 ask the second one. No issue was found.
# What to do: a Resolver for each server, and the change from one to the next in your own code.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
npm install --silent --no-audit --no-fund --prefix "$dir" deno@2.9.6 bun@1.4.5 node@24.21.0 >"$dir/npm.log" 2>&1
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
const resolver = new dns.promises.Resolver({ timeout: 1000, tries: 2 });
resolver.setServers([await server('silent', 0), good]);
const result = await resolver.resolve4('host.example').catch((error) => error.code);
console.log(`${result} ${resolver.getServers().length} ${asked.includes('silent')} ${asked.includes('good')}`);
process.exit(0);
JS
deno=$(cd "$dir" && timeout 30 node_modules/.bin/deno run -A --no-lock second.mjs)
node=$(cd "$dir" && timeout 30 node_modules/.bin/node second.mjs)
bun=$(cd "$dir" && timeout 30 node_modules/.bin/bun second.mjs)
echo 'setServers([one that is silent, one that answers])'
echo 'columns:            result, length of getServers(), the first was asked, the second was asked'
echo 'expected:           192.0.2.1 2 true true (RFC 1034, section 5.3.3)'
echo "seen, Node 24.21.0: $node"
echo "seen, Bun 1.4.5:    $bun"
echo "seen, Deno 2.9.6:   $deno"
[ "$node" = '192.0.2.1 2 true true' ] && [ "$bun" = "$node" ] || { echo 'changed'; exit 1; }
[ "$deno" = 'ETIMEOUT 2 true false' ] || { echo 'changed'; exit 1; }
