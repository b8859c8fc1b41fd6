#!/usr/bin/env bash
# Node 24.21.0, node:dns: resolveAny gives an array with holes as soon as a TLSA record stands beside other records.
# Node's documentation says the array holds objects with a `type`. Here index 1 does not exist (reads as undefined), and the
# TLSA object has no `type`. A loop over the array (`for (const record of records) switch (record.type)`) throws.
# Such answers are valid: a name may own records of any types (RFC 1034, section 3.6), TLSA among them (RFC 6698).
# What to do: filter the array (`records.filter(Boolean)`, or `flat()`), and know TLSA by `certUsage`.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
npm install --silent --no-audit --no-fund --prefix "$dir" node@24.21.0 >"$dir/npm.log" 2>&1
cat >"$dir/any.mjs" <<'JS'
import dgram from 'node:dgram';
import dns from 'node:dns';

const server = dgram.createSocket('udp4');
server.on('message', (query, peer) => {
  const a = Buffer.from('c00c000100010000003c0004c0000201', 'hex');
  const tlsa = Buffer.from('c00c003400010000003c0005030101aabb', 'hex');
  const reply = Buffer.concat([query, a, tlsa]);
  reply.writeUInt16BE(0x8580, 2);
  reply.writeUInt16BE(2, 6);
  server.send(reply, peer.port, peer.address);
});
await new Promise((resolve) => server.bind(0, '127.0.0.1', resolve));
const resolver = new dns.promises.Resolver({ timeout: 2000, tries: 2 });
resolver.setServers([`127.0.0.1:${server.address().port}`]);
const records = await resolver.resolveAny('any.example');
console.log(records.length, Object.keys(records).join(), records.map((record) => record.type).join());
process.exit(0);
JS
seen=$(timeout 20 "$dir/node_modules/.bin/node" "$dir/any.mjs")
echo 'answer on the wire: one A, one TLSA record'
echo 'expected:           2 0,1 A,TLSA (length, indexes, types: Node documentation of resolveAny)'
echo "seen:               $seen"
[ "$seen" = '3 0,2 A,,' ] || { echo 'changed'; exit 1; }
