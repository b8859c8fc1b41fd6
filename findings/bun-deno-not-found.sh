#!/usr/bin/env bash
# Bun 1.4.5 and Deno 2.9.6, node:dns: ENOTFOUND for answers that do not say that the name is missing.
# - Deno says ENOTFOUND for SERVFAIL and REFUSED: a server that failed is told as a name that does not exist.
# - Bun says ENOTFOUND for NODATA (a name that exists, without that type: RFC 2308, section 2.2); Deno as well.
# Node's documentation lists ESERVFAIL, EREFUSED, ENODATA and ENOTFOUND as different codes, and RFC 2308 lets a
# server failure be cached for five minutes at the most (section 7.1), the last two for as long as the SOA says (section 5).
# What to do: do not build negative caching or "does it exist" on these codes in these runtimes.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
npm install --silent --no-audit --no-fund --prefix "$dir" bun@1.4.5 deno@2.9.6 >"$dir/npm.log" 2>&1
cat >"$dir/codes.mjs" <<'JS'
import dgram from 'node:dgram';
import dns from 'node:dns';

const server = dgram.createSocket('udp4');
server.on('message', (query, peer) => {
  const reply = Buffer.from(query);
  reply.writeUInt16BE(0x8580 + Number(String.fromCharCode(query[14])), 2); // the digit behind "r" is the RCODE
  server.send(reply, peer.port, peer.address);
});
await new Promise((resolve) => server.bind(0, '127.0.0.1', resolve));
const resolver = new dns.promises.Resolver({ timeout: 2000, tries: 1 });
resolver.setServers([`127.0.0.1:${server.address().port}`]);
const codes = [];
for (const rcode of [0, 2, 3, 5]) {
  codes.push(await resolver.resolve4(`r${rcode}.example`).then(() => 'success', (error) => error.code));
}
console.log(codes.join(' '));
process.exit(0);
JS
bun=$(timeout 20 "$dir/node_modules/.bin/bun" "$dir/codes.mjs")
deno=$(timeout 20 "$dir/node_modules/.bin/deno" run --quiet -A "$dir/codes.mjs")
echo 'on the wire: NODATA, SERVFAIL, NXDOMAIN, REFUSED'
echo 'expected:    ENODATA ESERVFAIL ENOTFOUND EREFUSED (Node documentation, error codes)'
echo "Bun:         $bun"
echo "Deno:        $deno"
[ "$bun" = 'ENOTFOUND ESERVFAIL ENOTFOUND EREFUSED' ] &&
  [ "$deno" = 'ENOTFOUND ENOTFOUND ENOTFOUND ENOTFOUND' ] || { echo 'changed'; exit 1; }
