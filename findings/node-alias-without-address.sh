#!/usr/bin/env bash
# Node 24.21.0, node:dns: resolve4 of an alias whose target has no address succeeds with an empty list.
# The answer (a CNAME and nothing else, RCODE 0) is the NODATA form of RFC 2308, section 2.2. Node's documentation gives
# ENODATA for "DNS server returned an answer with no data", and gives exactly that when the alias is left out. So the same
# state of the same name is an error or an empty success, and code that takes `addresses[0]` goes on with undefined.
# What to do: treat an empty list as ENODATA.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
npm install --silent --no-audit --no-fund --prefix "$dir" node@24.21.0 >"$dir/npm.log" 2>&1
cat >"$dir/alias.mjs" <<'JS'
import dgram from 'node:dgram';
import dns from 'node:dns';

const server = dgram.createSocket('udp4');
server.on('message', (query, peer) => {
  const alias = query[13] === 0x61; // the first letter of "alias"
  const record = Buffer.from('c00c000500010000003c000806746172676574' + '00', 'hex');
  const reply = alias ? Buffer.concat([query, record]) : Buffer.from(query);
  reply.writeUInt16BE(0x8580, 2);
  reply.writeUInt16BE(alias ? 1 : 0, 6);
  server.send(reply, peer.port, peer.address);
});
await new Promise((resolve) => server.bind(0, '127.0.0.1', resolve));
const resolver = new dns.promises.Resolver({ timeout: 2000, tries: 2 });
resolver.setServers([`127.0.0.1:${server.address().port}`]);
const ask = (name) => resolver.resolve4(name).then(JSON.stringify, (error) => error.code);
console.log(await ask('alias.example'), await ask('plain.example'));
process.exit(0);
JS
seen=$(timeout 20 "$dir/node_modules/.bin/node" "$dir/alias.mjs")
echo 'answers on the wire: a CNAME alone for alias.example; nothing for plain.example; both NOERROR'
echo 'expected:            ENODATA ENODATA (RFC 2308, section 2.2; Node documentation, error codes)'
echo "seen:                $seen"
[ "$seen" = '[] ENODATA' ] || { echo 'changed'; exit 1; }
