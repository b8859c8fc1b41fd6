#!/usr/bin/env bash
# Node 24.21.0, node:dns: one CAA record with an empty value makes resolveCaa fail for the whole RRset.
# `CAA 0 issuewild ""` is valid: the value may have no octets at all, and an issue value without a domain name forbids issuing
# (RFC 8659, sections 4.1 and 4.2, whose grammar makes every part of the value optional). BIND 9.18 and NSD 4.6 load it. The
# good record beside it is lost with it, and EBADRESP reads as a broken server.
# What to do: publish `";"` in place of `""`; as a reader, take EBADRESP for CAA as "unknown", never as "no CAA".
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
npm install --silent --no-audit --no-fund --prefix "$dir" node@24.21.0 >"$dir/npm.log" 2>&1
cat >"$dir/caa.mjs" <<'JS'
import dgram from 'node:dgram';
import dns from 'node:dns';

const server = dgram.createSocket('udp4');
server.on('message', (query, peer) => {
  const record = (tag, value) => {
    const data = Buffer.concat([Buffer.from([0, tag.length]), Buffer.from(tag + value)]);
    return Buffer.concat([Buffer.from('c00c010100010000003c00', 'hex'), Buffer.from([data.length]), data]);
  };
  const reply = Buffer.concat([query, record('issue', 'ca.example'), record('issuewild', '')]);
  reply.writeUInt16BE(0x8580, 2);
  reply.writeUInt16BE(2, 6);
  server.send(reply, peer.port, peer.address);
});
await new Promise((resolve) => server.bind(0, '127.0.0.1', resolve));
const resolver = new dns.promises.Resolver({ timeout: 2000, tries: 2 });
resolver.setServers([`127.0.0.1:${server.address().port}`]);
console.log(await resolver.resolveCaa('caa.example').then((records) => records.length, (error) => error.code));
process.exit(0);
JS
node=$(timeout 20 "$dir/node_modules/.bin/node" "$dir/caa.mjs")
echo 'answer on the wire: CAA 0 issue "ca.example" and CAA 0 issuewild ""'
echo 'expected:           2 records (RFC 8659, sections 4.1 and 4.2)'
echo "seen:               $node"
[ "$node" = EBADRESP ] || { echo 'changed'; exit 1; }
