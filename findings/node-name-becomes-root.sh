#!/usr/bin/env bash
# Node 24.21.0, node:dns: a name with a character that IDNA does not allow is asked for as the root.
# UTS 46, section 4: where processing records an error, "the conversion to ASCII fails"; Node's documentation gives EBADNAME for
# a misformatted host name, and gives that for a blank. But what comes out of the failed conversion is an empty text, which
# c-ares takes for the root; whatever the server has for the root is given as what the name has.
# What to do: refuse names for which url.domainToASCII gives an empty text.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
npm install --silent --no-audit --no-fund --prefix "$dir" node@24.21.0 >"$dir/npm.log" 2>&1
cat >"$dir/name.mjs" <<'JS'
import dgram from 'node:dgram';
import dns from 'node:dns';

const asked = [];
const server = dgram.createSocket('udp4');
server.on('message', (query, peer) => {
  asked.push(query[12] === 0 ? 'the root' : 'a name');
  const record = Buffer.from('c00c000100010000003c0004c0000201', 'hex');
  const reply = Buffer.concat([query, record]);
  reply.writeUInt16BE(0x8580, 2);
  reply.writeUInt16BE(1, 6);
  server.send(reply, peer.port, peer.address);
});
await new Promise((resolve) => server.bind(0, '127.0.0.1', resolve));
const resolver = new dns.promises.Resolver({ timeout: 2000, tries: 2 });
resolver.setServers([`127.0.0.1:${server.address().port}`]);
const ask = (name) => resolver.resolve4(name).then(JSON.stringify, (error) => error.code);
console.log(await ask('a b.example'), await ask('\ufffd.example'), ...asked);
process.exit(0);
JS
seen=$(timeout 20 "$dir/node_modules/.bin/node" "$dir/name.mjs")
echo 'names:    one with a blank, one with U+FFFD, which IDNA does not allow'
echo 'expected: EBADNAME EBADNAME, and nobody is asked'
echo "seen:     $seen"
[ "$seen" = 'EBADNAME ["192.0.2.1"] the root' ] || { echo 'changed'; exit 1; }
