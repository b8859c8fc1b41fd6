#!/usr/bin/env bash
# Bun 1.4.5, node:dns: resolveTxt gives each <character-string> of one TXT record as a record of its own.
# A TXT record holds one or more strings (RFC 1035, section 3.3.14). Node's documentation says of resolveTxt: "Each
# sub-array contains TXT chunks of one record". SPF and DKIM join the chunks of one record (RFC 7208, section 3.3), and a
# second SPF record makes the policy void, so a long policy cannot be put together again from what Bun gives.
# What to do: on Bun, take TXT from a DNS client that keeps the records apart.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
npm install --silent --no-audit --no-fund --prefix "$dir" bun@1.4.5 >"$dir/npm.log" 2>&1
cat >"$dir/txt.mjs" <<'JS'
import dgram from 'node:dgram';
import dns from 'node:dns';

const server = dgram.createSocket('udp4');
server.on('message', (query, peer) => {
  const reply = Buffer.concat([query, Buffer.from('c00c001000010000003c0006', 'hex'), Buffer.from('016101620163', 'hex')]);
  reply.writeUInt16BE(0x8580, 2);
  reply.writeUInt16BE(1, 6);
  server.send(reply, peer.port, peer.address);
});
await new Promise((resolve) => server.bind(0, '127.0.0.1', resolve));
const resolver = new dns.promises.Resolver({ timeout: 2000, tries: 2 });
resolver.setServers([`127.0.0.1:${server.address().port}`]);
console.log(JSON.stringify(await resolver.resolveTxt('text.example')));
process.exit(0);
JS
bun=$(timeout 20 "$dir/node_modules/.bin/bun" "$dir/txt.mjs")
echo 'answer on the wire:  one TXT record of the strings "a" "b" "c"'
echo 'expected:            [["a","b","c"]] (Node documentation of resolveTxt; RFC 1035, section 3.3.14)'
echo "seen:                $bun"
[ "$bun" = '[["a"],["b"],["c"]]' ] || { echo 'changed'; exit 1; }
