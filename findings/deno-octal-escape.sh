#!/usr/bin/env bash
# Deno 2.9.6, node:dns: an octet of a name is escaped in octal: a blank becomes \040.
# In presentation format \DDD is decimal (RFC 1035, section 5.1), so \040 is "(", and a blank is \032. A name read from Deno and
# written into a zone file or handed to another DNS library is another name. Node gives the blank as it is.
# Service instances of DNS-SD have such names (RFC 6763, section 4.1.1), so blanks in targets are no rarity.
# What to do: on Deno, read a backslash and three digits of node:dns as octal, or keep to raw messages.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
npm install --silent --no-audit --no-fund --prefix "$dir" deno@2.9.6 >"$dir/npm.log" 2>&1
cat >"$dir/escape.mjs" <<'JS'
import dgram from 'node:dgram';
import dns from 'node:dns';

const server = dgram.createSocket('udp4');
server.on('message', (query, peer) => {
  const data = Buffer.concat([Buffer.from([3]), Buffer.from('a b'), Buffer.from([7]), Buffer.from('example'), Buffer.alloc(1)]);
  const reply = Buffer.concat([query, Buffer.from('c00c000c00010000003c00', 'hex'), Buffer.from([data.length]), data]);
  reply.writeUInt16BE(0x8580, 2);
  reply.writeUInt16BE(1, 6);
  server.send(reply, peer.port, peer.address);
});
await new Promise((resolve) => server.bind(0, '127.0.0.1', resolve));
const resolver = new dns.promises.Resolver({ timeout: 2000, tries: 2 });
resolver.setServers([`127.0.0.1:${server.address().port}`]);
console.log((await resolver.resolvePtr('ptr.example'))[0]);
process.exit(0);
JS
deno=$(timeout 20 "$dir/node_modules/.bin/deno" run --quiet -A "$dir/escape.mjs")
echo 'on the wire:        PTR to a name whose first label is "a", a blank, "b"'
echo 'expected:           a\032b.example (RFC 1035, section 5.1), or the blank itself'
echo "seen:               $deno"
[ "$deno" = 'a\040b.example' ] || { echo 'changed'; exit 1; }
